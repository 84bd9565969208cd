/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/recover.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "egress/binding.h"
#include "engine/texts.h"
#include "kernel/generation.h"
#include "kernel/links.h"
#include "kernel/slots.h"
#include "kernel/tablemaps.h"

static bool slot_is(const struct eg_runtime *rt, __u32 slot, __u32 tag)
{
	return slot < EG_POLICIES_MAX && tag && rt->slots[slot].tag == tag;
}

/* Whether a slot is live and its serial has come to "serial" or beyond. */
static bool has_reached(const struct eg_runtime *rt, __u32 slot, __u32 tag, __u32 serial)
{
	__u64 now;

	if (!slot_is(rt, slot, tag))
		return false;
	now = eg_slots_now(rt, slot);
	return EG_NOW_GEN(now) != EG_GEN_NONE && (__s32)(EG_NOW_SERIAL(now) - serial) >= 0;
}

/* Whether the switch that a staged or dropping binding waited for has happened. */
static bool switch_happened(const struct eg_runtime *rt, __u64 id, const struct eg_attachment *a)
{
	struct eg_binding binding;
	__u64 now;

	if (!slot_is(rt, a->slot, a->tag) || eg_links_binding(rt, id, &binding) || binding.tag != a->tag)
		return false;
	now = eg_slots_now(rt, a->slot);
	if (EG_NOW_GEN(now) == EG_GEN_NONE)
		return false;
	if (!binding.since) /* settled already; or recorded, and killed before the binding was written */
		return a->flags & EG_ATTACHED_STAGED;
	return eg_binding_in_force(binding.since & EG_SINCE_SERIAL, EG_NOW_SERIAL(now));
}

enum fate {
	FATE_STAYS,
	FATE_LEAVES,
};

static enum fate recover_attachment(struct eg_runtime *rt, __u64 id, const struct eg_attachment *a)
{
	if (a->next_tag) {
		if (has_reached(rt, a->next_slot, a->next_tag, a->next_serial))
			return eg_links_move(rt, id, NULL) ? FATE_LEAVES : FATE_STAYS;
		eg_links_cancel_move(rt, id);
	}
	if (a->flags & EG_ATTACHED_LEAVING)
		return FATE_LEAVES;
	if (a->flags & EG_ATTACHED_STAGED) {
		if (!switch_happened(rt, id, a) || eg_links_settle(rt, id, NULL))
			return FATE_LEAVES;
	}
	if (a->flags & EG_ATTACHED_DROP) {
		if (switch_happened(rt, id, a))
			return FATE_LEAVES;
		eg_links_cancel_drop(rt, id);
	}
	return FATE_STAYS;
}

/* An instance that "run" made goes with its cgroup, once nothing runs in it. */
static void remove_if_idle(const struct eg_runtime *rt, const struct eg_cgroup_root *root,
			   const struct eg_attachment *a, const char *path)
{
	if (slot_is(rt, a->slot, a->tag) && rt->slots[a->slot].flags & EG_SLOT_RUN && !eg_cgroup_populated(root, path))
		eg_cgroup_destroy(root, path, 0, NULL);
}

static int recover_attachments(struct eg_runtime *rt, const struct eg_cgroup_root *root, struct eg_err *err)
{
	cleanup_attachments struct eg_attachments list = { 0 };
	char path[PATH_MAX];
	size_t i, leaving = 0;
	int r = eg_links_list(rt, &list, err);

	for (i = 0; !r && i < list.n; i++) {
		int where = eg_cgroup_path_of(root, list.ids[i], path);

		if (list.ids[i] & EG_ATTACHED_ANNOUNCED) {
			/* of a "run" that was killed before its cgroup was bound; a cut path is not one */
			if (list.v[i].path[0] == '/' && !eg_cgroup_populated(root, list.v[i].path))
				eg_cgroup_destroy(root, list.v[i].path, 0, NULL);
			where = -ESTALE;
		}
		if (!where) {
			remove_if_idle(rt, root, &list.v[i], path);
			where = eg_cgroup_path_of(root, list.ids[i], path);
		}
		if (where == -ESTALE ||
		    (rt->interrupted && recover_attachment(rt, list.ids[i], &list.v[i]) == FATE_LEAVES))
			list.ids[leaving++] = list.ids[i];
	}
	if (!r && leaving)
		r = eg_links_detach(rt, list.ids, leaving, err);
	return r;
}

static bool has_ended(const struct eg_runtime *rt, __u32 slot)
{
	return EG_NOW_GEN(eg_slots_now(rt, slot)) == EG_GEN_NONE;
}

static bool is_run(const struct eg_runtime *rt, __u32 slot)
{
	return rt->slots[slot].flags & EG_SLOT_RUN;
}

