/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_fault.c - bad input, full tables, damaged or foreign pins: refused with the reason, nothing half done,
 * and what cannot be judged is denied.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "egbpf.h"
#include "egprobe.h"
#include "egress/abi.h"
#include "egtest.h"
#include "egtool.h"

#define ONE "default = deny\n[allow one]\nto = 203.0.113.1, 2001:db8::1\n"
#define TWO "default = deny\n[allow two]\nto = 203.0.113.2\n"

static const struct eg_expect only_one[] = {
	{ { EG_TCP4, "203.0.113.1", 80 }, true },     { { EG_TCP4, "203.0.113.2", 80 }, false },
	{ { EG_SENDTO6, "2001:db8::1", 80 }, true },  { { EG_SENDTO6, "2001:db8::2", 80 }, false },
	{ { EG_SENDTO4, "203.0.113.2", 80 }, false }, { { EG_TCP6, "2001:db8::2", 80 }, false },
};
static const struct eg_expect only_two[] = {
	{ { EG_TCP4, "203.0.113.1", 80 }, false },
	{ { EG_TCP4, "203.0.113.2", 80 }, true },
};
static const struct eg_expect everything[] = {
	{ { EG_TCP4, "203.0.113.1", 80 }, true },
	{ { EG_TCP4, "203.0.113.2", 80 }, true },
	{ { EG_SENDTO6, "2001:db8::2", 80 }, true },
};

#define EXPECT(w, cgroup, rows) eg_probe_expect(w, cgroup, rows, EG_COUNT(rows), (w)->denied)

static void apply(struct eg_world *w, const char *policy)
{
	EG_NEED(eg_tool_ok(w, EG_ARGS("apply", policy)), "the policy is not in force");
}

/* Policy p, which allows "one", is in force on cgroup a; b is without one. */
static void set_up(struct eg_world *w)
{
	eg_world_cgroup(w, "a");
	eg_world_cgroup(w, "b");
	apply(w, eg_world_policy(w, "p", "a", ONE));
}

static void expect_untouched(struct eg_world *w)
{
	EXPECT(w, "a", only_one);
	EXPECT(w, "b", everything);
}

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

static void *map_pin(const struct eg_world *w, const char *name, size_t size)
{
	cleanup_close int fd = eg_tool_pin(w, name);
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	EG_NEED(fd >= 0 && at != MAP_FAILED, "%s: %s", name, strerror(errno));
	return at;
}

static void test_policies_full(struct eg_world *w)
{
	const char *other;
	struct eg_slot *slots;
	size_t i;

	set_up(w);
	slots = map_pin(w, "core/slots", EG_POLICIES_MAX * sizeof(*slots));
	for (i = 1; i < EG_POLICIES_MAX; i++) {
		slots[i] = (struct eg_slot){ .tag = 1, .now = slots[0].now };
		snprintf(slots[i].name, sizeof(slots[i].name), "dummy%zu", i);
	}
	other = eg_world_policy(w, "q", "b", TWO);
	eg_tool_fails(w, NULL, 1, "EG_POLICIES_MAX", EG_ARGS("apply", other));
	expect_untouched(w);
	EG_CHECK(!eg_bpf_attached(w, "b"), "programs are left on b");
	memset(slots + 1, 0, (EG_POLICIES_MAX - 1) * sizeof(*slots));
	apply(w, other);
	EXPECT(w, "b", only_two);
}

static void test_generations_full(struct eg_world *w)
{
	const char *other;
	struct eg_gen *gens;
	size_t i;

	set_up(w);
	gens = map_pin(w, "core/gens", EG_GENS_MAX * sizeof(*gens));
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
	apply(w, other);
	EXPECT(w, "a", only_two);
}

/* ---- foreign programs and pins ---- */

/* connect4 that lets everything pass. Returns its descriptor and id. */
static int foreign_program(__u32 *id)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_CGROUP_UDP6_SENDMSG);
	int fd = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "egt_foreign", "GPL", insns, EG_COUNT(insns), &opts);
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	EG_NEED(fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len), "foreign program: %s", strerror(errno));
	*id = info.id;
	return fd;
}

