/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lint_reach.h - which rules the tables of a policy ever name, and who decides at some addresses.
 *
 * The address tables of a family are laid flat: stretches of addresses, one behind the other, each with the row that
 * answers for it. A prefix that longer ones cover altogether has none, so its row is not reached through it.
 */
#ifndef EG_POLICY_LINT_REACH_H
#define EG_POLICY_LINT_REACH_H

#include "policy/tables.h"

struct eg_lint_stretch {
	__u8 from[16]; /* network order; ends before the next one, the last one with the family */
	__u32 row;
};

struct eg_lint_family {
	struct eg_lint_stretch *v; /* owned; the first one is from 0 */
	size_t n;
};

struct eg_lint_reach {
	const struct eg_tables *tables; /* not owned */
	struct eg_lint_family four, six;
	bool *named; /* owned; by ordinal: whether the rule decides anywhere */
	bool *rows;  /* owned; by row: scratch */
};

/* tables outlive *out. Returns 0 and *out (free with eg_lint_reach_free), or -ENOMEM. */
int eg_lint_reach_make(const struct eg_tables *tables, struct eg_lint_reach *out);

/*
 * The one rule that decides at all addresses of v[0..n), for the ports and protocols of a rule that matches them all.
 * Returns true and *ordinal; false when there are several. Linear in the stretches that v covers, and stops at the
 * second rule.
 */
bool eg_lint_reach_decider(struct eg_lint_reach *reach, const struct eg_rule *rule, const struct eg_prefix *v, size_t n,
			   __u32 *ordinal);

void eg_lint_reach_free(struct eg_lint_reach *reach);

#define cleanup_lint_reach __attribute__((cleanup(eg_lint_reach_free)))

#endif
