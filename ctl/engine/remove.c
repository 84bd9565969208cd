/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/remove.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "engine/attach.h"
#include "engine/recover.h"
#include "engine/texts.h"
#include "kernel/generation.h"
#include "kernel/links.h"
#include "kernel/slots.h"
#include "kernel/tablemaps.h"

static int refuse_added(const struct eg_runtime *rt, const struct eg_cgroup_root *root, __u32 slot, struct eg_err *err)
{
	cleanup_attachments struct eg_attachments list = { 0 };
	char path[PATH_MAX];
	size_t i, added = 0, first = 0;
	int r = eg_links_list(rt, &list, err);

	if (r)
		return r;
	for (i = 0; i < list.n; i++) {
		if (list.v[i].slot == slot && list.v[i].tag == rt->slots[slot].tag &&
		    !(list.v[i].flags & EG_ATTACHED_DECLARED) && !added++)
			first = i;
	}
	if (!added)
		return 0;
	eg_ctx_cgroup_name(root, list.ids[first], list.v[first].path, path);
	eg_fail(err, -EBUSY, "policy '%s' was attached to %zu cgroup%s beyond those of its file, such as '%s'",
		rt->slots[slot].name, added, added == 1 ? "" : "s", path);
	eg_err_stays(err, "the policy stays in force");
	eg_err_hint(err, "say --force to leave them without a policy, or detach them first");
	return -EBUSY;
}

/* One store ends the policy everywhere; the rest is cleaning up, which the next command can finish. */
static int remove_slot(struct eg_ctx *ctx, struct eg_runtime *rt, __u32 slot, struct eg_err *err)
{
	struct eg_gen *live = eg_slots_live(rt, slot);
	int r;

	EG_FAULT("before the end");
	eg_slots_switch(rt, slot, EG_GEN_NONE, eg_slots_next_serial(EG_NOW_SERIAL(eg_slots_now(rt, slot))));
	EG_FAULT("after the end");
	if (live)
		eg_tablemaps_retire(rt, (__u32)(live - rt->gens));
	eg_texts_remove(ctx->run_dir, rt->slots[slot].name);
	r = eg_recover_drop_slot(rt, slot, err);
	if (r)
		eg_err_stays(err, "the policy does not decide any more; the next command removes what is left");
	return r;
}

static int remove_named(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root,
			const char *const *names, size_t n, bool force, size_t *removed, struct eg_err *err)
{
	cleanup_free int *slots = calloc(n ? n : 1, sizeof(*slots));
	size_t i;
	int r = slots ? eg_recover(ctx, rt, root, true, err) : eg_fail(err, -ENOMEM, "out of memory");

	for (i = 0; !r && i < n; i++) {
		slots[i] = eg_attach_slot(rt, names[i], err);
		r = slots[i] < 0 ? slots[i] : 0;
		if (!r && !force)
			r = refuse_added(rt, root, (__u32)slots[i], err);
	}
	if (r)
		return r;
	for (i = 0; !r && i < n; i++) {
		if (!rt->slots[slots[i]].tag) /* a name given twice is gone the second time */
			continue;
		r = remove_slot(ctx, rt, (__u32)slots[i], err);
		*removed += !r;
	}
	return r ? r : eg_recover_reclaim(rt, err);
}

int eg_remove(struct eg_ctx *ctx, const char *const *names, size_t n, bool force, size_t *removed, struct eg_err *err)
{
	cleanup_cgroup_root struct eg_cgroup_root root = EG_CGROUP_ROOT_INIT;
	struct eg_runtime rt = EG_RUNTIME_INIT;
	int r = eg_cgroup_root_open(ctx->cgroup_root, &root, err);

	*removed = 0;
	if (!r)
		r = eg_runtime_open(ctx->bpffs, EG_BPFFS_CHANGE, &rt, err);
	if (r)
		return r;
	return eg_recover_leave(ctx, &rt, remove_named(ctx, &rt, &root, names, n, force, removed, err), err);
}

static int remove_every(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root, bool force,
			size_t *n, struct eg_err *err)
{
	int slot, r = eg_recover(ctx, rt, root, true, err);

	for (slot = eg_slots_next(rt, 0); slot >= 0 && !r && !force; slot = eg_slots_next(rt, slot + 1))
		r = refuse_added(rt, root, (__u32)slot, err);
	for (*n = 0, slot = eg_slots_next(rt, 0); slot >= 0 && !r; slot = eg_slots_next(rt, slot + 1), (*n)++)
		r = remove_slot(ctx, rt, (__u32)slot, err);
	return r;
}

int eg_remove_all(struct eg_ctx *ctx, bool force, size_t *n, struct eg_err *err)
{
	cleanup_cgroup_root struct eg_cgroup_root root = EG_CGROUP_ROOT_INIT;
	struct eg_runtime rt = EG_RUNTIME_INIT;
	struct eg_err lock_err = EG_ERR_INIT;
	int r = eg_cgroup_root_open(ctx->cgroup_root, &root, err);

	*n = 0;
	if (r)
		return r;
	r = eg_runtime_open(ctx->bpffs, EG_BPFFS_CHANGE, &rt, &lock_err);
	if (r == -ENOENT)
		return 0;
	if (r) {
		if (err)
			*err = lock_err;
		return r;
	}
	return eg_recover_leave(ctx, &rt, remove_every(ctx, &rt, &root, force, n, err), err);
}

static size_t count_attached(const struct eg_runtime *rt)
{
	cleanup_attachments struct eg_attachments list = { 0 };

	eg_links_list(rt, &list, NULL);
	return list.n;
}

static size_t count_generations(const struct eg_runtime *rt)
{
	size_t n = 0, i;

	for (i = 0; i < EG_GENS_MAX; i++)
		n += rt->gens[i].tag != 0;
	return n;
}

static int gc_open(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root,
		   struct eg_gc_result *result, struct eg_err *err)
{
	size_t attached = count_attached(rt), generations = count_generations(rt);
	int r;

	rt->interrupted = true; /* look at everything, whatever the last command said */
	r = eg_recover(ctx, rt, root, true, err);
	result->attachments = attached - count_attached(rt);
	result->generations = generations - count_generations(rt);
	return r;
}

int eg_gc(struct eg_ctx *ctx, struct eg_gc_result *result, struct eg_err *err)
{
	cleanup_cgroup_root struct eg_cgroup_root root = EG_CGROUP_ROOT_INIT;
	struct eg_runtime rt = EG_RUNTIME_INIT;
	int r = eg_cgroup_root_open(ctx->cgroup_root, &root, err);

	*result = (struct eg_gc_result){ 0 };
	if (r)
		return r;
	r = eg_runtime_open(ctx->bpffs, EG_BPFFS_CHANGE, &rt, err);
	if (r == -ENOENT) {
		if (err)
			*err = (struct eg_err)EG_ERR_INIT;
		return 0;
	}
	return r ? r : eg_recover_leave(ctx, &rt, gc_open(ctx, &rt, &root, result, err), err);
}
