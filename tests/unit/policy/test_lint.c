/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every warning with its whole text, and next to each the policy that is almost the same and gets none.
 */
#include <time.h>
#include <unistd.h>

#include "ask.h"
#include "policy/lint.h"

/* On this host there are no gateways. */
static int get_dynamic(void *user, enum eg_dynamic kind, struct eg_prefix **v, size_t *n, struct eg_err *err)
{
	char why[128];

	(void)user;
	(void)err;
	*v = NULL;
	*n = 0;
	if (kind == EG_DYNAMIC_GATEWAY)
		return 0;
	*v = calloc(1, sizeof(**v));
	assert_non_null(*v);
	*n = 1;
	return eg_addr_parse_prefix(kind == EG_DYNAMIC_RESOLVERS ? "192.0.2.53" : "198.51.100.0/24", *v, why,
				    sizeof(why));
}

/* What lint adds to the problems that parsing tells. The caller frees. */
static char *lint(const char *text)
{
	const struct eg_dynamic_source dynamic = { get_dynamic, NULL };
	struct eg_diags parsing = EG_DIAGS_INIT, diags = EG_DIAGS_INIT;
	struct eg_policy *policy = NULL;
	struct eg_err err = { 0 };
	struct eg_tables *tables;
	char *printed;

	if (eg_policy_parse("t.ini", text, strlen(text), &dynamic, &policy, &parsing, &err)) {
		printed = ask_print(&parsing);
		fail_msg("%s", printed);
	}
	tables = ask_compile_policy(policy);
	assert_int_equal(eg_lint(policy, tables, &diags, &err), 0);
	assert_int_equal(diags.errors, 0);
	printed = ask_print(&diags);
	eg_diags_free(&parsing);
	eg_diags_free(&diags);
	eg_tables_free(tables);
	eg_policy_free(policy);
	return printed;
}

struct lint_case {
	const char *name;
	const char *text;
	const char *want;
};

static void check_case(void **state)
{
	const struct lint_case *c = *state;
	char *printed = lint(c->text);

	assert_string_equal(printed, c->want);
	free(printed);
}

#define CASE(name, text, want) \
	{ \
#name, text, want \
	}

/* Nothing to warn of; the next line is the fifth. */
#define QUIET \
	"[policy]\n" \
	"default = deny\n" \
	"[allow local]\n" \
	"to = @loopback\n"

