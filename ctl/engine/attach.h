/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * attach.h - one more cgroup under a loaded policy, one less.
 */
#ifndef EG_ENGINE_ATTACH_H
#define EG_ENGINE_ATTACH_H

#include "engine/ctx.h"

/* Which cgroup is meant: exactly one of path, pid, or the caller's own (self). */
struct eg_where {
	const char *path;
	pid_t pid;
	bool self;
};

struct eg_attach_options {
	bool force;
	bool replace;
};

/*
 * Binds a cgroup to the loaded policy of that name. path (PATH_MAX bytes) gets the cgroup's path.
 * A cgroup that obeys the policy already is left as it is.
 */
int eg_attach(struct eg_ctx *ctx, const char *name, const struct eg_where *where,
	      const struct eg_attach_options *options, char *path, struct eg_err *err);

/* Ends the attachment of a cgroup to that policy. */
int eg_detach(struct eg_ctx *ctx, const char *name, const struct eg_where *where, char *path, struct eg_err *err);

/* Opens the cgroup that is meant. */
int eg_where_open(const struct eg_cgroup_root *root, const struct eg_where *where, struct eg_cgroup *cg,
		  struct eg_err *err);

/* The slot of a loaded policy. Returns it, or -ENOENT with a message. */
int eg_attach_slot(const struct eg_runtime *rt, const char *name, struct eg_err *err);

#endif
