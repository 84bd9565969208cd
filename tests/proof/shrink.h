/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * shrink.h - cuts a policy down to what a disagreement needs.
 */
#ifndef EG_PROOF_SHRINK_H
#define EG_PROOF_SHRINK_H

#include "naive.h"

/* Leaves out whatever still_fails(policy, user) does not need: rules, ports, elements of lists, sets. */
void shrink_policy(struct naive_policy *policy, bool (*still_fails)(const struct naive_policy *policy, void *user),
		   void *user);

#endif
