/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "engine/apply.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/siphash.h"
#include "engine/load.h"
#include "engine/place.h"
#include "engine/recover.h"
#include "engine/texts.h"
#include "kernel/links.h"
#include "kernel/slots.h"
#include "kernel/tablemaps.h"

/* Above this many entries a replaced generation is freed at once; below, with the next apply. */
#define RECLAIM_ENTRIES 4096

/* ---- 1. the files, before anything is touched ---- */

/* Tells versions of a text apart for people; nothing is decided by it, so the key is public. */
static void digest_text(const struct eg_policy *policy, char digest[40])
{
	static const __u8 key[16] = "egressctl text";
	__u8 bytes[16];
	size_t i;

	eg_siphash_128(key, policy->text, policy->text_len, bytes);
	for (i = 0; i < sizeof(bytes); i++)
		snprintf(digest + 2 * i, 3, "%02x", bytes[i]);
}

int eg_apply_load(const char *file, struct eg_target *t, struct eg_diags *diags, struct eg_err *err)
{
	struct eg_loaded loaded;
	int r;

	t->slot = -1;
	r = eg_load(file, EG_LOAD_JUDGE | EG_LOAD_ENFORCE, &loaded, diags, err);
	if (r)
		return r;
	t->policy = loaded.policy;
	t->tables = loaded.tables;
	t->file = realpath(file, NULL);
	if (!t->file)
		return eg_fail(err, -errno, "cannot resolve '%s': %s", file, strerror(errno));
	digest_text(t->policy, t->digest);
	return 0;
}

void eg_apply_free(struct eg_target *t)
{
	size_t i;

	for (i = 0; i < t->n_cgroups; i++)
		eg_cgroup_close(&t->cgroups[i]);
	free(t->cgroups);
	free(t->drops);
	free(t->file);
	eg_generation_free(&t->generation);
	eg_tables_free(t->tables);
	eg_policy_free(t->policy);
}

static int open_cgroups(const struct eg_cgroup_root *root, struct eg_target *t, struct eg_err *err)
{
	const struct eg_policy *p = t->policy;
	size_t i, k;
	int r;

	t->cgroups = calloc(p->n_cgroups ? p->n_cgroups : 1, sizeof(*t->cgroups));
	if (!t->cgroups)
		return eg_fail(err, -ENOMEM, "out of memory");
	for (i = 0; i < p->n_cgroups; i++) {
		r = eg_cgroup_open(root, p->cgroups[i].path, &t->cgroups[i], err);
		if (r)
			return eg_wrap(err, "%s:%u:%u", p->file, p->cgroups[i].at.line, p->cgroups[i].at.col);
		t->n_cgroups++;
		for (k = 0; k < i; k++) {
			if (t->cgroups[k].id != t->cgroups[i].id)
				continue;
			eg_fail(err, -EINVAL, "%s:%u:%u: cgroup '%s' is named twice", p->file, p->cgroups[i].at.line,
				p->cgroups[i].at.col, t->cgroups[i].path);
			eg_err_status(err, EG_EXIT_POLICY);
			return -EINVAL;
		}
	}
	return 0;
}

static bool shares_cgroup(const struct eg_target *a, const struct eg_target *b, const char **path)
{
	size_t i, k;

	for (i = 0; i < a->n_cgroups; i++) {
		for (k = 0; k < b->n_cgroups; k++) {
			*path = a->cgroups[i].path;
			if (a->cgroups[i].id == b->cgroups[k].id)
				return true;
		}
	}
	return false;
}

static int refuse_clashes(const struct eg_target *targets, size_t n, struct eg_err *err)
{
	const char *path = NULL;
	size_t i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < i; k++) {
			const struct eg_policy *a = targets[k].policy, *b = targets[i].policy;

			if (!strcmp(a->name, b->name))
				eg_fail(err, -EINVAL, "'%s' and '%s' are both named '%s'", a->file, b->file, a->name);
			else if (shares_cgroup(&targets[k], &targets[i], &path))
				eg_fail(err, -EINVAL, "'%s' and '%s' both name cgroup '%s'", a->file, b->file, path);
			else
				continue;
			eg_err_status(err, EG_EXIT_POLICY);
			return -EINVAL;
		}
	}
	return 0;
}

