/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * remove.h - policies out of the kernel; and what cgroups that are gone left behind.
 */
#ifndef EG_ENGINE_REMOVE_H
#define EG_ENGINE_REMOVE_H

#include "engine/ctx.h"

/*
 * Detaches and unloads policies. One that attach or the hook bound somewhere is refused unless force.
 * The policy stops deciding on all its cgroups with one store; then its links, tables and pins go.
 * *removed: how many there were; a name given twice counts once.
 */
int eg_remove(struct eg_ctx *ctx, const char *const *names, size_t n, bool force, size_t *removed, struct eg_err *err);

/* The same for all policies. *n gets how many there were; nothing loaded is no error. */
int eg_remove_all(struct eg_ctx *ctx, bool force, size_t *n, struct eg_err *err);

struct eg_gc_result {
	size_t attachments; /* of cgroups that are gone */
	size_t generations; /* replaced ones */
};

/* Drops what cgroups that are gone, replaced generations and killed commands left behind. */
int eg_gc(struct eg_ctx *ctx, struct eg_gc_result *result, struct eg_err *err);

#endif
