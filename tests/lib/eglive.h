/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * eglive.h - the records of what is in force, in the very memory that the programs read; to look at and to damage.
 *
 * All of these end the test when the pin is not there.
 */
#ifndef EG_LIVE_H
#define EG_LIVE_H

#include "egress/abi.h"
#include "egworld.h"

/* Maps a pinned array of ours, "core/abi". */
void *eg_live_map(const struct eg_world *w, const char *name, size_t size);

struct eg_slot *eg_live_slots(const struct eg_world *w); /* EG_POLICIES_MAX */
struct eg_gen *eg_live_gens(const struct eg_world *w);	 /* EG_GENS_MAX */

/* The generation in force of the only policy. */
struct eg_gen *eg_live_gen(const struct eg_world *w);

/* Opens the table that a field of struct eg_gen names in the outer map of that name, "hash4". Needs CAP_SYS_ADMIN. */
int eg_live_table(const struct eg_world *w, const char *name, __u32 field);

#endif
