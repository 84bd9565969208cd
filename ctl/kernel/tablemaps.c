/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "kernel/tablemaps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/siphash.h"
#include "kernel/fill.h"

#define ADDRESS_KINDS 4
#define WAIT_INDEX (EG_TABLES_MAX - 1) /* never holds a table: see wait_by_update */

static void hits_path(const struct eg_runtime *rt, __u32 index, char *path)
{
	eg_bpffs_path(rt->dir, path, "hits/%u", index);
}

static void unpin_hits(const struct eg_runtime *rt, __u32 index)
{
	char path[EG_BPFFS_PATH];

	hits_path(rt, index, path);
	unlink(path);
}

/* Counters are pinned besides: opening an inner map by its id would need CAP_SYS_ADMIN. */
static int pin_hits(const struct eg_runtime *rt, __u32 index, int fd, struct eg_err *err)
{
	char path[EG_BPFFS_PATH];
	int r;

	eg_bpffs_path(rt->dir, path, "hits");
	r = eg_bpffs_make_dir(path, err);
	if (r)
		return r;
	unpin_hits(rt, index);
	hits_path(rt, index, path);
	return bpf_obj_pin(fd, path) ? eg_fail(err, -errno, "cannot pin '%s': %s", path, strerror(errno)) : 0;
}

