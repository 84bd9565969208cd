/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_counter.c - each decision is counted once, in the rule that decided, and stays counted.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "egload.h"
#include "egprobe.h"
#include "egress/abi.h"
#include "egtest.h"
#include "egtool.h"

#define DENY_ALL "default = deny\n"

static void send_to(struct eg_world *w, const char *cgroup, const char *addr, unsigned int port, unsigned int times)
{
	struct eg_probe p = { EG_UDP4, "", port };

	snprintf(p.addr, sizeof(p.addr), "%s", addr);
	if (strchr(addr, ':'))
		p.family = AF_INET6;
	while (times--)
		eg_probe_try(w, cgroup, &p, NULL);
}

static void expect_hits(const struct eg_world *w, const char *rule, long long want)
{
	long long got = eg_tool_hits(w, "p", rule);

	EG_CHECK(got == want, "%s: %lld hits instead of %lld", rule, got, want);
}

/* ---- which rule ---- */

struct sent {
	struct eg_probe probe;
	const char *rule;
};

static const char *const ranked = DENY_ALL "[allow wide]\nto = 203.0.113.0/24, 2001:db8::/32\n"
					   "[allow narrow]\nto = 203.0.113.64/26, 2001:db8:1::/48\n"
					   "[allow host]\nto = 203.0.113.65\n"
					   "[allow host-too]\nto = 203.0.113.65, 203.0.113.66\n"
					   "[deny broad]\nto = 203.0.113.0/25\nport = 25\n"
					   "[deny slim]\nto = 203.0.113.64/27\nport = 25\n"
					   "[allow any]\nport = 7\nproto = udp\n"
					   "[deny all]\nport = 8\n";

static const struct sent sents[] = {
	{ { EG_TCP4, "203.0.113.1", 80 }, "allow wide" },
	{ { EG_UDP4, "203.0.113.1", 80 }, "allow wide" },
	{ { EG_TCP6, "2001:db8::1", 80 }, "allow wide" },
	{ { EG_SENDTO6, "2001:db8::1", 80 }, "allow wide" },
	{ { EG_TCP6, "::ffff:203.0.113.1", 80 }, "allow wide" },
	{ { EG_TCP4, "203.0.113.70", 80 }, "allow narrow" },
	{ { EG_SENDTO4, "203.0.113.70", 80 }, "allow narrow" },
	{ { EG_TCP6, "2001:db8:1::1", 80 }, "allow narrow" },
	{ { EG_TCP4, "203.0.113.65", 80 }, "allow host" }, /* of two of one length, the first */
	{ { EG_SENDTO6, "::ffff:203.0.113.65", 80 }, "allow host" },
	{ { EG_TCP4, "203.0.113.66", 80 }, "allow host-too" },
	{ { EG_TCP4, "203.0.113.1", 25 }, "deny broad" },
	{ { EG_TCP4, "203.0.113.65", 25 }, "deny slim" },
	{ { EG_SENDTO4, "203.0.113.66", 25 }, "deny slim" },
	{ { EG_UDP4, "192.0.2.1", 7 }, "allow any" },
	{ { EG_UDP6, "2001:db9::1", 7 }, "allow any" },
	{ { EG_UDP4, "203.0.113.1", 7 }, "allow wide" },
	{ { EG_TCP4, "203.0.113.1", 8 }, "deny all" },
	{ { EG_TCP4, "192.0.2.1", 7 }, "default" },
	{ { EG_SENDTO6, "2001:db9::1", 80 }, "default" },
	{ { EG_SOCKET, AF_INET, SOCK_RAW, IPPROTO_ICMP, "0.0.0.0", 0 }, "socket" },
	{ { EG_SOCKET, AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE, "::", 0 }, "socket" },
};

static void test_once(struct eg_world *w)
{
	const json_t *first;
	json_t *list;
	size_t i, k;

	eg_world_cgroup(w, "a");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", "%s", ranked));
	for (i = 0; i < EG_COUNT(sents); i++) {
		long long before = eg_tool_hits(w, "p", sents[i].rule);

		for (k = 0; k < 3; k++)
			eg_probe_try(w, "a", &sents[i].probe, NULL);
		EG_CHECK(eg_tool_hits(w, "p", sents[i].rule) == before + 3, "%s: %s counted %lld instead of 3",
			 eg_net_words(&sents[i].probe), sents[i].rule, eg_tool_hits(w, "p", sents[i].rule) - before);
	}
	list = eg_tool_json(w, EG_ARGS("list"));
	first = json_array_get(json_object_get(list, "policies"), 0);
	EG_CHECK(json_integer_value(json_object_get(first, "hits")) == 3 * (long long)EG_COUNT(sents),
		 "list adds up to %lld", json_integer_value(json_object_get(first, "hits")));
	json_decref(list);
}

