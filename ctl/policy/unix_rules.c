/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/unix_rules.h"

#include <string.h>

static bool names(const struct eg_rule *rule, const char *path)
{
	size_t i;

	for (i = 0; i < rule->n_unix; i++) {
		if (!strcmp(rule->unix_paths[i], path))
			return true;
	}
	return false;
}

const struct eg_rule *eg_unix_rules_find(const struct eg_policy *policy, const char *path)
{
	const struct eg_rule *allow = NULL;
	size_t i;

	for (i = 0; i < policy->n_rules; i++) {
		const struct eg_rule *rule = &policy->rules[i];

		if ((rule->kind == EG_CELL_ALLOW && allow) || !names(rule, path))
			continue;
		if (rule->kind == EG_CELL_DENY)
			return rule;
		allow = rule;
	}
	return allow;
}