static void foreign_attach(struct eg_world *w, const char *cgroup, int prog, unsigned int flags)
{
	cleanup_close int fd = open(eg_world_dir(w, cgroup), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	EG_NEED(!bpf_prog_attach(prog, fd, BPF_CGROUP_UDP6_SENDMSG, flags), "attach: %s", strerror(errno));
}

static void foreign_detach(struct eg_world *w, const char *cgroup, int prog)
{
	cleanup_close int fd = open(eg_world_dir(w, cgroup), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	EG_NEED(!bpf_prog_detach2(prog, fd, BPF_CGROUP_UDP6_SENDMSG), "detach: %s", strerror(errno));
}

static void test_foreign_program(struct eg_world *w)
{
	const char *policy, *below;
	__u32 id;
	cleanup_close int prog = foreign_program(&id);

	set_up(w);
	eg_world_cgroup(w, "b/c");
	foreign_attach(w, "b", prog, 0);
	policy = eg_world_policy(w, "q", "b", TWO);
	below = eg_world_policy(w, "r", "b/c", TWO);
	eg_tool_fails(w, NULL, 1, eg_world_str("program %u ", id), EG_ARGS("apply", policy));
	eg_tool_fails(w, NULL, 1, "BPF_F_ALLOW_MULTI", EG_ARGS("apply", below));
	eg_tool_fails(w, NULL, 1, "BPF_F_ALLOW_MULTI", EG_ARGS("attach", "p", "--cgroup", eg_world_path(w, "b")));
	expect_untouched(w);
	EG_CHECK(eg_bpf_wait_attached(w, "b", 1), "%u programs on b", eg_bpf_attached(w, "b"));
	EG_CHECK(eg_bpf_wait_attached(w, "b/c", 0), "%u programs below b", eg_bpf_attached(w, "b/c"));
	eg_tool_ok(w, EG_ARGS("doctor"));
	foreign_detach(w, "b", prog);
	apply(w, policy);
	EXPECT(w, "b", only_two);
	EXPECT(w, "b/c", only_two);
}

static void test_foreign_multi(struct eg_world *w)
{
	__u32 id;
	cleanup_close int prog = foreign_program(&id);

	set_up(w);
	foreign_attach(w, "b", prog, BPF_F_ALLOW_MULTI);
	apply(w, eg_world_policy(w, "q", "b", ONE));
	EXPECT(w, "b", only_one);
	eg_tool_ok(w, EG_ARGS("remove", "q"));
	EG_CHECK(eg_bpf_wait_attached(w, "b", 1), "%u programs on b", eg_bpf_attached(w, "b"));
}

static __u32 pinned_id(const char *path)
{
	cleanup_close int fd = bpf_obj_get(path);
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);

	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) ? info.id : 0;
}

/* Pins a map there that differs from an outer one of ours in nothing but its type. Returns its id. */
static __u32 pin_stranger(const char *path)
{
	cleanup_close int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "stranger", 4, 4, EG_TABLES_MAX, NULL);

	EG_NEED(fd >= 0 && !bpf_obj_pin(fd, path), "pin %s: %s", path, strerror(errno));
	return pinned_id(path);
}

static void expect_refused(struct eg_world *w, const char *policy, const char *path, __u32 id)
{
	const char *const commands[][5] = {
		{ "apply", policy },
		{ "list" },
		{ "show", "p" },
		{ "gc" },
		{ "remove", "p" },
		{ "remove", "--all" },
		{ "attach", "p", "--cgroup", eg_world_path(w, "b") },
		{ "run", "--policy", policy, "true" },
	};
	size_t i;

	for (i = 0; i < EG_COUNT(commands); i++) {
		struct eg_result r = eg_tool_run(w, NULL, commands[i]);

		EG_CHECK(r.status == (*commands[i][0] == 'r' && commands[i][0][1] == 'u' ? 125 : 1) &&
				 strstr(r.err, "are not usable"),
			 "%s: %d: %s", commands[i][0], r.status, r.err);
		EG_CHECK(pinned_id(path) == id, "%s touched %s", commands[i][0], path);
		free(r.out);
		free(r.err);
	}
}

static void test_foreign_core(struct eg_world *w)
{
	const char *path = eg_world_str("%s/core/slots", w->bpffs);
	const char *policy;
	__u32 id;

	eg_world_cgroup(w, "a");
	eg_world_cgroup(w, "b");
	policy = eg_world_policy(w, "p", "a", ONE);
	EG_NEED(!mkdir(w->bpffs, 0700) && !mkdir(eg_world_str("%s/core", w->bpffs), 0700), "mkdir: %s",
		strerror(errno));
	id = pin_stranger(path);
	expect_refused(w, policy, path, id);
	EXPECT(w, "a", everything);
}

