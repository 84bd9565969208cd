/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "kernel/generation.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "kernel/slots.h"

#define CELLS_MIN 64

/* ---- 1. which cell of hits each rule counts in ---- */

static int compare_rules(const void *a, const void *b)
{
	const struct eg_rule_info *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return strncmp(x->name, y->name, sizeof(x->name));
}

/* A rule stays when its kind and name do: then it keeps its cell and its base. */
static void keep_cells(struct eg_generation *g, const struct eg_rule_info *old, __u32 n_old, bool *taken, __u32 cells)
{
	cleanup_free struct eg_rule_info *sorted = NULL;
	__u32 i;

	if (n_old <= EG_HIT_FIRST_RULE)
		return;
	sorted = calloc(n_old, sizeof(*sorted));
	if (!sorted)
		return; /* counts begin anew, enforcement does not suffer */
	memcpy(sorted, old + EG_HIT_FIRST_RULE, (n_old - EG_HIT_FIRST_RULE) * sizeof(*sorted));
	qsort(sorted, n_old - EG_HIT_FIRST_RULE, sizeof(*sorted), compare_rules);
	for (i = EG_HIT_FIRST_RULE; i < g->n_rules; i++) {
		const struct eg_rule_info *was =
			bsearch(&g->rules[i], sorted, n_old - EG_HIT_FIRST_RULE, sizeof(*sorted), compare_rules);

		if (!was || was->hit >= cells || taken[was->hit])
			continue;
		g->rules[i].hit = was->hit;
		g->rules[i].base = was->base;
		g->fresh[i] = false;
		taken[was->hit] = true;
	}
}

/*
 * New rules take cells that no rule of the old generation counts in: one that goes may still be
 * counted for by a program that runs right now.
 */
static int take_cells(struct eg_generation *g, const struct eg_rule_info *old, __u32 n_old, __u32 old_cells,
		      __u32 *cells)
{
	cleanup_free bool *taken = NULL;
	__u32 want = (g->n_rules + n_old) * 2, i, next = EG_HIT_FIRST_RULE, fixed;

	*cells = old_cells ? old_cells : CELLS_MIN;
	while (*cells < g->n_rules + n_old || (!old_cells && *cells < want))
		*cells *= 2;
	while (*cells > old_cells && *cells < old_cells + g->n_rules)
		*cells *= 2; /* a larger table: its old part is taken */
	taken = calloc(*cells, sizeof(*taken));
	if (!taken)
		return -ENOMEM;
	keep_cells(g, old, n_old, taken, *cells);
	for (i = 0; i < n_old; i++) {
		if (old[i].hit < *cells)
			taken[old[i].hit] = true;
	}
	/* in a larger table the old cells are carried over by number: new rules stay clear of them */
	if (old_cells && *cells > old_cells)
		next = old_cells;
	for (fixed = 0; fixed < EG_HIT_FIRST_RULE; fixed++) {
		g->rules[fixed].hit = fixed;
		g->rules[fixed].base = fixed < n_old ? old[fixed].base : 0;
		g->fresh[fixed] = !n_old;
	}
	for (i = EG_HIT_FIRST_RULE; i < g->n_rules; i++) {
		if (!g->fresh[i])
			continue;
		while (next < *cells && taken[next])
			next++;
		if (next == *cells)
			return -ENOSPC;
		g->rules[i].hit = next++;
	}
	return 0;
}

/* ---- 2. the map rules/GEN ---- */

static int read_rules(const struct eg_runtime *rt, __u32 gen, struct eg_rule_info **rules, __u32 *n, struct eg_err *err)
{
	cleanup_free struct eg_rule_info *made = NULL;
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info), i;
	char path[EG_BPFFS_PATH];
	cleanup_close int fd = -1;

	eg_tablemaps_rules_path(rt, gen, path);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return eg_fail(err, -errno, "cannot open '%s': %s", path, strerror(errno));
	if (bpf_obj_get_info_by_fd(fd, &info, &len) || info.value_size != sizeof(**rules))
		return eg_fail(err, -EPROTO, "'%s' is not the map it should be", path);
	made = calloc(info.max_entries, sizeof(*made));
	if (!made)
		return eg_fail(err, -ENOMEM, "out of memory");
	for (i = 0; i < info.max_entries; i++) {
		if (bpf_map_lookup_elem(fd, &i, &made[i]))
			return eg_fail(err, -errno, "cannot read '%s': %s", path, strerror(errno));
	}
	*rules = TAKE_PTR(made);
	*n = info.max_entries;
	return 0;
}

