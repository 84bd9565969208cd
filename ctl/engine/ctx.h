/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ctx.h - where a command works: the places that options can move, and what it has to tell.
 */
#ifndef EG_ENGINE_CTX_H
#define EG_ENGINE_CTX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "kernel/cgroup.h"
#include "kernel/runtime.h"

#define EG_RUN_DIR_DEFAULT "/run/egressctl"

/* Things done or left that the user should know: printed by cmd/, one a line. */
struct eg_notes {
	char **v; /* owned */
	size_t n;
};

struct eg_ctx {
	const char *bpffs;	 /* directory of the pins */
	const char *run_dir;	 /* directory of the policy texts */
	const char *cgroup_root; /* cgroup2 mount, or NULL: find it */
	struct eg_notes notes;
};

/* Adds a note, one line; without memory it is lost. eg_ctx_free frees them all. */
void eg_ctx_note(struct eg_ctx *ctx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void eg_ctx_free(struct eg_ctx *ctx);

/* The path of a bound cgroup for people: where it is now, or what was recorded. path: PATH_MAX bytes. */
void eg_ctx_cgroup_name(const struct eg_cgroup_root *root, __u64 id, const char *recorded, char *path);

#endif