static void test_cgroups_add_up(struct eg_world *w)
{
	eg_world_cgroup(w, "a");
	eg_world_cgroup(w, "b");
	eg_world_cgroup(w, "c");
	eg_tool_apply(w, eg_world_policy(w, "p", "a b", DENY_ALL "[allow x]\nto = 203.0.113.1\n"));
	EG_CHECK(eg_tool_ok(w, EG_ARGS("attach", "p", "--cgroup", eg_world_path(w, "c"))), "attach");
	send_to(w, "a", "203.0.113.1", 80, 1);
	send_to(w, "b", "203.0.113.1", 80, 10);
	send_to(w, "c", "203.0.113.1", 80, 100);
	expect_hits(w, "allow x", 111);
	EG_CHECK(eg_tool_ok(w, EG_ARGS("detach", "p", "--cgroup", eg_world_path(w, "c"))), "detach");
	send_to(w, "c", "203.0.113.1", 80, 5);
	expect_hits(w, "allow x", 111);
}

/* ---- across generations ---- */

static void test_kept(struct eg_world *w)
{
	eg_world_cgroup(w, "a");
	eg_tool_apply(w, eg_world_policy(w, "p", "a",
					 DENY_ALL "[allow stays]\nto = 203.0.113.1\n[allow goes]\nto = 203.0.113.2\n"
						  "[allow turns]\nto = 203.0.113.3\n"));
	send_to(w, "a", "203.0.113.1", 80, 5);
	send_to(w, "a", "203.0.113.2", 80, 6);
	send_to(w, "a", "203.0.113.3", 80, 7);
	send_to(w, "a", "203.0.113.4", 80, 8);
	eg_tool_apply(w, eg_world_policy(w, "p", "a",
					 DENY_ALL "[deny turns]\nto = 203.0.113.3\n[allow new]\nto = 203.0.113.2\n"
						  "[allow stays]\nto = 203.0.113.64/26\nport = 9\n"));
	expect_hits(w, "allow stays", 5);
	expect_hits(w, "allow goes", -1);
	expect_hits(w, "allow turns", -1);
	expect_hits(w, "deny turns", 0);
	expect_hits(w, "allow new", 0);
	expect_hits(w, "default", 8);
	send_to(w, "a", "203.0.113.70", 9, 2);
	send_to(w, "a", "203.0.113.3", 9, 3);
	send_to(w, "a", "203.0.113.2", 9, 4);
	expect_hits(w, "allow stays", 7);
	expect_hits(w, "deny turns", 3);
	expect_hits(w, "allow new", 4);
	eg_tool_apply(w, eg_world_policy(w, "p", "a", DENY_ALL "[allow goes]\nto = 203.0.113.2\n"));
	expect_hits(w, "allow goes", 0);
	expect_hits(w, "default", 8);
}

static void test_not_switched(struct eg_world *w)
{
	const char *other;

	eg_world_cgroup(w, "a");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", DENY_ALL "[allow x]\nto = 203.0.113.1\n"));
	send_to(w, "a", "203.0.113.1", 80, 4);
	other = eg_world_policy(w, "p", "a", DENY_ALL "[allow y]\nto = 203.0.113.1\n");
	EG_CHECK(eg_tool_ok(w, EG_ARGS("apply", "--dry-run", other)), "dry run");
	send_to(w, "a", "203.0.113.1", 80, 4);
	eg_tool_fails(w, NULL, 1, "cannot be opened",
		      EG_ARGS("apply", other, eg_world_policy(w, "q", "none", DENY_ALL)));
	send_to(w, "a", "203.0.113.1", 80, 4);
	expect_hits(w, "allow x", 12);
	expect_hits(w, "default", 0);
}

/* A policy with "n" rules of which the one to be watched stands in the middle. */
static const char *many(const struct eg_world *w, const char *cgroups, unsigned int n, const char *watched)
{
	char *text = malloc(64 + (size_t)n * 48), *at = text;
	const char *path;
	unsigned int i;

	EG_NEED(text, "out of memory");
	at += sprintf(at, "%s", DENY_ALL);
	for (i = 1; i < n; i++) {
		if (n >= 4 && i == n / 2)
			at += sprintf(at, "%s", watched);
		at += sprintf(at, "[allow r%u]\nto = 10.%u.%u.0/24\n", i, i / 256, i % 256);
	}
	path = eg_world_policy(w, "p", cgroups, "%s%s", text, n < 4 ? watched : "");
	free(text);
	return path;
}

#define WATCHED "[allow x]\nto = 203.0.113.1\n[deny y]\nto = 203.0.113.2\n"

