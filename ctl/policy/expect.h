/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * expect.h - [expect]: what a policy must say to the flows that its author had in mind.
 */
#ifndef EG_POLICY_EXPECT_H
#define EG_POLICY_EXPECT_H

#include "policy/tables.h"

/*
 * Asks the compiled policy for each word of [expect]. Adds an error at its place for each that is answered
 * otherwise, and sorts. Returns 0 when there is none; -EINVAL (err: the summary, status EG_EXIT_POLICY).
 */
int eg_expect_check(const struct eg_policy *policy, const struct eg_tables *tables, struct eg_diags *diags,
		    struct eg_err *err);

#endif
