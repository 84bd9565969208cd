/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_run.c - "egressctl run": the command is policed from its first instruction, behaves as if it had been
 * called without us, and leaves nothing.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "eglive.h"
#include "egprobe.h"
#include "egtest.h"
#include "egtool.h"

#define ALLOWED "203.0.113.1"
#define DENIED "203.0.113.2"

/* Written once: others may be reading it. */
static const char *policy(const struct eg_world *w)
{
	const char *path = eg_world_str("%s/p.ini", w->files);

	if (!access(path, F_OK))
		return path;
	return eg_world_policy(w, "p", "", "default = deny\n[allow one]\nto = " ALLOWED "\n");
}

/* The directory of the only instance below our cgroup, or NULL. */
static const char *instance(const struct eg_world *w)
{
	const char *dir = eg_world_dir(w, "main"), *found = NULL;
	cleanup_closedir DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (!strncmp(e->d_name, "egressctl-run-", 14))
			found = eg_world_str("main/%s", e->d_name);
	}
	return found;
}

static void expect_nothing_left(const struct eg_world *w)
{
	EG_CHECK(access(w->bpffs, F_OK), "pins are left");
	EG_CHECK(access(w->run_dir, F_OK), "texts are left");
	EG_CHECK(!instance(w), "cgroup %s is left", instance(w));
}

/* Runs a shell command under the policy. */
static struct eg_result run_shell(const struct eg_world *w, const char *command)
{
	return eg_tool_run(w, NULL, EG_ARGS("run", "--policy", policy(w), "--", "/bin/sh", "-c", command));
}

static void expect_shell(const struct eg_world *w, const char *command, int status, const char *out)
{
	struct eg_result r = run_shell(w, command);

	EG_CHECK(r.status == status, "'%s': status %d instead of %d: %s", command, r.status, status, r.err);
	EG_CHECK(!out || !strcmp(r.out, out), "'%s' prints '%s'", command, r.out);
	EG_CHECK(!*r.err, "'%s': %s", command, r.err);
	free(r.out);
	free(r.err);
}

static void test_status(struct eg_world *w)
{
	static const struct {
		const char *command;
		int status;
	} rows[] = {
		{ "true", 0 },
		{ "exit 1", 1 },
		{ "exit 77", 77 },
		{ "exit 125", 125 },
		{ "exit 255", 255 },
		{ "kill -9 $$", 128 + 9 },
		{ "kill -15 $$", 128 + 15 },
		{ "kill -11 $$", 128 + 11 },
	};
	size_t i;

	for (i = 0; i < EG_COUNT(rows); i++) {
		expect_shell(w, rows[i].command, rows[i].status, "");
		expect_nothing_left(w);
	}
}

static void test_not_executable(struct eg_world *w)
{
	const char *file = eg_world_file(w, "plain", "no program\n");

	eg_tool_fails(w, NULL, 127, "egt-no-such-command",
		      EG_ARGS("run", "--policy", policy(w), "egt-no-such-command"));
	eg_tool_fails(w, NULL, 127, "/no/such/file", EG_ARGS("run", "--policy", policy(w), "/no/such/file"));
	eg_tool_fails(w, NULL, 126, file, EG_ARGS("run", "--policy", policy(w), file));
	eg_tool_fails(w, NULL, 126, w->files, EG_ARGS("run", "--policy", policy(w), w->files));
	expect_nothing_left(w);
	eg_tool_fails(w, NULL, 125, "egt-nobody-of-that-name",
		      EG_ARGS("run", "--user", "egt-nobody-of-that-name", "--policy", policy(w), "true"));
	eg_tool_fails(w, NULL, 125, "no-such.ini", EG_ARGS("run", "--policy", "/no-such.ini", "true"));
	eg_tool_fails(w, NULL, 3, "error",
		      EG_ARGS("run", "--policy", eg_world_policy(w, "bad", "", "default = perhaps\n"), "true"));
	eg_tool_fails(w, NULL, 2, "--policy", EG_ARGS("run", "true"));
	expect_nothing_left(w);
}