static void test_foreign_dir(struct eg_world *w)
{
	const char *path = eg_world_str("%s/theirs", w->bpffs);
	const char *policy;
	__u32 id;

	eg_world_cgroup(w, "a");
	policy = eg_world_policy(w, "p", "a", ONE);
	EG_NEED(!mkdir(w->bpffs, 0700), "mkdir: %s", strerror(errno));
	id = pin_stranger(path);
	eg_tool_fails(w, NULL, 1, w->bpffs, EG_ARGS("apply", policy));
	eg_tool_ok(w, EG_ARGS("gc"));
	eg_tool_ok(w, EG_ARGS("remove", "--all"));
	EG_CHECK(pinned_id(path) == id, "the stranger's pin is gone");
	EXPECT(w, "a", everything);
}

static void test_foreign_map(struct eg_world *w)
{
	static const char *const names[] = { "store", "slots", "gens", "blocks", "abi", "attached" };
	size_t i;

	set_up(w);
	for (i = 0; i < EG_COUNT(names); i++) {
		const char *path = eg_world_str("%s/core/%s", w->bpffs, names[i]);
		cleanup_close int ours = bpf_obj_get(path);

		EG_NEED(ours >= 0 && !unlink(path), "%s: %s", path, strerror(errno));
		expect_refused(w, eg_world_policy(w, "p.two", "a", TWO), path, 0);
		expect_refused(w, eg_world_policy(w, "p.two", "a", TWO), path, pin_stranger(path));
		expect_untouched(w);
		EG_NEED(!unlink(path) && !bpf_obj_pin(ours, path), "%s: %s", path, strerror(errno));
	}
	eg_tool_ok(w, EG_ARGS("doctor"));
}

static void test_newer_abi(struct eg_world *w)
{
	struct eg_abi *abi;

	set_up(w);
	abi = map_pin(w, "core/abi", sizeof(*abi));
	abi->version = EG_ABI_VERSION + 1;
	expect_refused(w, eg_world_policy(w, "p.two", "a", TWO), eg_world_str("%s/core/abi", w->bpffs),
		       pinned_id(eg_world_str("%s/core/abi", w->bpffs)));
	eg_tool_fails(w, NULL, 1, eg_world_str("ABI version is %u", EG_ABI_VERSION + 1), EG_ARGS("list"));
	eg_tool_fails(w, NULL, 1, NULL, EG_ARGS("doctor"));
	expect_untouched(w);
	abi->version = EG_ABI_VERSION;
	eg_tool_ok(w, EG_ARGS("list"));
	eg_tool_ok(w, EG_ARGS("remove", "p"));
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
	apply(w, loose);
	eg_tool_fails(w, NULL, 1, "holds the caller", EG_ARGS("attach", "loose", "--self"));
	eg_tool_fails(w, NULL, 1, "root cgroup", EG_ARGS("attach", "loose", "--cgroup", "/"));
	EG_CHECK(!eg_bpf_attached(w, "main"), "programs on the caller's cgroup");
	eg_tool_ok(w, EG_ARGS("attach", "loose", "--self", "--force"));
	EG_CHECK(eg_bpf_attached(w, "main") == 5, "%u programs", eg_bpf_attached(w, "main"));
	eg_tool_ok(w, EG_ARGS("detach", "loose", "--self"));
	eg_tool_ok(w, EG_ARGS("apply", "--force", own));
	eg_tool_ok(w, EG_ARGS("remove", "own"));
	apply(w, open); /* without a default of deny there is nothing to refuse */
}

static void test_cgroup_goes(struct eg_world *w)
{
	const char *links, *policy;
	json_t *gc;

	set_up(w);
	policy = eg_world_policy(w, "p", "a b", ONE);
	apply(w, policy);
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
	apply(w, policy);
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
		apply(w, eg_world_policy(w, "p", "a", ONE));
	}
	EXPECT(w, "a", only_one);
}

/* ---- damage: what cannot be judged is denied, and counted ---- */

/* The live generation of the only policy. */
static struct eg_gen *live_gen(struct eg_slot *slots, struct eg_gen *gens)
{
	size_t i = 0;

