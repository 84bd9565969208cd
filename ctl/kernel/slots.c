/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "kernel/slots.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/fault.h"

int eg_slots_next(const struct eg_runtime *rt, int slot)
{
	for (; slot < EG_POLICIES_MAX; slot++) {
		if (rt->slots[slot].tag)
			return slot;
	}
	return -1;
}

int eg_slots_find(const struct eg_runtime *rt, const char *name)
{
	int slot;

	for (slot = eg_slots_next(rt, 0); slot >= 0; slot = eg_slots_next(rt, slot + 1)) {
		if (!strncmp(rt->slots[slot].name, name, EG_SLOT_NAME_SIZE))
			return slot;
	}
	return -1;
}

static __u32 random_tag(void)
{
	__u32 tag = 0;

	while (!tag) {
		if (getrandom(&tag, sizeof(tag), 0) != sizeof(tag))
			tag = 0;
	}
	return tag;
}

int eg_slots_take(struct eg_runtime *rt, const char *name, __u32 flags, struct eg_err *err)
{
	struct eg_slot *slot;
	int i;

	for (i = 0; i < EG_POLICIES_MAX && rt->slots[i].tag; i++)
		;
	if (i == EG_POLICIES_MAX)
		return eg_fail(err, -ENOSPC, "there are %d policies already (EG_POLICIES_MAX)", EG_POLICIES_MAX);
	slot = &rt->slots[i];
	memset(slot->name, 0, sizeof(slot->name));
	memcpy(slot->name, name, strnlen(name, sizeof(slot->name) - 1));
	slot->flags = flags;
	eg_slots_switch(rt, (__u32)i, EG_GEN_NONE, 0);
	__atomic_store_n(&slot->tag, random_tag(), __ATOMIC_RELEASE);
	EG_FAULT("slot taken");
	return i;
}

void eg_slots_free(struct eg_runtime *rt, __u32 slot)
{
	/* the tag first: an attachment that still named the slot would deny from here on */
	__atomic_store_n(&rt->slots[slot].tag, 0, __ATOMIC_RELEASE);
	memset(rt->slots[slot].name, 0, sizeof(rt->slots[slot].name));
	rt->slots[slot].flags = 0;
	EG_FAULT("slot freed");
}

void eg_slots_switch(struct eg_runtime *rt, __u32 slot, __u32 gen, __u32 serial)
{
	__atomic_store_n(&rt->slots[slot].now, EG_NOW(gen, serial), __ATOMIC_RELEASE);
}

__u32 eg_slots_next_serial(__u32 serial)
{
	serial++;
	return serial & EG_SINCE_SERIAL ? serial : serial + 1;
}

struct eg_gen *eg_slots_live(const struct eg_runtime *rt, __u32 slot)
{
	__u32 gen = EG_NOW_GEN(eg_slots_now(rt, slot));

	return gen < EG_GENS_MAX ? &rt->gens[gen] : NULL;
}