static void test_streams(struct eg_world *w)
{
	const struct eg_tool tool = { .input = "one\ntwo\n" };
	struct eg_result r = eg_tool_run(w, &tool,
					 EG_ARGS("run", "--policy", policy(w), "/bin/sh", "-c",
						 "cat; echo to-stderr >&2; echo $0 $1", "a b", "--json"));

	EG_CHECK(!strcmp(r.out, "one\ntwo\na b --json\n"), "stdout: '%s'", r.out);
	EG_CHECK(!strcmp(r.err, "to-stderr\n"), "stderr: '%s'", r.err);
	free(r.out);
	free(r.err);
	setenv("EGT_PASSED", "through", 1);
	expect_shell(w, "echo $EGT_PASSED", 0, "through\n");
}

/* With a map of ours in its hands it could rewrite its policy, without any privilege: mmap asks for none. */
static void test_descriptors(struct eg_world *w)
{
	static const char *const when[] = { "the first of all", "beside a loaded policy" };
	size_t i;

	for (i = 0; i < EG_COUNT(when); i++) {
		struct eg_result r = run_shell(w, "ls -l /proc/self/fd");

		EG_CHECK(!r.status && !strstr(r.out, "bpf") && !strstr(r.out, "/sys/fs"), "%s: it inherits %s", when[i],
			 r.out);
		free(r.out);
		free(r.err);
		/* its standard streams, and the directory that ls reads */
		expect_shell(w, "ls /proc/self/fd | wc -l", 0, "4\n");
		eg_tool_ok(w, EG_ARGS("apply", eg_world_policy(w, "loaded", "", "default = deny\n")));
	}
}

static const char *const *probe_args(const struct eg_world *w, const char *file, const char *addr, bool stay)
{
	static const char *args[16];
	const char *const words[] = { "run",	 "--policy", policy(w), "--", eg_probe_self(),
				      "--probe", file,	     addr,	"80", stay ? "stay" : NULL,
				      NULL };

	memcpy(args, words, sizeof(words));
	return args;
}

static void test_policed(struct eg_world *w)
{
	const char *file = eg_world_str("%s/seen", w->files);
	const struct eg_probe denied = { EG_UDP4, DENIED, 80 };

	EG_CHECK(!eg_net_try(&denied), "denied even without a policy");
	eg_tool_ok(w, probe_args(w, file, ALLOWED, false));
	EG_CHECK(eg_probe_written(file) == 0, "allowed: %s", strerror(eg_probe_written(file)));
	eg_tool_ok(w, probe_args(w, file, DENIED, false));
	EG_CHECK(eg_probe_written(file) == w->denied, "denied: %s", strerror(eg_probe_written(file)));
	EG_CHECK(!eg_net_try(&denied), "the caller is denied too");
	expect_nothing_left(w);
}

/* ---- what it becomes ---- */

static bool has_line(const char *text, const char *name, const char *value)
{
	const char *line = strstr(text, eg_world_str("\n%s:", name));

	return line && !strncmp(line + strlen(name) + 2, value, strlen(value));
}

static void test_identity(struct eg_world *w)
{
	static const char *const lines[][2] = {
		{ "Uid", "\t65534\t65534\t65534\t65534" },
		{ "Gid", "\t65534\t65534\t65534\t65534" },
		{ "Groups", "\t65534" },
		{ "CapInh", "\t0000000000000000" },
		{ "CapPrm", "\t0000000000000000" },
		{ "CapEff", "\t0000000000000000" },
		{ "CapBnd", "\t0000000000000000" },
		{ "CapAmb", "\t0000000000000000" },
		{ "NoNewPrivs", "\t1" },
		{ "SigBlk", "\t0000000000000000" },
	};
	struct eg_result r = eg_tool_run(w, NULL,
					 EG_ARGS("run", "--user", "65534", "--no-new-privs", "--drop-caps", "--policy",
						 policy(w), "--", "/bin/cat", "/proc/self/status"));
	size_t i;

	EG_CHECK(!r.status, "status %d: %s", r.status, r.err);
	for (i = 0; i < EG_COUNT(lines); i++)
		EG_CHECK(has_line(r.out, lines[i][0], lines[i][1]), "%s is not%s in: %s", lines[i][0], lines[i][1],
			 r.out);
	free(r.out);
	free(r.err);
	expect_nothing_left(w);
}

