/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * forms.h - the "except" of an allow rule across the forms of an address.
 *
 * An IPv6 destination may have an IPv4 address inside. An allow rule that matches it as IPv6 ends where its
 * "except" has the IPv4 address, and one that matches the IPv4 address ends where its "except" has the IPv6 one.
 * Each form is looked up in tables of its own, so the tables say for such addresses which veto they cast on the
 * other form, and for each veto which row is left (veto classes, abi.h).
 */
#ifndef EG_POLICY_FORMS_H
#define EG_POLICY_FORMS_H

#include "policy/states.h"

struct eg_forms;

int eg_forms_new(const struct eg_policy *policy, const struct eg_claims *claims, struct eg_rows *rows,
		 struct eg_states *states, struct eg_forms **out, struct eg_err *err);

#define EG_VETOES_MAX 4096 /* of either family; they go with a class and a port into 32 bits */

/*
 * Takes note of a state that addresses of a family have, all of them before the first eg_forms_final.
 * prefix NULL: the whole family. Returns 0; -E2BIG above EG_VETOES_MAX, -ENOMEM.
 */
int eg_forms_see(struct eg_forms *forms, __u8 family, const struct eg_prefix *prefix, __u32 state, struct eg_err *err);

/*
 * The final row of a state: equal for states with the same answer, whatever the other form says. It is the index
 * of a block of the tables. Returns 0 and *row; -E2BIG when EG_BLOCKS_MAX is passed, -ENOMEM.
 */
int eg_forms_final(struct eg_forms *forms, __u8 family, __u32 state, __u32 *row, struct eg_err *err);

/* Fills what the tables say about blocks and vetoes. Returns as eg_forms_final. */
int eg_forms_emit(struct eg_forms *forms, struct eg_tables *tables, struct eg_err *err);

void eg_forms_free(struct eg_forms *forms);

#endif
