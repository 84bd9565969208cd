/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/answer.h"

#include <stdio.h>

#include "policy/explain.h"
#include "policy/unix_rules.h"

/* Whether packets are judged: backstop = auto turns that on for rules that name icmp. */
static bool judges_packets(const struct eg_policy *policy)
{
	size_t i;

	for (i = 0; policy->backstop == EG_BACKSTOP_AUTO && i < policy->n_rules; i++) {
		unsigned int protos = policy->rules[i].protos;

		if (protos & EG_PROTO_ICMP && protos != EG_PROTO_ALL)
			return true;
	}
	return policy->backstop == EG_BACKSTOP_YES;
}

/* The socket is refused when it is made, as eg_decide_socket does, so that no rule comes to be asked. */
static bool refuses_socket(const struct eg_policy *policy, __u8 class)
{
	if (policy->raw_allow || class == EG_CLASS_TCP || class == EG_CLASS_UDP)
		return false;
	return class != EG_CLASS_ICMP || !judges_packets(policy);
}

static void settle_default(struct eg_answer *answer, bool allow, struct eg_span at, const char *because)
{
	answer->allow = allow;
	answer->reason = allow ? EG_REASON_DEFAULT_ALLOW : EG_REASON_DEFAULT_DENY;
	answer->line = at.line;
	answer->because = because;
}

static void settle_rule(struct eg_answer *answer, const struct eg_rule *rule, unsigned int plen)
{
	answer->allow = rule->kind == EG_CELL_ALLOW;
	answer->reason = answer->allow ? EG_REASON_RULE_ALLOW : EG_REASON_RULE_DENY;
	answer->rule = rule;
	answer->plen = plen;
	answer->line = rule->at.line;
}

static void answer_unix(const struct eg_policy *policy, const char *path, struct eg_answer *answer)
{
	const struct eg_rule *rule = eg_unix_rules_find(policy, path);

	if (rule)
		settle_rule(answer, rule, 0);
	else if (policy->unix_default_deny)
		settle_default(answer, false, policy->unix_default_at, "no rule allows it, and unix-default is deny");
	else
		settle_default(answer, true, policy->unix_default_at, "no rule denies it, and unix-default is allow");
}

static void answer_ip(const struct eg_policy *policy, const struct eg_tables *tables, const struct eg_flow *flow,
		      struct eg_answer *answer)
{
	struct eg_verdict verdict;

	eg_explain_flow(tables, flow, &verdict);
	if (verdict.word)
		settle_rule(answer, &policy->rules[EG_CELL_ORDINAL(verdict.word)], EG_CELL_PLEN(verdict.word));
	else if (verdict.reason == EG_REASON_DEFAULT_DENY)
		settle_default(answer, false, policy->default_at, "no rule allows it, and the default is deny");
	else if (verdict.reason == EG_REASON_DEFAULT_ALLOW)
		settle_default(answer, true, policy->default_at, "no rule denies it, and the default is allow");
	else
		*answer = (struct eg_answer){ .reason = EG_REASON_BROKEN, .because = "a table or row is missing" };
}

void eg_answer_get(const struct eg_policy *policy, const struct eg_tables *tables, const struct eg_flow_text *flow,
		   struct eg_answer *answer)
{
	*answer = (struct eg_answer){ .allow = false };
	if (flow->is_unix) {
		answer_unix(policy, flow->unix_path, answer);
	} else if (refuses_socket(policy, flow->flow.class)) {
		answer->reason = EG_REASON_SOCKET;
		answer->because = flow->flow.class == EG_CLASS_ICMP ? "no rule names icmp, and raw is deny"
								    : "only raw sockets send it, and raw is deny";
	} else {
		answer_ip(policy, tables, &flow->flow, answer);
	}
}

char *eg_answer_text(const struct eg_answer *answer, const char *file, char *buf, size_t size)
{
	const char *verdict = answer->allow ? "allowed" : "denied";
	int used;

	if (answer->rule)
		used = snprintf(buf, size, "%s by [%s %s]", verdict, eg_answer_kind(answer->rule), answer->rule->name);
	else
		used = snprintf(buf, size, "%s: %s", verdict, answer->because);
	if (used < 0 || (size_t)used >= size || !answer->line)
		return buf;
	if (file)
		snprintf(buf + used, size - (size_t)used, " (%s:%u)", file, answer->line);
	else
		snprintf(buf + used, size - (size_t)used, " (line %u)", answer->line);
	return buf;
}

const char *eg_answer_reason(enum eg_reason reason)
{
	static const char *const texts[] = {
#define EG_REASON_TEXT(id, text, meaning) [id] = text,
		EG_REASONS(EG_REASON_TEXT)
#undef EG_REASON_TEXT
	};

	return (unsigned int)reason < EG_REASON_COUNT ? texts[reason] : "?";
}

const char *eg_answer_kind(const struct eg_rule *rule)
{
	return rule->kind == EG_CELL_ALLOW ? "allow" : "deny";
}