static void test_options_alone(struct eg_world *w)
{
	static const struct {
		const char *option, *value;
		const char *line, *shows;
	} rows[] = {
		{ "--user", "nobody", "Uid", "\t65534" },
		{ "--user", "65534", "CapEff", "\t0000000000000000" },
		{ "--no-new-privs", NULL, "NoNewPrivs", "\t1" },
		{ "--no-new-privs", NULL, "Uid", "\t0" },
		{ "--drop-caps", NULL, "CapBnd", "\t0000000000000000" },
		{ "--drop-caps", NULL, "NoNewPrivs", "\t0" },
	};
	size_t i;

	for (i = 0; i < EG_COUNT(rows); i++) {
		const char *args[] = { "run",
				       "--policy",
				       policy(w),
				       rows[i].option,
				       rows[i].value ? rows[i].value : "--",
				       rows[i].value ? "--" : "/bin/cat",
				       rows[i].value ? "/bin/cat" : "/proc/self/status",
				       rows[i].value ? "/proc/self/status" : NULL,
				       NULL };
		struct eg_result r = eg_tool_run(w, NULL, args);

		EG_CHECK(!r.status && has_line(r.out, rows[i].line, rows[i].shows), "%s: %d: %s%s", rows[i].option,
			 r.status, r.err, r.out);
		free(r.out);
		free(r.err);
	}
}

/* The command cannot leave: root without capabilities cannot move itself, nor touch the pins. */
static void test_cannot_undo(struct eg_world *w)
{
	const char *file = eg_world_str("%s/seen", w->files);
	const char *script = eg_world_str("echo 0 2>/dev/null >%s/cgroup.procs; rm -rf %s 2>/dev/null; "
					  "exec %s --probe %s " DENIED " 80",
					  eg_world_dir(w, "main"), w->pins, eg_probe_self(), file);
	struct eg_result r;

	EG_NEED(!chmod(w->files, 0777), "chmod: %s", strerror(errno));
	r = eg_tool_run(
		w, NULL,
		EG_ARGS("run", "--user", "65534", "--drop-caps", "--policy", policy(w), "/bin/sh", "-c", script));
	EG_CHECK(!r.status && eg_probe_written(file) == w->denied, "status %d, %s: %s", r.status,
		 strerror(eg_probe_written(file)), r.err);
	free(r.out);
	free(r.err);
}

/* ---- signals ---- */

struct awaited {
	const struct eg_world *w;
	const char *file;
};

static bool is_written(void *arg)
{
	const struct awaited *a = arg;

	return !access(a->file, F_OK);
}

static void await(const struct eg_world *w, const char *file)
{
	struct awaited a = { w, file };

	EG_NEED(eg_world_wait(20, is_written, &a), "%s is not written", file);
}

static void test_signals(struct eg_world *w)
{
	static const struct {
		int sig;
		const char *name;
	} rows[] = {
		{ SIGTERM, "TERM" }, { SIGINT, "INT" }, { SIGHUP, "HUP" }, { SIGUSR1, "USR1" }, { SIGUSR2, "USR2" }
	};
	size_t i;

	for (i = 0; i < EG_COUNT(rows); i++) {
		const char *ready = eg_world_str("%s/ready-%zu", w->files, i);
		const char *script = eg_world_str("trap 'echo got; exit 7' %s; : >%s; while :; do sleep 0.05; done",
						  rows[i].name, ready);
		struct eg_tool tool = { 0 };
		struct eg_result r;

		eg_tool_start(w, &tool, EG_ARGS("run", "--policy", policy(w), "/bin/sh", "-c", script));
		await(w, ready);
		kill(tool.pid, rows[i].sig);
		r = eg_tool_wait(&tool);
		EG_CHECK(r.status == 7 && !strcmp(r.out, "got\n"), "%s: status %d, '%s'", rows[i].name, r.status,
			 r.out);
		expect_nothing_left(w);
		free(r.out);
		free(r.err);
	}
}

static void test_signal_kills(struct eg_world *w)
{
	const char *ready = eg_world_str("%s/ready", w->files);
	struct eg_tool tool = { 0 };
	struct eg_result r;

	eg_tool_start(w, &tool, probe_args(w, ready, ALLOWED, true));
	await(w, ready);
	kill(tool.pid, SIGTERM);
	r = eg_tool_wait(&tool);
	EG_CHECK(r.status == 128 + SIGTERM, "status %d: %s", r.status, r.err);
	expect_nothing_left(w);
	free(r.out);
	free(r.err);
}

/* ---- what it leaves ---- */