static int write_rules(const struct eg_runtime *rt, const struct eg_generation *g, struct eg_err *err)
{
	char path[EG_BPFFS_PATH];
	cleanup_close int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "rules", 4, sizeof(*g->rules), g->n_rules, NULL);
	__u32 i;
	int r;

	if (fd < 0)
		return eg_fail(err, -errno, "cannot make the map of rules: %s", strerror(errno));
	for (i = 0; i < g->n_rules; i++) {
		if (bpf_map_update_elem(fd, &i, &g->rules[i], BPF_ANY))
			return eg_fail(err, -errno, "cannot fill the map of rules: %s", strerror(errno));
	}
	eg_bpffs_path(rt->dir, path, "rules");
	r = eg_bpffs_make_dir(path, err);
	if (r)
		return r;
	eg_tablemaps_rules_path(rt, g->gen, path);
	unlink(path);
	if (bpf_obj_pin(fd, path))
		return eg_fail(err, -errno, "cannot pin '%s': %s", path, strerror(errno));
	EG_FAULT("rules pinned");
	return 0;
}

/* ---- 3. counts ---- */

/* Adds what a table of hits has counted for each rule to the rule's base. */
static int add_counts(const struct eg_runtime *rt, __u32 field, __u32 cells, struct eg_rule_info *rules, __u32 n)
{
	cleanup_hits struct eg_hits hits = { 0 };
	int r = eg_tablemaps_open_hits(rt, field, cells, &hits);
	__u32 i, cpu;

	for (i = 0; !r && i < n; i++) {
		for (cpu = 0; rules[i].hit < cells && cpu < hits.cpus; cpu++)
			rules[i].base += __atomic_load_n(&hits.at[cpu * cells + rules[i].hit], __ATOMIC_RELAXED);
	}
	return r;
}

int eg_generation_read(const struct eg_runtime *rt, __u32 gen, struct eg_rule_info **rules, __u32 *n,
		       struct eg_err *err)
{
	const struct eg_gen *g = &rt->gens[gen];
	struct eg_rule_info *made = NULL;
	int r = read_rules(rt, gen, &made, n, err);

	if (r)
		return r;
	r = add_counts(rt, g->hits, g->cells, made, *n);
	if (!r && g->carry)
		r = add_counts(rt, g->carry, g->carry_cells, made, *n);
	if (r) {
		free(made);
		return eg_fail(err, r, "cannot read the hit counts: %s", strerror(-r));
	}
	*rules = made;
	return 0;
}

int eg_generation_settle(struct eg_runtime *rt, const struct eg_generation *g, struct eg_err *err)
{
	const struct eg_gen *gen = &rt->gens[g->gen];
	cleanup_hits struct eg_hits hits = { 0 };
	int r = eg_tablemaps_open_hits(rt, gen->hits, gen->cells, &hits);
	__u32 i, cpu;

	if (r)
		return eg_fail(err, r, "cannot open the hit counters: %s", strerror(-r));
	for (i = 0; i < g->n_rules; i++) {
		for (cpu = 0; g->fresh[i] && cpu < hits.cpus; cpu++)
			__atomic_store_n(&hits.at[cpu * gen->cells + g->rules[i].hit], 0, __ATOMIC_RELAXED);
	}
	return 0;
}

