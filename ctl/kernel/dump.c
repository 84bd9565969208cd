/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "kernel/dump.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "kernel/fill.h"

#define BATCH 4096
#define KEY_MAX sizeof(struct eg_key6)

/* One address table as it was read. */
struct part {
	unsigned char *keys;	/* owned */
	struct eg_cell *values; /* owned */
	size_t n;
};

/* One answer of the address tables that is not a row by itself, and the row that says it. */
struct single {
	__u32 word, row;
};

struct dumper {
	const struct eg_runtime *rt;
	const struct eg_gen *gen;
	struct eg_tables *tables;
	struct part parts[4];	/* hash4 trie4 hash6 trie6 */
	struct single *singles; /* owned, by word */
	size_t n_singles;
	struct eg_err *err;
};

static int no_memory(struct dumper *d)
{
	return eg_fail(d->err, -ENOMEM, "out of memory");
}

static int contradiction(struct dumper *d, const char *what)
{
	return eg_fail(d->err, -EPROTO, "the tables in the kernel contradict each other: %s", what);
}

/* ---- maps ---- */

/* Opens the inner map that a field of the generation names. */
static int open_table(struct dumper *d, unsigned int kind, __u32 *entries)
{
	enum eg_map outer = (enum eg_map)((unsigned int)EG_TABLE_FIRST + kind);
	__u32 index = *eg_runtime_table((struct eg_gen *)d->gen, kind) - 1, id = 0;
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	cleanup_close int fd = -1;

	if (bpf_map_lookup_elem(d->rt->maps[outer], &index, &id))
		return eg_fail(d->err, -errno, "cannot find table %u of %s: %s", index, eg_runtime_map_name(outer),
			       strerror(errno));
	fd = bpf_map_get_fd_by_id(id);
	if (fd < 0 && errno == EPERM) {
		eg_fail(d->err, -EPERM, "the tables in the kernel can be read with CAP_SYS_ADMIN only");
		eg_err_hint(d->err, "run it as root");
		return -EPERM;
	}
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return eg_fail(d->err, -errno, "cannot open table %u of %s: %s", index, eg_runtime_map_name(outer),
			       strerror(errno));
	*entries = info.max_entries;
	return TAKE_FD(fd);
}

/* One by one: an LPM trie has no batches before 5.13. */
static int read_each(int fd, size_t key_size, struct part *part, size_t room)
{
	unsigned char *key = part->keys;
	const unsigned char *before = NULL;

	for (part->n = 0; part->n < room; key += key_size) {
		if (bpf_map_get_next_key(fd, before, key))
			return errno == ENOENT ? 0 : -errno;
		if (bpf_map_lookup_elem(fd, key, &part->values[part->n]))
			return -errno;
		part->n++;
		before = key;
	}
	return 0;
}

static int read_batches(int fd, size_t key_size, struct part *part, size_t room)
{
	unsigned char token[KEY_MAX], next[KEY_MAX];
	bool first = true;
	int rc = 0;

	while (!rc && part->n < room) {
		__u32 n = room - part->n < BATCH ? (__u32)(room - part->n) : BATCH;

		if (bpf_map_lookup_batch(fd, first ? NULL : token, next, part->keys + part->n * key_size,
					 part->values + part->n, &n, NULL))
			rc = -errno;
		if (rc && rc != -ENOENT) /* -ENOENT: these were the last */
			return rc;
		if (!rc && !n)
			return -EIO;
		part->n += n;
		memcpy(token, next, sizeof(token));
		first = false;
	}
	return 0;
}

static int read_addresses(struct dumper *d, unsigned int kind)
{
	struct part *part = &d->parts[kind];
	size_t key_size = kind < EG_KIND(hash6) ? sizeof(struct eg_key4) : sizeof(struct eg_key6);
	cleanup_close int fd = -1;
	__u32 entries;
	int rc;

	if (!*eg_runtime_table((struct eg_gen *)d->gen, kind))
		return 0;
	fd = open_table(d, kind, &entries);
	if (fd < 0)
		return fd;
	part->keys = calloc(entries, key_size);
	part->values = calloc(entries, sizeof(*part->values));
	if (!part->keys || !part->values)
		return no_memory(d);
	rc = read_batches(fd, key_size, part, entries);
	if (rc)
		rc = read_each(fd, key_size, part, entries);
	if (rc)
		return eg_fail(d->err, rc, "cannot read a table: %s", strerror(-rc));
	return part->n == entries ? 0 : contradiction(d, "a table lacks entries");
}

static int read_blocks(struct dumper *d)
{
	struct eg_tables *t = d->tables;
	__u32 entries, i;
	cleanup_close int fd = open_table(d, EG_KIND(blocks), &entries);

	if (fd < 0)
		return fd;
	t->blocks = calloc(entries, sizeof(*t->blocks));
	t->kinds = calloc(entries, sizeof(*t->kinds));
	t->veto_class = calloc(entries, sizeof(*t->veto_class));
	if (!t->blocks || !t->kinds || !t->veto_class)
		return no_memory(d);
	for (i = 0; i < entries; i++) {
		if (bpf_map_lookup_elem(fd, &i, &t->blocks[i]))
			return eg_fail(d->err, -errno, "cannot read the blocks: %s", strerror(errno));
	}
	t->n_blocks = entries;
	return 0;
}