int eg_apply_check_errno(const struct eg_runtime *rt, const struct eg_target *t, struct eg_err *err)
{
	const struct eg_policy *p = t->policy;

	if (rt->abi->features & EG_FEATURE_SET_RETVAL || p->err == EPERM || !p->err_set)
		return 0;
	eg_fail(err, -EOPNOTSUPP, "policy '%s': this kernel cannot give errno %s: it has no bpf_set_retval (6.1)",
		p->name, strerrorname_np(p->err));
	eg_err_status(err, EG_EXIT_KERNEL);
	eg_err_hint(err, "write 'errno = EPERM', or leave the key out");
	return -EOPNOTSUPP;
}

static void note_errno(struct eg_ctx *ctx, const struct eg_runtime *rt, const struct eg_policy *p)
{
	if (!(rt->abi->features & EG_FEATURE_SET_RETVAL) && p->err != EPERM)
		eg_ctx_note(ctx, "policy '%s': this kernel cannot choose the errno: denied calls fail with EPERM",
			    p->name);
}

/* ---- 2. plan: what each cgroup has now ---- */

struct batch {
	struct eg_target *v;
	size_t n;
};

static bool names_cgroup(const struct batch *all, __u64 id)
{
	size_t i, k;

	for (i = 0; i < all->n; i++) {
		for (k = 0; k < all->v[i].n_cgroups; k++) {
			if (all->v[i].cgroups[k].id == id)
				return true;
		}
	}
	return false;
}

/* A cgroup that another file of the same command names goes over to that one instead. */
static int plan_drops(const struct eg_runtime *rt, const struct batch *all, struct eg_target *t, struct eg_err *err)
{
	cleanup_attachments struct eg_attachments list = { 0 };
	size_t i;
	int r = eg_links_list(rt, &list, err);

	if (r)
		return r;
	t->drops = calloc(list.n + 1, sizeof(*t->drops));
	if (!t->drops)
		return eg_fail(err, -ENOMEM, "out of memory");
	for (i = 0; i < list.n; i++) {
		if (list.v[i].slot == (__u32)t->slot && list.v[i].flags & EG_ATTACHED_DECLARED &&
		    !names_cgroup(all, list.ids[i]))
			t->drops[t->n_drops++] = list.ids[i];
	}
	return 0;
}

static int plan(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root, const struct batch *all,
		struct eg_target *t, const struct eg_apply_options *options, struct eg_err *err)
{
	size_t i;
	int r = eg_apply_check_errno(rt, t, err);

	note_errno(ctx, rt, t->policy);
	for (i = 0; !r && i < t->n_cgroups; i++) {
		r = eg_place_check_own(root, &t->cgroups[i], !t->policy->default_allow, options->force, err);
		if (!r)
			r = eg_place_check_holder(rt, &t->cgroups[i], t->policy->name, options->replace, err);
	}
	if (r)
		return r;
	t->slot = eg_slots_find(rt, t->policy->name);
	if (t->slot < 0) {
		t->slot = eg_slots_take(rt, t->policy->name, 0, err);
		t->fresh = t->slot >= 0;
	}
	return t->slot < 0 ? t->slot : plan_drops(rt, all, t, err);
}

/* ---- 3. stage: everything that can fail, with no effect yet ---- */

static int stage_cgroup(struct eg_runtime *rt, const struct eg_cgroup_root *root, const struct eg_target *t,
			const struct eg_cgroup *cg, struct eg_err *err)
{
	struct eg_attachment record;
	__u32 slot = (__u32)t->slot;
	int r;

	if (eg_links_get(rt, cg->id, &record))
		return eg_links_stage(rt, root, cg, slot, t->generation.serial, EG_ATTACHED_DECLARED, err);
	r = eg_links_complete(rt, root, cg, err);
	if (r || record.slot == slot)
		return r;
	return eg_links_plan_move(rt, cg->id, slot, t->generation.serial, EG_ATTACHED_DECLARED, err);
}

static int stage(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root, struct eg_target *t,
		 struct eg_err *err)
{
	size_t i;
	int r = eg_texts_write(ctx->run_dir, t->policy->name, t->generation.serial, t->policy->text,
			       t->policy->text_len, err);

