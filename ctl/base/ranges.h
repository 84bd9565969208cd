/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ranges.h - algebra on sets of addresses.
 *
 * A set is an array of prefixes, both families in one, and canonical: sorted by eg_addr_compare, no
 * prefix covers another, and two that make up a larger one stand as the larger one. Equal sets are
 * equal arrays then; what is lost is the prefixes as the user wrote them.
 */
#ifndef EG_BASE_RANGES_H
#define EG_BASE_RANGES_H

#include "base/addr.h"

/*
 * Makes any v[0..*n) canonical, in place; *n never grows. n log n. Returns 0: nothing in it can fail.
 */
int eg_ranges_canonical(struct eg_prefix *v, size_t *n);

/*
 * What is in a and not in b, all three canonical. Linear in the prefixes that go in and come out.
 * Owns: the caller frees *out, NULL when nothing is left. Errors: -ENOMEM, the outputs untouched.
 */
int eg_ranges_subtract(const struct eg_prefix *a, size_t na, const struct eg_prefix *b, size_t nb,
		       struct eg_prefix **out, size_t *n_out);

/* Whether an address is in both canonical sets. Linear; when one is short, its length times log of the other. */
bool eg_ranges_overlap(const struct eg_prefix *a, size_t na, const struct eg_prefix *b, size_t nb);

/* Whether all addresses of p are in the canonical set v. log n. */
bool eg_ranges_contain(const struct eg_prefix *v, size_t n, const struct eg_prefix *p);

#endif
