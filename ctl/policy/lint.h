/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lint.h - warnings about a policy that parses and compiles, and does not do what it seems to.
 */
#ifndef EG_POLICY_LINT_H
#define EG_POLICY_LINT_H

#include "policy/tables.h"

/*
 * Adds to diags, as EG_WARNING, and sorts them:
 *   a set that no rule uses
 *   a rule that matches nothing, or never decides because others do wherever it matches
 *   an element of "except" that takes nothing out
 *   a deny of a unix path that "unix-default = deny" does not back
 *   deny by default without a word about the loopback
 * tables are those of the policy. The work is bounded: of two sets that are both very large it may not be said that
 * one takes nothing out of the other, and after EG_SOURCE_REPORTS_MAX warnings no more are told.
 * Returns 0, whatever was found; or -ENOMEM.
 */
int eg_lint(const struct eg_policy *policy, const struct eg_tables *tables, struct eg_diags *diags, struct eg_err *err);

#endif
