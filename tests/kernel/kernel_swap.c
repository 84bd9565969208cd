/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_swap.c - policies change under fire: every single decision is that of one generation, and what both
 * sides of a change allow, or deny, is allowed, or denied, throughout.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "eglive.h"
#include "egload.h"
#include "egprobe.h"
#include "egtest.h"
#include "egtool.h"
#include "engine/apply.h"
#include "engine/attach.h"
#include "engine/remove.h"

/* ---- the engine, called without a process in between ---- */

static struct eg_ctx context(const struct eg_world *w)
{
	return (struct eg_ctx){ .bpffs = w->bpffs, .run_dir = w->run_dir, .cgroup_root = w->mount };
}

static void apply(const struct eg_world *w, const char *file, bool replace)
{
	const struct eg_apply_options options = { .replace = replace };
	struct eg_ctx ctx = context(w);
	struct eg_diags diags = { 0 };
	struct eg_err err = EG_ERR_INIT;
	struct eg_applied result;

	EG_NEED(!eg_apply(&ctx, &file, 1, &options, &diags, &result, &err), "apply %s: %s", file, err.what);
	eg_diags_free(&diags);
	eg_ctx_free(&ctx);
}

static void attach(const struct eg_world *w, const char *policy, const char *cgroup, bool replace)
{
	const struct eg_where where = { .path = eg_world_path(w, cgroup) };
	const struct eg_attach_options options = { .replace = replace };
	struct eg_ctx ctx = context(w);
	struct eg_err err = EG_ERR_INIT;
	char path[PATH_MAX];

	EG_NEED(!eg_attach(&ctx, policy, &where, &options, path, &err), "attach: %s", err.what);
	eg_ctx_free(&ctx);
}

static void detach(const struct eg_world *w, const char *policy, const char *cgroup)
{
	const struct eg_where where = { .path = eg_world_path(w, cgroup) };
	struct eg_ctx ctx = context(w);
	struct eg_err err = EG_ERR_INIT;
	char path[PATH_MAX];

	EG_NEED(!eg_detach(&ctx, policy, &where, path, &err), "detach: %s", err.what);
	eg_ctx_free(&ctx);
}

static void remove_all(const struct eg_world *w)
{
	struct eg_ctx ctx = context(w);
	struct eg_err err = EG_ERR_INIT;
	size_t n;

	EG_NEED(!eg_remove_all(&ctx, true, &n, &err), "remove: %s", err.what);
	eg_ctx_free(&ctx);
}

static void expect_no_faults(const struct eg_world *w)
{
	EG_CHECK(!eg_tool_faults(w, EG_REASON_BROKEN), "%lld decisions found a table missing",
		 eg_tool_faults(w, EG_REASON_BROKEN));
	EG_CHECK(!eg_tool_faults(w, EG_REASON_STALE), "%lld decisions found no policy",
		 eg_tool_faults(w, EG_REASON_STALE));
}

/* ---- two generations that disagree in every table and agree in X and Y ---- */

/*
 * Rows are numbered as the sorted addresses need them. In A, X has row 1 and Y row 2; in B the lowest
 * address brings Y's row first: Y has row 1 and X row 2. So addresses of one generation looked up in the
 * rows of the other turn both verdicts around, and the other's default decides for what is not found.
 * A's hosts are in hashes and B's in tries, since B has prefixes too. Z's ports are opposite.
 */
static const char *const generation_a = "default = deny\n"
					"[allow x]\nto = 203.0.113.10, 2001:db8::10\nport = 80\n"
					"[deny y]\nto = 203.0.113.20, 2001:db8::20\nport = 80\n"
					"[allow z]\nto = 203.0.113.30\nport = 1000\n"
					"[deny z-not]\nto = 203.0.113.30\nport = 2000\n";

static const char *const generation_b =
	"default = allow\n"
	"[deny z-not]\nto = 203.0.113.30/31\nport = 1000\n"
	"[deny y]\nto = 203.0.113.1, 203.0.113.20, 2001:db8::1, 2001:db8::20\nport = 80\n"
	"[allow z]\nto = 203.0.113.30/31\nport = 2000\n"
	"[allow x]\nto = 203.0.113.10, 2001:db8::10, 2001:db8:1::/64\nport = 80\n"
	"[allow more]\nto = 224.0.0.0/8\n[deny more-not]\nto = 225.0.0.0/16\nport = 1-100, 200-300\n";

enum {
	X4,
	Y4,
	X6,
	Y6,
	Z1000,
	Z2000,
};

static const struct eg_load_target swap_targets[] = {
	[X4] = { "203.0.113.10", 80 }, [Y4] = { "203.0.113.20", 80 },	   [X6] = { "2001:db8::10", 80 },
	[Y6] = { "2001:db8::20", 80 }, [Z1000] = { "203.0.113.30", 1000 }, [Z2000] = { "203.0.113.30", 2000 },
};

