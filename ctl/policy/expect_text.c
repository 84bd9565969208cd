/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * expect_text.c - the keys of [expect]: flows that the policy must allow or deny.
 */
#include "base/vec.h"
#include "policy/parse.h"

static void take(struct eg_parse *p, const struct eg_word *word, bool allow)
{
	struct eg_flow_text flow;
	struct eg_expectation *added;
	char why[320];

	if (eg_flow_text_parse(word->text, &flow, why, sizeof(why))) {
		eg_source_error(p->src, word->at, NULL, "%s", why);
		return;
	}
	added = EG_VEC_ADD(p->policy->expects, p->policy->n_expects);
	if (added)
		*added = (struct eg_expectation){ .flow = flow, .allow = allow, .at = word->at };
	else
		p->src->oom = true;
}

static void take_allow(struct eg_parse *p, const struct eg_word *word)
{
	take(p, word, true);
}

static void take_deny(struct eg_parse *p, const struct eg_word *word)
{
	take(p, word, false);
}

const struct eg_key eg_expect_text_keys[] = {
	{ "allow", true, take_allow },
	{ "deny", true, take_deny },
	{ NULL, false, NULL },
};

void eg_expect_text_begin(struct eg_parse *p, const struct eg_word *name)
{
	(void)p;
	(void)name;
}

void eg_expect_text_end(struct eg_parse *p, bool empty)
{
	if (empty)
		eg_source_error(p->src, p->at, "add 'allow' or 'deny'", "an empty [expect] section");
}
