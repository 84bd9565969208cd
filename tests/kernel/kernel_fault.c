/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_fault.c - bad input, many at once, full tables, wrong places: refused with the reason, nothing half done.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "egbpf.h"
#include "eglive.h"
#include "simple.h"

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

/* ---- bad input ---- */

static void test_bad_file(struct eg_world *w)
{
	static const struct {
		const char *name;
		const char *cgroups;
		const char *text;
		int status;
		const char *says;
	} rows[] = {
		{ "q", "none", TWO, 1, "it is looked for below" },
		{ "q", "b none", TWO, 1, "cgroup" },
		{ "q", "b", "default = maybe\n", 3, "error" },
		{ "q", "b", "default = deny\n[allow x]\nto = 10.0.0.1/8\n", 3, "bits set beyond" },
		{ "q", "b", "default = deny\nmode = audit\n", 5, "cannot enforce" },
		{ "q", "c", TWO, 3, "both name cgroup" },
		{ "p.q", "b", TWO, 3, "are both named 'p'" },
	};
	const char *good;
	size_t i;

	set_up(w);
	eg_world_cgroup(w, "c");
	good = eg_world_policy(w, "p.good", "a c", TWO);
	for (i = 0; i < EG_COUNT(rows); i++) {
		const char *bad = eg_world_policy(w, rows[i].name, rows[i].cgroups, "%s", rows[i].text);

		/* as the second of two files, as the first, and alone where it is not a clash of two */
		eg_tool_fails(w, NULL, rows[i].status, rows[i].says, EG_ARGS("apply", good, bad));
		eg_tool_fails(w, NULL, rows[i].status, rows[i].says, EG_ARGS("apply", bad, good));
		expect_untouched(w);
		EXPECT(w, "c", everything);
	}
	eg_tool_fails(w, NULL, 1, "obeys policy 'p' already", EG_ARGS("apply", eg_world_policy(w, "q", "b a", TWO)));
	eg_tool_fails(w, NULL, 1, "no-such-file", EG_ARGS("apply", good, "/no-such-file.ini"));
	expect_untouched(w);
}

static void test_same_cgroup(struct eg_world *w)
{
	set_up(w);
	eg_tool_fails(w, NULL, 3, "both name cgroup",
		      EG_ARGS("apply", eg_world_policy(w, "q", "b", ONE), eg_world_policy(w, "r", "b", TWO)));
	eg_tool_fails(w, NULL, 3, "named twice",
		      EG_ARGS("apply", eg_world_policy(w, "q", "", "cgroup = %s\ncgroup = %s/\n" TWO,
						       eg_world_path(w, "b"), eg_world_path(w, "b"))));
	expect_untouched(w);
}

static void test_first_fails(struct eg_world *w)
{
	eg_world_cgroup(w, "a");
	eg_tool_fails(w, NULL, 1, "cannot be opened",
		      EG_ARGS("apply", eg_world_policy(w, "p", "a", ONE), eg_world_policy(w, "q", "none", TWO)));
	EG_CHECK(!exists(w->bpffs), "pins are left");
	EG_CHECK(eg_tool_ok(w, EG_ARGS("apply", "--dry-run", eg_world_policy(w, "p", "a", ONE))), "dry run");
	EG_CHECK(!exists(w->bpffs), "pins are left of the dry run");
	EG_CHECK(!exists(w->run_dir), "texts are left");
	EXPECT(w, "a", everything);
}

static void test_unknown_names(struct eg_world *w)
{
	static const char *const commands[][4] = {
		{ "show", "q" },
		{ "remove", "q" },
		{ "attach", "q", "--self" },
		{ "detach", "q", "--self" },
	};
	size_t i;

	eg_tool_ok(w, EG_ARGS("remove", "--all"));
	eg_tool_ok(w, EG_ARGS("gc"));
	eg_tool_ok(w, EG_ARGS("list"));
	for (i = 0; i < EG_COUNT(commands); i++)
		eg_tool_fails(w, NULL, 1, NULL, commands[i]);
	EG_CHECK(!exists(w->bpffs), "pins were made");
	set_up(w);
	for (i = 0; i < EG_COUNT(commands); i++)
		eg_tool_fails(w, NULL, 1, "no policy 'q' is loaded", commands[i]);
	eg_tool_fails(w, NULL, 1, "does not obey", EG_ARGS("detach", "p", "--cgroup", eg_world_path(w, "b")));
	eg_tool_fails(w, NULL, 1, "q", EG_ARGS("remove", "p", "q"));
	expect_untouched(w);
}

/* ---- at the same time ---- */

