/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/intern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

__u32 eg_intern_hash(__u32 hash, const void *words, size_t n)
{
	const unsigned char *p = words;
	__u64 h = hash + 0x9e3779b97f4a7c15u; /* from 0, words that are 0 in front would not count */
	__u32 word;
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(&word, p + i * sizeof(word), sizeof(word));
		h = (h ^ word) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	return (__u32)h;
}

/* Linear probing; the table is never more than half full, so there is a free slot. */
static size_t place(const struct eg_intern *table, __u32 hash)
{
	return (__u32)(hash * 0x9e3779b1u) & (table->cap - 1);
}

bool eg_intern_find(const struct eg_intern *table, __u32 hash, eg_intern_equal equal, const void *things,
		    const void *key, __u32 *id)
{
	__u32 found;
	size_t i;

	if (!table->cap)
		return false;
	for (i = place(table, hash); table->slots[i]; i = (i + 1) & (table->cap - 1)) {
		found = (__u32)table->slots[i] - 1;
		if (table->slots[i] >> 32 != hash || !equal(things, found, key))
			continue;
		*id = found;
		return true;
	}
	return false;
}

static void enter(struct eg_intern *table, __u64 slot)
{
	size_t i = place(table, (__u32)(slot >> 32));

	while (table->slots[i])
		i = (i + 1) & (table->cap - 1);
	table->slots[i] = slot;
	table->n++;
}

static int grow(struct eg_intern *table)
{
	struct eg_intern larger = { .cap = table->cap ? 2 * table->cap : 64 };
	size_t i;

	larger.slots = calloc(larger.cap, sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (i = 0; i < table->cap; i++) {
		if (table->slots[i])
			enter(&larger, table->slots[i]);
	}
	free(table->slots);
	*table = larger;
	return 0;
}

int eg_intern_add(struct eg_intern *table, __u32 hash, __u32 id)
{
	if (2 * (table->n + 1) > table->cap && grow(table))
		return -ENOMEM;
	enter(table, (__u64)hash << 32 | (id + 1));
	return 0;
}

void eg_intern_free(struct eg_intern *table)
{
	free(table->slots);
	memset(table, 0, sizeof(*table));
}
