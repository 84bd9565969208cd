/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * generation.h - from compiled tables to the generation in force, and back to nothing.
 *
 *   prepare (any number) -> eg_tablemaps_commit -> settle -> switch     or, before the switch, discard
 */
#ifndef EG_KERNEL_GENERATION_H
#define EG_KERNEL_GENERATION_H

#include "kernel/runtime.h"
#include "kernel/tablemaps.h"
#include "policy/policy.h"
#include "policy/tables.h"

/* A generation that is loaded and not yet in force. */
struct eg_generation {
	__u32 slot;
	__u32 gen;
	__u32 serial;		    /* 0: switched or discarded, or never prepared */
	struct eg_rule_info *rules; /* owned */
	__u32 n_rules;
	bool *fresh; /* owned: per rule, whether its cell is new */
};

/*
 * Builds a generation of the policy for its slot, beside the one in force. tables get their cells of
 * hits. Nothing of it decides until eg_generation_switch. file: absolute path of the policy.
 */
int eg_generation_prepare(struct eg_runtime *rt, __u32 slot, const struct eg_policy *policy, const char *file,
			  const char *digest, struct eg_tables *tables, struct eg_table_changes *changes,
			  struct eg_generation *out, struct eg_err *err);

/*
 * Clears the counters of rules that are new. After eg_tablemaps_commit, whose grace period ended the
 * last program that could still count for a rule of before.
 */
int eg_generation_settle(struct eg_runtime *rt, const struct eg_generation *g, struct eg_err *err);

/* Switches the slot to it, for all its attachments at once, and retires the one before. */
void eg_generation_switch(struct eg_runtime *rt, struct eg_generation *g);

/* Takes a prepared generation back; its tables go with eg_tablemaps_sweep. Nothing to do after a switch. */
void eg_generation_discard(struct eg_runtime *rt, struct eg_generation *g);

/* Frees what user memory holds of it; the kernel keeps what was prepared. */
void eg_generation_free(struct eg_generation *g);

/*
 * Reads the rules of generation gen with their hits so far (rule.base: the sum). *rules is owned by the
 * caller and has *n entries, EG_HIT_FIRST_RULE of them for the cells without a rule.
 */
int eg_generation_read(const struct eg_runtime *rt, __u32 gen, struct eg_rule_info **rules, __u32 *n,
		       struct eg_err *err);

/* Finishes what a switch to a larger table of hits has left to do, for every live generation. */
int eg_generation_carry(struct eg_runtime *rt, struct eg_err *err);

/* Retires each generation that no slot names: what a killed command left. */
void eg_generation_retire_orphans(struct eg_runtime *rt);

/* What the tool keeps about a generation. Returns 0 or -ENOENT. */
int eg_generation_info(const struct eg_runtime *rt, __u32 gen, struct eg_gen_info *info);

#define cleanup_generation __attribute__((cleanup(eg_generation_free)))

#endif