static void expect_all(const struct eg_load *load, size_t target, bool passes)
{
	const struct eg_load_count c = eg_load_total(load, target);

	EG_CHECK(!c.other, "target %zu: %lu times %s", target, c.other, strerror(c.error));
	EG_CHECK(passes ? !c.denied : !c.passed, "target %zu: %lu passed, %lu denied", target, c.passed, c.denied);
}

static void expect_sum(const struct eg_world *w, const struct eg_load *load)
{
	json_t *list = eg_tool_json(w, EG_ARGS("list"));
	const json_t *first = json_array_get(json_object_get(list, "policies"), 0);
	long long hits = json_integer_value(json_object_get(first, "hits"));

	EG_CHECK(hits == (long long)eg_load_done(load), "%lu connects, %lld counted", eg_load_done(load), hits);
	json_decref(list);
}

static void swap_under_fire(struct eg_world *w, const char *cgroups, const char *workers)
{
	const unsigned long connects = eg_test_scale(1000000), swaps = eg_test_scale(50);
	const char *policies[2];
	struct eg_load_count z1, z2;
	struct eg_load *load;
	unsigned long n = 0;

	policies[0] = eg_world_policy(w, "p.a", cgroups, "%s", generation_a);
	policies[1] = eg_world_policy(w, "p.b", cgroups, "%s", generation_b);
	apply(w, policies[0], false);
	load = eg_load_start(w, workers, swap_targets, EG_COUNT(swap_targets));
	while (n < swaps || eg_load_done(load) < connects)
		apply(w, policies[++n % 2], false);
	eg_load_stop(load);
	expect_all(load, X4, true);
	expect_all(load, X6, true);
	expect_all(load, Y4, false);
	expect_all(load, Y6, false);
	z1 = eg_load_total(load, Z1000);
	z2 = eg_load_total(load, Z2000);
	EG_CHECK(!z1.other && !z2.other, "port 1000: %s, port 2000: %s", strerror(z1.error), strerror(z2.error));
	EG_CHECK(z1.passed && z1.denied && z2.passed && z2.denied, "the generations did not alternate");
	expect_sum(w, load);
	expect_no_faults(w);
	eg_test_note("%lu connects, %lu swaps", eg_load_done(load), n);
}

static void test_one_cgroup(struct eg_world *w)
{
	eg_world_cgroup(w, "a");
	swap_under_fire(w, "a", "a a");
}

static void test_several_cgroups(struct eg_world *w)
{
	eg_world_cgroup(w, "a");
	eg_world_cgroup(w, "b");
	eg_world_cgroup(w, "c");
	eg_world_cgroup(w, "c/below");
	swap_under_fire(w, "a b c", "a b c/below");
}

/*
 * The switch alone, a thousand times as often as apply can: the slot's word goes back and forth between two
 * whole generations. Counts are not compared: the cells of the one that was replaced are not kept for it.
 */
static void flip(const struct eg_load *load, struct eg_slot *slot, __u64 before, unsigned long connects)
{
	const __u64 after = __atomic_load_n(&slot->now, __ATOMIC_ACQUIRE);
	unsigned long n = 0, spin;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(1, &set); /* the worker has CPU 0 */
	sched_setaffinity(0, sizeof(set), &set);
	while (n % 1024 || eg_load_done(load) < connects) {
		__atomic_store_n(&slot->now, ++n % 2 ? before : after, __ATOMIC_RELEASE);
		/* without a pause the cache line would never be at rest when a program reads it */
		for (spin = 500 + n % 977; spin; spin--)
			__asm__ volatile("" ::: "memory");
	}
	__atomic_store_n(&slot->now, after, __ATOMIC_RELEASE);
	eg_test_note("%lu connects, %lu flips", eg_load_done(load), n);
}

static void test_flips(struct eg_world *w)
{
	struct eg_slot *slots;
	struct eg_load *load;
	__u64 before;
	size_t i = 0;

	eg_world_cgroup(w, "a");
	apply(w, eg_world_policy(w, "p.a", "a", "%s", generation_a), false);
	slots = eg_live_slots(w);
	while (i < EG_POLICIES_MAX - 1 && !slots[i].tag)
		i++;
	before = slots[i].now;
	apply(w, eg_world_policy(w, "p.b", "a", "%s", generation_b), false);
	EG_NEED(before != slots[i].now, "no switch");
	load = eg_load_start(w, "a", swap_targets, EG_COUNT(swap_targets));
	flip(load, &slots[i], before, eg_test_scale(500000));
	eg_load_stop(load);
	expect_all(load, X4, true);
	expect_all(load, X6, true);
	expect_all(load, Y4, false);
	expect_all(load, Y6, false);
	expect_no_faults(w);
}

