/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_damage.c - what cannot be judged, since a record or a table is damaged, is denied, and counted.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "eglive.h"
#include "simple.h"

static const struct eg_probe faulty[] = {
	{ EG_UDP4, "203.0.113.1", 80 },
	{ EG_SENDTO4, "203.0.113.1", 80 },
	{ EG_TCP4, "203.0.113.1", 80 },
};

/* All of them fail with EPERM: without a generation there is no errno of the policy. */
static void expect_faults(struct eg_world *w, unsigned int reason, const char *damage)
{
	long long before = eg_tool_faults(w, reason);
	size_t i;

	for (i = 0; i < EG_COUNT(faulty); i++) {
		int r = eg_probe_try(w, "a", &faulty[i], NULL);

		EG_CHECK(r == EPERM || r == w->denied, "%s: %s: %s", damage, eg_net_words(&faulty[i]), strerror(r));
	}
	EG_CHECK(eg_tool_faults(w, reason) >= before + (long long)EG_COUNT(faulty), "%s: %lld of %zu counted", damage,
		 eg_tool_faults(w, reason) - before, EG_COUNT(faulty));
}

static void test_stale(struct eg_world *w)
{
	struct eg_binding binding, wrong;
	cleanup_close int store = -1;
	struct eg_slot *slots;
	__u32 tag;
	__u64 id;

	set_up(w);
	EXPECT(w, "a", only_one);
	slots = eg_live_slots(w);
	tag = slots[0].tag;
	slots[0].tag = 0;
	expect_faults(w, EG_REASON_STALE, "slot without a tag");
	slots[0].tag = tag ^ 1;
	expect_faults(w, EG_REASON_STALE, "slot of another tag");
	slots[0].tag = tag;
	EXPECT(w, "a", only_one);
	id = eg_world_id(w, "a");
	store = eg_tool_pin(w, "core/store");
	EG_NEED(!bpf_map_lookup_elem(store, &id, &binding) && binding.tag == tag, "no binding");
	wrong = (struct eg_binding){ 0 };
	EG_NEED(!bpf_map_update_elem(store, &id, &wrong, BPF_EXIST), "update: %s", strerror(errno));
	expect_faults(w, EG_REASON_STALE, "binding of zero");
	wrong = (struct eg_binding){ .tag = tag, .slot = EG_POLICIES_MAX - 1 };
	bpf_map_update_elem(store, &id, &wrong, BPF_EXIST);
	expect_faults(w, EG_REASON_STALE, "binding to a free slot");
	wrong = (struct eg_binding){ .tag = tag, .slot = 0xffff };
	bpf_map_update_elem(store, &id, &wrong, BPF_EXIST);
	expect_faults(w, EG_REASON_STALE, "binding beyond the slots");
	eg_tool_fails(w, NULL, 1, NULL, EG_ARGS("doctor"));
	bpf_map_update_elem(store, &id, &binding, BPF_EXIST);
	EXPECT(w, "a", only_one);
}

static void miss_table(struct eg_world *w, size_t kind, const char *name, const char *to, const char *addr)
{
	struct eg_probe p = { EG_UDP4, "", 80 };
	struct eg_gen *gen;
	cleanup_close int outer = -1;
	__u32 index;

	snprintf(p.addr, sizeof(p.addr), "%s", addr);
	p.family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	eg_tool_apply(w, eg_world_policy(w, "p", "a", "default = allow\n[allow x]\nto = %s\nport = 80\n", to));
	EG_CHECK(!eg_probe_try(w, "a", &p, NULL), "%s: denied before the damage", name);
	gen = eg_live_gen(w);
	index = (&gen->hash4)[kind] - 1;
	outer = eg_tool_pin(w, eg_world_str("core/%s", name));
	EG_NEED(!bpf_map_delete_elem(outer, &index), "no %s at %u: %s", name, index, strerror(errno));
	EG_CHECK(eg_probe_try(w, "a", &p, NULL) == w->denied, "passes without its %s", name);
	EG_CHECK(eg_tool_faults(w, EG_REASON_BROKEN) == 1, "%s: %lld faults", name,
		 eg_tool_faults(w, EG_REASON_BROKEN));
	eg_tool_ok(w, EG_ARGS("remove", "--all"));
}

