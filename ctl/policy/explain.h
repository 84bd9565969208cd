/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * explain.h - asks the compiled tables offline, through decide.h.
 */
#ifndef EG_POLICY_EXPLAIN_H
#define EG_POLICY_EXPLAIN_H

#include "policy/tables.h"

struct eg_flow;
struct eg_verdict;

/* The verdict of the tables for a flow that eg_flow_make4/6 made. Never fails: a gap is "broken". */
void eg_explain_flow(const struct eg_tables *tables, const struct eg_flow *flow, struct eg_verdict *verdict);

#endif