static int queue(struct eg_table_changes *c, unsigned int kind, __u32 index, int fd)
{
	if (c->n == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 16;
		struct eg_table_change *v = reallocarray(c->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		c->v = v;
		c->cap = cap;
	}
	c->v[c->n++] = (struct eg_table_change){ .kind = kind, .index = index, .fd = fd };
	return 0;
}

static void mark(struct eg_table_changes *c, unsigned int kind, __u32 field)
{
	if (field)
		c->used[kind][(field - 1) / 64] |= 1ull << (field - 1) % 64;
}

static bool marked(const struct eg_table_changes *c, unsigned int kind, __u32 index)
{
	return c->used[kind][index / 64] >> index % 64 & 1;
}

/* Every index that some generation names, live or not, is in use. */
static int mark_all(struct eg_runtime *rt, struct eg_table_changes *c)
{
	unsigned int kind;
	__u32 i;

	if (c->used[0])
		return 0;
	for (kind = 0; kind < EG_TABLE_KINDS; kind++) {
		c->used[kind] = calloc(EG_TABLES_MAX / 64, sizeof(__u64));
		if (!c->used[kind])
			return -ENOMEM;
	}
	for (i = 0; i < EG_GENS_MAX; i++) {
		if (!rt->gens[i].tag)
			continue;
		for (kind = 0; kind < EG_TABLE_KINDS; kind++)
			mark(c, kind, *eg_runtime_table(&rt->gens[i], kind));
		mark(c, EG_KIND(hits), rt->gens[i].carry);
	}
	return 0;
}

/* A freed index first: its old map goes as the new one comes, in the same grace period. */
static int take_index(struct eg_table_changes *c, unsigned int kind, struct eg_err *err)
{
	__u32 i;

	while (c->n_freed[kind]) {
		i = c->freed[kind][--c->n_freed[kind]];
		if (!marked(c, kind, i)) {
			mark(c, kind, i + 1);
			return (int)i;
		}
	}
	for (i = 0; i < WAIT_INDEX; i++) {
		if (!marked(c, kind, i)) {
			mark(c, kind, i + 1);
			return (int)i;
		}
	}
	return eg_fail(err, -ENOSPC, "all %d tables of a kind are in use (EG_TABLES_MAX)", EG_TABLES_MAX);
}

static int add_map(struct eg_runtime *rt, struct eg_table_changes *c, const struct eg_fill *f, unsigned int kind,
		   __u32 *field, struct eg_err *err)
{
	int index, r, fd = eg_fill_map(f, kind, err);

	if (fd < 0)
		return fd;
	index = take_index(c, kind, err);
	r = index < 0 ? index : 0;
	if (!r && kind == EG_KIND(hits))
		r = pin_hits(rt, (__u32)index, fd, err);
	if (!r && queue(c, kind, (__u32)index, fd))
		r = eg_fail(err, -ENOMEM, "out of memory");
	if (r) {
		close(fd);
		return r;
	}
	*field = (__u32)index + 1;
	return 0;
}

/* A table with the same entries that some generation names: used by both. */
static __u32 find_twin(struct eg_runtime *rt, unsigned int kind, const __u8 digest[16])
{
	__u32 i;

	for (i = 0; i < EG_GENS_MAX; i++) {
		struct eg_gen *gen = &rt->gens[i];

		if (gen->tag && *eg_runtime_table(gen, kind) && !memcmp(gen->digest[kind], digest, 16))
			return *eg_runtime_table(gen, kind);
	}
	return 0;
}

static void digest_of(const struct eg_runtime *rt, const struct eg_fill *f, __u8 out[16])
{
	__u8 halves[32];

	eg_siphash_128(rt->abi->key, f->keys, f->n * f->key_size, halves);
	eg_siphash_128(rt->abi->key, f->values, f->n * f->value_size, halves + 16);
	eg_siphash_128(rt->abi->key, halves, sizeof(halves), out);
}

/* The entries of a table with a digest, for a generation whose addresses are divided, and their digest. */
static int fill_kind(const struct eg_runtime *rt, const struct eg_tables *tables, unsigned int kind,
		     const struct eg_gen *gen, struct eg_fill *f, __u8 digest[16])
{
	int r = kind == EG_KIND(blocks) ? eg_fill_blocks(tables, f) : eg_fill_addresses(tables, kind, gen, f);

	if (r)
		return r;
	memset(digest, 0, 16);
	if (f->n)
		digest_of(rt, f, digest);
	return 0;
}

static int build_kind(struct eg_runtime *rt, const struct eg_tables *tables, unsigned int kind,
		      struct eg_table_changes *changes, struct eg_gen *gen, struct eg_err *err)
{
	__u32 *field = eg_runtime_table(gen, kind);
	cleanup_fill struct eg_fill f = { 0 };

	*field = 0;
	if (fill_kind(rt, tables, kind, gen, &f, gen->digest[kind]))
		return eg_fail(err, -ENOMEM, "out of memory");
	if (!f.n)
		return 0;
	if (kind < ADDRESS_KINDS)
		*field = find_twin(rt, kind, gen->digest[kind]);
	return *field ? 0 : add_map(rt, changes, &f, kind, field, err);
}

int eg_tablemaps_build(struct eg_runtime *rt, const struct eg_tables *tables, __u32 cells,
		       struct eg_table_changes *changes, struct eg_gen *gen, struct eg_err *err)
{
	struct eg_fill counts = eg_fill_counters(cells);
	unsigned int kind;
	int r = 0;

	if (mark_all(rt, changes))
		return eg_fail(err, -ENOMEM, "out of memory");
	eg_fill_divide(tables, gen);
	for (kind = 0; !r && kind <= EG_KIND(blocks); kind++)
		r = build_kind(rt, tables, kind, changes, gen, err);
	if (!r && cells) {
		r = add_map(rt, changes, &counts, EG_KIND(hits), &gen->hits, err);
		gen->cells = cells;
	}
	if (r)
		return r;
	gen->miss4 = eg_tables_answer(tables, tables->miss4);
	gen->miss6 = eg_tables_answer(tables, tables->miss6);
	gen->vetoes = tables->vetoes;
	gen->veto_words = tables->veto_words;
	gen->veto_all = tables->veto_all;
	gen->flags = tables->flags;
	return 0;
}

int eg_tablemaps_compare(const struct eg_runtime *rt, const struct eg_tables *tables, const struct eg_gen *gen,
			 unsigned int *differ)
{
	struct eg_gen made = { .tag = 0 };
	unsigned int kind;

	*differ = 0;
	eg_fill_divide(tables, &made);
	for (kind = 0; kind <= EG_KIND(blocks); kind++) {
		cleanup_fill struct eg_fill f = { 0 };

		if (fill_kind(rt, tables, kind, &made, &f, made.digest[kind]))
			return -ENOMEM;
		if (memcmp(made.digest[kind], gen->digest[kind], 16) != 0)
			*differ |= 1u << kind;
	}
	return 0;
}

static bool grace_is_over(const struct eg_runtime *rt, const struct eg_gen *gen)
{
	return gen->tag && gen->retired && (__s32)(rt->abi->epoch - gen->retired) >= 0;
}

void eg_tablemaps_free_gen(struct eg_runtime *rt, __u32 gen)
{
	char path[EG_BPFFS_PATH];

	eg_tablemaps_rules_path(rt, gen, path);
	unlink(path);
	bpf_map_delete_elem(rt->maps[EG_MAP_gen_info], &gen);
	rt->gens[gen].tag = 0;
	EG_FAULT("generation freed");
}

/*
 * The tables of a freed generation are known only here and now, so what finds no place in the list
 * is taken away at once; a kill right here leaks them until their index is used again.
 */
static int free_tables(struct eg_runtime *rt, struct eg_table_changes *c, const struct eg_gen *gone)
{
	unsigned int kind;
	__u32 index;

	for (kind = 0; kind < EG_TABLE_KINDS; kind++) {
		index = *eg_runtime_table((struct eg_gen *)gone, kind) - 1;
		if (index >= EG_TABLES_MAX || marked(c, kind, index))
			continue;
		if (kind == EG_KIND(hits))
			unpin_hits(rt, index);
		if (c->n_freed[kind] < sizeof(c->freed[kind]) / sizeof(c->freed[kind][0]))
			c->freed[kind][c->n_freed[kind]++] = index;
		else if (queue(c, kind, index, -1))
			return -ENOMEM;
	}
	return 0;
}

int eg_tablemaps_reclaim(struct eg_runtime *rt, struct eg_table_changes *changes, struct eg_err *err)
{
	cleanup_free struct eg_gen *gone = NULL;
	size_t n = 0, i;
	__u32 g;

	for (g = 0; g < EG_GENS_MAX; g++)
		n += grace_is_over(rt, &rt->gens[g]);
	if (!n)
		return 0;
	gone = calloc(n, sizeof(*gone));
	if (!gone)
		return eg_fail(err, -ENOMEM, "out of memory");
	for (g = 0, i = 0; g < EG_GENS_MAX && i < n; g++) {
		if (grace_is_over(rt, &rt->gens[g])) {
			gone[i++] = rt->gens[g];
			eg_tablemaps_free_gen(rt, g);
		}
	}
	if (mark_all(rt, changes))
		return eg_fail(err, -ENOMEM, "out of memory");
	for (i = 0; i < n; i++) {
		if (free_tables(rt, changes, &gone[i]))
			return eg_fail(err, -ENOMEM, "out of memory");
	}
	return 0;
}

struct job {
	const struct eg_runtime *rt;
	const struct eg_table_changes *changes;
	unsigned int kind;
	int result;
};

static void *work(void *arg)
{
	struct job *job = arg;
	int map = job->rt->maps[(unsigned int)EG_TABLE_FIRST + job->kind];
	size_t i;

	for (i = 0; i < job->changes->n && !job->result; i++) {
		const struct eg_table_change *c = &job->changes->v[i];

		if (c->kind != job->kind)
			continue;
		if (c->fd >= 0 && bpf_map_update_elem(map, &c->index, &c->fd, BPF_ANY))
			job->result = -errno;
		if (c->fd < 0 && bpf_map_delete_elem(map, &c->index) && errno != ENOENT)
			job->result = -errno;
	}
	return NULL;
}

static bool has_kind(const struct eg_table_changes *changes, unsigned int kind)
{
	size_t i;

	for (i = 0; i < changes->n; i++) {
		if (changes->v[i].kind == kind)
			return true;
	}
	return false;
}

static int queue_freed(struct eg_table_changes *c)
{
	unsigned int kind;

	for (kind = 0; kind < EG_TABLE_KINDS; kind++) {
		while (c->n_freed[kind]) {
			__u32 index = c->freed[kind][--c->n_freed[kind]];

			if (!marked(c, kind, index) && queue(c, kind, index, -1))
				return -ENOMEM;
		}
	}
	return 0;
}

int eg_tablemaps_commit(struct eg_runtime *rt, struct eg_table_changes *changes, struct eg_err *err)
{
	struct job jobs[EG_TABLE_KINDS];
	pthread_t threads[EG_TABLE_KINDS];
	bool started[EG_TABLE_KINDS] = { false };
	unsigned int kind;
	size_t i;
	int r = 0;

	if (queue_freed(changes))
		return eg_fail(err, -ENOMEM, "out of memory");
	if (!changes->n)
		return 0;
	for (i = 0; i < changes->n; i++) {
		if (changes->v[i].index >= rt->abi->high[changes->v[i].kind])
			rt->abi->high[changes->v[i].kind] = changes->v[i].index + 1;
	}
	for (kind = 0; kind < EG_TABLE_KINDS; kind++) {
		jobs[kind] = (struct job){ .rt = rt, .changes = changes, .kind = kind };
		if (!has_kind(changes, kind))
			continue;
		started[kind] = !pthread_create(&threads[kind], NULL, work, &jobs[kind]);
		if (!started[kind])
			work(&jobs[kind]);
	}
	for (kind = 0; kind < EG_TABLE_KINDS; kind++) {
		if (started[kind])
			pthread_join(threads[kind], NULL);
		if (jobs[kind].result && !r)
			r = jobs[kind].result;
	}
	if (r)
		return eg_fail(err, r, "cannot publish a table: %s", strerror(-r));
	rt->abi->epoch++;
	EG_FAULT("tables published");
	return 0;
}

void eg_tablemaps_free(struct eg_table_changes *changes)
{
	unsigned int kind;
	size_t i;

	for (i = 0; i < changes->n; i++) {
		if (changes->v[i].fd >= 0)
			close(changes->v[i].fd);
	}
	for (kind = 0; kind < EG_TABLE_KINDS; kind++)
		free(changes->used[kind]);
	free(changes->v);
	memset(changes, 0, sizeof(*changes));
}

/* Any change of an outer map waits (maybe_wait_bpf_programs, kernel/bpf/syscall.c). */
static int wait_by_update(struct eg_runtime *rt)
{
	const struct eg_fill one = eg_fill_counters(EG_HIT_ALIGN);
	cleanup_close int fd = eg_fill_map(&one, EG_KIND(hits), NULL);
	__u32 index = WAIT_INDEX;

	if (fd < 0)
		return fd;
	if (bpf_map_update_elem(rt->maps[EG_MAP_hits], &index, &fd, BPF_ANY))
		return -errno;
	bpf_map_delete_elem(rt->maps[EG_MAP_hits], &index);
	return 0;
}

void eg_tablemaps_wait(struct eg_runtime *rt)
{
	/* membarrier_global is synchronize_rcu (kernel/sched/membarrier.c); refused with nohz_full */
	if (!syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) || !wait_by_update(rt))
		rt->abi->epoch++;
}

