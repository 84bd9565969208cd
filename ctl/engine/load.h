/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * load.h - a policy file, as every command that takes one gets it: read, parsed, compiled, judged.
 */
#ifndef EG_ENGINE_LOAD_H
#define EG_ENGINE_LOAD_H

#include "base/diag.h"
#include "policy/policy.h"
#include "policy/tables.h"

struct eg_loaded {
	struct eg_policy *policy; /* owned */
	struct eg_tables *tables; /* owned */
};

enum eg_load_flags {
	EG_LOAD_JUDGE = 1 << 0,	  /* warn of what looks wrong, and hold the policy to its [expect] */
	EG_LOAD_ENFORCE = 1 << 1, /* refuse what cannot be enforced; without it: warn */
};

/*
 * Loads one file. No root, no BPF. What there is to say about the text goes to diags, all of it and sorted.
 * Returns 0 and *out (free with eg_load_free). Errors: -EINVAL with EG_EXIT_POLICY, the policy is invalid, and
 * err only sums up what diags says; -E2BIG with EG_EXIT_POLICY, it is above a limit; -EOPNOTSUPP with
 * EG_EXIT_KERNEL, it asks for what cannot be enforced; any other, with no status: the file cannot be read.
 */
int eg_load(const char *file, unsigned int flags, struct eg_loaded *out, struct eg_diags *diags, struct eg_err *err);

/*
 * Parses and compiles a text as if it stood in file, which names it and is where its paths start. Returns as eg_load;
 * what is wrong with the text is not told.
 */
int eg_load_text(const char *file, const char *text, size_t len, struct eg_loaded *out, struct eg_err *err);

void eg_load_free(struct eg_loaded *loaded);

#define cleanup_loaded __attribute__((cleanup(eg_load_free)))

#endif
