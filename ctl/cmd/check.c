/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "engine/load.h"
#include "policy/answer.h"

/* All that are malformed are told: the caller has typed them at once, or made them by a program. */
static int parse_flows(struct eg_call *call, size_t n, struct eg_flow_text *flows, struct eg_err *err)
{
	char name[32], why[320];
	size_t i, wrong = 0;

	for (i = 0; i < n; i++) {
		if (!eg_flow_text_parse(call->args.words[i + 1], &flows[i], why, sizeof(why)))
			continue;
		wrong++;
		snprintf(name, sizeof(name), "FLOW %zu", i + 1);
		eg_diag_add(&call->diags, EG_ERROR, name, (struct eg_span){ 0 }, NULL, NULL, "%s", why);
	}
	if (!wrong)
		return 0;
	return eg_cmd_usage(err, "%zu of %zu flow%s malformed", wrong, n, n == 1 ? " is" : "s are");
}

static void out_details(struct eg_out *out, const struct eg_policy *policy, const struct eg_answer *answer)
{
	eg_out_str(out, "verdict", "%s", answer->allow ? "allow" : "deny");
	eg_out_str(out, "reason", "%s", eg_answer_reason(answer->reason));
	if (answer->rule) {
		eg_out_str(out, "kind", "%s", eg_answer_kind(answer->rule));
		eg_out_str(out, "rule", "%s", answer->rule->name);
	} else {
		eg_out_null(out, "kind");
		eg_out_null(out, "rule");
	}
	eg_out_str(out, "file", "%s", policy->file);
	if (answer->line)
		eg_out_int(out, "line", answer->line);
	else
		eg_out_null(out, "line");
}

/* Raw sockets reach their destinations past the rules; what is said of them holds for the others. */
static bool passes_raw(const struct eg_policy *policy, const struct eg_flow_text *flow, const struct eg_answer *answer)
{
	return policy->raw_allow && !answer->allow && !flow->is_unix &&
	       (flow->flow.class == EG_CLASS_ICMP || flow->flow.class == EG_CLASS_OTHER);
}

static void answer_all(struct eg_call *call, const struct eg_loaded *loaded, const struct eg_flow_text *flows, size_t n)
{
	const char *file = loaded->policy->file;
	char text[EG_ANSWER_TEXT + PATH_MAX];
	struct eg_answer answer;
	bool raw = false;
	size_t i;

	eg_out_list(call->out, "flows");
	for (i = 0; i < n; i++) {
		eg_answer_get(loaded->policy, loaded->tables, &flows[i], &answer);
		if (!answer.allow)
			call->status = EG_EXIT_DENIED;
		raw |= passes_raw(loaded->policy, &flows[i], &answer);
		eg_out_item(call->out);
		eg_out_str(call->out, "flow", "%s", call->args.words[i + 1]);
		if (eg_cmd_has(call, EG_OPT_JSON))
			out_details(call->out, loaded->policy, &answer);
		eg_out_str(call->out, "answer", "%s", eg_answer_text(&answer, file, text, sizeof(text)));
		eg_out_end(call->out);
	}
	eg_out_end(call->out);
	if (raw)
		eg_ctx_note(&call->ctx, "raw is allow: raw sockets reach what the rules deny, unless packets are "
					"judged (backstop)");
	if (loaded->policy->mode == EG_MODE_AUDIT)
		eg_ctx_note(&call->ctx, "policy '%s' is in audit mode: what is denied here passes, and is reported",
			    loaded->policy->name);
}

int eg_cmd_check(struct eg_call *call, struct eg_err *err)
{
	size_t n = (size_t)call->args.n_words - 1;
	cleanup_free struct eg_flow_text *flows = calloc(n, sizeof(*flows));
	cleanup_loaded struct eg_loaded loaded = { 0 };
	int r = flows ? parse_flows(call, n, flows, err) : eg_fail(err, -ENOMEM, "out of memory");

	if (!r)
		r = eg_load(call->args.words[0], 0, &loaded, &call->diags, err);
	if (r)
		return r;
	if (eg_cmd_has(call, EG_OPT_JSON)) {
		eg_out_str(call->out, "policy", "%s", loaded.policy->name);
		eg_out_str(call->out, "mode", "%s", loaded.policy->mode == EG_MODE_AUDIT ? "audit" : "enforce");
	}
	answer_all(call, &loaded, flows, n);
	return 0;
}
