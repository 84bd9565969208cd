/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>

#include "ask.h"

#define DENY "[policy]\ndefault = deny\n"

/* The verdict names rule "ordinal" with a match of plen, as eg_cell.word counts it. */
static void expect_rule(struct eg_verdict v, bool allow, __u32 ordinal, __u32 plen)
{
	assert_int_equal(v.allow, allow);
	assert_int_equal(v.reason, allow ? EG_REASON_RULE_ALLOW : EG_REASON_RULE_DENY);
	assert_int_equal(EG_CELL_ORDINAL(v.word), ordinal);
	assert_int_equal(EG_CELL_PLEN(v.word), plen);
	assert_int_equal(v.hit, EG_HIT_FIRST_RULE + ordinal);
}

static void expect_default(struct eg_verdict v, bool allow)
{
	assert_int_equal(v.allow, allow);
	assert_int_equal(v.reason, allow ? EG_REASON_DEFAULT_ALLOW : EG_REASON_DEFAULT_DENY);
	assert_int_equal(v.word, 0);
	assert_int_equal(v.hit, EG_HIT_DEFAULT);
}

static void a_policy_without_rules_is_one_row(void **unused)
{
	struct eg_tables *t = ask_compile("[policy]\ndefault = allow\nraw = allow\n");

	(void)unused;
	assert_int_equal(t->n_blocks, 1);
	assert_int_equal(t->kinds[0], EG_BLOCK_ROW);
	assert_int_equal(t->n_hosts4 + t->n_nets4 + t->n_hosts6 + t->n_nets6, 0);
	assert_int_equal(t->flags, EG_GEN_DEFAULT_ALLOW | EG_GEN_RAW_ALLOW);
	expect_default(ask(t, EG_CLASS_TCP, "10.0.0.1", 80), true);
	expect_default(ask(t, EG_CLASS_OTHER, "2001:db8::1", 0), true);
	eg_tables_free(t);
}

static void hosts_and_nets_go_to_their_tables(void **unused)
{
	struct eg_tables *t = ask_compile(DENY "[allow a]\n"
					       "to = 10.0.0.2, 10.0.0.1, 10.1.0.0/16, 2001:db8::1, 2001:db8::/32\n"
					       "to = 10.0.0.1, ::ffff:10.0.0.2, ::ffff:10.1.0.0/112\n");

	(void)unused;
	assert_int_equal(t->n_hosts4, 2);
	assert_int_equal(t->hosts4[0].addr, inet_addr("10.0.0.1"));
	assert_int_equal(t->hosts4[1].addr, inet_addr("10.0.0.2"));
	assert_int_equal(t->n_nets4, 1);
	assert_int_equal(t->nets4[0].key.len, 16);
	assert_int_equal(t->nets4[0].key.addr, inet_addr("10.1.0.0"));
	assert_int_equal(t->n_hosts6, 1);
	assert_int_equal(t->n_nets6, 1);
	assert_int_equal(t->nets6[0].key.len, 32);
	assert_int_equal(t->n_rules, 1);
	eg_tables_free(t);
}

static void a_class_without_ports_needs_no_segments(void **unused)
{
	struct eg_tables *t = ask_compile(DENY "[allow a]\nto = 10.0.0.1\nproto = tcp\n");
	const struct eg_row *row = &t->blocks[t->hosts4[0].row].row;

	(void)unused;
	assert_int_equal(row->ports[EG_CLASS_TCP].count, 0);
	assert_int_equal(row->ports[EG_CLASS_TCP].one.word, EG_CELL_WORD(EG_CELL_ALLOW, 128, 0));
	assert_int_equal(row->ports[EG_CLASS_TCP].one.hit, EG_HIT_FIRST_RULE);
	assert_int_equal(row->ports[EG_CLASS_UDP].one.word, 0);
	assert_int_equal(row->ports[EG_CLASS_UDP].one.hit, EG_HIT_DEFAULT);
	assert_int_equal(t->n_blocks, 2);
	eg_tables_free(t);
}