/* After each switch has returned, the old generation decides nothing more: the phase tells. */
static void test_at_return(struct eg_world *w)
{
	static const struct eg_load_target targets[] = { { "203.0.113.30", 1000 }, { "203.0.113.30", 2000 } };
	unsigned long n, rounds = eg_test_scale(25);
	struct eg_load *load;
	const char *a, *b;

	eg_world_cgroup(w, "a");
	a = eg_world_policy(w, "p.a", "a", "%s", generation_a);
	b = eg_world_policy(w, "p.b", "a", "%s", generation_b);
	apply(w, a, false);
	load = eg_load_start(w, "a a", targets, EG_COUNT(targets));
	for (n = 0; n < rounds; n++) {
		eg_load_next_phase(load);
		apply(w, b, false);
		apply(w, a, false);
		eg_load_next_phase(load); /* even: A has been in force since before */
		usleep(2000);
	}
	eg_load_stop(load);
	EG_CHECK(!eg_load_count(load, EG_LOAD_EVEN, 0).denied, "A's port was denied after the switch to A");
	EG_CHECK(!eg_load_count(load, EG_LOAD_EVEN, 1).passed, "B's port passed after the switch to A");
	EG_CHECK(eg_load_count(load, EG_LOAD_EVEN, 0).passed, "nothing was tried");
}

/* ---- attach, detach, first apply, remove ---- */

static const char *const x_only = "default = deny\n[allow x]\nto = 203.0.113.10, 2001:db8::10\n";

static const struct eg_load_target xy_targets[] = {
	[X4] = { "203.0.113.10", 80 },
	[Y4] = { "203.0.113.20", 80 },
	[X6] = { "2001:db8::10", 80 },
	[Y6] = { "2001:db8::20", 80 },
};

/* even phases: attached, and has been since before. */
static void expect_phases(const struct eg_load *load)
{
	size_t i;

	for (i = Y4; i <= Y6; i += 2) {
		const struct eg_load_count attached = eg_load_count(load, EG_LOAD_EVEN, i);

		EG_CHECK(!attached.passed, "%lu connects passed after attach had returned", attached.passed);
		EG_CHECK(attached.denied, "nothing was tried");
		EG_CHECK(!eg_load_total(load, i).other, "%s", strerror(eg_load_total(load, i).error));
	}
	EG_CHECK(eg_load_count(load, EG_LOAD_ODD, Y4).passed, "never detached");
	expect_all(load, X4, true);
	expect_all(load, X6, true);
}

static void test_attach_loop(struct eg_world *w)
{
	unsigned long n, rounds = eg_test_scale(50);
	struct eg_load *load;

	eg_world_cgroup(w, "a");
	apply(w, eg_world_policy(w, "p", "", "%s", x_only), false);
	attach(w, "p", "a", false);
	load = eg_load_start(w, "a a", xy_targets, EG_COUNT(xy_targets));
	for (n = 0; n < rounds; n++) {
		usleep(1000);
		eg_load_next_phase(load);
		detach(w, "p", "a");
		usleep(500);
		attach(w, "p", "a", false);
		eg_load_next_phase(load);
	}
	eg_load_stop(load);
	expect_phases(load);
	expect_no_faults(w);
}

static void test_apply_loop(struct eg_world *w)
{
	unsigned long n, rounds = eg_test_scale(15);
	const char *policy;
	struct eg_load *load;

	eg_world_cgroup(w, "a");
	policy = eg_world_policy(w, "p", "a", "%s", x_only);
	apply(w, policy, false);
	load = eg_load_start(w, "a a", xy_targets, EG_COUNT(xy_targets));
	for (n = 0; n < rounds; n++) {
		usleep(1000);
		expect_no_faults(w);
		eg_load_next_phase(load);
		remove_all(w);
		apply(w, policy, false);
		eg_load_next_phase(load);
	}
	eg_load_stop(load);
	expect_phases(load);
	expect_no_faults(w);
}

/*
 * A cgroup goes in and out of the file: the switch itself binds and drops it. The generation without it is the
 * opposite of the one with it, and must never decide there.
 */
static void test_declared_loop(struct eg_world *w)
{
	unsigned long n, rounds = eg_test_scale(20);
	const char *with, *without;
	struct eg_load *load;

	eg_world_cgroup(w, "a");
	eg_world_cgroup(w, "b");
	with = eg_world_policy(w, "p.with", "a b", "%s", x_only);
	without = eg_world_policy(w, "p.without", "a", "default = deny\n[allow y]\nto = 203.0.113.20\n");
	apply(w, with, false);
	load = eg_load_start(w, "b b", xy_targets, EG_COUNT(xy_targets));
	for (n = 0; n < rounds; n++) {
		usleep(1000);
		eg_load_next_phase(load);
		apply(w, without, false);
		apply(w, with, false);
		eg_load_next_phase(load);
	}
	eg_load_stop(load);
	expect_phases(load);
	expect_no_faults(w);
}

