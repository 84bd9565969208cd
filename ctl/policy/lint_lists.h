/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lint_lists.h - what the words of a policy stand for, as lists of addresses that can be compared.
 *
 * A set is one list for all that name it, and a set of sets the lists of those: joined, a feed that a thousand rules
 * use would be a thousand feeds. Only a set out of which something is taken gets a list of what is left.
 */
#ifndef EG_POLICY_LINT_LISTS_H
#define EG_POLICY_LINT_LISTS_H

#include "policy/policy.h"

/* What is known of a set. */
struct eg_lint_set {
	struct eg_prefix *v; /* owned, canonical: its own addresses if it is plain, else what is left of all */
	size_t n;
	size_t weight; /* prefixes to look at to know all of it, those of a set once for each time it is named */
	bool plain;    /* no more than the sum of what it names */
	bool dynamic;  /* it, or a set that it names: what it holds differs from machine to machine */
	bool weighed, listed;
	__u32 visit; /* the last sum that it went into */
};

struct eg_lint_lists {
	const struct eg_policy *policy; /* not owned */
	struct eg_lint_set *sets;	/* owned; by index into policy->sets */
	__u32 visits;
	size_t patience; /* steps that are left; what is never known then is not warned of */
};

/* One list of a sum. */
struct eg_lint_list {
	const struct eg_prefix *v; /* not owned, canonical */
	size_t n;
};

/* What an address list stands for: all that is in one of the lists. */
struct eg_lint_sum {
	struct eg_lint_list *v; /* owned */
	size_t n;
	struct eg_prefix *own; /* owned: one of the lists */
	bool dynamic;
	bool unknown; /* it would have taken too long */
};

/* policy outlives *out. Returns 0 and *out (free with eg_lint_lists_free), or -ENOMEM. */
int eg_lint_lists_make(const struct eg_policy *policy, struct eg_lint_lists *out);

/* Lists without addresses are left out. Returns 0 and *out (free with eg_lint_lists_free_sum), or -ENOMEM. */
int eg_lint_lists_sum(struct eg_lint_lists *lists, const struct eg_addrs *addrs, struct eg_lint_sum *out);

/* The same for one word of addrs. */
int eg_lint_lists_sum_word(struct eg_lint_lists *lists, const struct eg_addrs *addrs, const struct eg_addr_word *word,
			   struct eg_lint_sum *out);

/* Whether an address is in both, or it cannot be told. */
bool eg_lint_lists_overlap(struct eg_lint_lists *lists, const struct eg_lint_sum *a, const struct eg_lint_sum *b);

/* Whether there may be an address of the family in it. */
bool eg_lint_lists_has(const struct eg_lint_sum *sum, __u8 family);

/*
 * What a rule matches, as canonical prefixes. Returns 0, *v (owned by the caller) and *n; -E2BIG when it would take
 * too long, -ENOMEM.
 */
int eg_lint_lists_of_rule(struct eg_lint_lists *lists, const struct eg_rule *rule, struct eg_prefix **v, size_t *n);

void eg_lint_lists_free_sum(struct eg_lint_sum *sum);
void eg_lint_lists_free(struct eg_lint_lists *lists);

#define cleanup_lint_sum __attribute__((cleanup(eg_lint_lists_free_sum)))
#define cleanup_lint_lists __attribute__((cleanup(eg_lint_lists_free)))

#endif