static void test_ten_at_once(struct eg_world *w)
{
	struct eg_tool tools[10] = { 0 };
	struct eg_probe probe = { EG_UDP4, "", 80 };
	unsigned int passed[2] = { 0 }, i, c;

	eg_world_cgroup(w, "a");
	eg_world_cgroup(w, "b");
	for (i = 0; i < EG_COUNT(tools); i++)
		eg_tool_start(w, &tools[i],
			      EG_ARGS("apply", eg_world_policy(w, eg_world_str("p.%u", i), "a b",
							       "default = deny\n[allow x%u]\nto = 203.0.113.%u, "
							       "10.0.%u.0/24\n",
							       i, i, i)));
	for (i = 0; i < EG_COUNT(tools); i++) {
		struct eg_result r = eg_tool_wait(&tools[i]);

		EG_CHECK(!r.status, "apply %u: %s", i, r.err);
	}
	for (c = 0; c < 2; c++) {
		for (i = 0; i < EG_COUNT(tools); i++) {
			snprintf(probe.addr, sizeof(probe.addr), "203.0.113.%u", i);
			passed[c] |= (unsigned int)!eg_probe_try(w, c ? "b" : "a", &probe, NULL) << i;
			snprintf(probe.addr, sizeof(probe.addr), "10.0.%u.7", i);
			passed[c] |= (unsigned int)!eg_probe_try(w, c ? "b" : "a", &probe, NULL) << (i + 16);
		}
	}
	EG_CHECK(passed[0] == passed[1], "a: %x, b: %x", passed[0], passed[1]);
	EG_CHECK(__builtin_popcount(passed[0] & 0xffff) == 1 && passed[0] >> 16 == (passed[0] & 0xffff),
		 "not one whole: %x", passed[0]);
	EG_CHECK(eg_bpf_attached(w, "a") == eg_bpf_attached(w, "b"), "not the same hooks");
	eg_tool_fails(w, NULL, 0, NULL, EG_ARGS("doctor"));
}

/* Commands of every kind at random, some of which must fail; afterwards all is well. */
static int be_random(struct eg_world *w, unsigned int seed, unsigned long rounds)
{
	static const char *const commands[][6] = {
		{ "apply", "%s/p.one.ini" },
		{ "apply", "%s/p.two.ini" },
		{ "apply", "--replace", "%s/q.ini" },
		{ "attach", "--replace", "p", "--cgroup", "@c" },
		{ "detach", "p", "--cgroup", "@c" },
		{ "remove", "p", "--force" },
		{ "remove", "q", "--force" },
		{ "remove", "--all", "--force" },
		{ "gc" },
		{ "list" },
		{ "doctor" },
	};

	while (rounds--) {
		const char *const *command = commands[(size_t)rand_r(&seed) % EG_COUNT(commands)];
		const char *args[8] = { 0 };
		struct eg_result r;
		size_t i;

		for (i = 0; command[i]; i++)
			args[i] = *command[i] == '%'   ? eg_world_str("%s%s", w->files, command[i] + 2)
				  : *command[i] == '@' ? eg_world_path(w, command[i] + 1)
						       : command[i];
		r = eg_tool_run(w, NULL, args);
		EG_CHECK(r.status == 0 || (r.status == 1 && *command[0] != 'g' && *command[0] != 'l'), "%s: %d: %s%s",
			 command[0], r.status, r.err, *command[0] == 'd' ? r.out : "");
		free(r.out);
		free(r.err);
	}
	return 0;
}

