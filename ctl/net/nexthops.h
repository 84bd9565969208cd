/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * nexthops.h - nexthop objects ("ip nexthop"), which routes name by number.
 *
 * With net.ipv4.nexthop_compat_mode = 0 the number is all that a route says: without the objects its gateway
 * would be missing, and a route through one would look like one that is on the link.
 */
#ifndef EG_NET_NEXTHOPS_H
#define EG_NET_NEXTHOPS_H

#include "net/routes.h"

struct eg_nexthops {
	struct eg_nexthop *v; /* owned */
	size_t n;
};

/* Reads all objects. Free with eg_nexthops_free. Returns and errors: those of eg_nl_dump. */
int eg_nexthops_read(struct nl_sock *sk, struct eg_nexthops *out, struct eg_err *err);

/*
 * Calls each() for the hop of an object, or for those of the group it is.
 * Errors: -EAGAIN there was no such object when they were read; what each() says.
 */
int eg_nexthops_each(const struct eg_nexthops *list, __u32 id, int (*each)(void *arg, const struct eg_hop *hop),
		     void *arg);

/* Frees what it holds, not itself. */
void eg_nexthops_free(struct eg_nexthops *list);

#define cleanup_nexthops __attribute__((cleanup(eg_nexthops_free)))

#endif
