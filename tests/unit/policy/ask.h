/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ask.h - helpers of the policy tests: parse and compile text, ask the tables.
 */
#ifndef EG_TEST_ASK_H
#define EG_TEST_ASK_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "egress/flow.h"
#include "policy/explain.h"
#include "policy/policy.h"
#include "policy/tables.h"

/* All problems as they are printed. The caller frees. */
static inline char *ask_print(const struct eg_diags *diags)
{
	char *text = NULL;
	size_t i, len = 0;
	FILE *to = open_memstream(&text, &len);

	assert_non_null(to);
	for (i = 0; i < diags->n; i++)
		eg_diag_print(&diags->v[i], to);
	fclose(to);
	return text;
}

/* Parses text that must be good; named t.ini. */
static inline struct eg_policy *ask_parse(const char *text)
{
	struct eg_diags diags = EG_DIAGS_INIT;
	struct eg_err err = { 0 };
	struct eg_policy *policy = NULL;
	char *printed;

	if (eg_policy_parse("t.ini", text, strlen(text), NULL, &policy, &diags, &err)) {
		printed = ask_print(&diags);
		print_error("%s%s\n", printed, err.what);
		free(printed);
		eg_diags_free(&diags);
		fail_msg("the policy does not parse");
	}
	eg_diags_free(&diags);
	return policy;
}

static inline struct eg_tables *ask_compile_policy(const struct eg_policy *policy)
{
	struct eg_tables *tables = NULL;
	struct eg_err err = { 0 };

	if (eg_compile(policy, &tables, &err))
		fail_msg("the policy does not compile: %s", err.what);
	return tables;
}

static inline struct eg_tables *ask_compile(const char *text)
{
	struct eg_policy *policy = ask_parse(text);
	struct eg_tables *tables = ask_compile_policy(policy);

	eg_policy_free(policy);
	return tables;
}

/* addr: IPv4 or IPv6 text. */
static inline struct eg_verdict ask(const struct eg_tables *tables, enum eg_class class, const char *addr, __u16 port)
{
	struct eg_flow flow = { .class = (__u8) class, .port = port };
	struct eg_verdict verdict;
	__u32 raw[4];

	if (inet_pton(AF_INET, addr, raw) == 1)
		eg_flow_make4(&flow, raw[0]);
	else if (inet_pton(AF_INET6, addr, raw) == 1)
		eg_flow_make6(&flow, raw);
	else
		fail_msg("'%s' is no address", addr);
	eg_explain_flow(tables, &flow, &verdict);
	return verdict;
}

#endif
