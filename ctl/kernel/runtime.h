/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * runtime.h - our pinned maps and programs on one bpffs: made once, then opened.
 */
#ifndef EG_KERNEL_RUNTIME_H
#define EG_KERNEL_RUNTIME_H

#include <linux/types.h>
#include <stdbool.h>

#include "base/err.h"
#include "egress/abi.h"
#include "kernel/bpffs.h"
#include "kernel/features.h"

/* Maps by name. The first group comes from the BPF object, the second is the tool's alone. */
#define EG_OBJECT_MAPS(X) X(store) X(slots) X(gens) X(faults) X(hash4) X(trie4) X(hash6) X(trie6) X(blocks) X(hits)
#define EG_TOOL_MAPS(X) X(abi) X(gen_info) X(attached)

enum eg_map {
#define EG_MAP_ENUM(name) EG_MAP_##name,
	EG_OBJECT_MAPS(EG_MAP_ENUM) EG_TOOL_MAPS(EG_MAP_ENUM)
#undef EG_MAP_ENUM
		EG_MAP_COUNT,
};

/* The outer maps, in the order of the fields hash4 ... hits of struct eg_gen. */
#define EG_TABLE_FIRST EG_MAP_hash4
#define EG_TABLE_KINDS (EG_MAP_hits - EG_MAP_hash4 + 1)

struct eg_runtime {
	char dir[EG_BPFFS_PATH];
	int lock;
	int maps[EG_MAP_COUNT];
	int progs[EG_HOOK_COUNT];
	/* Shared mappings of the maps of the same name. */
	struct eg_slot *slots; /* EG_POLICIES_MAX entries */
	struct eg_gen *gens;   /* EG_GENS_MAX entries */
	struct eg_abi *abi;
	bool changing;	  /* opened to change */
	bool interrupted; /* the command before this one was killed: recover first */
};

#define EG_RUNTIME_INIT \
	{ \
		.lock = -1 \
	}

/* The map's name, as pinned. */
const char *eg_runtime_map_name(enum eg_map map);

/*
 * Locks dir and opens what is pinned there; EG_BPFFS_CREATE makes it when it is not there.
 * Returns 0 and *rt (close with eg_runtime_close); -ENOENT when nothing is pinned; -EPROTO when the
 * pins have another ABI version or are not ours. On a change, abi->busy is set until the close.
 */
int eg_runtime_open(const char *dir, enum eg_bpffs_mode mode, struct eg_runtime *rt, struct eg_err *err);

/* Unlocks. A runtime that was opened to change is marked as cleanly left. */
void eg_runtime_close(struct eg_runtime *rt);

/* Unpins everything: for when no policy is left. The kernel frees it as the last user goes. */
int eg_runtime_remove(struct eg_runtime *rt, struct eg_err *err);

/*
 * Replaces the pinned programs and those of every link by this build's, when they differ. The maps
 * stay: only programs with the same pinned storage map may follow each other on a link.
 * Errors: -EPROTO a link runs a program that is not ours.
 */
int eg_runtime_upgrade(struct eg_runtime *rt, struct eg_err *err);

/* Identity of the programs in this build. */
__u64 eg_runtime_build(void);

/* The u32 field of gen for a table kind: index + 1 in that outer map, 0 for none. */
static inline __u32 *eg_runtime_table(struct eg_gen *gen, unsigned int kind)
{
	return &gen->hash4 + kind;
}

#define cleanup_runtime __attribute__((cleanup(eg_runtime_close)))

#endif
