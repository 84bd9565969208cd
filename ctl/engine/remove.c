/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/remove.h"

#include <errno.h>

#include "base/cleanup.h"
#include "engine/attach.h"
#include "engine/recover.h"
#include "kernel/links.h"
#include "kernel/slots.h"

/* The policies that a command takes away. */
struct going {
	bool slots[EG_POLICIES_MAX];
	size_t n;
};

static int find_named(const struct eg_runtime *rt, const char *const *names, size_t n, struct going *going,
		      struct eg_err *err)
{
	size_t i;
	int slot;

	for (i = 0; i < n; i++) {
		slot = eg_attach_slot(rt, names[i], err);
		if (slot < 0)
			return slot;
		going->n += !going->slots[slot];
		going->slots[slot] = true;
	}
	return 0;
}

static void find_all(const struct eg_runtime *rt, struct going *going)
{
	int slot;

	for (slot = eg_slots_next(rt, 0); slot >= 0; slot = eg_slots_next(rt, slot + 1), going->n++)
		going->slots[slot] = true;
}

static bool is_added(const struct eg_runtime *rt, const struct going *going, const struct eg_attachment *a)
{
	return a->slot < EG_POLICIES_MAX && going->slots[a->slot] && a->tag == rt->slots[a->slot].tag &&
	       !(a->flags & EG_ATTACHED_DECLARED);
}

/* Of several policies the one in the lowest slot is named. */
static int refuse_added(const struct eg_runtime *rt, const struct eg_cgroup_root *root, const struct going *going,
			struct eg_err *err)
{
	cleanup_attachments struct eg_attachments list = { 0 };
	char path[PATH_MAX];
	size_t i, added = 0, first = 0;
	int r = eg_links_list(rt, &list, err);

	for (i = 0; !r && i < list.n; i++) {
		if (!is_added(rt, going, &list.v[i]) || (added && list.v[i].slot > list.v[first].slot))
			continue;
		if (!added || list.v[i].slot < list.v[first].slot) {
			first = i;
			added = 0;
		}
		added++;
	}
	if (r || !added)
		return r;
	eg_ctx_cgroup_name(root, list.ids[first], list.v[first].path, path);
	eg_fail(err, -EBUSY, "policy '%s' was attached to %zu cgroup%s beyond those of its file, such as '%s'",
		rt->slots[list.v[first].slot].name, added, added == 1 ? "" : "s", path);
	eg_err_stays(err, "the policy stays in force");
	eg_err_hint(err, "say --force to leave them without a policy, or detach them first");
	return -EBUSY;
}

/* One store each ends them everywhere; the rest is cleaning up, which the next command can finish. */
static int end_all(struct eg_ctx *ctx, struct eg_runtime *rt, const struct going *going, struct eg_err *err)
{
	__u32 slot;
	int r;

	for (slot = 0; slot < EG_POLICIES_MAX; slot++) {
		if (going->slots[slot])
			eg_recover_end(rt, slot);
	}
	r = eg_recover_drop_ended(ctx, rt, err);
	if (r)
		eg_err_stays(err, "%s not decide any more; the next command removes what is left",
			     going->n == 1 ? "the policy does" : "the policies do");
	return r;
}

/* names NULL: all. */
static int remove_open(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root,
		       const char *const *names, size_t n, bool force, size_t *removed, struct eg_err *err)
{
	struct going going = { .n = 0 };
	int r = eg_recover(ctx, rt, root, true, err);

	if (!r && names)
		r = find_named(rt, names, n, &going, err);
	else if (!r)
		find_all(rt, &going);
	if (!r && !force)
		r = refuse_added(rt, root, &going, err);
	if (!r)
		r = end_all(ctx, rt, &going, err);
	if (r)
		return r;
	*removed = going.n;
	return eg_slots_next(rt, 0) < 0 ? 0 : eg_recover_reclaim(rt, err); /* with the last one all pins go */
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
	return eg_recover_leave(ctx, &rt, remove_open(ctx, &rt, &root, names, n, force, removed, err), err);
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
	return eg_recover_leave(ctx, &rt, remove_open(ctx, &rt, &root, NULL, 0, force, n, err), err);
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
