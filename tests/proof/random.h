/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * random.h - random policies and flows over a universe so small that prefixes nest, collide and repeat.
 */
#ifndef EG_PROOF_RANDOM_H
#define EG_PROOF_RANDOM_H

#include "naive.h"

#define RANDOM_SEED 20240607ull /* EG_TEST_SEED tries another */

/* Where choices come from: a seed, or the bytes of a fuzzer. */
struct random_source {
	unsigned long long state;
	const unsigned char *bytes; /* NULL: the state; else the choices are 0 once they are used up */
	size_t n;
};

/* Says which seed it is. */
struct random_source random_seeded(void);

/* 0 to below - 1. */
unsigned int random_below(struct random_source *from, unsigned int below);

struct random_options {
	bool no_icmp; /* no rules for ICMP: what enforces them may not exist */
};

void random_policy(struct random_source *from, const struct random_options *options, struct naive_policy *policy);

/* Of any class; the address is often one at which the policy changes its mind, in any form. */
void random_flow(struct random_source *from, const struct naive_policy *policy, struct naive_flow *flow);

#endif
