/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "kernel/fill.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "base/cleanup.h"

#define BATCH 4096
#define JOIN_MAX 64

void eg_fill_free(struct eg_fill *f)
{
	free(f->keys);
	free(f->values);
}

static int alloc(struct eg_fill *f, size_t n)
{
	f->keys = calloc(n ? n : 1, f->key_size);
	f->values = calloc(n ? n : 1, f->value_size);
	return f->keys && f->values ? 0 : -ENOMEM;
}

static void put(struct eg_fill *f, const void *key, const struct eg_tables *t, __u32 row)
{
	memcpy((char *)f->keys + f->n * f->key_size, key, f->key_size);
	((struct eg_cell *)f->values)[f->n++] = eg_tables_answer(t, row);
}

/*
 * A handful of hosts beside a handful of prefixes goes into the trie with them: one lookup instead of two.
 * With many of either, the hash is faster.
 */
static bool hosts_join_nets(size_t hosts, size_t nets)
{
	return nets && hosts + nets <= JOIN_MAX;
}

static int fill4(const struct eg_tables *t, bool nets, struct eg_fill *f)
{
	bool joined = hosts_join_nets(t->n_hosts4, t->n_nets4);
	size_t i;

	f->key_size = nets ? sizeof(struct eg_key4) : sizeof(__u32);
	if (alloc(f, t->n_hosts4 + t->n_nets4))
		return -ENOMEM;
	for (i = 0; nets && i < t->n_nets4; i++)
		put(f, &t->nets4[i].key, t, t->nets4[i].row);
	for (i = 0; nets == joined && i < t->n_hosts4; i++) {
		struct eg_key4 key = { .len = 32, .addr = t->hosts4[i].addr };

		put(f, nets ? (void *)&key : &key.addr, t, t->hosts4[i].row);
	}
	return 0;
}

static int fill6(const struct eg_tables *t, bool nets, struct eg_fill *f)
{
	bool joined = hosts_join_nets(t->n_hosts6, t->n_nets6);
	size_t i;

	f->key_size = nets ? sizeof(struct eg_key6) : sizeof(t->hosts6[0].addr);
	if (alloc(f, t->n_hosts6 + t->n_nets6))
		return -ENOMEM;
	for (i = 0; nets && i < t->n_nets6; i++)
		put(f, &t->nets6[i].key, t, t->nets6[i].row);
	for (i = 0; nets == joined && i < t->n_hosts6; i++) {
		struct eg_key6 key = { .len = 128 };

		memcpy(key.addr, t->hosts6[i].addr, sizeof(key.addr));
		put(f, nets ? (void *)&key : key.addr, t, t->hosts6[i].row);
	}
	return 0;
}

int eg_fill_addresses(const struct eg_tables *t, unsigned int kind, struct eg_fill *f)
{
	bool nets = kind == EG_KIND(nets4) || kind == EG_KIND(nets6);

	f->type = nets ? BPF_MAP_TYPE_LPM_TRIE : BPF_MAP_TYPE_HASH;
	f->flags = nets ? BPF_F_NO_PREALLOC : 0;
	f->value_size = sizeof(struct eg_cell);
	return kind == EG_KIND(hosts4) || kind == EG_KIND(nets4) ? fill4(t, nets, f) : fill6(t, nets, f);
}

int eg_fill_blocks(const struct eg_tables *t, struct eg_fill *f)
{
	size_t i;

	*f = (struct eg_fill){ .type = BPF_MAP_TYPE_ARRAY,
			       .key_size = 4,
			       .value_size = sizeof(struct eg_block),
			       .flags = BPF_F_INNER_MAP,
			       .n = t->n_blocks };
	if (alloc(f, f->n))
		return -ENOMEM;
	for (i = 0; i < f->n; i++)
		((__u32 *)f->keys)[i] = (__u32)i;
	memcpy(f->values, t->blocks, t->n_blocks * sizeof(struct eg_block));
	return 0;
}

struct eg_fill eg_fill_counters(__u32 cells)
{
	int cpus = libbpf_num_possible_cpus();

	return (struct eg_fill){ .type = BPF_MAP_TYPE_ARRAY,
				 .key_size = 4,
				 .value_size = 8,
				 .flags = BPF_F_INNER_MAP | BPF_F_MMAPABLE,
				 .n = (size_t)cells * (size_t)(cpus > 0 ? cpus : 1) };
}

/* LPM tries learned batches in 5.13: where they are refused, one by one. */
static int put_entries(int map, const struct eg_fill *f)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	const char *keys = f->keys, *values = f->values;
	bool batches = f->n > 16;
	size_t at = 0;
	__u32 n;

	while (at < f->n) {
		n = f->n - at > BATCH ? BATCH : (__u32)(f->n - at);
		if (batches &&
		    bpf_map_update_batch(map, keys + at * f->key_size, values + at * f->value_size, &n, &opts)) {
			batches = false;
			continue;
		}
		if (!batches) {
			n = 1;
			if (bpf_map_update_elem(map, keys + at * f->key_size, values + at * f->value_size, BPF_ANY))
				return -errno;
		}
		at += n;
	}
	return 0;
}

int eg_fill_map(const struct eg_fill *f, unsigned int kind, struct eg_err *err)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = f->flags);
	const char *name = eg_runtime_map_name((enum eg_map)((unsigned int)EG_TABLE_FIRST + kind));
	__u32 entries = f->n ? (__u32)f->n : 1;
	cleanup_close int fd =
		bpf_map_create((enum bpf_map_type)f->type, name, f->key_size, f->value_size, entries, &opts);
	int r;

	if (fd < 0)
		return eg_fail(err, -errno, "cannot make the table %s of %zu entries: %s", name, f->n, strerror(errno));
	r = f->keys ? put_entries(fd, f) : 0;
	if (r)
		return eg_fail(err, r, "cannot fill the table %s of %zu entries: %s", name, f->n, strerror(-r));
	return TAKE_FD(fd);
}