static int carry_one(struct eg_runtime *rt, __u32 gen, struct eg_err *err)
{
	cleanup_free struct eg_rule_info *rules = NULL;
	struct eg_gen *g = &rt->gens[gen];
	char path[EG_BPFFS_PATH];
	cleanup_close int fd = -1;
	__u32 n, i;
	int r = read_rules(rt, gen, &rules, &n, err);

	if (r)
		return r;
	r = add_counts(rt, g->carry, g->carry_cells, rules, n);
	if (r)
		return eg_fail(err, r, "cannot carry the hit counts over: %s", strerror(-r));
	eg_tablemaps_rules_path(rt, gen, path);
	fd = bpf_obj_get(path);
	for (i = 0; fd >= 0 && i < n; i++)
		bpf_map_update_elem(fd, &i, &rules[i], BPF_ANY);
	g->carry = 0;
	return 0;
}

int eg_generation_carry(struct eg_runtime *rt, struct eg_err *err)
{
	bool waited = false;
	int slot, r = 0;

	for (slot = eg_slots_next(rt, 0); slot >= 0 && !r; slot = eg_slots_next(rt, slot + 1)) {
		struct eg_gen *g = eg_slots_live(rt, (__u32)slot);

		if (!g || !g->carry)
			continue;
		if (!waited)
			eg_tablemaps_wait(rt); /* from here on nobody counts in the old table */
		waited = true;
		r = carry_one(rt, (__u32)(g - rt->gens), err);
	}
	return r;
}

/* ---- 4. a generation ---- */

static int free_gen(const struct eg_runtime *rt, struct eg_err *err)
{
	int i;

	for (i = 0; i < EG_GENS_MAX; i++) {
		if (!rt->gens[i].tag)
			return i;
	}
	return eg_fail(err, -ENOSPC, "all %d generations are in use (EG_GENS_MAX)", EG_GENS_MAX);
}

static int list_rules(struct eg_generation *g, const struct eg_policy *policy, struct eg_err *err)
{
	size_t i;

	g->n_rules = (__u32)policy->n_rules + EG_HIT_FIRST_RULE;
	g->rules = calloc(g->n_rules, sizeof(*g->rules));
	g->fresh = calloc(g->n_rules, sizeof(*g->fresh));
	if (!g->rules || !g->fresh)
		return eg_fail(err, -ENOMEM, "out of memory");
	for (i = 0; i < policy->n_rules; i++) {
		struct eg_rule_info *info = &g->rules[i + EG_HIT_FIRST_RULE];

		memcpy(info->name, policy->rules[i].name, sizeof(info->name));
		info->kind = policy->rules[i].kind;
		info->line = policy->rules[i].at.line;
		g->fresh[i + EG_HIT_FIRST_RULE] = true;
	}
	return 0;
}

static int assign_cells(struct eg_runtime *rt, struct eg_generation *g, struct eg_gen *gen, struct eg_tables *tables,
			__u32 *new_cells, struct eg_err *err)
{
	const struct eg_gen *live = eg_slots_live(rt, g->slot);
	cleanup_free struct eg_rule_info *old = NULL;
	cleanup_free __u32 *cells = NULL;
	__u32 n_old = 0, old_cells = 0, want, i;
	int r;

	if (live) {
		r = read_rules(rt, (__u32)(live - rt->gens), &old, &n_old, err);
		if (r)
			return r;
		old_cells = live->cells;
	}
	r = take_cells(g, old, n_old, old_cells, &want);
	if (r)
		return eg_fail(err, r, "cannot assign hit counters: %s", strerror(-r));
	cells = calloc(g->n_rules, sizeof(*cells));
	if (!cells)
		return eg_fail(err, -ENOMEM, "out of memory");
	for (i = EG_HIT_FIRST_RULE; i < g->n_rules; i++)
		cells[i - EG_HIT_FIRST_RULE] = g->rules[i].hit;
	eg_tables_set_hits(tables, cells);
	*new_cells = want == old_cells ? 0 : want;
	if (live && !*new_cells) {
		gen->hits = live->hits;
		gen->cells = live->cells;
	} else if (live) {
		gen->carry = live->hits;
		gen->carry_cells = live->cells;
	}
	return 0;
}

