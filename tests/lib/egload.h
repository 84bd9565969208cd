/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * egload.h - processes that connect without pause while the test changes policies, and what they saw.
 *
 * They connect UDP sockets: that runs the whole decision, sends nothing, and a million take a second.
 */
#ifndef EG_LOAD_H
#define EG_LOAD_H

#include <stdbool.h>
#include <sys/types.h>

#include "egworld.h"

enum eg_load_limits {
	EG_LOAD_WORKERS = 8,
	EG_LOAD_TARGETS = 8,
};

struct eg_load_target {
	const char *addr;
	unsigned int port;
};

/* Outcomes of connects. */
struct eg_load_count {
	unsigned long passed;
	unsigned long denied; /* with the errno of a denial */
	unsigned long other;
	int error; /* the last of those */
};

/* Which of the test's phases a connect fell into. */
enum eg_load_when {
	EG_LOAD_EVEN,	 /* it began and ended in the same even phase */
	EG_LOAD_ODD,	 /* ... odd phase */
	EG_LOAD_BETWEEN, /* the phase changed meanwhile */
	EG_LOAD_WHENS,
};

struct eg_load; /* in memory that all share */

/* Starts a worker for each cgroup in the list (names separated by blanks), on the CPUs in turn. */
struct eg_load *eg_load_start(struct eg_world *w, const char *cgroups, const struct eg_load_target *targets,
			      size_t n_targets);

/* The test's phase, from 0; connects are told apart by it. */
void eg_load_next_phase(struct eg_load *load);

/* Connects so far, of all workers. */
unsigned long eg_load_done(const struct eg_load *load);

/* Waits until each worker has done n more. Returns false when they do not get on. */
bool eg_load_let_run(const struct eg_load *load, unsigned long n);

/* Ends the workers. The counts are still there. */
void eg_load_stop(struct eg_load *load);

struct eg_load_count eg_load_count(const struct eg_load *load, enum eg_load_when when, size_t target);

/* The same for all phases together. */
struct eg_load_count eg_load_total(const struct eg_load *load, size_t target);

#endif
