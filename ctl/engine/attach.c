/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/attach.h"

#include <errno.h>
#include <stdio.h>

#include "engine/place.h"
#include "engine/recover.h"
#include "kernel/links.h"
#include "kernel/slots.h"

int eg_where_open(const struct eg_cgroup_root *root, const struct eg_where *where, struct eg_cgroup *cg,
		  struct eg_err *err)
{
	if (where->path)
		return eg_cgroup_open(root, where->path, cg, err);
	return eg_cgroup_open_pid(root, where->self ? 0 : where->pid, cg, err);
}

int eg_attach_slot(const struct eg_runtime *rt, const char *name, struct eg_err *err)
{
	int slot = eg_slots_find(rt, name);

	if (slot >= 0 && eg_slots_live(rt, (__u32)slot))
		return slot;
	eg_fail(err, -ENOENT, "no policy '%s' is loaded", name);
	eg_err_hint(err, "'egressctl list' shows what is loaded, 'egressctl apply FILE' loads one");
	return -ENOENT;
}

static int go_over(struct eg_runtime *rt, const struct eg_cgroup *cg, __u32 slot, struct eg_err *err)
{
	int r = eg_links_plan_move(rt, cg->id, slot, EG_NOW_SERIAL(eg_slots_now(rt, slot)), 0, err);

	return r ? r : eg_links_move(rt, cg->id, err);
}

static int bind_cgroup(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root,
		       const struct eg_cgroup *cg, __u32 slot, struct eg_err *err)
{
	__u32 serial = EG_NOW_SERIAL(eg_slots_now(rt, slot));
	struct eg_attachment record;
	int r;

	if (!eg_links_get(rt, cg->id, &record)) {
		r = eg_links_complete(rt, root, cg, err);
		if (r || record.slot != slot || record.tag != rt->slots[slot].tag)
			return r ? r : go_over(rt, cg, slot, err);
		eg_ctx_note(ctx, "cgroup '%s' obeyed policy '%s' already", cg->path, rt->slots[slot].name);
		return 0;
	}
	r = eg_links_stage(rt, root, cg, slot, eg_slots_next_serial(serial), 0, err);
	return r ? r : eg_links_settle(rt, cg->id, err);
}

static int attach_open(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root,
		       const struct eg_cgroup *cg, const char *name, const struct eg_attach_options *options,
		       struct eg_err *err)
{
	int slot, r = eg_recover(ctx, rt, root, false, err);

	if (r)
		return r;
	slot = eg_attach_slot(rt, name, err);
	if (slot < 0)
		return slot;
	r = eg_place_check_own(root, cg, !(eg_slots_live(rt, (__u32)slot)->flags & EG_GEN_DEFAULT_ALLOW),
			       options->force, err);
	if (!r)
		r = eg_place_check_holder(rt, cg, name, options->replace, err);
	return r ? r : bind_cgroup(ctx, rt, root, cg, (__u32)slot, err);
}

static int detach_open(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root,
		       const struct eg_cgroup *cg, const char *name, const struct eg_attach_options *options,
		       struct eg_err *err)
{
	struct eg_attachment record;
	int slot, r = eg_recover(ctx, rt, root, false, err);

	(void)options;
	if (r)
		return r;
	slot = eg_attach_slot(rt, name, err);
	if (slot < 0)
		return slot;
	if (eg_links_get(rt, cg->id, &record) || record.slot != (__u32)slot)
		return eg_fail(err, -ENOENT, "cgroup '%s' does not obey policy '%s'", cg->path, name);
	if (record.flags & EG_ATTACHED_DECLARED)
		eg_ctx_note(ctx, "policy '%s' still names cgroup '%s' in its file: the next apply attaches it again",
			    name, cg->path);
	r = eg_links_detach(rt, &cg->id, 1, err);
	if (r)
		eg_err_stays(err, "the policy does not decide there any more; the next command removes what is left");
	return r;
}

typedef int (*change_fn)(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root,
			 const struct eg_cgroup *cg, const char *name, const struct eg_attach_options *options,
			 struct eg_err *err);

/* Opens the cgroup and the pins, and has the change made. */
static int change(struct eg_ctx *ctx, const char *name, const struct eg_where *where,
		  const struct eg_attach_options *options, change_fn make, char *path, struct eg_err *err)
{
	cleanup_cgroup_root struct eg_cgroup_root root = EG_CGROUP_ROOT_INIT;
	cleanup_cgroup struct eg_cgroup cg = EG_CGROUP_INIT;
	struct eg_runtime rt = EG_RUNTIME_INIT;
	int r = eg_cgroup_root_open(ctx->cgroup_root, &root, err);

	if (!r)
		r = eg_where_open(&root, where, &cg, err);
	if (!r)
		r = eg_runtime_open(ctx->bpffs, EG_BPFFS_CHANGE, &rt, err);
	if (r)
		return r;
	snprintf(path, PATH_MAX, "%s", cg.path);
	r = make(ctx, &rt, &root, &cg, name, options, err);
	if (r && !*err->stays)
		eg_err_stays(err, "nothing has changed");
	eg_runtime_close(&rt);
	return r;
}

int eg_attach(struct eg_ctx *ctx, const char *name, const struct eg_where *where,
	      const struct eg_attach_options *options, char *path, struct eg_err *err)
{
	return change(ctx, name, where, options, attach_open, path, err);
}

int eg_detach(struct eg_ctx *ctx, const char *name, const struct eg_where *where, char *path, struct eg_err *err)
{
	return change(ctx, name, where, NULL, detach_open, path, err);
}
