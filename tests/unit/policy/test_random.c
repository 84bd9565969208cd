/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random policies over a universe so small that prefixes nest, collide and repeat, against naive.c.
 * A failure prints the policy, cut down to the rules it needs, and the flow. EG_TEST_SEED tries another.
 */
#include "ask.h"
#include "naive.h"
#include "wellformed.h"

/* Each test is linked with the libraries alone. */
#include "naive.c" /* NOLINT(bugprone-suspicious-include): so it is */

#define SEED 20240607u
#define POLICIES 3000
#define FLOWS 100

static unsigned long long seed, state;

static unsigned int rnd(unsigned int below)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned int)(state >> 33) % below;
}

/* ---- the universe ---- */

static struct naive_addr from_text(const char *text)
{
	struct naive_addr addr;

	assert_int_equal(inet_pton(AF_INET6, text, addr.b), 1);
	return addr;
}

static struct naive_addr pick_addr(void)
{
	static const char *const bases[] = {
		"::ffff:10.0.0.0",
		"::ffff:10.0.0.0",
		"::ffff:10.0.0.0",
		"::ffff:192.0.2.8",
		"::ffff:127.0.0.1",
		"::ffff:0.0.0.0",
		"::ffff:255.255.255.255",
		"2001:db8::",
		"2001:db8::",
		"2001:db8:0:1::",
		"::",
		"::1",
		"64:ff9b::10.0.0.0",
		"64:ff9b::192.0.2.8",
		"64:ff9b:1::10.0.0.0",
		"64:ff9b:1:0:a:0:0:0",
		"64:ff9b:1:a:0:100::",
		"64:ff9b:1:a00:0:100::",
		"2002:a00:1::",
		"2001::f5ff:fffe",
		"fe80::5efe:10.0.0.0",
		"2001:db8::200:5efe:10.0.0.0",
		"::10.0.0.0",
		"ffff:ffff::",
	};
	struct naive_addr addr = from_text(bases[rnd(sizeof(bases) / sizeof(*bases))]);

	addr.b[15] ^= (unsigned char)rnd(8);
	if (!rnd(8))
		addr.b[rnd(16)] ^= (unsigned char)(1u << rnd(8));
	return addr;
}

/* Mostly long prefixes, as only they can tell neighbours apart. */
static int pick_len(bool v4)
{
	switch (rnd(8)) {
	case 0:
		return v4 ? 96 + (int)rnd(33) : (int)rnd(129);
	case 1:
		return v4 ? 96 : 0;
	case 2:
		return 128;
	case 3:
		return v4 ? 104 : 96;
	}
	return 121 + (int)rnd(8);
}

static void mask_addr(struct naive_addr *addr, int len)
{
	int i;

	for (i = len; i < 128; i++)
		addr->b[i / 8] &= (unsigned char)~(0x80 >> i % 8);
}

static bool unspecified(const struct naive_addr *addr, int len)
{
	return len == 128 && all_zero(addr->b, naive_is_v4(addr) ? 12 : 0, 16);
}

static void pick_prefixes(struct naive_rule *rule)
{
	int i, n = (int)rnd(NAIVE_PREFIXES + 1);

	rule->any = !n || !rnd(10);
	for (i = 0; i < n; i++) {
		struct naive_addr addr = pick_addr();
		int len = pick_len(naive_is_v4(&addr));

		mask_addr(&addr, len);
		if (unspecified(&addr, len))
			addr.b[15] = 5;
		rule->to[i].addr = addr;
		rule->to[i].len = len;
	}
	rule->n_to = n;
}

static int pick_port(void)
{
	static const int ports[] = { 1, 2, 52, 53, 54, 80, 443, 65534, 65535 };

	return ports[rnd(sizeof(ports) / sizeof(*ports))];
}

static void pick_ports(struct naive_rule *rule)
{
	int i;

	rule->n_ports = rnd(2) ? 0 : 1 + (int)rnd(NAIVE_RANGES);
	for (i = 0; i < rule->n_ports; i++) {
		int a = pick_port(), b = rnd(2) ? a : pick_port();

		rule->ports[i].lo = a < b ? a : b;
		rule->ports[i].hi = a < b ? b : a;
	}
}

