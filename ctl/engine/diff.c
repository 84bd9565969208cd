/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/diff.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "engine/place.h"
#include "engine/texts.h"
#include "kernel/fill.h"
#include "kernel/generation.h"
#include "kernel/links.h"
#include "kernel/slots.h"

/* What the file is compared with. */
struct live {
	struct eg_runtime rt;
	bool open;
	int slot;		  /* -1: nothing is loaded under that name */
	const struct eg_gen *gen; /* NULL then */
	char *text;		  /* owned */
	size_t text_len;
};

static void close_live(struct live *live)
{
	if (live->open)
		eg_runtime_close(&live->rt);
	free(live->text);
}

static int read_text(const struct eg_ctx *ctx, const char *name, struct live *live, struct eg_err *err)
{
	char path[PATH_MAX];
	int r;

	eg_texts_path(ctx->run_dir, name, live->gen->serial, path, sizeof(path));
	r = eg_source_read(path, &live->text, &live->text_len, err);
	if (!r)
		return 0;
	eg_wrap(err, "the text in force of policy '%s' cannot be read", name);
	eg_err_hint(err, "'egressctl apply' writes it again");
	return r;
}

static int open_live(const struct eg_ctx *ctx, const char *name, struct live *live, struct eg_err *err)
{
	int r = eg_runtime_open(ctx->bpffs, EG_BPFFS_READ, &live->rt, err);

	live->slot = -1;
	if (r == -ENOENT) {
		*err = (struct eg_err)EG_ERR_INIT; /* nothing is loaded at all */
		return 0;
	}
	if (r)
		return r;
	live->open = true;
	live->slot = eg_slots_find(&live->rt, name);
	if (live->slot >= 0)
		live->gen = eg_slots_live(&live->rt, (__u32)live->slot);
	if (!live->gen)
		live->slot = -1; /* being made or removed by a command that was killed */
	return live->gen ? read_text(ctx, name, live, err) : 0;
}

/* ---- cgroups ---- */

static int add_cgroup(struct eg_diff *d, const char *path, enum eg_diff_move move, struct eg_err *err)
{
	struct eg_diff_cgroup *added = EG_VEC_ADD(d->cgroups, d->n_cgroups);

	if (!added)
		return eg_fail(err, -ENOMEM, "out of memory");
	added->move = move;
	added->path = strdup(path);
	return added->path ? 0 : eg_fail(err, -ENOMEM, "out of memory");
}

static void note_refusal(struct eg_ctx *ctx, const struct eg_err *why)
{
	eg_ctx_note(ctx, "apply would fail: %s%s%s", why->what, *why->hint ? "; " : "", why->hint);
}

/* One cgroup of the file. *id: 0 when it is not there. */
static int compare_cgroup(struct eg_ctx *ctx, const struct live *live, const struct eg_cgroup_root *root,
			  const char *path, struct eg_diff *d, __u64 *id, struct eg_err *err)
{
	cleanup_cgroup struct eg_cgroup cg = EG_CGROUP_INIT;
	const struct eg_policy *policy = d->loaded.policy;
	struct eg_attachment record;
	struct eg_err why = EG_ERR_INIT;

	*id = 0;
	if (eg_cgroup_open(root, path, &cg, &why)) {
		note_refusal(ctx, &why);
		return add_cgroup(d, path, EG_DIFF_ATTACH, err);
	}
	*id = cg.id;
	if (eg_place_check_own(root, &cg, !policy->default_allow, false, &why) ||
	    (live->open && eg_place_check_holder(&live->rt, &cg, policy->name, false, &why)))
		note_refusal(ctx, &why);
	if (!live->gen || eg_links_get(&live->rt, cg.id, &record) || record.slot != (__u32)live->slot ||
	    record.tag != live->rt.slots[live->slot].tag)
		return add_cgroup(d, cg.path, EG_DIFF_ATTACH, err);
	return record.flags & EG_ATTACHED_DECLARED ? 0 : add_cgroup(d, cg.path, EG_DIFF_DECLARE, err);
}

