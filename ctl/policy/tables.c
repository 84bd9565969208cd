/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/tables.h"

#include <stdlib.h>

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
