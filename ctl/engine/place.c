/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/place.h"

#include <errno.h>
#include <string.h>

#include "kernel/links.h"

int eg_place_check_own(const struct eg_cgroup_root *root, const struct eg_cgroup *cg, bool denies, bool force,
		       struct eg_err *err)
{
	cleanup_cgroup struct eg_cgroup own = EG_CGROUP_INIT;

	if (!denies || force)
		return 0;
	if (!strcmp(cg->path, "/"))
		eg_fail(err, -EBUSY, "refusing to deny by default on the root cgroup, which holds every process");
	else if (!eg_cgroup_open_pid(root, 0, &own, NULL) && eg_cgroup_contains(cg->path, own.path))
		eg_fail(err, -EBUSY, "refusing to deny by default on cgroup '%s', which holds the caller", cg->path);
	else
		return 0;
	eg_err_hint(err, "say --force if that is meant");
	return -EBUSY;
}

int eg_place_check_holder(const struct eg_runtime *rt, const struct eg_cgroup *cg, const char *name, bool replace,
			  struct eg_err *err)
{
	struct eg_attachment record;

	if (replace || eg_links_get(rt, cg->id, &record) || record.slot >= EG_POLICIES_MAX)
		return 0;
	if (rt->slots[record.slot].tag == record.tag && !strcmp(rt->slots[record.slot].name, name))
		return 0;
	eg_fail(err, -EBUSY, "cgroup '%s' obeys policy '%s' already", cg->path,
		rt->slots[record.slot].tag == record.tag ? rt->slots[record.slot].name : "?");
	eg_err_hint(err, "say --replace to swap them without a gap");
	return -EBUSY;
}