/* Pins below sub that no generation accounts for; their names are numbers. */
static void sweep_pins(struct eg_runtime *rt, const char *sub, const struct eg_table_changes *all)
{
	char path[EG_BPFFS_PATH];
	cleanup_closedir DIR *d = NULL;
	struct dirent *e;
	unsigned long i;

	eg_bpffs_path(rt->dir, path, "%s", sub);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		i = strtoul(e->d_name, NULL, 10);
		if (all ? i < EG_TABLES_MAX && marked(all, EG_KIND(hits), (__u32)i)
			: i < EG_GENS_MAX && rt->gens[i].tag)
			continue;
		unlinkat(dirfd(d), e->d_name, 0);
	}
}

/*
 * Up to the high-water mark, and without looking first: on older kernels each lookup in an outer map by the
 * tool waits for a grace period, as each change does (map_copy_value and map_delete_elem in 5.10).
 */
int eg_tablemaps_sweep(struct eg_runtime *rt, struct eg_err *err)
{
	cleanup_table_changes struct eg_table_changes all = { 0 };
	unsigned int kind;
	__u32 i;

	if (mark_all(rt, &all))
		return eg_fail(err, -ENOMEM, "out of memory");
	for (kind = 0; kind < EG_TABLE_KINDS; kind++) {
		for (i = 0; i < rt->abi->high[kind]; i++) {
			if (!marked(&all, kind, i) && queue(&all, kind, i, -1))
				return eg_fail(err, -ENOMEM, "out of memory");
		}
	}
	sweep_pins(rt, "hits", &all);
	sweep_pins(rt, "rules", NULL);
	return eg_tablemaps_commit(rt, &all, err);
}