static void pick_protos(struct naive_rule *rule)
{
	rule->tcp = !rnd(3);
	rule->udp = !rnd(3);
	rule->icmp = !rule->n_ports && !rnd(4);
	rule->any_proto = !rnd(6);
}

static void make_policy(struct naive_policy *policy)
{
	int i;

	memset(policy, 0, sizeof(*policy));
	policy->default_allow = rnd(2);
	policy->n_rules = (int)rnd(NAIVE_RULES + 1);
	for (i = 0; i < policy->n_rules; i++) {
		policy->rules[i].deny = rnd(2);
		pick_prefixes(&policy->rules[i]);
		pick_ports(&policy->rules[i]);
		pick_protos(&policy->rules[i]);
	}
}

static void make_flow(struct naive_flow *flow)
{
	flow->to = pick_addr();
	flow->class = (enum naive_class)rnd(4);
	flow->port = flow->class == NAIVE_TCP || flow->class == NAIVE_UDP ? (rnd(20) ? pick_port() : 0) : 0;
}

/* ---- as text ---- */

/* IPv4 is written as such or mapped, whichever, as both mean the same. */
static void put_prefix(FILE *to, const struct naive_rule *rule, int i)
{
	const struct naive_addr *addr = &rule->to[i].addr;
	bool v4 = naive_is_v4(addr) && rule->to[i].len >= 96, as_v4 = v4 && (addr->b[15] + i) % 3;
	char text[INET6_ADDRSTRLEN];
	int len = rule->to[i].len - (as_v4 ? 96 : 0);

	inet_ntop(as_v4 ? AF_INET : AF_INET6, addr->b + (as_v4 ? 12 : 0), text, sizeof(text));
	fputs(text, to);
	if (len != (as_v4 ? 32 : 128))
		fprintf(to, "/%d", len);
}

static void put_rule(FILE *to, const struct naive_rule *rule, int ordinal)
{
	const char *sep = "";
	int i;

	fprintf(to, "[%s r%d]\nto = ", rule->deny ? "deny" : "allow", ordinal);
	fputs(rule->any ? "any" : "", to);
	for (i = 0; i < rule->n_to; i++) {
		fputs(i || rule->any ? ",\n  " : "", to);
		put_prefix(to, rule, i);
	}
	fputs("\n", to);
	for (i = 0; i < rule->n_ports; i++) {
		fprintf(to, "port = %d", rule->ports[i].lo);
		if (rule->ports[i].hi != rule->ports[i].lo)
			fprintf(to, "-%d", rule->ports[i].hi);
		fputs("\n", to);
	}
	if (rule->tcp || rule->udp || rule->icmp || rule->any_proto)
		fputs("proto = ", to);
	for (i = 0; i < 4; i++) {
		static const char *const names[] = { "tcp", "udp", "icmp", "any" };
		const bool set[] = { rule->tcp, rule->udp, rule->icmp, rule->any_proto };

		if (!set[i])
			continue;
		fprintf(to, "%s%s", sep, names[i]);
		sep = ", ";
	}
	fputs("\n", to);
}

static char *policy_text(const struct naive_policy *policy)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	int i;

	assert_non_null(to);
	fprintf(to, "[policy]\nname = random\ndefault = %s\n", policy->default_allow ? "allow" : "deny");
	for (i = 0; i < policy->n_rules; i++)
		put_rule(to, &policy->rules[i], i);
	fclose(to);
	return text;
}

/* ---- comparing ---- */

static struct eg_verdict decide(const struct eg_tables *tables, const struct naive_flow *flow)
{
	struct eg_flow f = { .class = (__u8)flow->class, .port = (__u16)flow->port };
	struct eg_verdict verdict;
	__u32 raw[4];

	memcpy(raw, flow->to.b, sizeof(raw));
	eg_flow_make6(&f, raw);
	eg_explain_flow(tables, &f, &verdict);
	return verdict;
}

static __u32 expected_reason(const struct naive_verdict *want)
{
	if (want->rule < 0)
		return want->allow ? EG_REASON_DEFAULT_ALLOW : EG_REASON_DEFAULT_DENY;
	return want->allow ? EG_REASON_RULE_ALLOW : EG_REASON_RULE_DENY;
}

