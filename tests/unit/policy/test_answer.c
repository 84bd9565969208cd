/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a policy says to one flow, and which line of it.
 */
#include "ask.h"
#include "policy/answer.h"
#include "policy/unix_rules.h"

static struct eg_flow_text flow_of(const char *text)
{
	struct eg_flow_text flow;
	char why[320];

	if (eg_flow_text_parse(text, &flow, why, sizeof(why)))
		fail_msg("%s", why);
	return flow;
}

/* Whether the answer to the flow, as text, is that one. file: NULL or t.ini. */
static void assert_answer(const char *policy_text, const char *flow_text, enum eg_reason reason, const char *file,
			  const char *expected)
{
	struct eg_policy *policy = ask_parse(policy_text);
	struct eg_tables *tables = ask_compile_policy(policy);
	struct eg_flow_text flow = flow_of(flow_text);
	struct eg_answer answer;
	char text[EG_ANSWER_TEXT];

	memset(&answer, 0xa5, sizeof(answer));
	eg_answer_get(policy, tables, &flow, &answer);
	assert_string_equal(eg_answer_text(&answer, file, text, sizeof(text)), expected);
	assert_int_equal(answer.reason, reason);
	assert_int_equal(answer.allow, !strncmp(expected, "allowed", 7));
	eg_tables_free(tables);
	eg_policy_free(policy);
}

#define DENY "[policy]\ndefault = deny\n"
#define ALLOW "[policy]\n\ndefault = allow\n"

static void a_rule_answers_with_its_kind_name_and_line(void **unused)
{
	static const char text[] = DENY "[allow net]\nto = 10.0.0.0/8\n[deny host]\nto = 10.0.0.1\nport = 80\n";

	(void)unused;
	assert_answer(text, "tcp:10.1.1.1:443", EG_REASON_RULE_ALLOW, "t.ini", "allowed by [allow net] (t.ini:3)");
	assert_answer(text, "tcp:10.0.0.1:80", EG_REASON_RULE_DENY, "t.ini", "denied by [deny host] (t.ini:5)");
	assert_answer(text, "tcp:[::ffff:10.0.0.1]:80", EG_REASON_RULE_DENY, NULL, "denied by [deny host] (line 5)");
}

static void a_rule_answers_with_the_prefix_by_which_it_matches(void **unused)
{
	struct eg_policy *policy = ask_parse(DENY "[allow x]\nto = any, 10.0.0.0/8, 2001:db8::/32\n");
	struct eg_tables *tables = ask_compile_policy(policy);
	struct eg_flow_text flow;
	struct eg_answer answer;

	(void)unused;
	flow = flow_of("tcp:10.1.1.1:443");
	eg_answer_get(policy, tables, &flow, &answer);
	assert_ptr_equal(answer.rule, &policy->rules[0]);
	assert_int_equal(answer.plen, 96 + 8);
	flow = flow_of("tcp:[2001:db8::1]:443");
	eg_answer_get(policy, tables, &flow, &answer);
	assert_int_equal(answer.plen, 32);
	flow = flow_of("tcp:192.0.2.1:443");
	eg_answer_get(policy, tables, &flow, &answer);
	assert_int_equal(answer.plen, 0);
	eg_tables_free(tables);
	eg_policy_free(policy);
}

static void without_a_rule_the_default_answers_from_its_line(void **unused)
{
	(void)unused;
	assert_answer(DENY, "tcp:192.0.2.1:443", EG_REASON_DEFAULT_DENY, "t.ini",
		      "denied: no rule allows it, and the default is deny (t.ini:2)");
	assert_answer(ALLOW, "udp:192.0.2.1:53", EG_REASON_DEFAULT_ALLOW, "t.ini",
		      "allowed: no rule denies it, and the default is allow (t.ini:3)");
}

/* The kernel programs refuse such a socket when it is made: that a rule would allow the address is moot. */
static void what_no_socket_can_send_is_denied_whatever_the_rules(void **unused)
{
	static const char any[] = "[allow all]\nto = any\n";
	char text[256];

	(void)unused;
	snprintf(text, sizeof(text), DENY "%s", any);
	assert_answer(text, "icmp:192.0.2.1", EG_REASON_SOCKET, "t.ini", "denied: no rule names icmp, and raw is deny");
	assert_answer(text, "other:192.0.2.1", EG_REASON_SOCKET, "t.ini",
		      "denied: only raw sockets send it, and raw is deny");
	snprintf(text, sizeof(text), DENY "raw = allow\n%s", any);
	assert_answer(text, "icmp:192.0.2.1", EG_REASON_RULE_ALLOW, "t.ini", "allowed by [allow all] (t.ini:4)");
	assert_answer(text, "other:192.0.2.1", EG_REASON_RULE_ALLOW, "t.ini", "allowed by [allow all] (t.ini:4)");
}