/* ---- blocks ---- */

static bool known_rule(const struct eg_tables *t, const struct eg_cell *cell)
{
	return !cell->word || (EG_CELL_KIND(cell->word) != EG_CELL_ROW && EG_CELL_ORDINAL(cell->word) < t->n_rules);
}

/*
 * Rows come first, then their segments, then the words of the vetoes (eg_rows_emit). The first row that has
 * segments has the first of them, so they tell where the rows end.
 */
static int divide_blocks(struct dumper *d)
{
	struct eg_tables *t = d->tables;
	size_t i, k, words = t->vetoes ? t->vetoes / EG_BLOCK_WORDS : t->n_blocks, rows = words;

	if (words > t->n_blocks)
		return contradiction(d, "vetoes beyond the end");
	for (i = 0; i < rows; i++) {
		for (k = 0; k < EG_CLASSES; k++) {
			const struct eg_ports *ports = &t->blocks[i].row.ports[k];

			if (!ports->count && !known_rule(t, &ports->one))
				return contradiction(d, "a row of an unknown rule");
			if (ports->count > words * EG_BLOCK_SEGS || ports->first > words * EG_BLOCK_SEGS - ports->count)
				return contradiction(d, "segments beyond the end");
			if (ports->count && ports->first / EG_BLOCK_SEGS < rows)
				rows = ports->first / EG_BLOCK_SEGS;
		}
		t->kinds[i] = EG_BLOCK_ROW;
	}
	t->n_rows = rows;
	for (i = rows; i < words; i++) {
		for (k = 0; k < EG_BLOCK_SEGS; k++) {
			if (!known_rule(t, &t->blocks[i].seg[k].cell))
				return contradiction(d, "a segment of an unknown rule");
		}
		t->kinds[i] = EG_BLOCK_SEGMENTS;
	}
	for (; i < t->n_blocks; i++)
		t->kinds[i] = EG_BLOCK_OF_WORDS;
	return 0;
}

static int check_class(struct dumper *d, __u32 class)
{
	const struct eg_tables *t = d->tables;
	size_t first = t->vetoes + (size_t) class * t->veto_words, i;

	if (!t->veto_words || first + t->veto_words > t->n_blocks * EG_BLOCK_WORDS)
		return contradiction(d, "an unknown veto class");
	for (i = first + 1; i < first + t->veto_words; i++) {
		if (t->blocks[i / EG_BLOCK_WORDS].word[i % EG_BLOCK_WORDS] >= t->n_rows)
			return contradiction(d, "a veto leaves a row that is not there");
	}
	return 0;
}

/* An address table says the veto class of a row. */
static int take_class(struct dumper *d, const struct eg_cell *cell)
{
	struct eg_tables *t = d->tables;
	__u32 row = EG_CELL_ROW_OF(cell->word);

	if (EG_CELL_KIND(cell->word) != EG_CELL_ROW)
		return known_rule(t, cell) ? 0 : contradiction(d, "an entry of an unknown rule");
	if (row >= t->n_rows)
		return contradiction(d, "an entry names a row that is not there");
	if (!cell->hit || t->veto_class[row] == cell->hit)
		return 0;
	if (t->veto_class[row])
		return contradiction(d, "a row of two veto classes");
	t->veto_class[row] = cell->hit;
	return check_class(d, cell->hit);
}

static int take_classes(struct dumper *d)
{
	size_t i, k;
	int rc = take_class(d, &d->gen->miss4);

	rc = rc ? rc : take_class(d, &d->gen->miss6);
	for (i = 0; i < 4; i++) {
		for (k = 0; !rc && k < d->parts[i].n; k++)
			rc = take_class(d, &d->parts[i].values[k]);
	}
	return rc;
}

/* ---- answers ---- */

static int compare_singles(const void *a, const void *b)
{
	__u32 x = ((const struct single *)a)->word, y = ((const struct single *)b)->word;

	return x < y ? -1 : x > y;
}

static int list_singles(struct dumper *d)
{
	__u32 row;

	for (row = 0; row < d->tables->n_rows; row++) {
		struct eg_cell answer = eg_tables_answer(d->tables, row);
		struct single *single;

		if (EG_CELL_KIND(answer.word) == EG_CELL_ROW)
			continue;
		single = EG_VEC_ADD(d->singles, d->n_singles);
		if (!single)
			return no_memory(d);
		*single = (struct single){ answer.word, row };
	}
	if (d->n_singles)
		qsort(d->singles, d->n_singles, sizeof(*d->singles), compare_singles);
	return 0;
}

/* The row of what an address table says. */
static int find_row(struct dumper *d, const struct eg_cell *cell, __u32 *row)
{
	const struct single key = { .word = cell->word };
	const struct single *found = NULL;

	*row = EG_CELL_ROW_OF(cell->word);
	if (EG_CELL_KIND(cell->word) == EG_CELL_ROW)
		return 0;
	if (d->n_singles)
		found = bsearch(&key, d->singles, d->n_singles, sizeof(key), compare_singles);
	if (!found)
		return contradiction(d, "an answer that no row has");
	*row = found->row;
	return 0;
}

