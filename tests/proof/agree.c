/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "agree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/explain.h"
#include "policy/policy.h"
#include "shrink.h"
#include "text.h"

static _Noreturn void give_up(const char *text, const struct eg_diags *diags, const struct eg_err *err)
{
	size_t i;

	fprintf(stderr, "%s", text);
	for (i = 0; i < diags->n; i++)
		eg_diag_print(&diags->v[i], stderr);
	fprintf(stderr, "%s\n", err->what);
	abort();
}

struct eg_tables *agree_compile(const char *text)
{
	struct eg_diags diags = EG_DIAGS_INIT;
	struct eg_err err = EG_ERR_INIT;
	struct eg_policy *policy = NULL;
	struct eg_tables *tables = NULL;

	if (eg_policy_parse("random.ini", text, strlen(text), NULL, &policy, &diags, &err) ||
	    eg_compile(policy, &tables, &err))
		give_up(text, &diags, &err);
	eg_policy_free(policy);
	eg_diags_free(&diags);
	return tables;
}

struct eg_verdict agree_ask(const struct eg_tables *tables, const struct naive_flow *flow)
{
	struct eg_flow f = { .class = (__u8)flow->class, .port = (__u16)flow->port };
	struct eg_verdict verdict;
	__u32 raw[4];

	memcpy(raw, flow->to.b, sizeof(raw));
	eg_flow_make6(&f, raw);
	eg_explain_flow(tables, &f, &verdict);
	return verdict;
}

static __u32 expected_reason(const struct naive_verdict *want)
{
	if (want->rule < 0)
		return want->allow ? EG_REASON_DEFAULT_ALLOW : EG_REASON_DEFAULT_DENY;
	return want->allow ? EG_REASON_RULE_ALLOW : EG_REASON_RULE_DENY;
}

bool agree_verdicts(const struct eg_verdict *got, const struct naive_verdict *want)
{
	if (!!got->allow != want->allow || got->reason != expected_reason(want))
		return false;
	if (want->rule < 0)
		return got->word == 0 && got->hit == EG_HIT_DEFAULT;
	return EG_CELL_ORDINAL(got->word) == (__u32)want->rule && EG_CELL_PLEN(got->word) == (__u32)want->plen &&
	       got->hit == EG_HIT_FIRST_RULE + (__u32)want->rule;
}

static bool disagrees_on(const struct naive_policy *policy, void *flow)
{
	struct naive_verdict want = naive_decide(policy, flow);
	char *text = text_policy(policy, "", NULL);
	struct eg_tables *tables = agree_compile(text);
	struct eg_verdict got = agree_ask(tables, flow);

	eg_tables_free(tables);
	free(text);
	return !agree_verdicts(&got, &want);
}

void agree_complain(const struct naive_policy *policy, const struct naive_flow *flow)
{
	struct naive_policy less = *policy;
	struct naive_flow about = *flow;
	struct naive_verdict want;
	char flow_text[TEXT_FLOW_SIZE], want_text[TEXT_FLOW_SIZE], *text;
	struct eg_tables *tables;
	struct eg_verdict got;

	shrink_policy(&less, disagrees_on, &about);
	want = naive_decide(&less, flow);
	text = text_policy(&less, "", NULL);
	tables = agree_compile(text);
	got = agree_ask(tables, flow);
	fprintf(stderr, "%s\n%s\nwant: %s\n", text, text_flow(flow, flow_text), text_verdict(&want, want_text));
	fprintf(stderr, "got:  %s by r%u, plen %u, reason %u, word %08x, hit %u\n", got.allow ? "allowed" : "denied",
		EG_CELL_ORDINAL(got.word), EG_CELL_PLEN(got.word), got.reason, got.word, got.hit);
	eg_tables_free(tables);
	free(text);
}
