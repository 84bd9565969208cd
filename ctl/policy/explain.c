/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * explain.c - gives decide.h the view of tables in user memory.
 */
#include "policy/explain.h"

#include <stdint.h>
#include <string.h>

struct eg_tables_view {
	const struct eg_tables *tables;
};

static int eg_view_cell4(const struct eg_tables_view *view, const struct eg_gen *gen, __u32 addr, struct eg_cell *cell);
static int eg_view_cell6(const struct eg_tables_view *view, const struct eg_gen *gen, const __u32 addr[4],
			 struct eg_cell *cell);
static const void *eg_view_rows(const struct eg_tables_view *view, const struct eg_gen *gen);
static const struct eg_block *eg_view_block(const void *rows, __u32 index);

#include "egress/decide.h"

/*
 * An address table of either kind and family: entries of the same shape, sorted by their bytes.
 * A host is an entry whose length is that of the family.
 */
struct entries {
	const unsigned char *base;
	size_t n, stride;
	size_t addr, addr_size; /* offset and size of the address; the row follows it */
	bool nets;		/* the length, u32, is in front */
};

static const unsigned char *entry_at(const struct entries *e, size_t i)
{
	return e->base + i * e->stride;
}

static __u32 word_at(const unsigned char *p)
{
	__u32 word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static __u32 entry_len(const struct entries *e, size_t i)
{
	return e->nets ? word_at(entry_at(e, i)) : (__u32)(8 * e->addr_size);
}

static __u32 entry_row(const struct entries *e, size_t i)
{
	return word_at(entry_at(e, i) + e->addr + e->addr_size);
}

/* How many entries are not greater than the prefix addr/len. */
static size_t count_up_to(const struct entries *e, const unsigned char *addr, __u32 len)
{
	size_t lo = 0, hi = e->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = memcmp(entry_at(e, mid) + e->addr, addr, e->addr_size);

		if (order < 0 || (!order && entry_len(e, mid) <= len))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static __u32 common_bits(const unsigned char *a, const unsigned char *b, size_t size)
{
	__u32 bits = 0;
	size_t i;

	for (i = 0; i < size && a[i] == b[i]; i++)
		bits += 8;
	if (i < size)
		bits += (__u32)__builtin_clz((unsigned int)(a[i] ^ b[i])) - 24;
	return bits;
}

static void mask_bits(unsigned char *addr, __u32 len, size_t size)
{
	__u32 i;

	for (i = len; i < 8 * size; i++)
		addr[i / 8] &= (unsigned char)~(0x80 >> i % 8);
}

/*
 * The entry with the longest prefix that covers addr, by binary search alone: everything that covers
 * addr also covers its neighbour below in the order, unless the neighbour is it. So what the two have
 * in common bounds the length, and the search goes on from there. Returns false when none does.
 */
static bool find_longest(const struct entries *e, const void *addr, __u32 *row)
{
	unsigned char key[16];
	__u32 len = (__u32)(8 * e->addr_size), common;
	size_t i;

	memcpy(key, addr, e->addr_size);
	for (;;) {
		i = count_up_to(e, key, len);
		if (!i--)
			return false;
		common = common_bits(entry_at(e, i) + e->addr, addr, e->addr_size);
		if (entry_len(e, i) <= common) {
			*row = entry_row(e, i);
			return true;
		}
		if (!e->nets)
			return false;
		mask_bits(key, common, e->addr_size);
		len = common;
	}
}

static int eg_view_cell4(const struct eg_tables_view *view, const struct eg_gen *gen, __u32 addr, struct eg_cell *cell)
{
	const struct eg_tables *t = view->tables;
	struct entries hosts = { (const unsigned char *)t->hosts4, t->n_hosts4, sizeof(struct eg_host4),
				 offsetof(struct eg_host4, addr),  4,		false };
	struct entries nets = { (const unsigned char *)t->nets4,    t->n_nets4, sizeof(struct eg_net4),
				offsetof(struct eg_net4, key.addr), 4,		true };
	__u32 row;

	if (find_longest(&hosts, &addr, &row) || find_longest(&nets, &addr, &row))
		*cell = eg_tables_answer(t, row);
	else
		*cell = gen->miss4;
	return 0;
}

static int eg_view_cell6(const struct eg_tables_view *view, const struct eg_gen *gen, const __u32 addr[4],
			 struct eg_cell *cell)
{
	const struct eg_tables *t = view->tables;
	struct entries hosts = { (const unsigned char *)t->hosts6, t->n_hosts6, sizeof(struct eg_host6),
				 offsetof(struct eg_host6, addr),  16,		false };
	struct entries nets = { (const unsigned char *)t->nets6,    t->n_nets6, sizeof(struct eg_net6),
				offsetof(struct eg_net6, key.addr), 16,		true };
	__u32 row;

	if (find_longest(&hosts, addr, &row) || find_longest(&nets, addr, &row))
		*cell = eg_tables_answer(t, row);
	else
		*cell = gen->miss6;
	return 0;
}

static const void *eg_view_rows(const struct eg_tables_view *view, const struct eg_gen *gen)
{
	(void)gen;
	return view->tables;
}

static const struct eg_block *eg_view_block(const void *rows, __u32 index)
{
	const struct eg_tables *tables = rows;

	return index < tables->n_blocks ? &tables->blocks[index] : NULL;
}

void eg_explain_flow(const struct eg_tables *tables, const struct eg_flow *flow, struct eg_verdict *verdict)
{
	struct eg_tables_view view = { tables };
	struct eg_gen gen = {
		.flags = tables->flags,
		.miss4 = eg_tables_answer(tables, tables->miss4),
		.miss6 = eg_tables_answer(tables, tables->miss6),
		.vetoes = tables->vetoes,
		.veto_words = tables->veto_words,
		.veto_all = tables->veto_all,
	};

	eg_decide(&view, &gen, flow, verdict);
}
