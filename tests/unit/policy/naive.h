/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * naive.h - the verdict straight from the sentences of DESIGN, to hold the compiler against.
 *
 * Shares no code and no representation with the thing under test. All addresses have 128 bits: IPv4
 * is ::ffff:a.b.c.d, which is also why "IPv4 counts 96 more" needs no mention here.
 */
#ifndef EG_TEST_NAIVE_H
#define EG_TEST_NAIVE_H

#include <stdbool.h>
#include <stddef.h>

#define NAIVE_PREFIXES 4
#define NAIVE_RANGES 3
#define NAIVE_RULES 8

enum naive_class {
	NAIVE_TCP,
	NAIVE_UDP,
	NAIVE_ICMP,
	NAIVE_OTHER,
};

struct naive_addr {
	unsigned char b[16];
};

struct naive_rule {
	bool deny;
	bool any;
	struct {
		struct naive_addr addr;
		int len; /* 0-128 */
	} to[NAIVE_PREFIXES];
	int n_to;
	bool tcp, udp, icmp, any_proto; /* none: no proto key */
	struct {
		int lo, hi;
	} ports[NAIVE_RANGES];
	int n_ports;
};

struct naive_policy {
	bool default_allow;
	struct naive_rule rules[NAIVE_RULES];
	int n_rules;
};

struct naive_flow {
	struct naive_addr to; /* as the program gave it; IPv4 sockets: mapped */
	enum naive_class class;
	int port;
};

struct naive_verdict {
	bool allow;
	int rule; /* ordinal; -1: the default */
	int plen;
};

struct naive_verdict naive_decide(const struct naive_policy *policy, const struct naive_flow *flow);

bool naive_is_v4(const struct naive_addr *addr);

#endif
