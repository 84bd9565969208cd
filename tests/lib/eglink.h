/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * eglink.h - an empty network namespace, and interfaces, addresses and routes for it.
 *
 * Configured by netlink, since the matrix has no ip program that could do all of this. What fails ends the test.
 */
#ifndef EG_LINK_H
#define EG_LINK_H

#include <stdbool.h>
#include <stddef.h>

/* Puts the process into a network namespace with nothing in it but a loopback that is down. */
void eg_link_begin(void);

/* Two interfaces that are each other's peer, down, without an automatic address. */
void eg_link_pair(const char *name, const char *peer);

void eg_link_up(const char *name, bool up);

/* Has the kernel make a link-local address from this MAC address when the interface goes up. */
void eg_link_automatic(const char *name, const unsigned char mac[6]);

enum eg_link_change {
	EG_LINK_ADD,
	EG_LINK_REMOVE,
};

/*
 * An address as "192.0.2.1/24"; with a peer, "192.0.2.1" and "192.0.2.2/32". IPv6 ones are not checked
 * for duplicates. scope: RT_SCOPE_UNIVERSE or what else the kernel takes.
 */
void eg_link_address(enum eg_link_change change, const char *name, const char *address, const char *peer,
		     unsigned char scope);

struct eg_link_hop {
	const char *link; /* NULL: not said */
	const char *via;  /* NULL: none; may be of the other family */
};

struct eg_link_route {
	const char *to; /* "192.0.2.0/24" */
	struct eg_link_hop hops[4];
	unsigned int table;    /* 0: main */
	unsigned int metric;   /* 0: not said */
	unsigned int nexthop;  /* id of an object, 0: hops */
	unsigned int protocol; /* 0: RTPROT_BOOT */
	unsigned char type;    /* 0: RTN_UNICAST */
	unsigned char scope;   /* 0: RT_SCOPE_UNIVERSE */
	const char *from;      /* NULL, or a prefix of source addresses (IPv6) */
	const char *wrapped;   /* NULL, or where the tunnel of "encap ip" or "encap ip6" ends */
};

void eg_link_route(enum eg_link_change change, const struct eg_link_route *route);

/* A nexthop object: of a hop, a group of others (ends with 0), a blackhole of a family. */
void eg_link_nexthop(unsigned int id, const char *link, const char *via);
void eg_link_nexthop_group(unsigned int id, const unsigned int *members);
void eg_link_nexthop_blackhole(unsigned int id, unsigned char family);

/* Writes /proc/sys/net/NAME. */
void eg_link_sysctl(const char *name, const char *value);

#endif