static void packets_are_judged_where_a_rule_names_icmp_or_the_backstop_is_on(void **unused)
{
	static const char named[] = "[allow ping]\nto = 192.0.2.1\nproto = icmp\n[allow all]\nto = any\n";
	char text[256];

	(void)unused;
	snprintf(text, sizeof(text), DENY "%s", named);
	assert_answer(text, "icmp:192.0.2.1", EG_REASON_RULE_ALLOW, "t.ini", "allowed by [allow ping] (t.ini:3)");
	assert_answer(text, "icmp:192.0.2.2", EG_REASON_RULE_ALLOW, "t.ini", "allowed by [allow all] (t.ini:6)");
	assert_answer(text, "other:192.0.2.1", EG_REASON_SOCKET, "t.ini",
		      "denied: only raw sockets send it, and raw is deny");
	snprintf(text, sizeof(text), DENY "backstop = no\n%s", named);
	assert_answer(text, "icmp:192.0.2.1", EG_REASON_SOCKET, "t.ini", "denied: no rule names icmp, and raw is deny");
	assert_answer(DENY "backstop = yes\n[allow all]\nto = any\n", "icmp:192.0.2.1", EG_REASON_RULE_ALLOW, "t.ini",
		      "allowed by [allow all] (t.ini:4)");
}

/* ---- AF_UNIX ---- */

static void a_deny_that_names_the_socket_beats_every_allow(void **unused)
{
	static const char text[] = DENY "[allow a]\nunix = /run/a, @x\n[deny b]\nunix = /run/b, /run/a\n"
					"[deny c]\nunix = /run/a\n[allow d]\nunix = @x\n";

	(void)unused;
	assert_answer(text, "unix:/run/a", EG_REASON_RULE_DENY, "t.ini", "denied by [deny b] (t.ini:5)");
	assert_answer(text, "unix:@x", EG_REASON_RULE_ALLOW, "t.ini", "allowed by [allow a] (t.ini:3)");
}

static void a_socket_that_no_rule_names_gets_the_unix_default(void **unused)
{
	static const char rules[] = "[allow a]\nunix = /run/a\n[deny all]\nto = any\n";
	char text[256];

	(void)unused;
	snprintf(text, sizeof(text), DENY "%s", rules);
	assert_answer(text, "unix:/run/b", EG_REASON_DEFAULT_ALLOW, "t.ini",
		      "allowed: no rule denies it, and unix-default is allow");
	snprintf(text, sizeof(text), DENY "unix-default = deny\n%s", rules);
	assert_answer(text, "unix:/run/b", EG_REASON_DEFAULT_DENY, "t.ini",
		      "denied: no rule allows it, and unix-default is deny (t.ini:3)");
	assert_answer(text, "unix:/run/a", EG_REASON_RULE_ALLOW, NULL, "allowed by [allow a] (line 4)");
}

static void paths_are_compared_whole_and_byte_for_byte(void **unused)
{
	struct eg_policy *policy = ask_parse(DENY "[deny a]\nunix = /run/a, @a\n");
	static const char *const others[] = { "/run/", "/run/a/", "/run/ab", "//run/a", "/run/A", "@", "@ab", "/@a" };
	size_t i;

	(void)unused;
	assert_ptr_equal(eg_unix_rules_find(policy, "/run/a"), &policy->rules[0]);
	assert_ptr_equal(eg_unix_rules_find(policy, "@a"), &policy->rules[0]);
	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_null(eg_unix_rules_find(policy, others[i]));
	eg_policy_free(policy);
}

static void reasons_have_the_texts_of_the_abi(void **unused)
{
	(void)unused;
	assert_string_equal(eg_answer_reason(EG_REASON_RULE_DENY), "rule-deny");
	assert_string_equal(eg_answer_reason(EG_REASON_SOCKET), "socket");
	assert_string_equal(eg_answer_reason(EG_REASON_BROKEN), "broken");
	assert_string_equal(eg_answer_reason(EG_REASON_COUNT), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_answers_with_its_kind_name_and_line),
		cmocka_unit_test(a_rule_answers_with_the_prefix_by_which_it_matches),
		cmocka_unit_test(without_a_rule_the_default_answers_from_its_line),
		cmocka_unit_test(what_no_socket_can_send_is_denied_whatever_the_rules),
		cmocka_unit_test(packets_are_judged_where_a_rule_names_icmp_or_the_backstop_is_on),
		cmocka_unit_test(a_deny_that_names_the_socket_beats_every_allow),
		cmocka_unit_test(a_socket_that_no_rule_names_gets_the_unix_default),
		cmocka_unit_test(paths_are_compared_whole_and_byte_for_byte),
		cmocka_unit_test(reasons_have_the_texts_of_the_abi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
