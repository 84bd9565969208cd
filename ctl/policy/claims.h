/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * claims.h - what the rules of a policy lay claim to, over lists of prefixes that each stand once.
 *
 * A rule that names a set is not given the set's addresses: the list of the set is one, and knows which
 * claims are made by it. So a feed of 170,000 prefixes that a thousand rules use is sorted and walked once.
 *
 * A claim is one way for a rule to match: through its own addresses, or through one set, or a set in a set. It
 * ends where one of its vetoes begins: the "except" of the rule, and those of the sets on the way.
 */
#ifndef EG_POLICY_CLAIMS_H
#define EG_POLICY_CLAIMS_H

#include "policy/policy.h"

#define EG_CLAIMS_MAX (1 << 20)

struct eg_claim {
	__u32 rule;    /* ordinal */
	__u32 list;    /* the addresses it matches */
	__u32 *vetoes; /* owned: lists whose addresses it does not match */
	size_t n_vetoes;
};

struct eg_claim_list {
	const struct eg_prefix *v; /* not owned; any order */
	size_t n;
	bool any;	/* every address as well */
	__u32 *matches; /* owned: claims that match by this list */
	size_t n_matches;
	__u32 *vetoed; /* owned: claims that this list vetoes */
	size_t n_vetoed;
};

struct eg_claims {
	struct eg_claim *v; /* owned */
	size_t n;
	struct eg_claim_list *lists; /* owned */
	size_t n_lists;
	struct eg_prefix **made; /* owned: prefixes of lists that no set or rule holds */
	size_t n_made;
	bool vetoes; /* there are some */
};

/*
 * The claims of all rules but those for AF_UNIX. Refers to the prefixes in policy, which must outlive *out.
 * Returns 0 and *out (free with eg_claims_free); -E2BIG above EG_CLAIMS_MAX, -ENOMEM.
 */
int eg_claims_make(const struct eg_policy *policy, struct eg_claims *out, struct eg_err *err);

/*
 * All that addrs stands for, sets resolved and their "except" taken out, as disjoint prefixes in order. Both
 * families in full for "any". Returns 0, *v (owned by the caller) and *n; or -ENOMEM.
 */
int eg_claims_resolve(const struct eg_policy *policy, const struct eg_addrs *addrs, struct eg_prefix **v, size_t *n);

void eg_claims_free(struct eg_claims *claims);

#define cleanup_claims __attribute__((cleanup(eg_claims_free)))

#endif
