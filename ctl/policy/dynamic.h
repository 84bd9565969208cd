/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dynamic.h - the built-in sets that depend on the host: who answers for them, and in which form.
 *
 * Policies are parsed without asking the kernel anything; whoever has it parsed passes a source.
 */
#ifndef EG_POLICY_DYNAMIC_H
#define EG_POLICY_DYNAMIC_H

#include "base/addr.h"
#include "base/err.h"

enum eg_dynamic {
	EG_DYNAMIC_RESOLVERS,	  /* @resolvers */
	EG_DYNAMIC_LOCAL_SUBNETS, /* @local-subnets */
	EG_DYNAMIC_GATEWAY,	  /* @gateway */
	EG_DYNAMIC_SELF,	  /* @self */
};

struct eg_dynamic_source {
	/*
	 * What is in a set now. Returns 0, *v (owned by the caller, NULL when empty) and *n: canonical
	 * prefixes, network order, sorted by eg_addr_compare, none twice. -errno: the set is not known, which
	 * is not the same as empty; outputs untouched.
	 */
	int (*get)(void *user, enum eg_dynamic kind, struct eg_prefix **v, size_t *n, struct eg_err *err);
	void *user; /* passed to get */
};

/* For sources: appends a prefix, made canonical. Returns 0 or -ENOMEM. */
int eg_dynamic_add(struct eg_prefix **v, size_t *n, struct eg_prefix prefix);

/* For sources: sorts, and drops what is there twice. */
void eg_dynamic_settle(struct eg_prefix *v, size_t *n);

#endif
