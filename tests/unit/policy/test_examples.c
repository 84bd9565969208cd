/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The examples say what they seem to say.
 */
#include "ask.h"

/* Compiles policies/NAME, found from where this file is. */
static struct eg_tables *compile_example(const char *name)
{
	struct eg_diags diags = EG_DIAGS_INIT;
	struct eg_policy *policy = NULL;
	struct eg_err err = { 0 };
	struct eg_tables *tables;
	char path[4096];
	const char *slash = strrchr(__FILE__, '/');

	snprintf(path, sizeof(path), "%.*s/../../../policies/%s", (int)(slash - __FILE__), __FILE__, name);
	if (eg_policy_load(path, NULL, &policy, &diags, &err))
		fail_msg("%s", err.what);
	assert_int_equal(diags.n, 0);
	assert_int_equal(policy->n_unsupported, 0);
	tables = ask_compile_policy(policy);
	eg_policy_free(policy);
	eg_diags_free(&diags);
	return tables;
}

static void ci_reaches_what_it_needs(void **unused)
{
	struct eg_tables *t = compile_example("ci.ini");

	(void)unused;
	assert_true(ask(t, EG_CLASS_TCP, "127.0.0.1", 5432).allow);
	assert_true(ask(t, EG_CLASS_UDP, "192.0.2.53", 53).allow);
	assert_true(ask(t, EG_CLASS_TCP, "203.0.113.9", 8080).allow);
	assert_true(ask(t, EG_CLASS_TCP, "2001:db8:1::9", 443).allow);
	assert_false(ask(t, EG_CLASS_UDP, "203.0.113.9", 443).allow);
	assert_false(ask(t, EG_CLASS_TCP, "203.0.113.9", 22).allow);
	assert_false(ask(t, EG_CLASS_TCP, "198.51.100.1", 443).allow);
	assert_int_equal(ask(t, EG_CLASS_TCP, "169.254.169.254", 80).reason, EG_REASON_RULE_DENY);
	eg_tables_free(t);
}

static void no_mail_denies_only_mail_and_management(void **unused)
{
	struct eg_tables *t = compile_example("no-mail.ini");

	(void)unused;
	assert_false(ask(t, EG_CLASS_TCP, "198.51.100.1", 25).allow);
	assert_false(ask(t, EG_CLASS_TCP, "2001:db8::1", 587).allow);
	assert_true(ask(t, EG_CLASS_UDP, "198.51.100.1", 25).allow);
	assert_true(ask(t, EG_CLASS_TCP, "198.51.100.1", 443).allow);
	assert_false(ask(t, EG_CLASS_ICMP, "10.66.1.1", 0).allow);
	eg_tables_free(t);
}

static void the_database_client_reaches_two_servers(void **unused)
{
	struct eg_tables *t = compile_example("database-client.ini");

	(void)unused;
	assert_true(ask(t, EG_CLASS_TCP, "10.20.0.5", 5432).allow);
	assert_false(ask(t, EG_CLASS_TCP, "10.20.0.7", 5432).allow);
	assert_false(ask(t, EG_CLASS_TCP, "10.20.0.5", 22).allow);
	assert_false(ask(t, EG_CLASS_TCP, "127.0.0.1", 5432).allow);
	eg_tables_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ci_reaches_what_it_needs),
		cmocka_unit_test(no_mail_denies_only_mail_and_management),
		cmocka_unit_test(the_database_client_reaches_two_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
