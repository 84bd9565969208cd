/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_foreign.c - programs and pins of others, and of other versions of ours: named, refused, and not touched.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "egbpf.h"
#include "eglive.h"
#include "simple.h"

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
	eg_tool_apply(w, policy);
	EXPECT(w, "b", only_two);
	EXPECT(w, "b/c", only_two);
}

static void test_foreign_multi(struct eg_world *w)
{
	__u32 id;
	cleanup_close int prog = foreign_program(&id);

	set_up(w);
	foreign_attach(w, "b", prog, BPF_F_ALLOW_MULTI);
	eg_tool_apply(w, eg_world_policy(w, "q", "b", ONE));
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
	abi = eg_live_map(w, "core/abi", sizeof(*abi));
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

/* Puts another map in the place of one of ours; returns ours. */
static int swap_pin(const char *path, int other)
{
	int ours = bpf_obj_get(path);

	EG_NEED(ours >= 0 && !unlink(path) && (other < 0 || !bpf_obj_pin(other, path)), "%s: %s", path,
		strerror(errno));
	return ours;
}

static void swap_back(const char *path, int ours)
{
	unlink(path);
	EG_NEED(!bpf_obj_pin(ours, path), "%s: %s", path, strerror(errno));
	close(ours);
}

/* The other version knows nothing of our maps but where magic and version stand. */
static void expect_version(struct eg_world *w, __u32 version, __u32 size)
{
	LIBBPF_OPTS(bpf_map_create_opts, mapped, .map_flags = BPF_F_MMAPABLE);
	cleanup_close int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "abi", 4, size, 1, &mapped);
	const char *abi = eg_world_str("%s/core/abi", w->bpffs), *gens = eg_world_str("%s/core/gens", w->bpffs),
		   *trie4 = eg_world_str("%s/core/trie4", w->bpffs);
	cleanup_free __u32 *value = calloc(1, size);
	__u32 zero = 0;
	int ours[3];

	EG_NEED(map >= 0 && value, "abi: %s", strerror(errno));
	value[0] = EG_ABI_MAGIC;
	value[1] = version;
	EG_NEED(!bpf_map_update_elem(map, &zero, value, BPF_ANY), "abi: %s", strerror(errno));
	ours[0] = swap_pin(abi, map);
	ours[1] = swap_pin(gens, map);
	ours[2] = swap_pin(trie4, -1);
	expect_refused(w, eg_world_policy(w, "p.two", "a", TWO), abi, pinned_id(abi));
	eg_tool_fails(w, NULL, 1, eg_world_str("ABI version is %u", version), EG_ARGS("list"));
	eg_tool_fails(w, NULL, 1, eg_world_str("ABI version is %u", version), EG_ARGS("remove", "--all"));
	expect_untouched(w);
	swap_back(abi, ours[0]);
	swap_back(gens, ours[1]);
	swap_back(trie4, ours[2]);
	eg_tool_ok(w, EG_ARGS("doctor"));
}

static void test_other_layout(struct eg_world *w)
{
	set_up(w);
	expect_version(w, EG_ABI_VERSION + 1, 8192);
	expect_version(w, EG_ABI_VERSION - 1, sizeof(struct eg_abi));
	expect_version(w, 0, 8);
}

static const struct eg_test tests[] = {
	{ "a foreign program that allows no other is named", test_foreign_program, 0 },
	{ "a foreign program that allows others stays beside ours", test_foreign_multi, 0 },
	{ "foreign pins in the place of ours are refused and not touched", test_foreign_core, 0 },
	{ "a directory of someone else's pins is refused and not touched", test_foreign_dir, 0 },
	{ "a map of ours that is missing or foreign is refused, the policy stays", test_foreign_map, 0 },
	{ "pins of another ABI version are refused, the policy stays", test_newer_abi, 0 },
	{ "another ABI version is named also where its maps differ from ours", test_other_layout, 0 },
};

EG_TEST_MAIN(tests)
