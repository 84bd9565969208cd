/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * nl.h - netlink: dumps that are whole, or fail.
 *
 * Of libnl only the core: libnl-route would read into caches, which repeat an interrupted dump without end, knows
 * no nexthop objects, and makes every start of the program 0.2 ms longer, of the runtime hook too.
 */
#ifndef EG_NET_NL_H
#define EG_NET_NL_H

#include "base/addr.h"
#include "base/err.h"

struct nl_sock;
struct nlattr;
struct nlmsghdr;

enum eg_nl_limits {
	EG_NL_TRIES = 10, /* of a read that is disturbed by changes; with pauses, a quarter of a second */
};

/*
 * Opens a socket in the caller's network namespace and has read() read with it. When that returns -EAGAIN, since
 * what it reads was changed meanwhile, it is called again, and must forget what it has.
 * protocol: NETLINK_ROUTE and the like. Errors: what read() says, after the last try -EAGAIN too.
 */
int eg_nl_read(int protocol, int (*read)(struct nl_sock *sk, void *arg, struct eg_err *err), void *arg,
	       struct eg_err *err);

struct eg_nl_dump {
	const char *what; /* in messages: "addresses" */
	int type;	  /* of the request: RTM_GETADDR */
	const void *head; /* the request's own header, as the type wants it */
	size_t head_len;
	/* Gets each answer. An error ends the dump; what is left of it is read and dropped. */
	int (*each)(void *arg, struct nlmsghdr *msg);
	void *arg;
};

/*
 * Dumps. Returns 0 when each() has seen it whole; 1 when it has, as far as the kernel can tell: of what is too large
 * for one part, something may have been passed over, and only a second look shows.
 * Errors: -EAGAIN it changed meanwhile; what each() says; what the kernel says, also if it gives up half-way. After
 * an error what each() saw is worth nothing.
 */
int eg_nl_dump(struct nl_sock *sk, const struct eg_nl_dump *dump, struct eg_err *err);

/*
 * The prefix in an attribute, host bits as they are; without an attribute all zero. family: AF_INET, AF_INET6.
 * Returns false, and *out is not valid, for another family or an attribute of another size.
 */
bool eg_nl_prefix(int family, const struct nlattr *attr, unsigned int len, struct eg_prefix *out);

#endif