static void test_growth(struct eg_world *w)
{
	static const unsigned int sizes[] = { 3, 500, 3, 40, 1500, 1500, 2 };
	long long sent = 0;
	size_t i;

	eg_world_cgroup(w, "a");
	for (i = 0; i < EG_COUNT(sizes); i++) {
		eg_tool_apply(w, many(w, "a", sizes[i], WATCHED));
		expect_hits(w, "allow x", sent);
		expect_hits(w, "deny y", 2 * sent);
		expect_hits(w, "default", 3 * sent);
		send_to(w, "a", "203.0.113.1", 80, 5);
		send_to(w, "a", "203.0.113.2", 80, 10);
		send_to(w, "a", "203.0.113.3", 80, 15);
		sent += 5;
	}
	expect_hits(w, "allow x", sent);
	expect_hits(w, "deny y", 2 * sent);
	expect_hits(w, "default", 3 * sent);
}

/* A new rule in the cell of one that went must not begin with what that one had counted, nor what it still counts. */
static void test_fresh_under_load(struct eg_world *w)
{
	static const struct eg_load_target target[] = { { "203.0.113.1", 80 } };
	unsigned long i, rounds = eg_test_scale(20);
	struct eg_load *load;

	eg_world_cgroup(w, "a");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", DENY_ALL "[allow r0]\nto = 203.0.113.1\n"));
	load = eg_load_start(w, "a a", target, 1);
	for (i = 1; i <= rounds; i++) {
		eg_tool_apply(w, eg_world_policy(w, "p", "a",
						 DENY_ALL
						 "[allow r%lu]\nto = 203.0.113.1\n[allow idle%lu]\nto = 10.0.0.1\n",
						 i, i));
		expect_hits(w, eg_world_str("allow idle%lu", i), 0);
	}
	eg_load_stop(load);
	EG_CHECK(!eg_load_total(load, 0).denied, "%lu denied", eg_load_total(load, 0).denied);
}

static void test_exact_under_load(struct eg_world *w)
{
	static const struct eg_load_target targets[] = { { "203.0.113.1", 80 },
							 { "203.0.113.2", 80 },
							 { "203.0.113.3", 80 } };
	static const unsigned int sizes[] = { 3, 100, 7, 400, 40, 900, 2000, 2 };
	struct eg_load_count x, y, other;
	struct eg_load *load;
	size_t i, rounds = eg_test_matrix() ? 1 : 2, r;

	eg_world_cgroup(w, "a");
	eg_world_cgroup(w, "b");
	eg_tool_apply(w, many(w, "a b", 3, WATCHED));
	load = eg_load_start(w, "a b", targets, EG_COUNT(targets));
	for (r = 0; r < rounds; r++) {
		for (i = 0; i < EG_COUNT(sizes); i++)
			eg_tool_apply(w, many(w, "a b", sizes[i], WATCHED));
	}
	eg_load_stop(load);
	x = eg_load_total(load, 0);
	y = eg_load_total(load, 1);
	other = eg_load_total(load, 2);
	EG_CHECK(!x.denied && !x.other && !y.passed && !y.other && !other.passed && !other.other, "wrong verdicts");
	expect_hits(w, "allow x", (long long)x.passed);
	expect_hits(w, "deny y", (long long)y.denied);
	expect_hits(w, "default", (long long)other.denied);
	EG_CHECK(!eg_tool_faults(w, EG_REASON_BROKEN) && !eg_tool_faults(w, EG_REASON_STALE), "faults were counted");
	eg_test_note("%lu connects", eg_load_done(load));
}

/* Several processes on the same CPU and on both, one rule: no increment is lost. */
static void test_exact_in_one_rule(struct eg_world *w)
{
	static const struct eg_load_target target[] = { { "203.0.113.1", 80 } };
	struct eg_load *load;

	eg_world_cgroup(w, "a");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", DENY_ALL "[allow x]\nto = 203.0.113.1\n"));
	load = eg_load_start(w, "a a a a a a", target, 1);
	EG_CHECK(eg_load_let_run(load, eg_test_scale(50000)), "the load does not get on");
	eg_load_stop(load);
	expect_hits(w, "allow x", (long long)eg_load_total(load, 0).passed);
	EG_CHECK(!eg_load_total(load, 0).denied, "%lu denied", eg_load_total(load, 0).denied);
}

static const struct eg_test tests[] = {
	{ "a decision is counted once, in the rule that decides", test_once, 0 },
	{ "the cgroups of a policy add up", test_cgroups_add_up, 0 },
	{ "a rule that stays keeps its count, others begin at 0", test_kept, 0 },
	{ "an apply that changes nothing leaves the counts alone", test_not_switched, 0 },
	{ "counts survive a larger table of counters", test_growth, 0 },
	{ "a new rule never gets counts of one that went", test_fresh_under_load, 0 },
	{ "no count is lost while rules come and go under load", test_exact_under_load, 0 },
	{ "no count is lost in one rule on every CPU", test_exact_in_one_rule, 0 },
};

EG_TEST_MAIN(tests)
