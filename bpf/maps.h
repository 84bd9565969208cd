/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * maps.h - the maps that the programs read. Weak, so that each hook's object may define them and
 * the linker keeps one. How they change: HACKING.md, "One store switches".
 *
 *   store   attachment -> eg_binding -+-> slots -> eg_slot.now -> gens -> eg_gen
 *                                                                         |
 *             hash4 trie4 hash6 trie6 (address -> cell), blocks, hits <-+   (outer[index] -> inner)
 */
#ifndef EG_BPF_MAPS_H
#define EG_BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "egress/abi.h"

/* Which policy an attachment obeys; the program gets the entry of the cgroup it is attached to. */
struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
	__type(key, __u64);
	__type(value, struct eg_binding);
} store __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, EG_POLICIES_MAX);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct eg_slot);
} slots __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, EG_GENS_MAX);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct eg_gen);
} gens __weak SEC(".maps");

/* Decisions that no table of hits can count, by enum eg_reason. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, EG_REASON_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} faults __weak SEC(".maps");

/*
 * An array of inner maps. The inner definition is a template: max_entries of the real ones differs (5.10),
 * everything else must be equal, flags too. kernel/tablemaps.c makes them.
 */
#define EG_OUTER(name, inner_type, inner_flags, inner_key, inner_value) \
	struct { \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); \
		__uint(max_entries, EG_TABLES_MAX); \
		__type(key, __u32); \
		__array( \
			values, struct { \
				__uint(type, inner_type); \
				__uint(max_entries, 1); \
				__uint(map_flags, inner_flags); \
				__uint(key_size, inner_key); \
				__uint(value_size, inner_value); \
			}); \
	} name __weak SEC(".maps")

EG_OUTER(hash4, BPF_MAP_TYPE_HASH, 0, sizeof(struct eg_key4), sizeof(struct eg_cell));
EG_OUTER(trie4, BPF_MAP_TYPE_LPM_TRIE, BPF_F_NO_PREALLOC, sizeof(struct eg_key4), sizeof(struct eg_cell));
EG_OUTER(hash6, BPF_MAP_TYPE_HASH, 0, sizeof(struct eg_key6), sizeof(struct eg_cell));
EG_OUTER(trie6, BPF_MAP_TYPE_LPM_TRIE, BPF_F_NO_PREALLOC, sizeof(struct eg_key6), sizeof(struct eg_cell));
EG_OUTER(blocks, BPF_MAP_TYPE_ARRAY, BPF_F_INNER_MAP, sizeof(__u32), sizeof(struct eg_block));

/*
 * Not PERCPU_ARRAY: since 6.10 the verifier inlines its lookup with the bound of the template, so that every
 * index but 0 misses (percpu_array_map_gen_lookup), and that type refuses BPF_F_INNER_MAP.
 */
EG_OUTER(hits, BPF_MAP_TYPE_ARRAY, BPF_F_INNER_MAP | BPF_F_MMAPABLE, sizeof(__u32), sizeof(__u64));

#endif