static void test_random_commands(struct eg_world *w)
{
	unsigned int i;

	eg_world_cgroup(w, "a");
	eg_world_cgroup(w, "b");
	eg_world_cgroup(w, "c");
	eg_world_policy(w, "p.one", "a b", ONE);
	eg_world_policy(w, "p.two", "a", TWO);
	eg_world_policy(w, "q", "b", TWO);
	for (i = 0; i < 4; i++) {
		if (!fork())
			_exit(be_random(w, i + 1, eg_test_scale(60)));
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
	eg_tool_ok(w, EG_ARGS("apply", "--replace", eg_world_str("%s/p.one.ini", w->files)));
	eg_tool_ok(w, EG_ARGS("doctor"));
	EXPECT(w, "a", only_one);
	eg_tool_ok(w, EG_ARGS("remove", "--all", "--force"));
	EG_CHECK(!exists(w->bpffs), "pins are left");
	EXPECT(w, "a", everything);
	EXPECT(w, "b", everything);
	EXPECT(w, "c", everything);
}

/* ---- limits ---- */

static void test_attachments_full(struct eg_world *w)
{
	const struct eg_attachment dummy = { .slot = EG_POLICIES_MAX - 1, .tag = 1, .path = "/gone" };
	cleanup_close int fd = -1;
	__u64 id;

	set_up(w);
	fd = eg_tool_pin(w, "core/attached");
	for (id = 1ull << 40; !bpf_map_update_elem(fd, &id, &dummy, BPF_ANY); id++)
		;
	EG_CHECK(errno == E2BIG && id - (1ull << 40) == EG_ATTACHMENTS_MAX - 1, "%llu: %s", id, strerror(errno));
	eg_tool_fails(w, NULL, 1, "EG_ATTACHMENTS_MAX", EG_ARGS("attach", "p", "--cgroup", eg_world_path(w, "b")));
	expect_untouched(w);
	EG_CHECK(!eg_bpf_attached(w, "b"), "programs are left on b");
	while (--id >= 1ull << 40)
		bpf_map_delete_elem(fd, &id);
	eg_tool_ok(w, EG_ARGS("attach", "p", "--cgroup", eg_world_path(w, "b")));
	EXPECT(w, "b", only_one);
}

static void test_policies_full(struct eg_world *w)
{
	const char *other;
	struct eg_slot *slots;
	size_t i;

	set_up(w);
	slots = eg_live_slots(w);
	for (i = 1; i < EG_POLICIES_MAX; i++) {
		slots[i] = (struct eg_slot){ .tag = 1, .now = slots[0].now };
		snprintf(slots[i].name, sizeof(slots[i].name), "dummy%zu", i);
	}
	other = eg_world_policy(w, "q", "b", TWO);
	eg_tool_fails(w, NULL, 1, "EG_POLICIES_MAX", EG_ARGS("apply", other));
	expect_untouched(w);
	EG_CHECK(!eg_bpf_attached(w, "b"), "programs are left on b");
	memset(slots + 1, 0, (EG_POLICIES_MAX - 1) * sizeof(*slots));
	eg_tool_apply(w, other);
	EXPECT(w, "b", only_two);
}

static void test_generations_full(struct eg_world *w)
{
	const char *other;
	struct eg_gen *gens;
	size_t i;

	set_up(w);
	gens = eg_live_gens(w);
	for (i = 0; i < EG_GENS_MAX; i++) {
		if (!gens[i].tag)
			gens[i] = (struct eg_gen){ .tag = 0xffffffff };
	}
	other = eg_world_policy(w, "p", "a", TWO);
	eg_tool_fails(w, NULL, 1, "EG_GENS_MAX", EG_ARGS("apply", other));
	expect_untouched(w);
	for (i = 0; i < EG_GENS_MAX; i++) {
		if (gens[i].tag == 0xffffffff)
			gens[i].tag = 0;
	}
	eg_tool_apply(w, other);
	EXPECT(w, "a", only_two);
}

/* ---- places and privileges ---- */

static void test_places(struct eg_world *w)
{
	const struct eg_tool bare = { .bare = true };
	const char *policy;

	set_up(w);
	policy = eg_world_policy(w, "q", "b", TWO);
	eg_tool_fails(w, &bare, 1, "is not on a bpf file system",
		      EG_ARGS("--bpffs", w->files, "--run-dir", w->run_dir, "apply", policy));
	eg_tool_fails(
		w, &bare, 1, "is not a cgroup2 mount",
		EG_ARGS("--bpffs", w->bpffs, "--run-dir", w->run_dir, "--cgroup-root", w->files, "apply", policy));
	eg_tool_fails(w, &bare, 1, "cannot make '/proc/egt'",
		      EG_ARGS("--bpffs", w->bpffs, "--run-dir", "/proc/egt", "apply", policy));
	expect_untouched(w);
	EG_CHECK(eg_bpf_wait_attached(w, "b", 0), "programs are left on b");
	eg_tool_ok(w, EG_ARGS("doctor"));
}

static void test_unprivileged(struct eg_world *w)
{
	const struct eg_tool nobody = { .uid = 65534 };
	const char *policy;

	set_up(w);
	policy = eg_world_policy(w, "q", "b", TWO);
	eg_tool_fails(w, &nobody, 1, "CAP_BPF and CAP_NET_ADMIN", EG_ARGS("apply", policy));
	eg_tool_fails(w, &nobody, 1, "CAP_BPF and CAP_NET_ADMIN", EG_ARGS("remove", "--all"));
	eg_tool_fails(w, &nobody, 1, "CAP_BPF and CAP_NET_ADMIN", EG_ARGS("list"));
	eg_tool_fails(w, &nobody, 125, "CAP_BPF and CAP_NET_ADMIN", EG_ARGS("run", "--policy", policy, "true"));
	eg_tool_fails(w, &nobody, 1, NULL, EG_ARGS("doctor"));
	expect_untouched(w);
}

/* The policies allow everything: should one be taken after all, it does no harm. */
#define HARMLESS "default = deny\nraw = allow\n[allow all]\nto = any\n"

static void test_own_cgroup(struct eg_world *w)
{
	const char *own, *above, *root, *open, *loose;

	eg_world_cgroup(w, "main/below");
	own = eg_world_policy(w, "own", "main", HARMLESS);
	above = eg_world_policy(w, "above", "", "cgroup = %s\n" HARMLESS, w->base);
	root = eg_world_policy(w, "root", "", "cgroup = /\n" HARMLESS);
	open = eg_world_policy(w, "open", "main", "default = allow\n");
	loose = eg_world_policy(w, "loose", "", HARMLESS);
	eg_tool_fails(w, NULL, 1, "holds the caller", EG_ARGS("apply", own));
	eg_tool_fails(w, NULL, 1, "holds the caller", EG_ARGS("apply", above));
	eg_tool_fails(w, NULL, 1, "root cgroup", EG_ARGS("apply", root));
	EG_CHECK(!exists(w->bpffs), "pins are left");
	eg_tool_apply(w, loose);
	eg_tool_fails(w, NULL, 1, "holds the caller", EG_ARGS("attach", "loose", "--self"));
	eg_tool_fails(w, NULL, 1, "root cgroup", EG_ARGS("attach", "loose", "--cgroup", "/"));
	EG_CHECK(!eg_bpf_attached(w, "main"), "programs on the caller's cgroup");
	eg_tool_ok(w, EG_ARGS("attach", "loose", "--self", "--force"));
	EG_CHECK(eg_bpf_attached(w, "main") == 5, "%u programs", eg_bpf_attached(w, "main"));
	eg_tool_ok(w, EG_ARGS("detach", "loose", "--self"));
	eg_tool_ok(w, EG_ARGS("apply", "--force", own));
	eg_tool_ok(w, EG_ARGS("remove", "own"));
	eg_tool_apply(w, open); /* without a default of deny there is nothing to refuse */
}

static void test_cgroup_goes(struct eg_world *w)
{
	const char *links, *policy;
	json_t *gc;

	set_up(w);
	policy = eg_world_policy(w, "p", "a b", ONE);
	eg_tool_apply(w, policy);
	EXPECT(w, "a", only_one);
	links = eg_world_str("%s/links/%016llx", w->bpffs, eg_world_id(w, "a"));
	EG_CHECK(exists(links), "no %s", links);
	eg_probe_end(w, "a");
	eg_world_remove(w, "a");
	eg_tool_ok(w, EG_ARGS("doctor"));
	gc = eg_tool_json(w, EG_ARGS("gc"));
	EG_CHECK(json_integer_value(json_object_get(gc, "attachments_dropped")) == 1, "gc dropped %lld",
		 json_integer_value(json_object_get(gc, "attachments_dropped")));
	json_decref(gc);
	EG_CHECK(!exists(links), "%s is left", links);
	EXPECT(w, "b", only_one);
	eg_tool_fails(w, NULL, 1, "cannot be opened", EG_ARGS("apply", policy));
	eg_world_cgroup(w, "a");
	EXPECT(w, "a", everything);
	eg_tool_apply(w, policy);
	EXPECT(w, "a", only_one);
	eg_tool_ok(w, EG_ARGS("doctor"));
}

/* Without gc in between: the new cgroup of that name is another one. */
static void test_cgroup_comes_back(struct eg_world *w)
{
	int i;

	set_up(w);
	for (i = 0; i < 3; i++) {
		EXPECT(w, "a", only_one);
		eg_probe_end(w, "a");
		eg_world_remove(w, "a");
		eg_world_cgroup(w, "a");
		EXPECT(w, "a", everything);
		eg_tool_apply(w, eg_world_policy(w, "p", "a", ONE));
	}
	EXPECT(w, "a", only_one);
}

static const struct eg_test tests[] = {
	{ "a bad file among good ones: the reason, and nothing changes", test_bad_file, 0 },
	{ "a cgroup in two files, or twice in one, is refused", test_same_cgroup, 0 },
	{ "a first apply that fails, and a dry run, leave nothing", test_first_fails, 0 },
	{ "names that are not loaded are refused", test_unknown_names, 0 },
	{ "ten applies at once end in one of the ten, whole", test_ten_at_once, 0 },
	{ "commands of every kind at once leave nothing inconsistent", test_random_commands, 120 },
	{ "a full table of attachments changes nothing", test_attachments_full, 0 },
	{ "a full table of policies changes nothing", test_policies_full, 0 },
	{ "a full table of generations changes nothing", test_generations_full, 0 },
	{ "directories of the wrong kind are refused", test_places, 0 },
	{ "without privileges the message names them", test_unprivileged, 0 },
	{ "the root cgroup and the caller's own need --force", test_own_cgroup, 0 },
	{ "gc drops a cgroup that is gone, and it can come back", test_cgroup_goes, 0 },
	{ "a cgroup made anew is bound anew", test_cgroup_comes_back, 0 },
};

EG_TEST_MAIN(tests)
