/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * wellformed.h - what holds for all tables, whatever the policy: the kernel relies on it.
 */
#ifndef EG_TEST_WELLFORMED_H
#define EG_TEST_WELLFORMED_H

#include "ask.h"

static inline const struct eg_seg *wf_seg(const struct eg_tables *t, __u32 index)
{
	assert_true(index / EG_BLOCK_SEGS < t->n_blocks);
	assert_int_equal(t->kinds[index / EG_BLOCK_SEGS], EG_BLOCK_SEGMENTS);
	return &t->blocks[index / EG_BLOCK_SEGS].seg[index % EG_BLOCK_SEGS];
}

static inline void wf_cell(const struct eg_tables *t, struct eg_cell cell)
{
	if (!cell.word) {
		assert_int_equal(cell.hit, EG_HIT_DEFAULT);
		return;
	}
	assert_in_range(EG_CELL_KIND(cell.word), EG_CELL_ALLOW, EG_CELL_DENY);
	assert_in_range(EG_CELL_PLEN(cell.word), 0, 128);
	assert_true(EG_CELL_ORDINAL(cell.word) < t->n_rules);
	assert_int_equal(cell.hit, EG_HIT_FIRST_RULE + EG_CELL_ORDINAL(cell.word));
}

/* Segments start at 0, ascend, differ from their neighbours; a list of one is no list. */
static inline void wf_ports(const struct eg_tables *t, const struct eg_ports *ports)
{
	__u32 i;

	if (!ports->count) {
		wf_cell(t, ports->one);
		return;
	}
	assert_in_range(ports->count, 2, EG_SEGS_MAX);
	assert_int_equal(wf_seg(t, ports->first)->from, 0);
	for (i = 0; i < ports->count; i++) {
		const struct eg_seg *seg = wf_seg(t, ports->first + i);

		wf_cell(t, seg->cell);
		if (!i)
			continue;
		assert_true(seg[0].from > wf_seg(t, ports->first + i - 1)->from);
		assert_int_not_equal(seg[0].cell.word, wf_seg(t, ports->first + i - 1)->cell.word);
	}
}

static inline void wf_row(const struct eg_tables *t, __u32 row)
{
	assert_true(row < t->n_rows);
	assert_int_equal(t->kinds[row], EG_BLOCK_ROW);
}

/* Strictly ascending by address, then length. */
static inline void wf_order(const void *a, __u32 len_a, const void *b, __u32 len_b, size_t size)
{
	int order = memcmp(a, b, size);

	assert_true(order < 0 || (!order && len_a < len_b));
}

static inline void wf_entries4(const struct eg_tables *t)
{
	size_t i;

	for (i = 0; i < t->n_hosts4; i++) {
		wf_row(t, t->hosts4[i].row);
		if (i)
			wf_order(&t->hosts4[i - 1].addr, 32, &t->hosts4[i].addr, 32, 4);
	}
	for (i = 0; i < t->n_nets4; i++) {
		wf_row(t, t->nets4[i].row);
		assert_in_range(t->nets4[i].key.len, 1, 31);
		if (i)
			wf_order(&t->nets4[i - 1].key.addr, t->nets4[i - 1].key.len, &t->nets4[i].key.addr,
				 t->nets4[i].key.len, 4);
	}
}

static inline void wf_entries6(const struct eg_tables *t)
{
	size_t i;

	for (i = 0; i < t->n_hosts6; i++) {
		wf_row(t, t->hosts6[i].row);
		if (i)
			wf_order(t->hosts6[i - 1].addr, 128, t->hosts6[i].addr, 128, 16);
	}
	for (i = 0; i < t->n_nets6; i++) {
		wf_row(t, t->nets6[i].row);
		assert_in_range(t->nets6[i].key.len, 1, 127);
		if (i)
			wf_order(t->nets6[i - 1].key.addr, t->nets6[i - 1].key.len, t->nets6[i].key.addr,
				 t->nets6[i].key.len, 16);
	}
}

static inline void wf_check(const struct eg_tables *t)
{
	size_t i;
	int j;

	wf_row(t, t->miss4);
	wf_row(t, t->miss6);
	wf_entries4(t);
	wf_entries6(t);
	for (i = 0; i < t->n_blocks; i++) {
		for (j = 0; t->kinds[i] == EG_BLOCK_ROW && j < EG_CLASSES; j++)
			wf_ports(t, &t->blocks[i].row.ports[j]);
	}
}

#endif
