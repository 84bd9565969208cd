/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * apply.h - policy files into force: all of them loaded before the first is switched.
 */
#ifndef EG_ENGINE_APPLY_H
#define EG_ENGINE_APPLY_H

#include "base/diag.h"
#include "engine/ctx.h"
#include "kernel/generation.h"

struct eg_apply_options {
	bool dry_run; /* all but switch and attach */
	bool force;   /* may cut off the root cgroup or the caller's own */
	bool replace; /* may take cgroups over from other policies */
};

/* What became of one file. */
struct eg_applied {
	char name[EG_SLOT_NAME_SIZE];
	__u32 serial;
	size_t rules;
	size_t cgroups;
	__u32 entries[4]; /* hosts4 nets4 hosts6 nets6 */
};

/*
 * Applies files. Problems of the texts go to diags. results has n_files entries, filled on success.
 * On failure nothing has changed, but what the message says.
 */
int eg_apply(struct eg_ctx *ctx, const char *const *files, size_t n_files, const struct eg_apply_options *options,
	     struct eg_diags *diags, struct eg_applied *results, struct eg_err *err);

/* ---- the parts that "run" uses too ---- */

/* A policy on its way into force. */
struct eg_target {
	struct eg_policy *policy; /* owned */
	struct eg_tables *tables; /* owned */
	char *file;		  /* owned, absolute */
	char digest[40];
	struct eg_cgroup *cgroups; /* owned; opened, in the order of the file */
	size_t n_cgroups;
	int slot;   /* -1 until planned */
	bool fresh; /* the slot is new */
	struct eg_generation generation;
	__u64 *drops; /* owned: declared before, not named any more */
	size_t n_drops;
};

/* Loads a file; refuses what cannot be enforced, and what its own [expect] contradicts. */
int eg_apply_load(const char *file, struct eg_target *t, struct eg_diags *diags, struct eg_err *err);

/* Refuses an errno that the file names and the running kernel cannot give. */
int eg_apply_check_errno(const struct eg_runtime *rt, const struct eg_target *t, struct eg_err *err);

/* Frees and closes all of a target. A prepared generation stays in the kernel: discard it first. */
void eg_apply_free(struct eg_target *t);

#endif