/* Also for destinations that the table does not hold: nobody knows what it would have said. */
static void test_missing_tables(struct eg_world *w)
{
	eg_world_cgroup(w, "a");
	miss_table(w, 0, "hash4", "203.0.113.1", "203.0.113.1");
	miss_table(w, 0, "hash4", "203.0.113.1", "203.0.113.9");
	miss_table(w, 1, "trie4", "203.0.113.0/28, 203.0.113.128/25", "203.0.113.1");
	miss_table(w, 1, "trie4", "203.0.113.0/28, 203.0.113.128/25", "192.0.2.1");
	miss_table(w, 2, "hash6", "2001:db8::1", "2001:db8::9");
	miss_table(w, 3, "trie6", "2001:db8::/64, 2001:db8:1::/48", "2001:db8::9");
	miss_table(w, 0, "hash4", "203.0.113.1", "64:ff9b::1.2.3.4");
	miss_table(w, 0, "hash4", "203.0.113.0/28", "192.0.2.1");
	miss_table(w, 4, "blocks", "203.0.113.1", "203.0.113.1");
	miss_table(w, 4, "blocks", "2001:db8::/64", "2001:db8::9");
}

#define WITH_ROW "default = deny\n[allow one]\nto = 203.0.113.1\nport = 80\n"

static void test_broken_generation(struct eg_world *w)
{
	struct eg_slot *slots;
	struct eg_gen *gen, good;
	__u64 now;

	eg_world_cgroup(w, "a");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", WITH_ROW));
	slots = eg_live_slots(w);
	gen = eg_live_gen(w);
	good = *gen;
	now = slots[0].now;
	gen->tag ^= 1;
	expect_faults(w, EG_REASON_BROKEN, "generation of another tag");
	*gen = good;
	gen->serial++;
	expect_faults(w, EG_REASON_BROKEN, "generation of another serial");
	*gen = good;
	slots[0].now = EG_NOW(EG_GENS_MAX, good.serial);
	expect_faults(w, EG_REASON_BROKEN, "generation beyond the table");
	slots[0].now = EG_NOW(EG_GENS_MAX - 1, good.serial);
	expect_faults(w, EG_REASON_BROKEN, "generation that is free");
	slots[0].now = now;
	gen->blocks = 0;
	expect_faults(w, EG_REASON_BROKEN, "no blocks");
	*gen = good;
	gen->hash4 = EG_TABLES_MAX + 1;
	expect_faults(w, EG_REASON_BROKEN, "a table beyond the others");
	*gen = good;
	EG_CHECK(eg_probe_try(w, "a", &faulty[0], NULL) == 0, "not as before");
}

/* The row of an entry is changed to one that is not there. */
static void test_missing_row(struct eg_world *w)
{
	static const __u32 rows[] = { 1000, 0x3fffffff };
	cleanup_close int inner = -1;
	struct eg_cell good, bad = { 0 };
	struct eg_key4 key;
	size_t i;

	eg_world_cgroup(w, "a");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", WITH_ROW));
	inner = eg_live_table(w, "hash4", eg_live_gen(w)->hash4);
	EG_NEED(!bpf_map_get_next_key(inner, NULL, &key), "no host: %s", strerror(errno));
	EG_NEED(!bpf_map_lookup_elem(inner, &key, &good) && EG_CELL_KIND(good.word) == EG_CELL_ROW, "no row");
	for (i = 0; i < EG_COUNT(rows); i++) {
		bad.word = EG_CELL_ROW_WORD(rows[i]);
		bpf_map_update_elem(inner, &key, &bad, BPF_ANY);
		expect_faults(w, EG_REASON_BROKEN, "row beyond the blocks");
	}
	bpf_map_update_elem(inner, &key, &good, BPF_ANY);
	EG_CHECK(eg_probe_try(w, "a", &faulty[0], NULL) == 0, "not as before");
}

static const struct eg_test tests[] = {
	{ "an attachment whose policy is not there denies", test_stale, 0 },
	{ "a table that is missing denies", test_missing_tables, 0 },
	{ "a generation that is damaged denies", test_broken_generation, 0 },
	{ "a row that is missing denies", test_missing_row, 0 },
};

EG_TEST_MAIN(tests)