static void segments_cover_all_ports_and_neighbours_differ(void **unused)
{
	struct eg_tables *t = ask_compile(DENY "[allow a]\nto = 10.0.0.1\nport = 80, 81-90, 91, 443, 65535, 85\n");
	const struct eg_row *row = &t->blocks[t->hosts4[0].row].row;
	static const __u16 from[] = { 0, 80, 92, 443, 444, 65535 };
	__u32 i, at = row->ports[EG_CLASS_TCP].first;

	(void)unused;
	assert_int_equal(row->ports[EG_CLASS_TCP].count, 6);
	assert_int_equal(row->ports[EG_CLASS_UDP].first, at); /* the same list, once */
	assert_int_equal(row->ports[EG_CLASS_ICMP].count, 0);
	for (i = 0; i < 6; i++, at++) {
		const struct eg_seg *seg = &t->blocks[at / EG_BLOCK_SEGS].seg[at % EG_BLOCK_SEGS];

		assert_int_equal(t->kinds[at / EG_BLOCK_SEGS], EG_BLOCK_SEGMENTS);
		assert_int_equal(seg->from, from[i]);
		assert_int_equal(EG_CELL_KIND(seg->cell.word), i % 2 ? EG_CELL_ALLOW : EG_CELL_NONE);
	}
	assert_int_equal(t->n_blocks, 2 + 2);
	eg_tables_free(t);
}

static void deny_beats_allow_whatever_the_length(void **unused)
{
	struct eg_tables *t = ask_compile(DENY "[allow host]\nto = 10.0.0.1\n"
					       "[deny net]\nto = 10.0.0.0/8\nport = 80\n"
					       "[deny all]\nport = 25\n");

	(void)unused;
	expect_rule(ask(t, EG_CLASS_TCP, "10.0.0.1", 81), true, 0, 128);
	expect_rule(ask(t, EG_CLASS_TCP, "10.0.0.1", 80), false, 1, 104);
	expect_rule(ask(t, EG_CLASS_TCP, "10.0.0.1", 25), false, 2, 0);
	expect_rule(ask(t, EG_CLASS_ICMP, "10.0.0.1", 0), true, 0, 128);
	expect_default(ask(t, EG_CLASS_TCP, "10.0.0.2", 81), false);
	eg_tables_free(t);
}

static void the_longest_prefix_then_the_lowest_line_is_reported(void **unused)
{
	struct eg_tables *t = ask_compile(DENY "[allow any]\nto = any\n"
					       "[allow wide]\nto = 10.0.0.0/8, 10.2.0.0/16\n"
					       "[allow first]\nto = 10.1.0.0/16\n"
					       "[allow second]\nto = 10.1.0.0/16, ::/0\n");

	(void)unused;
	expect_rule(ask(t, EG_CLASS_TCP, "10.1.2.3", 1), true, 2, 112);
	expect_rule(ask(t, EG_CLASS_TCP, "10.2.2.3", 1), true, 1, 112);
	expect_rule(ask(t, EG_CLASS_TCP, "10.3.2.3", 1), true, 1, 104);
	expect_rule(ask(t, EG_CLASS_TCP, "11.0.0.0", 1), true, 0, 0);
	expect_rule(ask(t, EG_CLASS_TCP, "2001:db8::1", 1), true, 0, 0); /* ::/0 counts 0 too, the line decides */
	eg_tables_free(t);
}

static void whole_family_prefixes_become_the_miss_rows(void **unused)
{
	struct eg_tables *t = ask_compile(DENY "[allow four]\nto = 0.0.0.0/0\n[deny six]\nto = ::/0\n");

	(void)unused;
	assert_int_equal(t->n_hosts4 + t->n_nets4 + t->n_hosts6 + t->n_nets6, 0);
	expect_rule(ask(t, EG_CLASS_TCP, "10.0.0.1", 1), true, 0, 96);
	expect_rule(ask(t, EG_CLASS_TCP, "::ffff:10.0.0.1", 1), true, 0, 96);
	expect_rule(ask(t, EG_CLASS_TCP, "2001:db8::1", 1), false, 1, 0);
	eg_tables_free(t);
}

static void entries_that_change_nothing_are_left_out(void **unused)
{
	struct eg_tables *t = ask_compile(DENY "[deny a]\nto = any\n"
					       "[allow b]\nto = 10.0.0.0/8, 10.0.0.1, fd00::/8, fd00::1\n"
					       "[allow c]\nto = 10.0.0.2\nport = 1\n");

	(void)unused;
	assert_int_equal(t->n_hosts4 + t->n_nets4 + t->n_hosts6 + t->n_nets6, 0);
	expect_rule(ask(t, EG_CLASS_TCP, "10.0.0.1", 1), false, 0, 0);
	eg_tables_free(t);
}

static void rows_are_shared(void **unused)
{
	char text[20000] = DENY "[allow a]\nport = 1, 3, 5\nto =\n";
	struct eg_tables *t;
	size_t i;

	(void)unused;
	for (i = 0; i < 500; i++)
		sprintf(text + strlen(text), "  10.0.%zu.%zu, 10.1.%zu.0/24\n", i / 250, i % 250, i % 250);
	t = ask_compile(text);
	assert_int_equal(t->n_hosts4, 500);
	assert_int_equal(t->n_nets4, 250);
	assert_int_equal(t->n_blocks, 3 + 4); /* none, /32, /24; two lists of seven */
	eg_tables_free(t);
}

