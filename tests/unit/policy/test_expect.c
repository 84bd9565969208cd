/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A policy is held to its [expect].
 */
#include <errno.h>

#include "ask.h"
#include "policy/expect.h"

#define RULES \
	"[policy]\n" \
	"default = deny\n" \
	"unix-default = deny\n" \
	"[allow net]\n" \
	"to = 10.0.0.0/8\n" \
	"[deny host]\n" \
	"to = 10.0.0.1\n"

/* Checks the policy; what is printed and the summary must be those. */
static void assert_expect(const char *text, const char *printed, const char *summary)
{
	struct eg_policy *policy = ask_parse(text);
	struct eg_tables *tables = ask_compile_policy(policy);
	struct eg_diags diags = EG_DIAGS_INIT;
	struct eg_err err = EG_ERR_INIT;
	int r = eg_expect_check(policy, tables, &diags, &err);
	char *got = ask_print(&diags);

	assert_string_equal(got, printed);
	assert_string_equal(err.what, summary);
	assert_int_equal(r, *summary ? -EINVAL : 0);
	assert_int_equal(err.status, *summary ? EG_EXIT_POLICY : 0);
	free(got);
	eg_diags_free(&diags);
	eg_tables_free(tables);
	eg_policy_free(policy);
}

static void what_is_met_says_nothing(void **unused)
{
	(void)unused;
	assert_expect(RULES, "", "");
	assert_expect(RULES "[expect]\nallow = tcp:10.0.0.2:80, udp:10.255.255.255:1\n"
			    "deny = tcp:10.0.0.1:80, icmp:10.0.0.2, unix:/run/x, tcp:[2001:db8::1]:80\n",
		      "", "");
}

static void an_allow_that_is_denied_points_at_its_word_and_names_the_rule(void **unused)
{
	(void)unused;
	assert_expect(RULES "[expect]\nallow = tcp:10.0.0.2:80,\n  tcp:10.0.0.1:443\n",
		      "t.ini:10:3: error: expected 'tcp:10.0.0.1:443' to be allowed, but it is denied by [deny host] "
		      "(line 6)\n"
		      "      tcp:10.0.0.1:443\n"
		      "      ^~~~~~~~~~~~~~~~\n",
		      "t.ini: 1 flow of [expect] gets another answer");
}

static void a_deny_that_is_allowed_names_the_rule_too(void **unused)
{
	(void)unused;
	assert_expect(RULES "[expect]\ndeny = tcp:10.9.9.9:25\n",
		      "t.ini:9:8: error: expected 'tcp:10.9.9.9:25' to be denied, but it is allowed by [allow net] "
		      "(line 4)\n"
		      "    deny = tcp:10.9.9.9:25\n"
		      "           ^~~~~~~~~~~~~~~\n",
		      "t.ini: 1 flow of [expect] gets another answer");
}

static void every_word_that_fails_is_told_in_the_order_of_the_file(void **unused)
{
	(void)unused;
	assert_expect(RULES "[expect]\nallow = unix:@x, tcp:[::ffff:192.0.2.1]:80\ndeny = tcp:10.0.0.2:80\n",
		      "t.ini:9:9: error: expected 'unix:@x' to be allowed, but it is denied: no rule allows it, and "
		      "unix-default is deny (line 3)\n"
		      "    allow = unix:@x, tcp:[::ffff:192.0.2.1]:80\n"
		      "            ^~~~~~~\n"
		      "t.ini:9:18: error: expected 'tcp:192.0.2.1:80' to be allowed, but it is denied: no rule allows "
		      "it, and the default is deny (line 2)\n"
		      "    allow = unix:@x, tcp:[::ffff:192.0.2.1]:80\n"
		      "                     ^~~~~~~~~~~~~~~~~~~~~~~~~\n"
		      "t.ini:10:8: error: expected 'tcp:10.0.0.2:80' to be denied, but it is allowed by [allow net] "
		      "(line 4)\n"
		      "    deny = tcp:10.0.0.2:80\n"
		      "           ^~~~~~~~~~~~~~~\n",
		      "t.ini: 3 flows of [expect] get another answer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_met_says_nothing),
		cmocka_unit_test(an_allow_that_is_denied_points_at_its_word_and_names_the_rule),
		cmocka_unit_test(a_deny_that_is_allowed_names_the_rule_too),
		cmocka_unit_test(every_word_that_fails_is_told_in_the_order_of_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
