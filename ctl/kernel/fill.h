/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fill.h - one inner map: its keys and values as the kernel wants them, and the map made of them.
 */
#ifndef EG_KERNEL_FILL_H
#define EG_KERNEL_FILL_H

#include <stddef.h>

#include "kernel/runtime.h"
#include "policy/tables.h"

#define EG_KIND(field) ((unsigned int)(EG_MAP_##field - EG_TABLE_FIRST))

/* A table in arrays of its own, for batches. keys is NULL for a map that begins with zeros. */
struct eg_fill {
	int type; /* enum bpf_map_type */
	__u32 key_size, value_size, flags;
	size_t n;
	void *keys, *values; /* owned */
};

/* Decides which entries go into hashes and which into tries: sets probe4 and probe6 of gen. */
void eg_fill_divide(const struct eg_tables *t, struct eg_gen *gen);

/*
 * The entries of an address table (kind hash4 to trie6), as the probes of gen divide them. Returns 0 or -ENOMEM.
 * Free with eg_fill_free.
 */
int eg_fill_addresses(const struct eg_tables *t, unsigned int kind, const struct eg_gen *gen, struct eg_fill *f);

/* The blocks of rows and segments. Returns 0 or -ENOMEM. */
int eg_fill_blocks(const struct eg_tables *t, struct eg_fill *f);

/* A table of hits with that many cells for each CPU. */
struct eg_fill eg_fill_counters(__u32 cells);

/* Makes the inner map. Returns its descriptor, or -errno with the name of the table in the message. */
int eg_fill_map(const struct eg_fill *f, unsigned int kind, struct eg_err *err);

/* Frees keys and values. */
void eg_fill_free(struct eg_fill *f);

#define cleanup_fill __attribute__((cleanup(eg_fill_free)))

#endif