static void addresses_are_judged_in_their_canonical_form(void **unused)
{
	struct eg_tables *t = ask_compile(DENY "[allow lo]\nto = 127.0.0.0/8, ::1\n");

	(void)unused;
	expect_rule(ask(t, EG_CLASS_TCP, "0.0.0.0", 1), true, 0, 104);
	expect_rule(ask(t, EG_CLASS_TCP, "::ffff:0.0.0.0", 1), true, 0, 104);
	expect_rule(ask(t, EG_CLASS_TCP, "::", 1), true, 0, 128);
	eg_tables_free(t);
}

static void embedded_addresses_are_denied_in_any_form_allowed_in_one(void **unused)
{
	static const char *const forms[] = {
		"64:ff9b::a00:1",	    "64:ff9b:1::a00:1", "64:ff9b:1:0:a:0:100:0", "64:ff9b:1:a:0:1::",
		"64:ff9b:1:a00:0:100::",    "2002:a00:1::1",	"2001::f5ff:fffe",	 "fe80::5efe:a00:1",
		"2001:db8::200:5efe:a00:1", "::a00:1",
	};
	struct eg_tables *deny = ask_compile("[policy]\ndefault = allow\n[deny a]\nto = 10.0.0.1\n");
	struct eg_tables *allow = ask_compile(DENY "[allow a]\nto = 10.0.0.1\n");
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		expect_rule(ask(deny, EG_CLASS_TCP, forms[i], 1), false, 0, 128);
		if (i)
			expect_default(ask(allow, EG_CLASS_TCP, forms[i], 1), false);
		else
			expect_rule(ask(allow, EG_CLASS_TCP, forms[i], 1), true, 0, 128);
	}
	eg_tables_free(deny);
	eg_tables_free(allow);
}

static void other_protocols_need_a_rule_without_proto_and_port(void **unused)
{
	struct eg_tables *t = ask_compile(DENY "[allow a]\nto = 10.0.0.1\nproto = tcp, udp, icmp\n"
					       "[allow b]\nto = 10.0.0.2\nproto = any\n"
					       "[allow c]\nto = 10.0.0.3\nport = 1-65535\n");

	(void)unused;
	expect_default(ask(t, EG_CLASS_OTHER, "10.0.0.1", 0), false);
	expect_rule(ask(t, EG_CLASS_OTHER, "10.0.0.2", 0), true, 1, 128);
	expect_default(ask(t, EG_CLASS_OTHER, "10.0.0.3", 0), false);
	expect_default(ask(t, EG_CLASS_ICMP, "10.0.0.3", 0), false);
	expect_default(ask(t, EG_CLASS_TCP, "10.0.0.3", 0), false); /* port 0 is no port of a range */
	expect_rule(ask(t, EG_CLASS_TCP, "10.0.0.3", 65535), true, 2, 128);
	expect_rule(ask(t, EG_CLASS_TCP, "10.0.0.1", 0), true, 0, 128);
	eg_tables_free(t);
}

static void unix_rules_are_in_no_table(void **unused)
{
	struct eg_tables *t = ask_compile(DENY "[allow sockets]\nunix = /run/x\n[allow a]\nport = 1\n");

	(void)unused;
	expect_default(ask(t, EG_CLASS_TCP, "10.0.0.1", 2), false);
	expect_rule(ask(t, EG_CLASS_TCP, "10.0.0.1", 1), true, 1, 0); /* and still have an ordinal */
	eg_tables_free(t);
}

static void hits_replace_ordinals_everywhere(void **unused)
{
	struct eg_tables *t = ask_compile(DENY "[allow a]\nport = 1, 3\n[deny b]\nto = 10.0.0.1, fd00::/8\n");
	static const __u32 hits[] = { 70, 90 };
	int twice;

	(void)unused;
	for (twice = 0; twice < 2; twice++) {
		eg_tables_set_hits(t, hits);
		assert_int_equal(ask(t, EG_CLASS_TCP, "10.0.0.9", 1).hit, 70);
		assert_int_equal(ask(t, EG_CLASS_UDP, "10.0.0.9", 3).hit, 70);
		assert_int_equal(ask(t, EG_CLASS_UDP, "10.0.0.9", 2).hit, EG_HIT_DEFAULT);
		assert_int_equal(ask(t, EG_CLASS_OTHER, "fd00::1", 0).hit, 90);
		assert_int_equal(ask(t, EG_CLASS_TCP, "10.0.0.1", 1).hit, 90);
	}
	eg_tables_free(t);
}

