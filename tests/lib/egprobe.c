/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "egprobe.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "egtest.h"

struct answer {
	int error;
	long ns;
};

static long since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1000000000L + now.tv_nsec - start->tv_nsec;
}

static _Noreturn void serve(int fd)
{
	struct timespec start;
	struct eg_probe probe;
	struct answer answer;

	while (recv(fd, &probe, sizeof(probe), 0) == sizeof(probe)) {
		clock_gettime(CLOCK_MONOTONIC, &start);
		answer.error = eg_net_try(&probe);
		answer.ns = since(&start);
		if (send(fd, &answer, sizeof(answer), 0) != sizeof(answer))
			break;
	}
	_exit(0);
}

static struct eg_world_prober *find(struct eg_world *w, const char *cgroup)
{
	size_t i;

	for (i = 0; i < EG_COUNT(w->probers) && w->probers[i].cgroup; i++) {
		if (!strcmp(w->probers[i].cgroup, cgroup))
			return &w->probers[i];
	}
	EG_NEED(i < EG_COUNT(w->probers), "too many probers");
	return &w->probers[i];
}

static void start(struct eg_world *w, struct eg_world_prober *p, const char *cgroup)
{
	int pair[2];

	EG_NEED(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), "socketpair: %s", strerror(errno));
	p->cgroup = eg_world_str("%s", cgroup);
	p->fd = pair[0];
	p->pid = fork();
	EG_NEED(p->pid >= 0, "fork: %s", strerror(errno));
	if (!p->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pair[0]);
		eg_world_enter(w, cgroup);
		serve(pair[1]);
	}
	close(pair[1]);
}

int eg_probe_try(struct eg_world *w, const char *cgroup, const struct eg_probe *probe, long *ns)
{
	struct eg_world_prober *p = find(w, cgroup);
	struct answer answer = { .error = EPROTO };

	if (!p->pid)
		start(w, p, cgroup);
	EG_NEED(send(p->fd, probe, sizeof(*probe), 0) == sizeof(*probe) &&
			recv(p->fd, &answer, sizeof(answer), 0) == sizeof(answer),
		"the process in %s is gone", cgroup);
	if (ns)
		*ns = answer.ns;
	return answer.error;
}

void eg_probe_end(struct eg_world *w, const char *cgroup)
{
	struct eg_world_prober *p = find(w, cgroup);

	if (!p->pid)
		return;
	close(p->fd);
	waitpid(p->pid, NULL, 0);
	p->pid = 0;
}

int eg_probe_outside(const struct eg_probe *probe)
{
	return eg_net_try(probe);
}

void eg_probe_expect(struct eg_world *w, const char *cgroup, const struct eg_expect *rows, size_t n, int denied)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct eg_probe *p = &rows[i].probe;
		int outside = eg_probe_outside(p), want = rows[i].passes ? outside : denied;
		int got = eg_probe_try(w, cgroup, p, NULL);

		EG_CHECK(!outside || outside == ECONNREFUSED, "%s: %s even without a policy", eg_net_words(p),
			 strerror(outside));
		EG_CHECK(got == want, "%s in %s: %s instead of %s", eg_net_words(p), cgroup, strerror(got),
			 strerror(want));
	}
}

const char *eg_probe_self(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	EG_NEED(n > 0, "readlink: %s", strerror(errno));
	return eg_world_str("%.*s", (int)n, path);
}

int eg_probe_main(int argc, char **argv)
{
	struct eg_probe p = { EG_UDP4, "", 0 };
	char made[PATH_MAX];
	FILE *f;

	if (argc < 5)
		return 2;
	snprintf(p.addr, sizeof(p.addr), "%s", argv[3]);
	p.port = (unsigned int)atoi(argv[4]);
	snprintf(made, sizeof(made), "%s.new", argv[2]);
	f = fopen(made, "we");
	if (!f || fprintf(f, "%d\n", eg_net_try(&p)) < 0 || fclose(f) || rename(made, argv[2]))
		return 1;
	if (argc == 5)
		return 0;
	for (;;)
		pause();
}

int eg_probe_written(const char *file)
{
	cleanup_fclose FILE *f = fopen(file, "re");
	int error;

	return f && fscanf(f, "%d", &error) == 1 ? error : -1;
}
