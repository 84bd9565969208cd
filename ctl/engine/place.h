/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * place.h - where a policy may go: nobody cuts off himself, or another policy, by mistake.
 */
#ifndef EG_ENGINE_PLACE_H
#define EG_ENGINE_PLACE_H

#include "engine/ctx.h"

/*
 * Refuses (-EBUSY) a policy that denies by default on the root cgroup or on one that holds the caller,
 * unless forced.
 */
int eg_place_check_own(const struct eg_cgroup_root *root, const struct eg_cgroup *cg, bool denies, bool force,
		       struct eg_err *err);

/* Refuses (-EBUSY) a cgroup that obeys a policy of another name, naming it, unless replace. */
int eg_place_check_holder(const struct eg_runtime *rt, const struct eg_cgroup *cg, const char *name, bool replace,
			  struct eg_err *err);

#endif