static void deep_nesting_is_found_at_every_depth(void **unused)
{
	char text[8192] = DENY, addr[INET6_ADDRSTRLEN];
	struct eg_tables *t;
	unsigned int i;

	(void)unused;
	for (i = 1; i <= 128; i++)
		sprintf(text + strlen(text), "[allow r%u]\nto = ::/%u\n", i, i < 128 ? i : 127);
	t = ask_compile(text);
	for (i = 2; i < 126; i++) {
		unsigned char raw[16] = { 0 };

		raw[i / 8] = (unsigned char)(0x80 >> i % 8); /* the first i bits are 0 */
		inet_ntop(AF_INET6, raw, addr, sizeof(addr));
		expect_rule(ask(t, EG_CLASS_TCP, addr, 1), true, i - 1, i);
	}
	eg_tables_free(t);
}

static void a_limit_that_is_passed_is_named(void **unused)
{
	struct eg_policy policy = { .n_rules = (size_t)EG_RULES_MAX + 1 };
	struct eg_tables *t = NULL;
	struct eg_err err = { 0 };

	(void)unused;
	assert_int_equal(eg_compile(&policy, &t, &err), -E2BIG);
	assert_string_equal(err.what, "more than 1048576 rules (EG_RULES_MAX)");
	assert_null(t);
}

/* Every other port, and as many hosts that each have a rule of their own: no two rows are alike. */
static void combinations_beyond_the_blocks_are_refused(void **unused)
{
	enum { PORTS = 4000, HOSTS = 600 };
	struct eg_port_range *ports = calloc(PORTS, sizeof(*ports));
	struct eg_rule *rules = calloc(HOSTS + 1, sizeof(*rules));
	struct eg_prefix *to = calloc(HOSTS, sizeof(*to));
	struct eg_policy policy = { .rules = rules, .n_rules = HOSTS + 1 };
	struct eg_tables *t = NULL;
	struct eg_err err = { 0 };
	unsigned int i;

	(void)unused;
	for (i = 0; i < PORTS; i++)
		ports[i] = (struct eg_port_range){ (__u16)(2 * i + 1), (__u16)(2 * i + 1), EG_PROTO_TCP };
	rules[0] = (struct eg_rule){
		.kind = EG_CELL_DENY, .to.any = true, .ports = ports, .n_ports = PORTS, .protos = EG_PROTO_TCP
	};
	for (i = 0; i < HOSTS; i++) {
		to[i] = (struct eg_prefix){ 4, 32, { 10, 0, (__u8)(i >> 8), (__u8)i } };
		rules[i + 1] =
			(struct eg_rule){ .kind = EG_CELL_ALLOW, .to = { .v = &to[i], .n = 1 }, .protos = EG_PROTO_TCP };
	}
	assert_int_equal(eg_compile(&policy, &t, &err), -E2BIG);
	assert_string_equal(err.what, "the policy combines addresses and ports in too many ways: "
				      "more than 1048576 rows and port segments (EG_BLOCKS_MAX)");
	policy.n_rules = 500;
	assert_int_equal(eg_compile(&policy, &t, &err), 0);
	assert_true(t->n_blocks <= EG_BLOCKS_MAX);
	eg_tables_free(t);
	free(ports);
	free(rules);
	free(to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_without_rules_is_one_row),
		cmocka_unit_test(hosts_and_nets_go_to_their_tables),
		cmocka_unit_test(a_class_without_ports_needs_no_segments),
		cmocka_unit_test(segments_cover_all_ports_and_neighbours_differ),
		cmocka_unit_test(deny_beats_allow_whatever_the_length),
		cmocka_unit_test(the_longest_prefix_then_the_lowest_line_is_reported),
		cmocka_unit_test(whole_family_prefixes_become_the_miss_rows),
		cmocka_unit_test(entries_that_change_nothing_are_left_out),
		cmocka_unit_test(rows_are_shared),
		cmocka_unit_test(addresses_are_judged_in_their_canonical_form),
		cmocka_unit_test(embedded_addresses_are_denied_in_any_form_allowed_in_one),
		cmocka_unit_test(other_protocols_need_a_rule_without_proto_and_port),
		cmocka_unit_test(unix_rules_are_in_no_table),
		cmocka_unit_test(hits_replace_ordinals_everywhere),
		cmocka_unit_test(deep_nesting_is_found_at_every_depth),
		cmocka_unit_test(a_limit_that_is_passed_is_named),
		cmocka_unit_test(combinations_beyond_the_blocks_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