static void test_background(struct eg_world *w)
{
	const char *pids = eg_world_str("%s/pids", w->files);
	const char *script = eg_world_str("(sleep 600 & echo $! >>%s; trap '' TERM; setsid sleep 600 & echo $! >>%s); "
					  "mkdir /proc/self/nothing 2>/dev/null; exit 5",
					  pids, pids);
	cleanup_fclose FILE *f = NULL;
	int pid, n = 0;

	expect_shell(w, script, 5, NULL);
	expect_nothing_left(w);
	f = fopen(pids, "re");
	while (f && fscanf(f, "%d", &pid) == 1) {
		EG_CHECK(kill(pid, 0) && errno == ESRCH, "process %d still runs", pid);
		n++;
	}
	EG_CHECK(n == 2, "%d background processes", n);
}

/* A cgroup that the command makes below its own goes too. */
static void test_own_cgroups(struct eg_world *w)
{
	expect_shell(w,
		     eg_world_str("cg=%s$(sed -n 's/^0:://p' /proc/self/cgroup); mkdir $cg/x $cg/x/y || exit 1; "
				  "sh -c \"echo 0 >$cg/x/y/cgroup.procs; sleep 600\" & "
				  "while [ -z \"$(cat $cg/x/y/cgroup.procs)\" ]; do sleep 0.02; done; exit 3",
				  w->mount),
		     3, "");
	expect_nothing_left(w);
}

static void test_beside_others(struct eg_world *w)
{
	static const struct eg_expect rows[] = { { { EG_UDP4, ALLOWED, 80 }, false },
						 { { EG_UDP4, DENIED, 80 }, true } };

	eg_world_cgroup(w, "a");
	eg_tool_ok(w, EG_ARGS("apply", eg_world_policy(w, "p.a", "a", "default = deny\n[allow x]\nto = " DENIED "\n")));
	eg_tool_ok(w, probe_args(w, eg_world_str("%s/seen", w->files), DENIED, false));
	EG_CHECK(eg_probe_written(eg_world_str("%s/seen", w->files)) == w->denied, "not denied");
	eg_probe_expect(w, "a", rows, EG_COUNT(rows), w->denied);
	EG_CHECK(!instance(w), "a cgroup is left");
	eg_tool_ok(w, EG_ARGS("doctor"));
}

static void test_eight_at_once(struct eg_world *w)
{
	struct eg_tool tools[8] = { 0 };
	size_t i;

	for (i = 0; i < EG_COUNT(tools); i++)
		eg_tool_start(w, &tools[i],
			      probe_args(w, eg_world_str("%s/seen%zu", w->files, i), i % 2 ? ALLOWED : DENIED, false));
	for (i = 0; i < EG_COUNT(tools); i++) {
		struct eg_result r = eg_tool_wait(&tools[i]);
		int seen = eg_probe_written(eg_world_str("%s/seen%zu", w->files, i));

		EG_CHECK(!r.status && !*r.err, "%zu: status %d: %s", i, r.status, r.err);
		EG_CHECK(seen == (i % 2 ? 0 : w->denied), "%zu: %s", i, strerror(seen));
		free(r.out);
		free(r.err);
	}
	expect_nothing_left(w);
}

/* ---- the tool is killed ---- */

static bool is_empty(void *arg)
{
	const struct awaited *a = arg;
	cleanup_fclose FILE *f = fopen(eg_world_str("%s/cgroup.procs", eg_world_dir(a->w, a->file)), "re");
	int pid;

	return !f || fscanf(f, "%d", &pid) != 1;
}

static void kill_members(const struct eg_world *w, const char *cgroup)
{
	cleanup_fclose FILE *f = fopen(eg_world_str("%s/cgroup.procs", eg_world_dir(w, cgroup)), "re");
	int pid;

	while (f && fscanf(f, "%d", &pid) == 1)
		kill(pid, SIGKILL);
}

static void test_tool_killed(struct eg_world *w)
{
	static const struct eg_expect rows[] = { { { EG_UDP4, ALLOWED, 80 }, true },
						 { { EG_TCP4, DENIED, 80 }, false },
						 { { EG_SENDTO6, "2001:db8::1", 80 }, false } };
	const char *file = eg_world_str("%s/seen", w->files), *cgroup;
	struct awaited empty = { .w = w };
	struct eg_tool tool = { 0 };
	struct eg_result r;

	eg_tool_start(w, &tool, probe_args(w, file, DENIED, true));
	await(w, file);
	kill(tool.pid, SIGKILL);
	r = eg_tool_wait(&tool);
	cgroup = instance(w);
	EG_NEED(r.signal == SIGKILL && cgroup, "signal %d, cgroup %s", r.signal, cgroup);
	eg_tool_ok(w, EG_ARGS("gc")); /* the command still runs: nothing may go */
	EG_CHECK(instance(w), "the cgroup of a running command is gone");
	eg_probe_expect(w, cgroup, rows, EG_COUNT(rows), w->denied);
	eg_probe_end(w, cgroup);
	kill_members(w, cgroup);
	empty.file = cgroup;
	EG_CHECK(eg_world_wait(10, is_empty, &empty), "the command does not end");
	eg_tool_ok(w, EG_ARGS("gc"));
	expect_nothing_left(w);
	free(r.out);
	free(r.err);
}

