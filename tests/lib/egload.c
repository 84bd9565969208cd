/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "egload.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "egnet.h"
#include "egtest.h"

struct worker {
	pid_t pid;
	unsigned long done;
	struct eg_load_count counts[EG_LOAD_WHENS][EG_LOAD_TARGETS];
} __attribute__((aligned(128)));

struct eg_load {
	int stop;
	unsigned int phase;
	int denied;
	size_t n_workers, n_targets;
	struct eg_load_target targets[EG_LOAD_TARGETS];
	struct worker workers[EG_LOAD_WORKERS];
};

struct aim {
	int fd;
	struct sockaddr_storage to;
	socklen_t len;
};

static void pin_to_cpu(size_t n)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(n % (cpus > 0 ? (size_t)cpus : 1), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void count(struct eg_load_count *c, int r, int denied)
{
	if (!r) {
		c->passed++;
	} else if (errno == denied) {
		c->denied++;
	} else {
		c->other++;
		c->error = errno;
	}
}

static _Noreturn void work(struct eg_load *load, size_t number)
{
	struct worker *me = &load->workers[number];
	struct aim aims[EG_LOAD_TARGETS];
	size_t i, n = load->n_targets;

	for (i = 0; i < n; i++) {
		aims[i].len = eg_net_address(load->targets[i].addr, load->targets[i].port, &aims[i].to);
		aims[i].fd = socket(aims[i].to.ss_family, SOCK_DGRAM, 0);
		EG_NEED(aims[i].fd >= 0, "socket: %s", strerror(errno));
	}
	while (!__atomic_load_n(&load->stop, __ATOMIC_ACQUIRE)) {
		for (i = 0; i < n; i++) {
			unsigned int before = __atomic_load_n(&load->phase, __ATOMIC_ACQUIRE), after;
			int r = connect(aims[i].fd, (void *)&aims[i].to, aims[i].len), error = errno;

			after = __atomic_load_n(&load->phase, __ATOMIC_ACQUIRE);
			errno = error;
			count(&me->counts[before == after ? before & 1 : EG_LOAD_BETWEEN][i], r, load->denied);
		}
		__atomic_fetch_add(&me->done, n, __ATOMIC_RELEASE);
	}
	_exit(0);
}

struct eg_load *eg_load_start(struct eg_world *w, const char *cgroups, const struct eg_load_target *targets,
			      size_t n_targets)
{
	struct eg_load *load = mmap(NULL, sizeof(*load), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *save = NULL, *cgroup = strtok_r(eg_world_str("%s", cgroups), " ", &save);

	EG_NEED(load != MAP_FAILED && n_targets <= EG_LOAD_TARGETS, "no memory");
	load->denied = w->denied;
	load->n_targets = n_targets;
	memcpy(load->targets, targets, n_targets * sizeof(*targets));
	for (; cgroup; cgroup = strtok_r(NULL, " ", &save)) {
		size_t number = load->n_workers; /* the child must not read it: we go on counting */
		pid_t pid = number < EG_LOAD_WORKERS ? fork() : -1;

		EG_NEED(pid >= 0, "cannot start a worker");
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			pin_to_cpu(number);
			eg_world_enter(w, cgroup);
			work(load, number);
		}
		load->workers[number].pid = pid;
		load->n_workers++;
	}
	EG_CHECK(eg_load_let_run(load, 1), "the workers do not work");
	return load;
}

void eg_load_next_phase(struct eg_load *load)
{
	__atomic_fetch_add(&load->phase, 1, __ATOMIC_ACQ_REL);
}

unsigned long eg_load_done(const struct eg_load *load)
{
	unsigned long sum = 0;
	size_t i;

	for (i = 0; i < load->n_workers; i++)
		sum += __atomic_load_n(&load->workers[i].done, __ATOMIC_ACQUIRE);
	return sum;
}

struct goal {
	const struct eg_load *load;
	unsigned long from[EG_LOAD_WORKERS];
	unsigned long n;
};

static bool is_reached(void *arg)
{
	const struct goal *goal = arg;
	size_t i;

	for (i = 0; i < goal->load->n_workers; i++) {
		if (__atomic_load_n(&goal->load->workers[i].done, __ATOMIC_ACQUIRE) - goal->from[i] < goal->n)
			return false;
	}
	return true;
}

bool eg_load_let_run(const struct eg_load *load, unsigned long n)
{
	struct goal goal = { .load = load, .n = n };
	size_t i;

	for (i = 0; i < load->n_workers; i++)
		goal.from[i] = __atomic_load_n(&load->workers[i].done, __ATOMIC_ACQUIRE);
	return eg_world_wait(30, is_reached, &goal);
}

void eg_load_stop(struct eg_load *load)
{
	size_t i;
	int status;

	__atomic_store_n(&load->stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < load->n_workers; i++) {
		EG_CHECK(waitpid(load->workers[i].pid, &status, 0) == load->workers[i].pid && !status,
			 "a worker died: %x", status);
	}
}

struct eg_load_count eg_load_count(const struct eg_load *load, enum eg_load_when when, size_t target)
{
	struct eg_load_count sum = { 0 };
	size_t i;

	for (i = 0; i < load->n_workers; i++) {
		const struct eg_load_count *c = &load->workers[i].counts[when][target];

		sum.passed += c->passed;
		sum.denied += c->denied;
		sum.other += c->other;
		sum.error = c->error ? c->error : sum.error;
	}
	return sum;
}

struct eg_load_count eg_load_total(const struct eg_load *load, size_t target)
{
	struct eg_load_count sum = { 0 };
	int when;

	for (when = 0; when < EG_LOAD_WHENS; when++) {
		const struct eg_load_count c = eg_load_count(load, (enum eg_load_when)when, target);

		sum.passed += c.passed;
		sum.denied += c.denied;
		sum.other += c.other;
		sum.error = c.error ? c.error : sum.error;
	}
	return sum;
}
