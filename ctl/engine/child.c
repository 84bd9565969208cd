/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "engine/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a child reports that did not come to its exec. */
struct report {
	char step[32];
	int code;
};

/* Everything about the user is looked up before the fork: NSS may open sockets and files. */
struct identity {
	bool set;
	uid_t uid;
	gid_t gid;
	gid_t groups[256];
	int n_groups;
};

static const int forwarded[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH };

static void wait_set(sigset_t *set)
{
	size_t i;

	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	for (i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++)
		sigaddset(set, forwarded[i]);
}

static int find_identity(const char *user, struct identity *id, struct eg_err *err)
{
	const struct passwd *pw;
	char *end;
	unsigned long uid;

	if (!user)
		return 0;
	id->set = true;
	errno = 0;
	uid = strtoul(user, &end, 10);
	if (*user && !*end && !errno && uid < (uid_t)-1) {
		pw = getpwuid((uid_t)uid);
		id->uid = (uid_t)uid;
		id->gid = pw ? pw->pw_gid : (gid_t)uid;
	} else {
		pw = getpwnam(user);
		if (!pw)
			return eg_fail(err, -ENOENT, "there is no user '%s'", user);
		id->uid = pw->pw_uid;
		id->gid = pw->pw_gid;
	}
	id->n_groups = sizeof(id->groups) / sizeof(id->groups[0]);
	if (!pw) {
		id->n_groups = 1;
		id->groups[0] = id->gid;
	} else if (getgrouplist(pw->pw_name, pw->pw_gid, id->groups, &id->n_groups) < 0) {
		return eg_fail(err, -E2BIG, "user '%s' is in too many groups", user);
	}
	return 0;
}

/* Needs CAP_SETPCAP, so it comes before the user changes. */
static int empty_bounding_set(void)
{
	int cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
			return errno;
	}
	return 0;
}

static int empty_other_sets(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, none) ? errno : 0;
}

static _Noreturn void child_failed(int result, const char *step, int code)
{
	struct report report = { .code = code };
	ssize_t n;

	snprintf(report.step, sizeof(report.step), "%s", step);
	n = write(result, &report, sizeof(report));
	_exit(n == sizeof(report) && code == ENOENT && !strcmp(step, "exec") ? 127 : 126);
}

static void become(const struct eg_run_options *options, const struct identity *id, int result)
{
	int r;

	if (id->set && setgroups((size_t)id->n_groups, id->groups))
		child_failed(result, "setgroups", errno);
	if (id->set && setresgid(id->gid, id->gid, id->gid))
		child_failed(result, "setgid", errno);
	r = options->drop_caps ? empty_bounding_set() : 0;
	if (r)
		child_failed(result, "drop-caps", r);
	if (id->set && setresuid(id->uid, id->uid, id->uid))
		child_failed(result, "setuid", errno);
	r = options->drop_caps ? empty_other_sets() : 0;
	if (r)
		child_failed(result, "drop-caps", r);
	if (options->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		child_failed(result, "no-new-privs", errno);
}

static _Noreturn void child_main(const struct eg_run_options *options, const struct identity *id, int go, int result,
				 const sigset_t *old_mask)
{
	char byte;
	ssize_t n;

	while ((n = read(go, &byte, 1)) < 0 && errno == EINTR)
		;
	if (n != 1)
		_exit(EG_EXIT_RUN); /* the parent gave up, or died: never run without the policy */
	become(options, id, result);
	sigprocmask(SIG_SETMASK, old_mask, NULL);
	execvp(options->argv[0], options->argv);
	child_failed(result, "exec", errno);
}

int eg_child_start(const struct eg_run_options *options, struct eg_child *child, struct eg_err *err)
{
	struct identity id = { 0 };
	int go[2], result[2], r = find_identity(options->user, &id, err);
	sigset_t set, old;

	if (r)
		return r;
	if (pipe2(go, O_CLOEXEC))
		return eg_fail(err, -errno, "cannot make a pipe: %s", strerror(errno));
	if (pipe2(result, O_CLOEXEC)) {
		close(go[0]);
		close(go[1]);
		return eg_fail(err, -errno, "cannot make a pipe: %s", strerror(errno));
	}
	wait_set(&set);
	sigprocmask(SIG_BLOCK, &set, &old);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	child->pid = fork();
	if (!child->pid) {
		close(go[1]);
		child_main(options, &id, go[0], result[1], &old);
	}
	r = child->pid < 0 ? eg_fail(err, -errno, "cannot fork: %s", strerror(errno)) : 0;
	close(go[0]);
	close(result[1]);
	child->go = go[1];
	child->result = result[0];
	if (r) {
		close(child->go);
		close(child->result);
	}
	return r;
}

/* Reaps whoever has ended. Returns whether the command itself has, with its status. */
static bool reap(pid_t command, int *status)
{
	bool ended = false;
	int s;
	pid_t pid;

	while ((pid = waitpid(-1, &s, WNOHANG)) > 0) {
		if (pid == command) {
			*status = s;
			ended = true;
		}
	}
	return ended;
}

/* A terminal signals the whole foreground group, so the command has those already. */
static void forward(pid_t pid, const siginfo_t *info)
{
	if (info->si_code <= 0)
		kill(pid, info->si_signo);
}

int eg_child_wait(struct eg_child *child, struct eg_err *err)
{
	struct report report;
	int status = 0;
	siginfo_t info;
	sigset_t set;
	ssize_t n;

	wait_set(&set);
	(void)!write(child->go, "g", 1); /* if it is gone, its end says so */
	close(child->go);
	while ((n = read(child->result, &report, sizeof(report))) < 0 && errno == EINTR)
		;
	close(child->result);
	if (n == sizeof(report))
		eg_fail(err, -report.code, "%s%s%s", strcmp(report.step, "exec") ? report.step : "",
			strcmp(report.step, "exec") ? ": " : "", strerror(report.code));
	while (!reap(child->pid, &status)) {
		if (sigwaitinfo(&set, &info) > 0 && info.si_signo != SIGCHLD)
			forward(child->pid, &info);
	}
	return status;
}

void eg_child_abort(struct eg_child *child)
{
	close(child->go);
	close(child->result);
	waitpid(child->pid, NULL, 0);
}