static int compare_paths(const void *a, const void *b)
{
	const struct eg_diff_cgroup *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* Those that were declared and are none of ids. */
static int find_detached(const struct live *live, const struct eg_cgroup_root *root, const __u64 *ids, size_t n,
			 struct eg_diff *d, struct eg_err *err)
{
	cleanup_attachments struct eg_attachments list = { 0 };
	size_t i, k, first = d->n_cgroups;
	char path[PATH_MAX];
	int r = live->gen ? eg_links_list(&live->rt, &list, err) : 0;

	for (i = 0; !r && i < list.n; i++) {
		if (list.v[i].slot != (__u32)live->slot || list.v[i].tag != live->rt.slots[live->slot].tag ||
		    !(list.v[i].flags & EG_ATTACHED_DECLARED))
			continue;
		for (k = 0; k < n && ids[k] != list.ids[i]; k++)
			;
		if (k < n)
			continue;
		eg_ctx_cgroup_name(root, list.ids[i], list.v[i].path, path);
		r = add_cgroup(d, path, EG_DIFF_DETACH, err);
	}
	if (d->n_cgroups > first)
		qsort(d->cgroups + first, d->n_cgroups - first, sizeof(*d->cgroups), compare_paths);
	return r;
}

static int compare_cgroups(struct eg_ctx *ctx, const struct live *live, struct eg_diff *d, struct eg_err *err)
{
	cleanup_cgroup_root struct eg_cgroup_root root = EG_CGROUP_ROOT_INIT;
	const struct eg_policy *policy = d->loaded.policy;
	cleanup_free __u64 *ids = calloc(policy->n_cgroups + 1, sizeof(*ids));
	size_t i;
	int r = ids ? eg_cgroup_root_open(ctx->cgroup_root, &root, err) : eg_fail(err, -ENOMEM, "out of memory");

	for (i = 0; !r && i < policy->n_cgroups; i++)
		r = compare_cgroup(ctx, live, &root, policy->cgroups[i].path, d, &ids[i], err);
	return r ? r : find_detached(live, &root, ids, policy->n_cgroups, d, err);
}

/* ---- words ---- */

static int compare_words(const struct live *live, struct eg_diff *d, struct eg_err *err)
{
	const struct eg_policy *policy = d->loaded.policy;
	int r = eg_outline_make(policy->text, policy->text_len, &d->is, err);

	if (!r && live->gen)
		r = eg_outline_make(live->text, live->text_len, &d->was, err);
	return r ? r : eg_changes_make(live->gen ? &d->was : NULL, &d->is, &d->changes, err);
}

/* ---- tables ---- */

static bool changes_rules(const struct eg_diff *d)
{
	size_t i;

	for (i = 0; i < d->changes.n; i++) {
		if (strcmp(d->changes.v[i].section->kind, "policy") != 0)
			return true;
	}
	return false;
}

/* A path beside file that names the policy, should the text not do so. */
static void path_beside(const char *file, const char *name, char *path)
{
	const char *slash = strrchr(file, '/');

	snprintf(path, PATH_MAX, "%.*s%s.ini", slash ? (int)(slash - file) + 1 : 0, file, name);
}

/* Counts in the cells that the live generation's rules have, so that equal entries are equal bytes. */
static int set_hits(const struct live *live, struct eg_loaded *loaded, struct eg_err *err)
{
	cleanup_free struct eg_rule_info *rules = NULL;
	cleanup_free __u32 *cells = NULL;
	__u32 n, i;
	int r = eg_generation_read(&live->rt, (__u32)(live->gen - live->rt.gens), &rules, &n, err);

	if (r)
		return r;
	if (n - EG_HIT_FIRST_RULE != loaded->policy->n_rules)
		return eg_fail(err, -EPROTO, "the text in force of policy '%s' is not the one that was applied",
			       live->rt.slots[live->slot].name);
	cells = calloc(n, sizeof(*cells));
	if (!cells)
		return eg_fail(err, -ENOMEM, "out of memory");
	for (i = EG_HIT_FIRST_RULE; i < n; i++)
		cells[i - EG_HIT_FIRST_RULE] = rules[i].hit;
	eg_tables_set_hits(loaded->tables, cells);
	return 0;
}

static void add_table(struct eg_diff *d, const char *name, size_t was, size_t is)
{
	d->tables[d->n_tables++] = (struct eg_diff_table){ name, (__u32)was, (__u32)is };
}

static void fill_tables(const struct live *live, const struct eg_tables *t, unsigned int differ, struct eg_diff *d)
{
	struct eg_gen_info info = { 0 };

	eg_generation_info(&live->rt, (__u32)(live->gen - live->rt.gens), &info);
	if (differ & (1u << EG_KIND(hash4) | 1u << EG_KIND(trie4)))
		add_table(d, "ipv4", info.entries[0] + info.entries[1], t->n_hosts4 + t->n_nets4);
	if (differ & (1u << EG_KIND(hash6) | 1u << EG_KIND(trie6)))
		add_table(d, "ipv6", info.entries[2] + info.entries[3], t->n_hosts6 + t->n_nets6);
	if (differ & 1u << EG_KIND(blocks))
		add_table(d, "blocks", info.blocks, t->n_blocks);
}

/*
 * The words are the same: what do they stand for now? The text in force is compiled anew, as if it stood where the
 * file does: that of the file may have its rules in another order, which gives other bytes and means the same.
 */
static int compare_tables(const struct live *live, const char *file, struct eg_diff *d, struct eg_err *err)
{
	cleanup_loaded struct eg_loaded again = { 0 };
	unsigned int differ = 0;
	char path[PATH_MAX];
	int r;

	path_beside(file, d->loaded.policy->name, path);
	r = eg_load_text(path, live->text, live->text_len, &again, err);
	if (!r)
		r = set_hits(live, &again, err);
	if (!r && eg_tablemaps_compare(&live->rt, again.tables, live->gen, &differ))
		r = eg_fail(err, -ENOMEM, "out of memory");
	if (!r)
		fill_tables(live, again.tables, differ, d);
	return r;
}

/* ---- all ---- */

static int compare(struct eg_ctx *ctx, struct live *live, const char *file, struct eg_diff *d, struct eg_err *err)
{
	int r = open_live(ctx, d->loaded.policy->name, live, err);

	if (r)
		return r;
	d->live = live->gen;
	d->serial = live->gen ? live->gen->serial : 0;
	r = compare_words(live, d, err);
	if (!r)
		r = compare_cgroups(ctx, live, d, err);
	if (!r && live->gen && !changes_rules(d))
		r = compare_tables(live, file, d, err);
	return r;
}

int eg_diff(struct eg_ctx *ctx, const char *file, struct eg_diff *out, struct eg_diags *diags, struct eg_err *err)
{
	struct eg_diff d = { .live = false };
	struct live live = { .rt = EG_RUNTIME_INIT };
	int r = eg_load(file, EG_LOAD_JUDGE, &d.loaded, diags, err);

	if (!r)
		r = compare(ctx, &live, file, &d, err);
	close_live(&live);
	if (r)
		eg_diff_free(&d);
	else
		*out = d;
	return r;
}

bool eg_diff_any(const struct eg_diff *diff)
{
	return !diff->live || diff->changes.n || diff->n_cgroups || diff->n_tables;
}

void eg_diff_free(struct eg_diff *diff)
{
	size_t i;

	for (i = 0; i < diff->n_cgroups; i++)
		free(diff->cgroups[i].path);
	free(diff->cgroups);
	eg_changes_free(&diff->changes);
	eg_outline_free(&diff->was);
	eg_outline_free(&diff->is);
	eg_load_free(&diff->loaded);
}
