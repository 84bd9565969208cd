/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * naive.h - the verdict straight from the sentences of DESIGN, to hold everything else against.
 *
 * Shares no code and no representation with the thing under test, and includes none of its headers. All
 * addresses have 128 bits: IPv4 is ::ffff:a.b.c.d, which is also why "IPv4 counts 96 more" needs no mention here.
 */
#ifndef EG_PROOF_NAIVE_H
#define EG_PROOF_NAIVE_H

#include <stdbool.h>
#include <stddef.h>

enum naive_limits {
	NAIVE_ELEMS = 4, /* of a list of addresses */
	NAIVE_PORTS = 3, /* ranges of ports of a rule */
	NAIVE_RULES = 8,
	NAIVE_SETS = 6,
	NAIVE_DEPTH = 3, /* sets within each other, at most */
};

enum naive_class {
	NAIVE_TCP,
	NAIVE_UDP,
	NAIVE_ICMP,
	NAIVE_OTHER,
};

struct naive_addr {
	unsigned char b[16];
};

enum naive_kind {
	NAIVE_ANY,
	NAIVE_RANGE, /* a prefix is one too */
	NAIVE_SET,
};

struct naive_elem {
	enum naive_kind kind;
	bool v4;		  /* a range of IPv4 addresses; else of native IPv6 ones, whatever their bits */
	struct naive_addr lo, hi; /* both belong to it */
	int set;		  /* a greater index than the set's that it stands in */
};

struct naive_list {
	struct naive_elem v[NAIVE_ELEMS];
	int n;
};

struct naive_set {
	struct naive_list to, except;
	bool in_file; /* its ranges stand in a file */
	bool hidden;  /* not written down: nothing uses it */
};

struct naive_rule {
	bool deny;
	struct naive_list to; /* empty: any */
	struct naive_list except;
	bool tcp, udp, icmp, any_proto; /* none: no proto key */
	struct {
		int lo, hi;
	} ports[NAIVE_PORTS];
	int n_ports;
};

struct naive_policy {
	bool default_allow;
	struct naive_set sets[NAIVE_SETS];
	int n_sets;
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

/* The first or the last address of the aligned block of that prefix length (0-128) that addr is in. */
struct naive_addr naive_first(struct naive_addr addr, int len);
struct naive_addr naive_last(struct naive_addr addr, int len);

#endif
