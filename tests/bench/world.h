/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * world.h - where a benchmark runs: cgroups, network, mounts and pins of its own, gone afterwards.
 *
 *   supervisor   makes the directories, waits, takes them away, however the worker ended
 *   worker       in network and mount namespaces of its own: its pins are on a bpffs that dies with it
 */
#ifndef EG_BENCH_WORLD_H
#define EG_BENCH_WORLD_H

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <net/route.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/cgroup.h"

#define WORLD_PATH (PATH_MAX + 128)

static struct {
	char dir[64];		  /* temporary; in the worker a tmpfs, with a bpffs at dir/bpf */
	char cgroups[PATH_MAX];	  /* the directory of our cgroups */
	char home[PATH_MAX + 32]; /* cgroup.procs of where we came from */
	char below[1024];	  /* the same directory as policies name it */
	pid_t supervisor;
} world;

/* Ends the process with status 2; the supervisor takes everything away. */
static void __attribute__((noreturn, format(printf, 1, 2))) world_die(const char *fmt, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, fmt, args);
	fprintf(stderr, saved ? " (%s)\n" : "\n", strerror(saved));
	va_end(args);
	exit(2);
}

/* path of a file of a cgroup of ours; file starts with a slash or is empty. path: WORLD_PATH bytes. */
static void world_cgroup(const char *name, const char *file, char *path)
{
	snprintf(path, WORLD_PATH, "%s/%s%s", world.cgroups, name, file);
}

static void world_make_cgroup(const char *name)
{
	char path[WORLD_PATH];

	world_cgroup(name, "", path);
	if (mkdir(path, 0755))
		world_die("cannot make '%s'", path);
}

/* Moves this process into a cgroup of ours, or back to where it came from (NULL). */
static void world_enter(const char *name)
{
	char path[WORLD_PATH];
	cleanup_close int fd = -1;

	snprintf(path, sizeof(path), "%s", world.home);
	if (name)
		world_cgroup(name, "/cgroup.procs", path);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		world_die("cannot move to '%s'", path);
}

/* ---- the worker's surroundings ---- */

/* Default routes of both families over the loopback: every connect finds a way, no packet gets far. */
static void world_set_up_network(void)
{
	struct ifreq up = { .ifr_name = "lo" }, alias = { .ifr_name = "lo:1" };
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201) };
	struct sockaddr_in none = { .sin_family = AF_INET };
	struct rtentry route = { .rt_flags = RTF_UP, .rt_dev = (char[]){ "lo" } };
	struct in6_ifreq six = { .ifr6_prefixlen = 128, .ifr6_ifindex = 1 };
	struct in6_rtmsg route6 = { .rtmsg_metric = 1, .rtmsg_ifindex = 1, .rtmsg_flags = RTF_UP | RTF_LOCAL };
	cleanup_close int fd4 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cleanup_close int fd6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(&alias.ifr_addr, &address, sizeof(address));
	memcpy(&route.rt_dst, &none, sizeof(none));
	memcpy(&route.rt_genmask, &none, sizeof(none));
	up.ifr_flags = IFF_UP | IFF_LOOPBACK;
	inet_pton(AF_INET6, "2001:db8:ffff::1", &six.ifr6_addr);
	if (ioctl(fd4, SIOCSIFFLAGS, &up) || ioctl(fd4, SIOCSIFADDR, &alias) || ioctl(fd4, SIOCADDRT, &route))
		world_die("cannot set up the loopback");
	if (ioctl(fd6, SIOCSIFADDR, &six) || ioctl(fd6, SIOCADDRT, &route6))
		world_die("cannot set up IPv6 on the loopback");
}

static void world_set_up(void)
{
	char bpf[128];

	if (unshare(CLONE_NEWNET | CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bench", world.dir, "tmpfs", 0, "mode=700"))
		world_die("no namespaces of our own: this needs root");
	snprintf(bpf, sizeof(bpf), "%s/bpf", world.dir);
	if (mkdir(bpf, 0700) || mount("bench", bpf, "bpf", 0, "mode=700"))
		world_die("cannot mount a bpffs");
	world_set_up_network();
	/* so that other work on the machine is not measured: it waits for us. Where this is refused, we wait */
	sched_setscheduler(0, SCHED_RR, &(struct sched_param){ .sched_priority = 1 });
}

/* ---- the supervisor ---- */

static void world_make_dirs(void)
{
	cleanup_cgroup_root struct eg_cgroup_root root = EG_CGROUP_ROOT_INIT;
	cleanup_cgroup struct eg_cgroup own = EG_CGROUP_INIT;
	struct eg_err err = EG_ERR_INIT;
	const char *parent;

	if (eg_cgroup_root_open(NULL, &root, &err) || eg_cgroup_open_pid(&root, 0, &own, &err)) {
		errno = 0;
		world_die("%s", err.what);
	}
	snprintf(world.dir, sizeof(world.dir), "/tmp/egress-bench-XXXXXX");
	if (!mkdtemp(world.dir))
		world_die("cannot make '%s'", world.dir);
	parent = strcmp(own.path, "/") ? own.path : "";
	snprintf(world.below, sizeof(world.below), "%.900s/egress-bench-%d", parent, getpid());
	snprintf(world.cgroups, sizeof(world.cgroups), "%.2000s%s", root.mount, world.below);
	snprintf(world.home, sizeof(world.home), "%.2000s%.900s/cgroup.procs", root.mount, parent);
	if (mkdir(world.cgroups, 0755))
		world_die("cannot make '%s'", world.cgroups);
}

/* A process that has just died may still be counted as a member for a moment. */
static void world_remove_cgroup(const char *path)
{
	int tries;

	for (tries = 0; tries < 100 && rmdir(path) && errno == EBUSY; tries++)
		usleep(20000);
}

static void world_clean_up(void)
{
	cleanup_closedir DIR *d = NULL;
	char path[WORLD_PATH];
	struct dirent *e;

	if (getpid() != world.supervisor) /* a worker that dies runs exit handlers too */
		return;
	d = *world.cgroups ? opendir(world.cgroups) : NULL;
	while (d && (e = readdir(d))) {
		if (e->d_type != DT_DIR || *e->d_name == '.')
			continue;
		snprintf(path, sizeof(path), "%.4000s/%.200s", world.cgroups, e->d_name);
		world_remove_cgroup(path);
	}
	if (d)
		world_remove_cgroup(world.cgroups);
	if (*world.dir)
		rmdir(world.dir);
}

/* Runs work() in a world of its own. Returns what it returned, or 2 when it did not get that far. */
static int world_run(int (*work)(void))
{
	int status = 0;
	sigset_t signals;
	pid_t worker;

	world.supervisor = getpid();
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	atexit(world_clean_up);
	world_make_dirs();
	worker = fork();
	if (worker < 0)
		world_die("cannot fork");
	if (!worker) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigprocmask(SIG_UNBLOCK, &signals, NULL);
		world_set_up();
		exit(work());
	}
	while (waitpid(worker, &status, WNOHANG) == 0) {
		if (sigwaitinfo(&signals, NULL) != SIGCHLD)
			kill(worker, SIGKILL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

#endif
