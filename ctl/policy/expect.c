/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/expect.h"

#include <errno.h>

#include "policy/answer.h"
#include "policy/source.h"

static void report(struct eg_source *src, const struct eg_expectation *expected, const struct eg_answer *answer)
{
	char flow[EG_FLOW_TEXT_SIZE], text[EG_ANSWER_TEXT];

	eg_source_error(src, expected->at, NULL, "expected '%s' to be %s, but it is %s",
			eg_flow_text_print(&expected->flow, flow, sizeof(flow)), expected->allow ? "allowed" : "denied",
			eg_answer_text(answer, NULL, text, sizeof(text)));
}

int eg_expect_check(const struct eg_policy *policy, const struct eg_tables *tables, struct eg_diags *diags,
		    struct eg_err *err)
{
	struct eg_source src = { .errors = 0 };
	struct eg_answer answer;
	size_t i;

	if (policy->n_expects)
		eg_source_init(&src, policy->file, policy->text, policy->text_len, diags);
	for (i = 0; i < policy->n_expects; i++) {
		const struct eg_expectation *expected = &policy->expects[i];

		eg_answer_get(policy, tables, &expected->flow, &answer);
		if (answer.allow != expected->allow)
			report(&src, expected, &answer);
	}
	if (!src.errors)
		return 0;
	eg_diag_sort(diags);
	eg_err_status(err, EG_EXIT_POLICY);
	return eg_fail(err, -EINVAL, "%s: %zu flow%s of [expect] get%s another answer", policy->file, src.errors,
		       src.errors == 1 ? "" : "s", src.errors == 1 ? "s" : "");
}
