/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * states.h - what is known about an address by the prefixes around it: which claims match, with which prefix
 * length, which are vetoed, and the row that follows.
 *
 * A state is the state of the prefix around with the lists of one prefix more. It is made once for all
 * prefixes with the same lists in the same surroundings.
 */
#ifndef EG_POLICY_STATES_H
#define EG_POLICY_STATES_H

#include "policy/claims.h"
#include "policy/rows.h"

struct eg_states;

#define EG_STATE_NONE 0u /* nothing matches yet; always there */

/* claims and rows outlive the states; rows get what the states need. Returns 0 or -ENOMEM. */
int eg_states_new(const struct eg_policy *policy, const struct eg_claims *claims, struct eg_rows *rows,
		  struct eg_states **out, struct eg_err *err);

/*
 * The state of a prefix with these lists (ascending, each once) inside a prefix in state "under". plen: its
 * length as eg_cell.word counts it. Returns 0 and *state; -E2BIG when EG_BLOCKS_MAX is passed, -ENOMEM.
 */
int eg_states_step(struct eg_states *states, __u32 under, const __u32 *lists, size_t n, unsigned int plen, __u32 *state,
		   struct eg_err *err);

/* The row of a state. */
__u32 eg_states_row(const struct eg_states *states, __u32 state);

/* The claims that a state vetoes, ascending; valid until the next step. Returns how many. */
size_t eg_states_vetoed(const struct eg_states *states, __u32 state, const __u32 **claims);

/*
 * The row that a state would have were these claims (ascending) vetoed too. Returns 0 and *row, which is the
 * state's own when none of them matches in it; or as eg_states_step.
 */
int eg_states_without(struct eg_states *states, __u32 state, const __u32 *claims, size_t n, __u32 *row,
		      struct eg_err *err);

void eg_states_free(struct eg_states *states);

static inline void eg_states_freep(struct eg_states **states)
{
	eg_states_free(*states);
}

#define cleanup_states __attribute__((cleanup(eg_states_freep)))

#endif