	for (i = 0; !r && i < t->n_cgroups; i++)
		r = stage_cgroup(rt, root, t, &t->cgroups[i], err);
	for (i = 0; !r && i < t->n_drops; i++)
		r = eg_links_plan_drop(rt, t->drops[i], t->generation.serial, err);
	return r;
}

static void unstage(struct eg_ctx *ctx, struct eg_runtime *rt, struct eg_target *t)
{
	struct eg_attachment record;
	size_t i;

	if (t->slot < 0)
		return;
	for (i = 0; i < t->n_cgroups; i++) {
		if (eg_links_get(rt, t->cgroups[i].id, &record))
			continue;
		if (record.slot == (__u32)t->slot && record.flags & EG_ATTACHED_STAGED)
			eg_links_detach(rt, &t->cgroups[i].id, 1, NULL);
		else if (record.next_tag == rt->slots[t->slot].tag)
			eg_links_cancel_move(rt, t->cgroups[i].id);
	}
	for (i = 0; i < t->n_drops; i++)
		eg_links_cancel_drop(rt, t->drops[i]);
	eg_generation_discard(rt, &t->generation);
	eg_texts_remove_but(ctx->run_dir, t->policy->name, EG_NOW_SERIAL(eg_slots_now(rt, (__u32)t->slot)));
	if (t->fresh)
		eg_slots_free(rt, (__u32)t->slot);
}

/* ---- 4. after the switch: make it last ---- */

static int finish_cgroup(struct eg_runtime *rt, __u64 id, struct eg_err *err)
{
	struct eg_attachment record;
	int r = eg_links_get(rt, id, &record);

	if (r)
		return eg_fail(err, r, "cgroup %llu lost its record", id);
	if (record.flags & EG_ATTACHED_STAGED)
		return eg_links_settle(rt, id, err);
	if (record.next_tag)
		return eg_links_move(rt, id, err);
	return eg_links_declare(rt, id, err);
}

static void note_drops(struct eg_ctx *ctx, const struct eg_runtime *rt, const struct eg_cgroup_root *root,
		       const struct eg_target *t)
{
	struct eg_attachment record = { 0 };
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < t->n_drops; i++) {
		eg_links_get(rt, t->drops[i], &record);
		eg_ctx_cgroup_name(root, t->drops[i], record.path, path);
		eg_ctx_note(ctx, "policy '%s': cgroup '%s' is not named any more and was detached", t->policy->name,
			    path);
	}
}

static int finish(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root, struct eg_target *t,
		  struct eg_err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; !r && i < t->n_cgroups; i++)
		r = finish_cgroup(rt, t->cgroups[i].id, err);
	note_drops(ctx, rt, root, t);
	if (!r && t->n_drops)
		r = eg_links_detach(rt, t->drops, t->n_drops, err);
	eg_texts_remove_but(ctx->run_dir, t->policy->name, EG_NOW_SERIAL(eg_slots_now(rt, (__u32)t->slot)));
	if (!r)
		return 0;
	eg_err_stays(err, "the new policy '%s' is in force; the next command finishes what is left", t->policy->name);
	rt->changing = false; /* stays marked as interrupted */
	return r;
}

/* ---- the sentence ---- */

static int prepare_all(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root,
		       struct eg_target *targets, size_t n, const struct eg_apply_options *options, struct eg_err *err)
{
	cleanup_table_changes struct eg_table_changes changes = { 0 };
	const struct batch all = { targets, n };
	size_t i;
	int r = eg_tablemaps_reclaim(rt, &changes, err);

	for (i = 0; !r && i < n; i++) {
		struct eg_target *t = &targets[i];

		r = plan(ctx, rt, root, &all, t, options, err);
		if (!r)
			r = eg_generation_prepare(rt, (__u32)t->slot, t->policy, t->file, t->digest, t->tables,
						  &changes, &t->generation, err);
	}
	if (!r)
		r = eg_tablemaps_commit(rt, &changes, err);
	for (i = 0; !r && i < n; i++)
		r = eg_generation_settle(rt, &targets[i].generation, err);
	for (i = 0; !r && i < n && !options->dry_run; i++)
		r = stage(ctx, rt, root, &targets[i], err);
	return r;
}

static int switch_all(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root,
		      struct eg_target *targets, size_t n, struct eg_err *err)
{
	size_t i, large = 0;
	int r = 0;

