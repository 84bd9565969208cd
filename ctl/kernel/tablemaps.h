/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tablemaps.h - the inner maps: made from compiled tables, put into the outer maps, shared, reused.
 *
 * An entry of an outer map is in use while some entry of "gens" names it; there are no other records,
 * so nothing can leak or disagree after a kill. The kernel makes each change of an outer map wait
 * for an RCU grace period; all changes of a command go together, one thread a map.
 */
#ifndef EG_KERNEL_TABLEMAPS_H
#define EG_KERNEL_TABLEMAPS_H

#include "kernel/runtime.h"
#include "policy/tables.h"

/* One change of an outer map: put fd at index, or take away what is there (fd -1). */
struct eg_table_change {
	unsigned int kind; /* 0 to EG_TABLE_KINDS - 1, as eg_runtime_table */
	__u32 index;
	int fd; /* owned */
};

/* The changes of one command. */
struct eg_table_changes {
	struct eg_table_change *v;
	size_t n, cap;
	__u64 *used[EG_TABLE_KINDS];	 /* bitmap of indexes taken, owned; NULL until first asked */
	__u32 freed[EG_TABLE_KINDS][64]; /* indexes whose map waits to be replaced or taken away */
	unsigned int n_freed[EG_TABLE_KINDS];
};

/*
 * Makes the maps of tables that no generation has yet, fills them, and queues them. Sets the table
 * fields, digests, miss rows and flags of gen. cells: of a new table of hits; 0 keeps gen->hits.
 * Errors: -ENOSPC EG_TABLES_MAX; -ENOMEM.
 */
int eg_tablemaps_build(struct eg_runtime *rt, const struct eg_tables *tables, __u32 cells,
		       struct eg_table_changes *changes, struct eg_gen *gen, struct eg_err *err);

/*
 * Which tables of a generation are not those that eg_tablemaps_build would make of tables, whose cells of hits are
 * set as the generation's: bits by kind, hash4 to blocks. Returns 0; -ENOMEM.
 */
int eg_tablemaps_compare(const struct eg_runtime *rt, const struct eg_tables *tables, const struct eg_gen *gen,
			 unsigned int *differ);

/*
 * Frees the generations whose grace period is over, and queues their tables for reuse or removal.
 * Call it before the first eg_tablemaps_build of a command.
 */
int eg_tablemaps_reclaim(struct eg_runtime *rt, struct eg_table_changes *changes, struct eg_err *err);

/* Carries the queued changes out and waits for one grace period, if there is any. */
int eg_tablemaps_commit(struct eg_runtime *rt, struct eg_table_changes *changes, struct eg_err *err);

/* Drops changes that were not committed, and closes their maps. */
void eg_tablemaps_free(struct eg_table_changes *changes);

/* Waits until no program still uses what it read before, and notes it (eg_abi.epoch). */
void eg_tablemaps_wait(struct eg_runtime *rt);

/* Marks a generation as replaced: it is freed once a grace period has passed. */
void eg_tablemaps_retire(struct eg_runtime *rt, __u32 gen);

/* Frees the entry of a generation that no program can see any more, with its rules and record. */
void eg_tablemaps_free_gen(struct eg_runtime *rt, __u32 gen);

/* A table of hits in memory: at[cpu * cells + cell], shared with the programs that count. */
struct eg_hits {
	__u64 *at;
	__u32 cells;
	__u32 cpus;
};

/* Maps the table that a field "hits" or "carry" of struct eg_gen names, with its number of cells. */
int eg_tablemaps_open_hits(const struct eg_runtime *rt, __u32 field, __u32 cells, struct eg_hits *out);
void eg_tablemaps_close_hits(struct eg_hits *hits);

#define cleanup_hits __attribute__((cleanup(eg_tablemaps_close_hits)))

/* Takes away every table that no generation names: after a command was killed. */
int eg_tablemaps_sweep(struct eg_runtime *rt, struct eg_err *err);

/* The path of rules/GEN. path has EG_BPFFS_PATH bytes. */
void eg_tablemaps_rules_path(const struct eg_runtime *rt, __u32 gen, char *path);

#define cleanup_table_changes __attribute__((cleanup(eg_tablemaps_free)))

#endif