/* As eg_slots_next, of those slots of which "is" holds. */
static int next_that(const struct eg_runtime *rt, int slot, bool (*is)(const struct eg_runtime *rt, __u32 slot))
{
	slot = eg_slots_next(rt, slot);
	while (slot >= 0 && !is(rt, (__u32)slot))
		slot = eg_slots_next(rt, slot + 1);
	return slot;
}

void eg_recover_end(struct eg_runtime *rt, __u32 slot)
{
	struct eg_gen *live = eg_slots_live(rt, slot);

	EG_FAULT("before the end");
	eg_slots_switch(rt, slot, EG_GEN_NONE, eg_slots_next_serial(EG_NOW_SERIAL(eg_slots_now(rt, slot))));
	EG_FAULT("after the end");
	if (live)
		eg_tablemaps_retire(rt, (__u32)(live - rt->gens));
}

int eg_recover_drop_ended(struct eg_ctx *ctx, struct eg_runtime *rt, struct eg_err *err)
{
	cleanup_attachments struct eg_attachments list = { 0 };
	int r, slot = next_that(rt, 0, has_ended);
	size_t i, n = 0;

	if (slot < 0)
		return 0;
	r = eg_links_list(rt, &list, err);
	for (i = 0; !r && i < list.n; i++) {
		if (slot_is(rt, list.v[i].slot, list.v[i].tag) && has_ended(rt, list.v[i].slot))
			list.ids[n++] = list.ids[i];
	}
	if (!r && n)
		r = eg_links_detach(rt, list.ids, n, err);
	for (; slot >= 0 && !r; slot = next_that(rt, slot + 1, has_ended)) {
		eg_texts_remove(ctx->run_dir, rt->slots[slot].name);
		eg_slots_free(rt, (__u32)slot);
	}
	return r;
}

/* Instances of "run" whose cgroup is gone, and their attachment with it, are over. */
static int end_runs(struct eg_runtime *rt, struct eg_err *err)
{
	cleanup_attachments struct eg_attachments list = { 0 };
	bool bound[EG_POLICIES_MAX] = { false };
	int r, slot = next_that(rt, 0, is_run);
	size_t i;

	if (slot < 0)
		return 0;
	r = eg_links_list(rt, &list, err);
	for (i = 0; !r && i < list.n; i++) {
		if (slot_is(rt, list.v[i].slot, list.v[i].tag))
			bound[list.v[i].slot] = true;
	}
	for (; slot >= 0 && !r; slot = next_that(rt, slot + 1, is_run)) {
		if (!bound[slot] && !has_ended(rt, (__u32)slot))
			eg_recover_end(rt, (__u32)slot);
	}
	return r;
}

int eg_recover_reclaim(struct eg_runtime *rt, struct eg_err *err)
{
	cleanup_table_changes struct eg_table_changes changes = { 0 };
	int r;

	eg_generation_retire_orphans(rt);
	eg_tablemaps_wait(rt);
	r = eg_tablemaps_reclaim(rt, &changes, err);
	return r ? r : eg_tablemaps_commit(rt, &changes, err);
}

/* What a killed command left beyond attachments and slots. */
static int recover_rest(struct eg_ctx *ctx, struct eg_runtime *rt, struct eg_err *err)
{
	int r = eg_links_sweep(rt, err);

	if (!r)
		r = eg_generation_carry(rt, err);
	if (!r)
		r = eg_recover_reclaim(rt, err);
	if (!r)
		r = eg_tablemaps_sweep(rt, err);
	if (!r)
		eg_texts_sweep(ctx->run_dir, rt);
	return r;
}

int eg_recover(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root, bool thorough,
	       struct eg_err *err)
{
	int r;

	if (!thorough && !rt->interrupted)
		return 0;
	r = recover_attachments(rt, root, err);
	if (!r)
		r = end_runs(rt, err);
	if (!r)
		r = eg_recover_drop_ended(ctx, rt, err);
	if (!r && rt->interrupted)
		r = recover_rest(ctx, rt, err);
	if (!r) {
		rt->interrupted = false;
		return 0;
	}
	rt->changing = !rt->interrupted; /* what could not be recovered stays marked for the next command */
	return eg_wrap(err, "cleaning up after an earlier command");
}

int eg_recover_leave(struct eg_ctx *ctx, struct eg_runtime *rt, int r, struct eg_err *err)
{
	if (rt->lock >= 0 && rt->changing && eg_slots_next(rt, 0) < 0) {
		int removed;

		eg_texts_remove_dir(ctx->run_dir); /* first: without pins nobody looks there any more */
		removed = eg_runtime_remove(rt, r ? NULL : err);
		r = r ? r : removed;
	}
	eg_runtime_close(rt);
	return r;
}