static int add_entry4(struct eg_tables *t, const struct eg_key4 *key, __u32 row)
{
	struct eg_host4 *host;
	struct eg_net4 *net;

	if (key->len == 32) {
		host = EG_VEC_ADD(t->hosts4, t->n_hosts4);
		if (host)
			*host = (struct eg_host4){ key->addr, row };
		return host ? 0 : -ENOMEM;
	}
	net = EG_VEC_ADD(t->nets4, t->n_nets4);
	if (net)
		*net = (struct eg_net4){ *key, row };
	return net ? 0 : -ENOMEM;
}

static int add_entry6(struct eg_tables *t, const struct eg_key6 *key, __u32 row)
{
	struct eg_host6 *host;
	struct eg_net6 *net;

	if (key->len == 128) {
		host = EG_VEC_ADD(t->hosts6, t->n_hosts6);
		if (host) {
			memcpy(host->addr, key->addr, sizeof(host->addr));
			host->row = row;
		}
		return host ? 0 : -ENOMEM;
	}
	net = EG_VEC_ADD(t->nets6, t->n_nets6);
	if (net)
		*net = (struct eg_net6){ *key, row };
	return net ? 0 : -ENOMEM;
}

static int add_part(struct dumper *d, unsigned int kind)
{
	const struct part *part = &d->parts[kind];
	bool six = kind >= EG_KIND(hash6);
	__u32 row;
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < part->n; i++) {
		rc = find_row(d, &part->values[i], &row);
		if (rc)
			return rc;
		if (six ? add_entry6(d->tables, &((const struct eg_key6 *)part->keys)[i], row)
			: add_entry4(d->tables, &((const struct eg_key4 *)part->keys)[i], row))
			return no_memory(d);
	}
	return 0;
}

/* ---- order: hashes have none, and tries their own ---- */

static int compare_host4(const void *a, const void *b)
{
	return memcmp(&((const struct eg_host4 *)a)->addr, &((const struct eg_host4 *)b)->addr, 4);
}

static int compare_host6(const void *a, const void *b)
{
	return memcmp(((const struct eg_host6 *)a)->addr, ((const struct eg_host6 *)b)->addr, 16);
}

static int compare_net4(const void *a, const void *b)
{
	const struct eg_key4 *x = &((const struct eg_net4 *)a)->key, *y = &((const struct eg_net4 *)b)->key;
	int order = memcmp(&x->addr, &y->addr, 4);

	return order ? order : (int)x->len - (int)y->len;
}

static int compare_net6(const void *a, const void *b)
{
	const struct eg_key6 *x = &((const struct eg_net6 *)a)->key, *y = &((const struct eg_net6 *)b)->key;
	int order = memcmp(x->addr, y->addr, 16);

	return order ? order : (int)x->len - (int)y->len;
}

static void sort_entries(struct eg_tables *t)
{
	if (t->n_hosts4)
		qsort(t->hosts4, t->n_hosts4, sizeof(*t->hosts4), compare_host4);
	if (t->n_nets4)
		qsort(t->nets4, t->n_nets4, sizeof(*t->nets4), compare_net4);
	if (t->n_hosts6)
		qsort(t->hosts6, t->n_hosts6, sizeof(*t->hosts6), compare_host6);
	if (t->n_nets6)
		qsort(t->nets6, t->n_nets6, sizeof(*t->nets6), compare_net6);
}

/* ---- all ---- */

static int dump(struct dumper *d)
{
	unsigned int kind;
	int rc = read_blocks(d);

	for (kind = 0; !rc && kind < 4; kind++)
		rc = read_addresses(d, kind);
	if (!rc)
		rc = divide_blocks(d);
	if (!rc)
		rc = take_classes(d);
	if (!rc)
		rc = list_singles(d);
	for (kind = 0; !rc && kind < 4; kind++)
		rc = add_part(d, kind);
	if (!rc)
		rc = find_row(d, &d->gen->miss4, &d->tables->miss4);
	if (!rc)
		rc = find_row(d, &d->gen->miss6, &d->tables->miss6);
	return rc;
}

int eg_dump_tables(const struct eg_runtime *rt, const struct eg_gen *gen, size_t n_rules, struct eg_tables **out,
		   struct eg_err *err)
{
	cleanup_tables struct eg_tables *tables = calloc(1, sizeof(*tables));
	struct dumper d = { .rt = rt, .gen = gen, .tables = tables, .err = err };
	size_t i;
	int rc;

	if (!tables)
		return no_memory(&d);
	tables->n_rules = n_rules;
	tables->flags = gen->flags;
	tables->vetoes = gen->vetoes;
	tables->veto_words = gen->veto_words;
	tables->veto_all = gen->veto_all;
	rc = dump(&d);
	for (i = 0; i < 4; i++) {
		free(d.parts[i].keys);
		free(d.parts[i].values);
	}
	free(d.singles);
	if (rc)
		return rc;
	sort_entries(tables);
	*out = TAKE_PTR(tables);
	return 0;
}