	while (i < EG_POLICIES_MAX - 1 && !slots[i].tag)
		i++;
	return &gens[EG_NOW_GEN(slots[i].now)];
}

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
	slots = map_pin(w, "core/slots", EG_POLICIES_MAX * sizeof(*slots));
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
	struct eg_slot *slots;
	struct eg_gen *gen;
	cleanup_close int outer = -1;
	__u32 index;

	snprintf(p.addr, sizeof(p.addr), "%s", addr);
	p.family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	apply(w, eg_world_policy(w, "p", "a", "default = allow\n[allow x]\nto = %s\nport = 80\n", to));
	EG_CHECK(!eg_probe_try(w, "a", &p, NULL), "%s: denied before the damage", name);
	slots = map_pin(w, "core/slots", EG_POLICIES_MAX * sizeof(*slots));
	gen = live_gen(slots, map_pin(w, "core/gens", EG_GENS_MAX * sizeof(*gen)));
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
	struct eg_gen *gens, *gen, good;
	__u64 now;

	eg_world_cgroup(w, "a");
	apply(w, eg_world_policy(w, "p", "a", WITH_ROW));
	slots = map_pin(w, "core/slots", EG_POLICIES_MAX * sizeof(*slots));
	gens = map_pin(w, "core/gens", EG_GENS_MAX * sizeof(*gens));
	gen = live_gen(slots, gens);
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
	expect_faults(w, EG_REASON_BROKEN, "hosts beyond the table");
	*gen = good;
	EG_CHECK(eg_probe_try(w, "a", &faulty[0], NULL) == 0, "not as before");
}

/* Inner maps by their id; the row of an entry is changed to one that is not there. */
static void test_missing_row(struct eg_world *w)
{
	static const __u32 rows[] = { 1000, 0x3fffffff };
	cleanup_close int outer = -1, inner = -1;
	struct eg_slot *slots;
	struct eg_gen *gen;
	struct eg_cell good, bad = { 0 };
	struct eg_key4 key;
	__u32 index, id;
	size_t i;

	eg_world_cgroup(w, "a");
	apply(w, eg_world_policy(w, "p", "a", WITH_ROW));
	slots = map_pin(w, "core/slots", EG_POLICIES_MAX * sizeof(*slots));
	gen = live_gen(slots, map_pin(w, "core/gens", EG_GENS_MAX * sizeof(*gen)));
	index = gen->hash4 - 1;
	outer = eg_tool_pin(w, "core/hash4");
	EG_NEED(!bpf_map_lookup_elem(outer, &index, &id), "no hosts: %s", strerror(errno));
	inner = bpf_map_get_fd_by_id(id);
	EG_NEED(inner >= 0 && !bpf_map_get_next_key(inner, NULL, &key), "no host: %s", strerror(errno));
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
	{ "a bad file among good ones: the reason, and nothing changes", test_bad_file, 0 },
	{ "a cgroup in two files, or twice in one, is refused", test_same_cgroup, 0 },
	{ "a first apply that fails, and a dry run, leave nothing", test_first_fails, 0 },
	{ "names that are not loaded are refused", test_unknown_names, 0 },
	{ "ten applies at once end in one of the ten, whole", test_ten_at_once, 0 },
	{ "commands of every kind at once leave nothing inconsistent", test_random_commands, 120 },
	{ "a full table of attachments changes nothing", test_attachments_full, 0 },
	{ "a full table of policies changes nothing", test_policies_full, 0 },
	{ "a full table of generations changes nothing", test_generations_full, 0 },
	{ "a foreign program that allows no other is named", test_foreign_program, 0 },
	{ "a foreign program that allows others stays beside ours", test_foreign_multi, 0 },
	{ "foreign pins in the place of ours are refused and not touched", test_foreign_core, 0 },
	{ "a directory of someone else's pins is refused and not touched", test_foreign_dir, 0 },
	{ "a map of ours that is missing or foreign is refused, the policy stays", test_foreign_map, 0 },
	{ "pins of another ABI version are refused, the policy stays", test_newer_abi, 0 },
	{ "directories of the wrong kind are refused", test_places, 0 },
	{ "without privileges the message names them", test_unprivileged, 0 },
	{ "the root cgroup and the caller's own need --force", test_own_cgroup, 0 },
	{ "gc drops a cgroup that is gone, and it can come back", test_cgroup_goes, 0 },
	{ "a cgroup made anew is bound anew", test_cgroup_comes_back, 0 },
	{ "an attachment whose policy is not there denies", test_stale, 0 },
	{ "a table that is missing denies", test_missing_tables, 0 },
	{ "a generation that is damaged denies", test_broken_generation, 0 },
	{ "a row that is missing denies", test_missing_row, 0 },
};

EG_TEST_MAIN(tests)