	for (i = 0; i < n; i++) {
		const struct eg_gen *before = eg_slots_live(rt, (__u32)targets[i].slot);
		struct eg_gen_info info;

		if (before && !eg_generation_info(rt, (__u32)(before - rt->gens), &info))
			large += info.entries[0] + info.entries[1] + info.entries[2] + info.entries[3];
		eg_generation_switch(rt, &targets[i].generation);
	}
	for (i = 0; !r && i < n; i++)
		r = finish(ctx, rt, root, &targets[i], err);
	if (!r)
		r = eg_generation_carry(rt, err);
	if (!r && large > RECLAIM_ENTRIES)
		r = eg_recover_reclaim(rt, err);
	return r;
}

static int enforce(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root,
		   struct eg_target *targets, size_t n, const struct eg_apply_options *options,
		   struct eg_applied *results, struct eg_err *err)
{
	size_t i;
	int r = eg_recover(ctx, rt, root, true, err);

	if (!r)
		r = eg_runtime_upgrade(rt, err);
	if (r)
		return r;
	r = prepare_all(ctx, rt, root, targets, n, options, err);
	for (i = 0; i < n; i++)
		results[i].serial = targets[i].generation.serial;
	if (!r && !options->dry_run)
		return switch_all(ctx, rt, root, targets, n, err);
	for (i = 0; i < n; i++)
		unstage(ctx, rt, &targets[i]);
	eg_tablemaps_sweep(rt, NULL);
	if (r)
		eg_err_stays(err, "nothing has changed");
	return r;
}

static int load_all(const char *const *files, struct eg_target *targets, size_t n, struct eg_diags *diags,
		    struct eg_err *err)
{
	struct eg_err later = EG_ERR_INIT;
	int r = 0, first = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		r = eg_apply_load(files[i], &targets[i], diags, first ? &later : err);
		first = first ? first : r;
	}
	if (first)
		eg_err_stays(err, "nothing has changed");
	return first;
}

static void fill_results(const struct eg_target *targets, size_t n, struct eg_applied *results)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct eg_tables *tables = targets[i].tables;

		snprintf(results[i].name, sizeof(results[i].name), "%s", targets[i].policy->name);
		results[i].rules = targets[i].policy->n_rules;
		results[i].cgroups = targets[i].n_cgroups;
		results[i].entries[0] = (__u32)tables->n_hosts4;
		results[i].entries[1] = (__u32)tables->n_nets4;
		results[i].entries[2] = (__u32)tables->n_hosts6;
		results[i].entries[3] = (__u32)tables->n_nets6;
	}
}

static int apply_loaded(struct eg_ctx *ctx, struct eg_target *targets, size_t n, const struct eg_apply_options *options,
			struct eg_applied *results, struct eg_err *err)
{
	cleanup_cgroup_root struct eg_cgroup_root root = EG_CGROUP_ROOT_INIT;
	struct eg_runtime rt = EG_RUNTIME_INIT;
	size_t i;
	int r = eg_cgroup_root_open(ctx->cgroup_root, &root, err);

	for (i = 0; !r && i < n; i++)
		r = open_cgroups(&root, &targets[i], err);
	if (!r)
		r = refuse_clashes(targets, n, err);
	if (!r)
		r = eg_runtime_open(ctx->bpffs, EG_BPFFS_CREATE, &rt, err);
	if (r) {
		eg_err_stays(err, "nothing has changed");
		return r;
	}
	fill_results(targets, n, results);
	return eg_recover_leave(ctx, &rt, enforce(ctx, &rt, &root, targets, n, options, results, err), err);
}

int eg_apply(struct eg_ctx *ctx, const char *const *files, size_t n_files, const struct eg_apply_options *options,
	     struct eg_diags *diags, struct eg_applied *results, struct eg_err *err)
{
	cleanup_free struct eg_target *targets = calloc(n_files ? n_files : 1, sizeof(*targets));
	size_t i;
	int r;

	if (!targets)
		return eg_fail(err, -ENOMEM, "out of memory");
	r = load_all(files, targets, n_files, diags, err);
	if (!r)
		r = apply_loaded(ctx, targets, n_files, options, results, err);
	for (i = 0; i < n_files; i++)
		eg_apply_free(&targets[i]);
	return r;
}
