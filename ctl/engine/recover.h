/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * recover.h - what a killed command left, and what cgroups that are gone left behind.
 */
#ifndef EG_ENGINE_RECOVER_H
#define EG_ENGINE_RECOVER_H

#include "engine/ctx.h"

/*
 * Brings the pins into a state that one command could have left: each half-done change is finished when
 * its switch has happened, and undone when it has not. Cheap when nothing was interrupted: then it
 * only drops attachments of cgroups that are gone, and that only when thorough.
 */
int eg_recover(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root, bool thorough,
	       struct eg_err *err);

/* Frees tables and generations that nothing uses, waiting for it. */
int eg_recover_reclaim(struct eg_runtime *rt, struct eg_err *err);

/*
 * Ends a change: closes the runtime, and removes all pins when no policy is left. Returns r, or the error
 * of the removal when r is 0.
 */
int eg_recover_leave(struct eg_ctx *ctx, struct eg_runtime *rt, int r, struct eg_err *err);

/* Takes a policy away that passes already (EG_GEN_NONE): its attachments, then its slot. */
int eg_recover_drop_slot(struct eg_runtime *rt, __u32 slot, struct eg_err *err);

#endif
