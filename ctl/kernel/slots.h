/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * slots.h - the policies: names to slots.
 */
#ifndef EG_KERNEL_SLOTS_H
#define EG_KERNEL_SLOTS_H

#include "kernel/runtime.h"

/* The slot of the policy of that name, or -1. */
int eg_slots_find(const struct eg_runtime *rt, const char *name);

/*
 * Takes a free slot for name: tag random, serial 0, no generation. flags: enum eg_slot_flags.
 * Returns the slot; -ENOSPC when EG_POLICIES_MAX are in use.
 */
int eg_slots_take(struct eg_runtime *rt, const char *name, __u32 flags, struct eg_err *err);

/* Frees a slot. No attachment may name it any more. */
void eg_slots_free(struct eg_runtime *rt, __u32 slot);

/* Switches the slot to a generation with one 64-bit store: from here on it decides. */
void eg_slots_switch(struct eg_runtime *rt, __u32 slot, __u32 gen, __u32 serial);

/* What the slot names at this moment: see EG_NOW_GEN and EG_NOW_SERIAL. */
static inline __u64 eg_slots_now(const struct eg_runtime *rt, __u32 slot)
{
	return __atomic_load_n(&rt->slots[slot].now, __ATOMIC_ACQUIRE);
}

/* The serial that follows: never one whose low 15 bits are 0, since eg_binding.since = 0 means "in force". */
__u32 eg_slots_next_serial(__u32 serial);

/* The generation in force of a slot, or NULL while it is being made or removed. */
struct eg_gen *eg_slots_live(const struct eg_runtime *rt, __u32 slot);

/* The first slot in use at or after slot, or -1: for (s = next(rt, 0); s >= 0; s = next(rt, s + 1)). */
int eg_slots_next(const struct eg_runtime *rt, int slot);

#endif