/* The instance of a run whose tool is killed, and then its command: nobody is left to clear it away. */
static void abandon_instance(struct eg_world *w)
{
	const char *file = eg_world_str("%s/seen", w->files), *cgroup;
	struct awaited empty = { .w = w };
	struct eg_tool tool = { 0 };
	struct eg_result r;

	eg_tool_start(w, &tool, probe_args(w, file, DENIED, true));
	await(w, file);
	kill(tool.pid, SIGKILL);
	r = eg_tool_wait(&tool);
	cgroup = instance(w);
	EG_NEED(cgroup, "no cgroup: %s", r.err);
	kill_members(w, cgroup);
	empty.file = cgroup;
	EG_CHECK(eg_world_wait(10, is_empty, &empty), "the command does not end");
	free(r.out);
	free(r.err);
}

/* Another command's cleaning up does it too. */
static void test_next_run_cleans(struct eg_world *w)
{
	abandon_instance(w);
	expect_shell(w, "true", 0, "");
	expect_nothing_left(w);
}

/* Neither in force nor marked as replaced: only after a killed command is such a one looked for. */
static unsigned int lost_generations(const struct eg_world *w)
{
	const struct eg_slot *slots = eg_live_slots(w);
	const struct eg_gen *gens = eg_live_gens(w);
	unsigned int lost = 0, i, slot;

	for (i = 0; i < EG_GENS_MAX; i++) {
		for (slot = 0; slot < EG_POLICIES_MAX; slot++) {
			if (slots[slot].tag && EG_NOW_GEN(slots[slot].now) == i)
				break;
		}
		lost += gens[i].tag && !gens[i].retired && slot == EG_POLICIES_MAX;
	}
	return lost;
}

static void test_next_apply_cleans(struct eg_world *w)
{
	const char *other = eg_world_policy(w, "q", "", "default = deny\n");

	eg_tool_apply(w, other);
	abandon_instance(w);
	eg_tool_apply(w, other);
	EG_CHECK(!instance(w), "cgroup %s is left", instance(w));
	EG_CHECK(!lost_generations(w), "%u generations are lost", lost_generations(w));
	eg_tool_ok(w, EG_ARGS("remove", "q"));
	expect_nothing_left(w);
}

static const struct eg_test tests[] = {
	{ "the status of the command is passed on, 128+n for a signal", test_status, 0 },
	{ "127 for a command that is not there, 126 for one that is none, 125 for failures of our own",
	  test_not_executable, 0 },
	{ "input, output, arguments and environment pass through", test_streams, 0 },
	{ "the command inherits no descriptor of ours", test_descriptors, 0 },
	{ "the command is policed, its caller is not", test_policed, 0 },
	{ "--user, --no-new-privs and --drop-caps leave no privilege", test_identity, 0 },
	{ "--user, --no-new-privs and --drop-caps do what they say, each alone", test_options_alone, 0 },
	{ "a command without privileges cannot leave or undo its policy", test_cannot_undo, 0 },
	{ "signals to the tool reach the command", test_signals, 0 },
	{ "a command that a signal ends gives 128+n", test_signal_kills, 0 },
	{ "what the command left running is gone", test_background, 0 },
	{ "cgroups that the command made are gone", test_own_cgroups, 0 },
	{ "run and apply of one policy name stay apart", test_beside_others, 0 },
	{ "eight at once stay apart", test_eight_at_once, 0 },
	{ "a command whose tool was killed stays policed, and gc clears up after it", test_tool_killed, 0 },
	{ "the next run clears up after one that was killed", test_next_run_cleans, 0 },
	{ "the next apply clears up after a run that was killed, its generation too", test_next_apply_cleans, 0 },
};

EG_TEST_MAIN(tests)
