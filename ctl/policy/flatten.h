/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flatten.h - from rules that overlap to segments that do not: for each port the one cell that decides.
 *
 * Of two cells the one with the larger word decides (abi.h), so to lay rules over each other is to
 * take the larger word at every port. A list of segments starts at port 0, and neighbours differ.
 */
#ifndef EG_POLICY_FLATTEN_H
#define EG_POLICY_FLATTEN_H

#include "policy/policy.h"

struct eg_segs {
	struct eg_seg *v; /* owned */
	size_t n, cap;
};

/*
 * What the rules with these ordinals say together about one class, each matching with a prefix of
 * length plen as eg_cell.word counts it. out->n is 0 when none of them speaks of the class.
 * Returns 0 or -ENOMEM.
 */
int eg_flatten_rules(const struct eg_policy *policy, const __u32 *ordinals, size_t n, unsigned int plen,
		     enum eg_class class, struct eg_segs *out);

/* Takes at every port the larger cell of two lists, neither empty. Returns 0 or -ENOMEM. */
int eg_flatten_max(const struct eg_seg *a, size_t na, const struct eg_seg *b, size_t nb, struct eg_segs *out);

#endif
