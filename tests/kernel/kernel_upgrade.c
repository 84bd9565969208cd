/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_upgrade.c - the programs of another build are replaced in place, and only where that is safe.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "egnet.h"
#include "egtest.h"
#include "egtool.h"
#include "kernel/runtime.h"

#define DENIED "192.0.2.1"

/* Makes the pins look as if another build had loaded them. */
static void pretend_other_build(const struct eg_world *w)
{
	struct eg_runtime rt = EG_RUNTIME_INIT;
	struct eg_err err = EG_ERR_INIT;

	EG_NEED(!eg_runtime_open(w->bpffs, EG_BPFFS_CHANGE, &rt, &err), "%s", err.what);
	rt.abi->build ^= 1;
	eg_runtime_close(&rt);
}

static const char *link_pin(const struct eg_world *w, const char *cgroup, const char *hook)
{
	return eg_world_str("%s/links/%016llx/%s", w->bpffs, eg_world_id(w, cgroup), hook);
}

/* The id of the program that a pinned link runs; 0: none. */
static __u32 program_of(const char *pin)
{
	struct bpf_link_info info = { 0 };
	__u32 len = sizeof(info);
	cleanup_close int fd = bpf_obj_get(pin);

	return fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.prog_id;
}

struct loop {
	const struct eg_world *w;
	int stop; /* read end of a pipe: closed when it is over */
};

/* Tries the denied address until told to stop. Returns 0 if no try got through. */
static int try_denied(void *arg)
{
	const struct eg_probe probes[] = { { EG_TCP4, DENIED, 443 },
					   { EG_UDP4, DENIED, 443 },
					   { EG_SENDTO4, DENIED, 443 } };
	const struct loop *loop = arg;
	char byte;
	size_t i;

	while (read(loop->stop, &byte, 1) < 0) {
		for (i = 0; i < EG_COUNT(probes); i++) {
			if (eg_net_try(&probes[i]) != loop->w->denied)
				return 1;
		}
	}
	return 0;
}

static void every_link_gets_the_new_program_without_a_gap(struct eg_world *w)
{
	static const char *const hooks[] = { "connect4", "connect6", "sendmsg4", "sendmsg6", "sock_create" };
	unsigned long rounds = eg_test_scale(40), n;
	int pipes[2], status = -1;
	const char *file;
	struct loop loop;
	__u32 before[5];
	pid_t pid;
	size_t i;

	eg_world_cgroup(w, "a");
	file = eg_world_policy(w, "p", "a", "default = deny\n");
	EG_NEED(eg_tool_ok(w, EG_ARGS("apply", file)), "apply");
	EG_NEED(!pipe2(pipes, O_NONBLOCK | O_CLOEXEC), "pipe");
	loop = (struct loop){ w, pipes[0] };
	pid = fork();
	if (!pid) {
		close(pipes[1]);
		_exit(eg_world_in(w, "a", try_denied, &loop));
	}
	for (n = 0; n < rounds; n++) {
		for (i = 0; i < EG_COUNT(hooks); i++)
			before[i] = program_of(link_pin(w, "a", hooks[i]));
		pretend_other_build(w);
		EG_NEED(eg_tool_ok(w, EG_ARGS("apply", file)), "apply over another build's pins");
		for (i = 0; i < EG_COUNT(hooks); i++)
			EG_CHECK(program_of(link_pin(w, "a", hooks[i])) != before[i] && before[i],
				 "link %s still runs program %u", hooks[i], before[i]);
	}
	close(pipes[1]);
	EG_CHECK(waitpid(pid, &status, 0) == pid && status == 0, "a denied call got through during an upgrade");
	EG_CHECK(eg_tool_hits(w, "p", "default") > 0, "the hits are gone");
	EG_CHECK(eg_tool_faults(w, EG_REASON_STALE) == 0, "stale decisions");
	EG_CHECK(eg_tool_faults(w, EG_REASON_BROKEN) == 0, "broken decisions");
}

static void a_second_apply_of_the_same_build_keeps_the_programs(struct eg_world *w)
{
	const char *file, *pin;
	__u32 before;

	eg_world_cgroup(w, "a");
	file = eg_world_policy(w, "p", "a", "default = deny\n");
	EG_NEED(eg_tool_ok(w, EG_ARGS("apply", file)), "apply");
	pin = link_pin(w, "a", "connect4");
	before = program_of(pin);
	EG_NEED(eg_tool_ok(w, EG_ARGS("apply", file)), "apply");
	EG_CHECK(before && program_of(pin) == before, "the program changed");
}

/* A program without our storage after one with it, or the reverse, panics 5.10 and 6.12. */
static void a_link_with_a_foreign_program_is_never_updated(struct eg_world *w)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_CGROUP_INET4_CONNECT);
	int prog = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "foreign", "GPL", pass, EG_COUNT(pass), &opts);
	const char *file, *pin;
	int link, dir;
	__u32 foreign;

	eg_world_cgroup(w, "a");
	file = eg_world_policy(w, "p", "a", "default = deny\n");
	EG_NEED(eg_tool_ok(w, EG_ARGS("apply", file)), "apply");
	pin = link_pin(w, "a", "connect4");
	dir = open(eg_world_dir(w, "a"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	link = bpf_link_create(prog, dir, BPF_CGROUP_INET4_CONNECT, NULL);
	EG_NEED(prog >= 0 && dir >= 0 && link >= 0, "foreign link: %d", errno);
	EG_NEED(!unlink(pin) && !bpf_obj_pin(link, pin), "foreign pin: %d", errno);
	foreign = program_of(pin);
	pretend_other_build(w);
	EG_CHECK(eg_tool_fails(w, NULL, EG_EXIT_FAILED, "does not use the pinned storage", EG_ARGS("apply", file)),
		 "apply over a foreign link");
	EG_CHECK(program_of(pin) == foreign, "the foreign link was updated");
}

static const struct eg_test tests[] = {
	{ "every link gets the new program without a gap", every_link_gets_the_new_program_without_a_gap, 120 },
	{ "a second apply of the same build keeps the programs", a_second_apply_of_the_same_build_keeps_the_programs,
	  0 },
	{ "a link with a foreign program is never updated", a_link_with_a_foreign_program_is_never_updated, 0 },
};

EG_TEST_MAIN(tests)