static bool agree(const struct eg_verdict *got, const struct naive_verdict *want)
{
	if (!!got->allow != want->allow || got->reason != expected_reason(want))
		return false;
	if (want->rule < 0)
		return got->word == 0 && got->hit == EG_HIT_DEFAULT;
	return EG_CELL_ORDINAL(got->word) == (__u32)want->rule && EG_CELL_PLEN(got->word) == (__u32)want->plen &&
	       got->hit == EG_HIT_FIRST_RULE + (__u32)want->rule;
}

static bool agrees_on(const struct naive_policy *policy, const struct naive_flow *flow)
{
	struct naive_verdict want = naive_decide(policy, flow);
	char *text = policy_text(policy);
	struct eg_tables *tables = ask_compile(text);
	struct eg_verdict got = decide(tables, flow);

	eg_tables_free(tables);
	free(text);
	return agree(&got, &want);
}

/* Leaves out what the disagreement does not need: whole rules, then prefixes. */
static void shrink(struct naive_policy *policy, const struct naive_flow *flow)
{
	struct naive_policy less;
	int i, j;

	for (i = policy->n_rules - 1; i >= 0; i--) {
		less = *policy;
		memmove(&less.rules[i], &less.rules[i + 1], (size_t)(--less.n_rules - i) * sizeof(less.rules[0]));
		if (!agrees_on(&less, flow))
			*policy = less;
	}
	for (i = 0; i < policy->n_rules; i++) {
		for (j = policy->rules[i].n_to - 1; j >= 0; j--) {
			less = *policy;
			less.rules[i].to[j] = less.rules[i].to[--less.rules[i].n_to];
			less.rules[i].any |= !less.rules[i].n_to;
			if (!agrees_on(&less, flow))
				*policy = less;
		}
	}
}

static void complain(struct naive_policy *policy, const struct naive_flow *flow)
{
	char addr[INET6_ADDRSTRLEN], *text;
	struct naive_verdict want;
	struct eg_tables *tables;
	struct eg_verdict got;

	shrink(policy, flow);
	want = naive_decide(policy, flow);
	text = policy_text(policy);
	tables = ask_compile(text);
	got = decide(tables, flow);
	inet_ntop(AF_INET6, flow->to.b, addr, sizeof(addr));
	print_error("%s\nflow: class %d, [%s]:%d\n", text, (int)flow->class, addr, flow->port);
	print_error("want: allow %d rule %d plen %d\n", want.allow, want.rule, want.plen);
	print_error("got:  allow %u reason %u rule %u plen %u word %08x hit %u\n", got.allow, got.reason,
		    EG_CELL_ORDINAL(got.word), EG_CELL_PLEN(got.word), got.word, got.hit);
	eg_tables_free(tables);
	free(text);
	fail_msg("the tables disagree with the naive evaluator, EG_TEST_SEED=%llu", seed);
}

static void tables_agree_with_the_naive_evaluator(void **unused)
{
	struct naive_policy policy;
	struct naive_flow flow;
	unsigned int i, j, by_rule = 0;
	const char *wish = getenv("EG_TEST_SEED");

	(void)unused;
	state = seed = wish ? strtoull(wish, NULL, 10) : SEED;
	print_message("seed %llu, %d policies, %d flows each\n", seed, POLICIES, FLOWS);
	for (i = 0; i < POLICIES; i++) {
		char *text;
		struct eg_tables *tables;

		make_policy(&policy);
		text = policy_text(&policy);
		tables = ask_compile(text);
		wf_check(tables);
		for (j = 0; j < FLOWS; j++) {
			struct naive_verdict want;
			struct eg_verdict got;

			make_flow(&flow);
			want = naive_decide(&policy, &flow);
			got = decide(tables, &flow);
			by_rule += want.rule >= 0;
			if (!agree(&got, &want))
				complain(&policy, &flow);
		}
		eg_tables_free(tables);
		free(text);
	}
	print_message("%u flows decided by a rule\n", by_rule);
	assert_true(by_rule > POLICIES * FLOWS / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_agree_with_the_naive_evaluator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