/* ---- from one policy to another ---- */

static const char *const deny_y =
	"default = allow\n[deny y]\nto = 203.0.113.1, 203.0.113.20, 2001:db8::20/124\n[allow x]\nto = 203.0.113.10\n";

static void expect_throughout(const struct eg_world *w, const struct eg_load *load)
{
	expect_all(load, X4, true);
	expect_all(load, X6, true);
	expect_all(load, Y4, false);
	expect_all(load, Y6, false);
	expect_no_faults(w);
}

static void test_apply_replace(struct eg_world *w)
{
	unsigned long n, rounds = eg_test_scale(40);
	const char *policies[2];
	struct eg_load *load;

	eg_world_cgroup(w, "a");
	policies[0] = eg_world_policy(w, "p", "a", "%s", x_only);
	policies[1] = eg_world_policy(w, "q", "a", "%s", deny_y);
	apply(w, policies[0], false);
	load = eg_load_start(w, "a a", xy_targets, EG_COUNT(xy_targets));
	for (n = 0; n < rounds; n++)
		apply(w, policies[(n + 1) % 2], true);
	eg_load_stop(load);
	expect_throughout(w, load);
}

static void test_attach_replace(struct eg_world *w)
{
	unsigned long n, rounds = eg_test_scale(2000);
	struct eg_load *load;

	eg_world_cgroup(w, "a");
	apply(w, eg_world_policy(w, "p", "", "%s", x_only), false);
	apply(w, eg_world_policy(w, "q", "", "%s", deny_y), false);
	attach(w, "p", "a", false);
	load = eg_load_start(w, "a a", xy_targets, EG_COUNT(xy_targets));
	for (n = 0; n < rounds; n++)
		attach(w, n % 2 ? "p" : "q", "a", true);
	eg_load_stop(load);
	expect_throughout(w, load);
}

/* What goes on beside it, with other policies and cgroups, is no business of a policy. */
static void test_neighbours(struct eg_world *w)
{
	unsigned long n, rounds = eg_test_scale(10);
	struct eg_load *load;

	eg_world_cgroup(w, "a");
	eg_world_cgroup(w, "a/b");
	eg_world_cgroup(w, "c");
	apply(w, eg_world_policy(w, "p", "a", "%s", x_only), false);
	load = eg_load_start(w, "a a/b", xy_targets, EG_COUNT(xy_targets));
	for (n = 0; n < rounds; n++) {
		apply(w, eg_world_policy(w, "q", "a/b c", "%s", deny_y), false);
		eg_tool_ok(w, EG_ARGS("remove", "q"));
		eg_tool_ok(w, EG_ARGS("gc"));
	}
	eg_load_stop(load);
	expect_throughout(w, load);
}

/* ---- what it takes ---- */

/* eg_abi.epoch counts the grace periods; each takes milliseconds. */
static void test_waits(struct eg_world *w)
{
	const struct eg_abi *abi;
	__u32 before, one;
	int i;

	for (i = 0; i < 5; i++) {
		const char *cgroup = eg_world_str("c%d", i);

		eg_world_cgroup(w, cgroup);
		apply(w, eg_world_policy(w, eg_world_str("p%d", i), cgroup, "%s", x_only), false);
	}
	abi = eg_live_map(w, "core/abi", sizeof(*abi));
	before = abi->epoch;
	eg_tool_ok(w, EG_ARGS("remove", "p0"));
	one = abi->epoch - before;
	eg_tool_ok(w, EG_ARGS("remove", "p1", "p2", "p3"));
	EG_CHECK(abi->epoch - before == 2 * one, "one policy takes %u grace periods, three %u", one,
		 abi->epoch - before - one);
}

static const struct eg_test tests[] = {
	{ "no decision mixes two generations", test_one_cgroup, 120 },
	{ "no decision mixes two generations in several cgroups", test_several_cgroups, 120 },
	{ "no decision sees a switch half way", test_flips, 0 },
	{ "once apply has returned, the generation before decides nothing", test_at_return, 0 },
	{ "attach and detach deny nothing that is allowed, and leave no gap", test_attach_loop, 0 },
	{ "first apply and remove deny nothing that is allowed, and leave no gap", test_apply_loop, 0 },
	{ "a cgroup that joins or leaves a policy is denied nothing that is allowed", test_declared_loop, 0 },
	{ "apply --replace never lets pass what both policies deny", test_apply_replace, 0 },
	{ "attach --replace never lets pass what both policies deny", test_attach_replace, 0 },
	{ "policies that come and go elsewhere change nothing", test_neighbours, 0 },
	{ "three policies are removed in as many grace periods as one", test_waits, 0 },
};

EG_TEST_MAIN(tests)
