/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * unix_rules.h - rules for AF_UNIX: which one decides for a socket.
 */
#ifndef EG_POLICY_UNIX_RULES_H
#define EG_POLICY_UNIX_RULES_H

#include "policy/policy.h"

/*
 * The rule that decides for the socket of that path or @name, compared byte for byte: a deny rule that names
 * it, else an allow rule, of several the one with the lowest line. NULL: unix-default does.
 */
const struct eg_rule *eg_unix_rules_find(const struct eg_policy *policy, const char *path);

#endif
