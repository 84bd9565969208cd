/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rows.h - the rows of a policy while it is compiled, each content once.
 *
 * A row is the full answer for a range of addresses. The row of a prefix is that of the prefix around
 * it with its own rules laid over it, so a row depends on nothing else: prefixes by the hundred
 * thousand that have the same rules and the same surroundings share one row and one computation.
 */
#ifndef EG_POLICY_ROWS_H
#define EG_POLICY_ROWS_H

#include "policy/tables.h"

struct eg_rows;

#define EG_ROWS_NONE 0u /* the row in which no rule matches; always there */

/* Starts with EG_ROWS_NONE alone. *out is owned by the caller and points into policy. Returns 0 or -ENOMEM. */
int eg_rows_new(const struct eg_policy *policy, struct eg_rows **out, struct eg_err *err);

/*
 * The row that the rules with these ordinals (ascending) make when laid over row "under". plen is
 * their match as eg_cell.word counts it, and not less than that of any rule in "under".
 * Returns 0 and *row; -E2BIG when EG_BLOCKS_MAX is passed, -ENOMEM.
 */
int eg_rows_overlay(struct eg_rows *rows, __u32 under, const __u32 *ordinals, size_t n, unsigned int plen, __u32 *row,
		    struct eg_err *err);

/*
 * Lays out as blocks: the n rows that are listed, row number final[i] as block i, then their segments, then words
 * (n_words of them, a multiple of EG_BLOCK_WORDS). Fills blocks, n_blocks and kinds.
 * Returns 0; -E2BIG when EG_BLOCKS_MAX is passed, -ENOMEM.
 */
int eg_rows_emit(const struct eg_rows *rows, const __u32 *final, size_t n, const __u32 *words, size_t n_words,
		 struct eg_tables *tables, struct eg_err *err);

/* NULL is fine. */
void eg_rows_free(struct eg_rows *rows);

static inline void eg_rows_freep(struct eg_rows **rows)
{
	eg_rows_free(*rows);
}

#define cleanup_rows __attribute__((cleanup(eg_rows_freep)))

#endif
