/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * intern.h - finds a thing that was made before: a hash table of ids, the things stay with the caller.
 */
#ifndef EG_POLICY_INTERN_H
#define EG_POLICY_INTERN_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct eg_intern {
	__u64 *slots; /* owned. hash << 32 | id + 1; 0: free */
	size_t cap;   /* 0 or a power of two */
	size_t n;
};

/* Whether the thing with this id is the one described by key. */
typedef bool (*eg_intern_equal)(const void *things, __u32 id, const void *key);

/* A hash of n 32-bit words, to be continued from "hash" (0 to start). */
__u32 eg_intern_hash(__u32 hash, const void *words, size_t n);

/* Returns true and the id of the equal thing; false with *id untouched. */
bool eg_intern_find(const struct eg_intern *table, __u32 hash, eg_intern_equal equal, const void *things,
		    const void *key, __u32 *id);

/* Enters a thing that is not there. Returns 0 or -ENOMEM. */
int eg_intern_add(struct eg_intern *table, __u32 hash, __u32 id);

/* Leaves the table empty, to be used again. */
void eg_intern_free(struct eg_intern *table);

#endif
