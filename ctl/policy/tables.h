/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tables.h - a compiled policy: the very bytes that go into the maps, in user memory.
 */
#ifndef EG_POLICY_TABLES_H
#define EG_POLICY_TABLES_H

#include "base/err.h"
#include "egress/abi.h"
#include "policy/policy.h"

enum eg_block_kind {
	EG_BLOCK_SEGMENTS,
	EG_BLOCK_ROW,
	EG_BLOCK_OF_WORDS,
};

struct eg_host4 {
	__u32 addr; /* network order */
	__u32 row;
};

struct eg_net4 {
	struct eg_key4 key;
	__u32 row;
};

struct eg_host6 {
	__u32 addr[4]; /* network order */
	__u32 row;
};

struct eg_net6 {
	struct eg_key6 key;
	__u32 row;
};

/*
 * Arrays are owned, sorted by address (memcmp of the network-order bytes) then length, and have no
 * duplicates. In eg_cell.hit stands the rule's ordinal + EG_HIT_FIRST_RULE until eg_tables_set_hits.
 */
struct eg_tables {
	struct eg_host4 *hosts4;
	size_t n_hosts4;
	struct eg_net4 *nets4;
	size_t n_nets4;
	struct eg_host6 *hosts6;
	size_t n_hosts6;
	struct eg_net6 *nets6;
	size_t n_nets6;
	struct eg_block *blocks; /* at least one */
	size_t n_blocks;
	__u8 *kinds;	   /* enum eg_block_kind, per block (owned) */
	__u32 *veto_class; /* per row, which stand first among the blocks: its veto class or 0 (owned) */
	size_t n_rows;	   /* blocks that are rows */
	__u32 vetoes;	   /* as in eg_gen */
	__u32 veto_words, veto_all;
	__u32 miss4, miss6; /* rows */
	__u32 flags;	    /* enum eg_gen_flags */
	size_t n_rules;
};

/*
 * Compiles. Returns 0 and *out (owned by the caller); -E2BIG when a limit of abi.h is passed (the
 * message names it), -ENOMEM.
 */
int eg_compile(const struct eg_policy *policy, struct eg_tables **out, struct eg_err *err);

/* What the address tables of the kernel say for a row: its one cell, or where the row is, and its veto class. */
struct eg_cell eg_tables_answer(const struct eg_tables *tables, __u32 row);

/* A place among the entries of one family: zeroed, it is before the first. */
struct eg_entry {
	struct eg_prefix prefix;
	__u32 row;
	size_t hosts, nets; /* handed out */
};

/* Moves on to the next entry, by address, then length. Returns false at the end. */
bool eg_tables_next(const struct eg_tables *tables, bool six, struct eg_entry *entry);

/* A word of a row's veto class, which it has (abi.h). */
__u32 eg_tables_veto(const struct eg_tables *tables, __u32 row, __u32 at);

/* Replaces in every cell the ordinal by hits[ordinal], the cell of the map "hits". */
void eg_tables_set_hits(struct eg_tables *tables, const __u32 *hits);

/* Frees tables and all they own. NULL is fine. */
void eg_tables_free(struct eg_tables *tables);

static inline void eg_tables_freep(struct eg_tables **tables)
{
	eg_tables_free(*tables);
}

#define cleanup_tables __attribute__((cleanup(eg_tables_freep)))

#endif
