/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "kernel/fill.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "base/cleanup.h"

#define BATCH 4096
#define TRIE_FEW 64

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

/* An entry of either family, hosts first. The key of IPv4 is the beginning of the one of IPv6. */
static __u32 entry(const struct eg_tables *t, bool six, size_t i, struct eg_key6 *key)
{
	size_t hosts = six ? t->n_hosts6 : t->n_hosts4;

	if (i < hosts && six) {
		key->len = 128;
		memcpy(key->addr, t->hosts6[i].addr, sizeof(key->addr));
		return t->hosts6[i].row;
	}
	if (i < hosts) {
		key->len = 32;
		key->addr[0] = t->hosts4[i].addr;
		return t->hosts4[i].row;
	}
	if (six) {
		*key = t->nets6[i - hosts].key;
		return t->nets6[i - hosts].row;
	}
	memcpy(key, &t->nets4[i - hosts].key, sizeof(struct eg_key4));
	return t->nets4[i - hosts].row;
}

static size_t entries(const struct eg_tables *t, bool six)
{
	return six ? t->n_hosts6 + t->n_nets6 : t->n_hosts4 + t->n_nets4;
}

/* Which prefix lengths a family has; bit 0 of word 0 is length 0, which no entry has. */
struct lengths {
	__u64 bits[3];
	unsigned int n;
};

static bool has(const struct lengths *l, unsigned int len)
{
	return l->bits[len / 64] >> len % 64 & 1;
}

static struct lengths lengths_of(const struct eg_tables *t, bool six)
{
	struct lengths l = { .n = 0 };
	size_t i, n = entries(t, six);
	struct eg_key6 key;

	for (i = 0; i < n; i++) {
		entry(t, six, i, &key);
		l.n += !has(&l, key.len);
		l.bits[key.len / 64] |= 1ull << key.len % 64;
	}
	return l;
}

static void set_probe(bool six, struct eg_gen *gen, unsigned int at, unsigned int len)
{
	__u32 mask[4];
	unsigned int w, left;

	for (w = 0; w < 4; w++) {
		left = len > 32 * w ? len - 32 * w : 0;
		mask[w] = left >= 32 ? ~0u : htonl(~(~0u >> left));
	}
	if (!six) {
		gen->probe4[at] = (struct eg_key4){ .len = len, .addr = mask[0] };
		return;
	}
	gen->probe6[at].len = len;
	memcpy(gen->probe6[at].addr, mask, sizeof(mask));
}

/*
 * A lookup in a hash costs as much as one in a trie of a few dozen prefixes, and far less than in a large one.
 * So: few entries of mixed lengths go into the trie, many of at most EG_PROBES lengths into the hash, and of
 * many with more lengths the hosts go into the hash.
 */
static void divide(const struct eg_tables *t, bool six, struct eg_gen *gen)
{
	struct lengths l = lengths_of(t, six);
	unsigned int len, shortest = 1, at = 0, whole = six ? 128 : 32;

	if (l.n > 1 && entries(t, six) <= TRIE_FEW)
		return;
	if (l.n > EG_PROBES)
		shortest = whole;
	for (len = whole; len >= shortest; len--) {
		if (has(&l, len))
			set_probe(six, gen, at++, len);
	}
}

void eg_fill_divide(const struct eg_tables *t, struct eg_gen *gen)
{
	memset(gen->probe4, 0, sizeof(gen->probe4));
	memset(gen->probe6, 0, sizeof(gen->probe6));
	divide(t, false, gen);
	divide(t, true, gen);
}

static bool is_probed(const struct eg_gen *gen, bool six, __u32 len)
{
	unsigned int i;

	for (i = 0; i < EG_PROBES; i++) {
		if ((six ? gen->probe6[i].len : gen->probe4[i].len) == len)
			return true;
	}
	return false;
}

int eg_fill_addresses(const struct eg_tables *t, unsigned int kind, const struct eg_gen *gen, struct eg_fill *f)
{
	bool trie = kind == EG_KIND(trie4) || kind == EG_KIND(trie6);
	bool six = kind == EG_KIND(hash6) || kind == EG_KIND(trie6);
	struct eg_key6 key;
	size_t i;

	f->type = trie ? BPF_MAP_TYPE_LPM_TRIE : BPF_MAP_TYPE_HASH;
	f->flags = trie ? BPF_F_NO_PREALLOC : 0;
	f->key_size = six ? sizeof(struct eg_key6) : sizeof(struct eg_key4);
	f->value_size = sizeof(struct eg_cell);
	if (alloc(f, entries(t, six)))
		return -ENOMEM;
	for (i = 0; i < entries(t, six); i++) {
		__u32 row = entry(t, six, i, &key);

		if (is_probed(gen, six, key.len) != trie)
			put(f, &key, t, row);
	}
	return 0;
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