void eg_tablemaps_retire(struct eg_runtime *rt, __u32 gen)
{
	__u32 retired = rt->abi->epoch + 1;

	rt->gens[gen].retired = retired ? retired : 1;
}

int eg_tablemaps_open_hits(const struct eg_runtime *rt, __u32 field, __u32 cells, struct eg_hits *out)
{
	int cpus = libbpf_num_possible_cpus();
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	char path[EG_BPFFS_PATH];
	cleanup_close int fd = -1;
	void *at;

	hits_path(rt, field - 1, path);
	fd = bpf_obj_get(path);
	if (fd < 0 || cpus < 1)
		return fd < 0 ? -errno : cpus;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	if (info.max_entries != cells * (__u32)cpus)
		return -EPROTO;
	at = mmap(NULL, info.max_entries * sizeof(__u64), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	*out = (struct eg_hits){ .at = at, .cells = cells, .cpus = (__u32)cpus };
	return 0;
}

void eg_tablemaps_close_hits(struct eg_hits *hits)
{
	if (hits->at)
		munmap(hits->at, (size_t)hits->cells * hits->cpus * sizeof(__u64));
	hits->at = NULL;
}

void eg_tablemaps_rules_path(const struct eg_runtime *rt, __u32 gen, char *path)
{
	eg_bpffs_path(rt->dir, path, "rules/%u", gen);
}