static const struct lint_case cases[] = {
	CASE(a_policy_without_fault_gets_no_warning, QUIET, ""),

	/* sets */
	CASE(a_set_that_no_rule_uses,
	     QUIET "[set spare]\n"
		   "address = 10.0.0.0/8\n",
	     "t.ini:5:1: warning: no rule uses set '@spare'\n"
	     "    [set spare]\n"
	     "    ^~~~~~~~~~~\n"),
	CASE(sets_that_only_use_each_other_are_not_used,
	     QUIET "[set outer]\n"
		   "address = 10.0.0.0/8\n"
		   "except = @inner\n"
		   "[set inner]\n"
		   "address = 10.1.0.0/16, @innermost\n"
		   "[set innermost]\n"
		   "address = 10.2.0.0/16\n",
	     "t.ini:5:1: warning: no rule uses set '@outer'\n"
	     "    [set outer]\n"
	     "    ^~~~~~~~~~~\n"
	     "t.ini:8:1: warning: no rule uses set '@inner'\n"
	     "    [set inner]\n"
	     "    ^~~~~~~~~~~\n"
	     "t.ini:10:1: warning: no rule uses set '@innermost'\n"
	     "    [set innermost]\n"
	     "    ^~~~~~~~~~~~~~~\n"),
	CASE(a_set_that_a_rule_reaches_through_except_or_another_set_is_used,
	     QUIET "[set outer]\n"
		   "address = 10.0.0.0/8\n"
		   "except = @inner\n"
		   "[set inner]\n"
		   "address = 10.1.0.0/16\n"
		   "[allow a]\n"
		   "to = 10.0.0.0/8, 192.0.2.1\n"
		   "except = @outer\n",
	     ""),

	/* rules that never decide */
	CASE(an_allow_rule_under_a_deny_rule_never_decides,
	     QUIET "[allow web]\n"
		   "to = 10.1.0.0/16, 10.2.0.1\n"
		   "port = 443\n"
		   "[deny inside]\n"
		   "to = 10.0.0.0/8\n"
		   "proto = tcp, udp\n",
	     "t.ini:5:1: warning: [allow web] never decides: [deny inside] in line 8 decides wherever it matches\n"
	     "    [allow web]\n"
	     "    ^~~~~~~~~~~\n"),
	CASE(an_allow_rule_with_one_port_more_decides,
	     QUIET "[allow web]\n"
		   "to = 10.1.0.0/16\n"
		   "port = 443-444\n"
		   "[deny inside]\n"
		   "to = 10.0.0.0/8\n"
		   "port = 1-443\n",
	     ""),
	CASE(an_allow_rule_with_one_protocol_more_decides,
	     QUIET "[allow web]\n"
		   "to = 10.1.0.0/16\n"
		   "port = 443\n"
		   "[deny inside]\n"
		   "to = 10.0.0.0/8\n"
		   "proto = tcp\n",
	     ""),
	CASE(an_allow_rule_with_one_address_more_decides,
	     QUIET "[allow web]\n"
		   "to = 10.1.0.0/16, 11.0.0.1\n"
		   "[deny inside]\n"
		   "to = 10.0.0.0/8\n",
	     ""),
	CASE(the_later_of_two_rules_with_equal_addresses_never_decides,
	     QUIET "[deny a]\n"
		   "to = 10.0.0.0/8\n"
		   "[deny b]\n"
		   "to = 10.0.0.0/8\n"
		   "port = 25\n",
	     "t.ini:7:1: warning: [deny b] never decides: [deny a] in line 5 decides wherever it matches\n"
	     "    [deny b]\n"
	     "    ^~~~~~~~\n"),
	CASE(several_rules_together_silence_one,
	     QUIET "[deny a]\n"
		   "to = 10.0.0.0/9\n"
		   "[deny b]\n"
		   "to = 10.128.0.0/9\n"
		   "[allow c]\n"
		   "to = 10.0.0.0/8\n",
	     "t.ini:9:1: warning: [allow c] never decides: other rules do wherever it matches\n"
	     "    [allow c]\n"
	     "    ^~~~~~~~~\n"),
	CASE(a_gap_between_rules_lets_one_decide,
	     QUIET "[deny a]\n"
		   "to = 10.0.0.0/9\n"
		   "[deny b]\n"
		   "to = 10.128.0.0-10.255.255.254\n"
		   "[allow c]\n"
		   "to = 10.0.0.0/8\n",
	     ""),
	CASE(rules_that_cover_both_families_silence_any,
	     QUIET "[deny a]\n"
		   "to = 0.0.0.0/1, 128.0.0.0/1, ::/0\n"
		   "[allow c]\n"
		   "to = any\n",
	     "t.ini:3:1: warning: [allow local] never decides: [deny a] in line 5 decides wherever it matches\n"
	     "    [allow local]\n"
	     "    ^~~~~~~~~~~~~\n"
	     "t.ini:7:1: warning: [allow c] never decides: [deny a] in line 5 decides wherever it matches\n"
	     "    [allow c]\n"
	     "    ^~~~~~~~~\n"),
	CASE(rules_by_port_silence_one_together,
	     QUIET "[deny a]\n"
		   "to = 10.0.0.0/8\n"
		   "port = 1-100\n"
		   "[deny b]\n"
		   "to = 10.0.0.0/8\n"
		   "port = 100-65535\n"
		   "[allow c]\n"
		   "to = 10.0.0.0/8\n"
		   "port = 90-110\n"
		   "[allow d]\n"
		   "to = 10.0.0.0/8\n"
		   "port = 50, 60-70\n",
	     "t.ini:11:1: warning: [allow c] never decides: other rules do wherever it matches\n"
	     "    [allow c]\n"
	     "    ^~~~~~~~~\n"
	     "t.ini:14:1: warning: [allow d] never decides: [deny a] in line 5 decides wherever it matches\n"
	     "    [allow d]\n"
	     "    ^~~~~~~~~\n"),
	CASE(the_except_of_the_stronger_rule_lets_one_decide,
	     QUIET "[allow web]\n"
		   "to = 10.1.0.0/16\n"
		   "[deny inside]\n"
		   "to = 10.0.0.0/8\n"
		   "except = 10.1.255.0/24\n",
	     ""),
	CASE(except_that_takes_out_all_leaves_nothing_to_match,
	     QUIET "[allow web]\n"
		   "to = 10.1.0.0/16\n"
		   "except = @private\n",
	     "t.ini:5:1: warning: [allow web] matches nothing: 'except' takes out all of 'to'\n"
	     "    [allow web]\n"
	     "    ^~~~~~~~~~~\n"),
	CASE(a_rule_whose_sets_are_empty_matches_nothing,
	     QUIET "[allow router]\n"
		   "to = @gateway\n"
		   "except = 10.0.0.1\n",
	     "t.ini:5:1: warning: [allow router] matches nothing: its sets are empty\n"
	     "    [allow router]\n"
	     "    ^~~~~~~~~~~~~~\n"),
	CASE(a_rule_with_an_address_beside_empty_sets_matches,
	     QUIET "[allow router]\n"
		   "to = @gateway, 10.0.0.1\n",
	     ""),
	CASE(a_rule_that_decides_only_where_another_form_vetoes_decides,
	     QUIET "[allow a]\n"
		   "to = 64:ff9b::/96\n"
		   "except = 10.0.0.0/8\n"
		   "[allow b]\n"
		   "to = 64:ff9b::/96\n",
	     ""),
	CASE(unix_rules_are_not_judged_by_address,
	     QUIET "[allow sockets]\n"
		   "unix = /run/x\n",
	     ""),

	/* except */
	CASE(an_except_outside_the_rule_takes_nothing_out,
	     QUIET "[allow a]\n"
		   "to = 10.0.0.0/8, 2001:db8::/32\n"
		   "except = 10.1.0.0/16, 11.0.0.1,\n"
		   "  172.16.0.1-172.16.0.9, @metadata, fe80::1\n",
	     "t.ini:7:23: warning: '11.0.0.1' takes nothing out: [allow a] matches none of it\n"
	     "    except = 10.1.0.0/16, 11.0.0.1,\n"
	     "                          ^~~~~~~~\n"
	     "t.ini:8:3: warning: '172.16.0.1-172.16.0.9' takes nothing out: [allow a] matches none of it\n"
	     "      172.16.0.1-172.16.0.9, @metadata, fe80::1\n"
	     "      ^~~~~~~~~~~~~~~~~~~~~\n"
	     "t.ini:8:26: warning: '@metadata' takes nothing out: [allow a] matches none of it\n"
	     "      172.16.0.1-172.16.0.9, @metadata, fe80::1\n"
	     "                             ^~~~~~~~~\n"
	     "t.ini:8:37: warning: 'fe80::1' takes nothing out: [allow a] matches none of it\n"
	     "      172.16.0.1-172.16.0.9, @metadata, fe80::1\n"
	     "                                        ^~~~~~~\n"),
	CASE(an_except_that_reaches_into_the_rule_takes_something_out,
	     QUIET "[allow a]\n"
		   "to = 10.1.0.0/16, 169.254.0.0/16\n"
		   "except = 10.0.0.0/8, 9.0.0.0-10.1.0.0, @metadata\n"
		   "[allow b]\n"
		   "port = 443\n"
		   "except = 1.2.3.4, ::5\n",
	     ""),
	CASE(a_set_in_except_is_looked_into,
	     QUIET "[set hosts]\n"
		   "address = 10.0.0.0/8, @more\n"
		   "except = 10.1.0.0/16\n"
		   "[set more]\n"
		   "address = 11.0.0.0/8\n"
		   "[allow a]\n"
		   "to = 10.1.2.0/24\n"
		   "except = @hosts\n"
		   "[allow b]\n"
		   "to = 10.1.0.0/24, 11.2.0.0/16\n"
		   "except = @hosts\n"
		   "[allow c]\n"
		   "to = @hosts\n"
		   "except = 10.1.0.7, 10.2.0.7\n",
	     "t.ini:12:10: warning: '@hosts' takes nothing out: [allow a] matches none of it\n"
	     "    except = @hosts\n"
	     "             ^~~~~~\n"
	     "t.ini:18:10: warning: '10.1.0.7' takes nothing out: [allow c] matches none of it\n"
	     "    except = 10.1.0.7, 10.2.0.7\n"
	     "             ^~~~~~~~\n"),
	CASE(the_except_of_a_set_is_looked_at,
	     QUIET "[set hosts]\n"
		   "address = 10.0.0.0/8, @private\n"
		   "except = 11.0.0.1, 192.168.0.1\n"
		   "[allow a]\n"
		   "to = @hosts\n",
	     "t.ini:7:10: warning: '11.0.0.1' takes nothing out: set '@hosts' has none of it\n"
	     "    except = 11.0.0.1, 192.168.0.1\n"
	     "             ^~~~~~~~\n"),
	CASE(an_IPv4_except_takes_embedded_addresses_out_of_an_allow_rule,
	     QUIET "[allow a]\n"
		   "to = 64:ff9b::/96\n"
		   "except = 10.0.0.1\n"
		   "[allow b]\n"
		   "to = 64:ff9b:1:5::/64\n"
		   "except = 10.0.0.1\n"
		   "[allow c]\n"
		   "to = 2002::/16\n"
		   "except = 10.0.0.1\n"
		   "[allow d]\n"
		   "to = 2001:0:1::/48\n"
		   "except = 10.0.0.1\n"
		   "[allow e]\n"
		   "to = ::1.2.3.0/120\n"
		   "except = 10.0.0.1\n"
		   "[allow f]\n"
		   "to = ::/0\n"
		   "except = 10.0.0.1\n",
	     ""),
	CASE(an_IPv4_except_takes_nothing_out_of_native_IPv6_or_a_deny_rule,
	     QUIET "[allow a]\n"
		   "to = 2001:db8::/32\n"
		   "except = 10.0.0.1\n"
		   "[deny b]\n"
		   "to = 64:ff9b::/96\n"
		   "except = 10.0.0.2\n",
	     "t.ini:7:10: warning: '10.0.0.1' takes nothing out: [allow a] matches none of it\n"
	     "    except = 10.0.0.1\n"
	     "             ^~~~~~~~\n"
	     "t.ini:10:10: warning: '10.0.0.2' takes nothing out: [deny b] matches none of it\n"
	     "    except = 10.0.0.2\n"
	     "             ^~~~~~~~\n"),
	CASE(a_NAT64_except_takes_addresses_out_of_an_IPv4_allow_rule,
	     QUIET "[allow a]\n"
		   "to = 10.0.0.0/8\n"
		   "except = 64:ff9b::a01:0/112, 64:ff9b:1::/48\n"
		   "[deny b]\n"
		   "to = 11.0.0.0/8\n"
		   "except = 64:ff9b::/96\n",
	     "t.ini:7:30: warning: '64:ff9b:1::/48' takes nothing out: [allow a] matches none of it\n"
	     "    except = 64:ff9b::a01:0/112, 64:ff9b:1::/48\n"
	     "                                 ^~~~~~~~~~~~~~\n"
	     "t.ini:10:10: warning: '64:ff9b::/96' takes nothing out: [deny b] matches none of it\n"
	     "    except = 64:ff9b::/96\n"
	     "             ^~~~~~~~~~~~\n"),
	CASE(sets_of_the_machine_may_be_right_elsewhere,
	     QUIET "[allow a]\n"
		   "to = 10.0.0.0/8\n"
		   "except = @resolvers, @gateway\n"
		   "[allow b]\n"
		   "to = @resolvers, @local-subnets\n"
		   "except = 10.0.0.1\n",
	     ""),

	/* unix */
	CASE(a_deny_of_a_path_can_be_got_round,
	     QUIET "[deny docker]\n"
		   "unix = @name, /run/docker.sock\n",
	     "t.ini:5:1: warning: [deny docker] can be got round: paths are compared as programs write them\n"
	     "    [deny docker]\n"
	     "    ^~~~~~~~~~~~~\n"
	     "hint: a symlink, a relative path or a bind mount names the same socket: write 'unix-default = deny' and "
	     "allow what is needed\n"),
	CASE(a_deny_of_an_abstract_name_cannot,
	     QUIET "[deny docker]\n"
		   "unix = @name\n"
		   "[allow journal]\n"
		   "unix = /run/systemd/journal/socket\n",
	     ""),
	CASE(a_deny_of_a_path_within_an_allow_list_is_sound,
	     "[policy]\n"
	     "default = allow\n"
	     "unix-default = deny\n"
	     "[deny docker]\n"
	     "unix = /run/docker.sock\n",
	     ""),

	/* the loopback */
	CASE(deny_by_default_without_a_word_about_the_loopback,
	     "[policy]\n"
	     "default = deny\n"
	     "[allow web]\n"
	     "port = 443\n"
	     "[allow inside]\n"
	     "to = @private, 126.0.0.0/8, ::2\n",
	     "t.ini:2:11: warning: deny by default, and no rule speaks of the loopback\n"
	     "    default = deny\n"
	     "              ^~~~\n"
	     "hint: add '[allow local]' with 'to = @loopback': local resolvers and many programs need it\n"),
	CASE(a_policy_without_rules_does_not_mention_it,
	     "[policy]\n"
	     "default = deny\n",
	     "t.ini:2:11: warning: deny by default, and no rule speaks of the loopback\n"
	     "    default = deny\n"
	     "              ^~~~\n"
	     "hint: add '[allow local]' with 'to = @loopback': local resolvers and many programs need it\n"),
	CASE(one_address_of_the_loopback_is_mention_enough,
	     "[policy]\n"
	     "default = deny\n"
	     "[allow a]\n"
	     "to = 127.0.0.53\n"
	     "port = 53\n",
	     ""),
	CASE(so_is_a_rule_that_denies_it,
	     "[policy]\n"
	     "default = deny\n"
	     "[set s]\n"
	     "address = 10.0.0.0/8, @loopback\n"
	     "except = 127.0.0.0/8\n"
	     "[deny a]\n"
	     "to = @s\n",
	     ""),
	CASE(a_rule_that_allows_any_covers_it,
	     "[policy]\n"
	     "default = deny\n"
	     "[allow all]\n"
	     "to = any\n"
	     "except = @metadata\n",
	     ""),
	CASE(a_rule_that_denies_any_does_not,
	     "[policy]\n"
	     "default = deny\n"
	     "[deny all]\n"
	     "to = any\n",
	     "t.ini:2:11: warning: deny by default, and no rule speaks of the loopback\n"
	     "    default = deny\n"
	     "              ^~~~\n"
	     "hint: add '[allow local]' with 'to = @loopback': local resolvers and many programs need it\n"),
	CASE(allow_by_default_need_not_mention_it,
	     "[policy]\n"
	     "default = allow\n"
	     "[deny mail]\n"
	     "port = 25\n",
	     ""),
};

int main(void)
{
	size_t i, n = sizeof(cases) / sizeof(*cases);
	struct CMUnitTest tests[sizeof(cases) / sizeof(*cases)] = { { 0 } };

	for (i = 0; i < n; i++) {
		tests[i].name = cases[i].name;
		tests[i].test_func = check_case;
		tests[i].initial_state = (void *)(uintptr_t)&cases[i];
	}
	return _cmocka_run_group_tests("cases", tests, n, NULL, NULL);
}
