/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/tables.h"

#include <stdlib.h>
#include <string.h>

/* The ordinal is in the word too, so that setting hits again, of another generation, is possible. */
static void set_hit(struct eg_cell *cell, const __u32 *hits)
{
	if (cell->word)
		cell->hit = hits[EG_CELL_ORDINAL(cell->word)];
}

void eg_tables_set_hits(struct eg_tables *tables, const __u32 *hits)
{
	size_t i;
	int j;

	for (i = 0; i < tables->n_blocks; i++) {
		struct eg_block *block = &tables->blocks[i];

		for (j = 0; tables->kinds[i] == EG_BLOCK_ROW && j < EG_CLASSES; j++)
			set_hit(&block->row.ports[j].one, hits);
		for (j = 0; tables->kinds[i] == EG_BLOCK_SEGMENTS && j < EG_BLOCK_SEGS; j++)
			set_hit(&block->seg[j].cell, hits);
	}
}

struct eg_cell eg_tables_answer(const struct eg_tables *tables, __u32 row)
{
	const struct eg_ports *ports = tables->blocks[row].row.ports;
	int i;

	if (tables->veto_class[row])
		return (struct eg_cell){ EG_CELL_ROW_WORD(row), tables->veto_class[row] };
	for (i = 0; i < EG_CLASSES; i++) {
		if (ports[i].count || ports[i].one.word != ports[0].one.word)
			return (struct eg_cell){ .word = EG_CELL_ROW_WORD(row) };
	}
	return ports[0].one;
}

static struct eg_entry entry_of(bool six, const void *addr, __u32 len, __u32 row)
{
	struct eg_entry e = { .prefix = { .family = six ? 6 : 4, .len = (__u8)len }, .row = row };

	memcpy(e.prefix.addr, addr, six ? 16 : 4);
	return e;
}

static struct eg_entry host_at(const struct eg_tables *t, bool six, size_t i)
{
	return six ? entry_of(six, t->hosts6[i].addr, 128, t->hosts6[i].row)
		   : entry_of(six, &t->hosts4[i].addr, 32, t->hosts4[i].row);
}

static struct eg_entry net_at(const struct eg_tables *t, bool six, size_t i)
{
	return six ? entry_of(six, t->nets6[i].key.addr, t->nets6[i].key.len, t->nets6[i].row)
		   : entry_of(six, &t->nets4[i].key.addr, t->nets4[i].key.len, t->nets4[i].row);
}

/* Hosts and nets are both in order, so the next is the smaller of two. */
bool eg_tables_next(const struct eg_tables *tables, bool six, struct eg_entry *entry)
{
	size_t hosts = entry->hosts, nets = entry->nets;
	bool host = hosts < (six ? tables->n_hosts6 : tables->n_hosts4);
	bool net = nets < (six ? tables->n_nets6 : tables->n_nets4);
	struct eg_entry a = { 0 }, b = { 0 };

	if (!host && !net)
		return false;
	if (host)
		a = host_at(tables, six, hosts);
	if (net)
		b = net_at(tables, six, nets);
	host = !net || (host && eg_addr_compare(&a.prefix, &b.prefix) < 0);
	*entry = host ? a : b;
	entry->hosts = hosts + host;
	entry->nets = nets + !host;
	return true;
}

__u32 eg_tables_veto(const struct eg_tables *tables, __u32 row, __u32 at)
{
	size_t index = tables->vetoes + (size_t)tables->veto_class[row] * tables->veto_words + at;

	return tables->blocks[index / EG_BLOCK_WORDS].word[index % EG_BLOCK_WORDS];
}

void eg_tables_free(struct eg_tables *tables)
{
	if (!tables)
		return;
	free(tables->hosts4);
	free(tables->nets4);
	free(tables->hosts6);
	free(tables->nets6);
	free(tables->blocks);
	free(tables->kinds);
	free(tables->veto_class);
	free(tables);
}
