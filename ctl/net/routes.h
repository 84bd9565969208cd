/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * routes.h - the routes of the caller's network namespace, as a list of their next hops.
 */
#ifndef EG_NET_ROUTES_H
#define EG_NET_ROUTES_H

#include "base/addr.h"
#include "base/err.h"

struct nl_sock;
struct nlattr;

struct eg_route {
	struct eg_prefix to;
	__u32 table;		/* RT_TABLE_MAIN and the like */
	unsigned char protocol; /* RTPROT_KERNEL and the like: who made it */
};

struct eg_hop {
	struct eg_prefix gateway; /* family 0: none, the destination itself is on the link */
	__u32 link;		  /* index of the interface; 0: there is none */
	bool wrapped;		  /* packets go in a tunnel's header, so "on the link" is not true of the destination */
};

/*
 * Calls each() for every next hop of every unicast route, IPv4 and IPv6, of all tables: those of multipath
 * routes and of nexthop objects too. An error of each() ends it.
 * For the read() of eg_nl_read. Returns and errors: those of eg_nl_dump.
 */
int eg_routes_read(struct nl_sock *sk, int (*each)(void *arg, const struct eg_route *route, const struct eg_hop *hop),
		   void *arg, struct eg_err *err);

#endif
