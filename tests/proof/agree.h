/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * agree.h - holds compiled tables, asked through decide.h, against the naive evaluator.
 */
#ifndef EG_PROOF_AGREE_H
#define EG_PROOF_AGREE_H

#include "egress/flow.h"
#include "naive.h"
#include "policy/tables.h"

/* Compiles a policy that must be good: problems go to stderr and the process aborts. eg_tables_free what it returns. */
struct eg_tables *agree_compile(const char *text);

/* What the tables say of a flow. */
struct eg_verdict agree_ask(const struct eg_tables *tables, const struct naive_flow *flow);

/* Whether both say the same: the verdict, the deciding rule, the length of its match, and what is counted. */
bool agree_verdicts(const struct eg_verdict *got, const struct naive_verdict *want);

/* Cuts the policy down as long as its tables disagree about the flow, and says everything about it on stderr. */
void agree_complain(const struct naive_policy *policy, const struct naive_flow *flow);

#endif
