/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sets_net.h - @self, @local-subnets, @gateway and @resolvers of the host, or container, that asks: of the
 * network namespace of the calling thread.
 *
 *   @self           every address that is set up, without the loopback (127.0.0.0/8, ::1), also of an interface
 *                   that is down: it may come up while the policy is in force
 *   @local-subnets  the prefix of each such address, or that of its peer on a point-to-point link; and the
 *                   destinations of main-table routes without a gateway, from /8 on: shorter ones are a tunnel's way
 *                   to say "default". fe80::/64 is one of them. Not the loopback interface, not multicast, and not
 *                   an address that has no subnet (/32, /128), which is @self
 *   @gateway        the next hops of default routes (0.0.0.0/0, ::/0) of all tables
 *   @resolvers      policy/resolvers.h
 */
#ifndef EG_NET_SETS_NET_H
#define EG_NET_SETS_NET_H

#include "policy/dynamic.h"

/*
 * The get of a struct eg_dynamic_source. user: NULL, or the file that is read in place of EG_RESOLV_CONF (const
 * char *). Needs no privileges. Errors: -EAGAIN the network kept changing; those of netlink and of the file.
 */
int eg_sets_net_get(void *user, enum eg_dynamic kind, struct eg_prefix **v, size_t *n, struct eg_err *err);

#endif
