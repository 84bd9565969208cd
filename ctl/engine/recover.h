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

/*
 * Ends a policy: with one store it decides nowhere any more, and what it attached passes (EG_GEN_NONE). Any number may
 * be ended before eg_recover_drop_ended; should that not come, a later command's eg_recover does it.
 */
void eg_recover_end(struct eg_runtime *rt, __u32 slot);

/* Takes away what has ended: all its attachments at the price of one grace period, its texts, its slots. */
int eg_recover_drop_ended(struct eg_ctx *ctx, struct eg_runtime *rt, struct eg_err *err);

#endif
