/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * errors.h - tables of policies that must be refused, each with all that is printed about it.
 */
#ifndef EG_TEST_ERRORS_H
#define EG_TEST_ERRORS_H

#include "ask.h"

struct error_case {
	const char *name;
	const char *text;
	size_t len; /* the text may hold a NUL */
	const char *want;
};

#define CASE(name, text, want) \
	{ \
#name, text, sizeof(text) - 1, want \
	}
#define POLICY \
	"[policy]\n" \
	"default = deny\n"

static inline void check_case(void **state)
{
	const struct error_case *c = *state;
	struct eg_policy *policy = (struct eg_policy *)1;
	struct eg_diags diags = EG_DIAGS_INIT;
	struct eg_err err = { 0 };
	char *printed;
	int rc;

	rc = eg_policy_parse("t.ini", c->text, c->len, NULL, &policy, &diags, &err);
	printed = ask_print(&diags);
	assert_string_equal(printed, c->want);
	assert_int_equal(rc, -22);
	assert_int_equal(err.status, EG_EXIT_POLICY);
	assert_ptr_equal(policy, (struct eg_policy *)1); /* untouched on failure */
	free(printed);
	eg_diags_free(&diags);
}

/* Runs each case as a test of its own name. */
static inline int check_cases(const struct error_case *cases, size_t n)
{
	struct CMUnitTest *tests = calloc(n, sizeof(*tests));
	size_t i;
	int rc;

	for (i = 0; tests && i < n; i++) {
		tests[i].name = cases[i].name;
		tests[i].test_func = check_case;
		tests[i].initial_state = (void *)(uintptr_t)&cases[i];
	}
	rc = tests ? _cmocka_run_group_tests("cases", tests, n, NULL, NULL) : 1;
	free(tests);
	return rc;
}

#endif