static int write_info(struct eg_runtime *rt, const struct eg_generation *g, const struct eg_tables *tables,
		      const char *file, const char *digest, struct eg_err *err)
{
	size_t len = strlen(file);
	struct eg_gen_info info = {
		.applied = (__u64)time(NULL),
		.rules = g->n_rules - EG_HIT_FIRST_RULE,
		.entries = { (__u32)tables->n_hosts4, (__u32)tables->n_nets4, (__u32)tables->n_hosts6,
			     (__u32)tables->n_nets6 },
		.blocks = (__u32)tables->n_blocks,
	};

	if (len >= sizeof(info.file))
		file += len - (sizeof(info.file) - 1);
	snprintf(info.file, sizeof(info.file), "%s", file);
	snprintf(info.digest, sizeof(info.digest), "%s", digest);
	if (bpf_map_update_elem(rt->maps[EG_MAP_gen_info], &g->gen, &info, BPF_ANY))
		return eg_fail(err, -errno, "cannot record the generation: %s", strerror(errno));
	return 0;
}

int eg_generation_prepare(struct eg_runtime *rt, __u32 slot, const struct eg_policy *policy, const char *file,
			  const char *digest, struct eg_tables *tables, struct eg_table_changes *changes,
			  struct eg_generation *out, struct eg_err *err)
{
	struct eg_generation g = { .slot = slot,
				   .serial = eg_slots_next_serial(EG_NOW_SERIAL(eg_slots_now(rt, slot))) };
	struct eg_gen gen = { .tag = rt->slots[slot].tag, .serial = g.serial, .retval = -policy->err };
	__u32 new_cells = 0;
	int index = free_gen(rt, err), r;

	if (index < 0)
		return index;
	g.gen = (__u32)index;
	r = list_rules(&g, policy, err);
	if (!r)
		r = assign_cells(rt, &g, &gen, tables, &new_cells, err);
	if (!r)
		r = eg_tablemaps_build(rt, tables, new_cells, changes, &gen, err);
	if (!r)
		r = write_rules(rt, &g, err);
	if (!r)
		r = write_info(rt, &g, tables, file, digest, err);
	if (r) {
		eg_generation_free(&g);
		return r;
	}
	rt->gens[g.gen] = gen;
	EG_FAULT("generation written");
	*out = g;
	return 0;
}

void eg_generation_switch(struct eg_runtime *rt, struct eg_generation *g)
{
	struct eg_gen *before = eg_slots_live(rt, g->slot);

	EG_FAULT("before the switch");
	eg_slots_switch(rt, g->slot, g->gen, g->serial);
	EG_FAULT("after the switch");
	g->serial = 0;
	if (before)
		eg_tablemaps_retire(rt, (__u32)(before - rt->gens));
}

void eg_generation_discard(struct eg_runtime *rt, struct eg_generation *g)
{
	if (g->serial)
		eg_tablemaps_free_gen(rt, g->gen);
	g->serial = 0;
}

void eg_generation_free(struct eg_generation *g)
{
	free(g->rules);
	free(g->fresh);
	g->rules = NULL;
	g->fresh = NULL;
}

void eg_generation_retire_orphans(struct eg_runtime *rt)
{
	cleanup_free bool *live = calloc(EG_GENS_MAX, sizeof(*live));
	int slot;
	__u32 i;

	if (!live)
		return;
	for (slot = eg_slots_next(rt, 0); slot >= 0; slot = eg_slots_next(rt, slot + 1)) {
		i = EG_NOW_GEN(eg_slots_now(rt, (__u32)slot));
		if (i < EG_GENS_MAX)
			live[i] = true;
	}
	for (i = 0; i < EG_GENS_MAX; i++) {
		if (rt->gens[i].tag && !rt->gens[i].retired && !live[i])
			eg_tablemaps_retire(rt, i);
	}
}

int eg_generation_info(const struct eg_runtime *rt, __u32 gen, struct eg_gen_info *info)
{
	return bpf_map_lookup_elem(rt->maps[EG_MAP_gen_info], &gen, info) ? -errno : 0;
}
