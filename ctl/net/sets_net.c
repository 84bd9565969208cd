/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "net/sets_net.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "net/nl.h"
#include "net/routes.h"
#include "policy/resolvers.h"

#define LOOPBACK_LINK 1	     /* in every namespace: LOOPBACK_IFINDEX of the kernel */
#define ROUTE_LEN_SHORTEST 8 /* of what may be a subnet */

struct found {
	enum eg_dynamic kind;
	bool read;	     /* at least once */
	struct eg_prefix *v; /* owned */
	size_t n;
};

static void free_found(struct found *f)
{
	free(f->v);
}

#define cleanup_found __attribute__((cleanup(free_found)))

static int add(struct found *f, const struct eg_prefix *p)
{
	return eg_dynamic_add(&f->v, &f->n, *p);
}

/* ---- addresses ---- */

static bool is_host(const struct eg_prefix *p)
{
	return p->len == (p->family == 4 ? 32 : 128);
}

static bool is_zero(const struct eg_prefix *p)
{
	static const struct eg_prefix zero;

	return !memcmp(p->addr, zero.addr, sizeof(zero.addr));
}

static bool is_loopback(const struct eg_prefix *p)
{
	static const struct eg_prefix loopback = { .family = 6, .len = 128, .addr = { [15] = 1 } };

	return p->family == 4 ? p->addr[0] == 127 : !memcmp(p->addr, loopback.addr, sizeof(p->addr));
}

/* To many at once: not what is on a link, but all who listen there. */
static bool is_to_many(const struct eg_prefix *p)
{
	static const __u8 broadcast[4] = { 255, 255, 255, 255 };

	if (p->family == 6)
		return p->addr[0] == 0xff;
	return p->addr[0] >> 4 == 14 || !memcmp(p->addr, broadcast, sizeof(broadcast));
}

static bool is_subnet(const struct eg_prefix *p)
{
	return p->len && !is_loopback(p) && !is_to_many(p);
}

/* local: the host's own; peer: the other end of a point-to-point link, otherwise the same; len: the subnet's. */
static int on_own(struct found *f, struct eg_prefix local, struct eg_prefix peer, unsigned int link, __u8 len)
{
	if (f->kind == EG_DYNAMIC_SELF)
		return is_zero(&local) || is_loopback(&local) ? 0 : add(f, &local);
	if (link == LOOPBACK_LINK || is_zero(&peer))
		return 0;
	if (len == peer.len && !eg_addr_compare(&local, &peer))
		return 0;
	peer.len = len;
	return is_subnet(&peer) ? add(f, &peer) : 0;
}

static int on_address(void *arg, struct nlmsghdr *msg)
{
	const struct ifaddrmsg *head = nlmsg_data(msg);
	struct nlattr *a[IFA_MAX + 1];
	struct eg_prefix local, peer;
	unsigned int bits;

	if (msg->nlmsg_type != RTM_NEWADDR || nlmsg_datalen(msg) < (int)sizeof(*head))
		return 0;
	if (head->ifa_family != AF_INET && head->ifa_family != AF_INET6)
		return 0;
	bits = head->ifa_family == AF_INET ? 32 : 128;
	if (nlmsg_parse(msg, sizeof(*head), a, IFA_MAX, NULL) < 0 || head->ifa_prefixlen > bits)
		return -EPROTO;
	/* IPv6 says IFA_LOCAL only when there is a peer. */
	if (!eg_nl_prefix(head->ifa_family, a[IFA_LOCAL] ? a[IFA_LOCAL] : a[IFA_ADDRESS], bits, &local) ||
	    !eg_nl_prefix(head->ifa_family, a[IFA_ADDRESS] ? a[IFA_ADDRESS] : a[IFA_LOCAL], bits, &peer))
		return -EPROTO;
	return on_own(arg, local, peer, head->ifa_index, head->ifa_prefixlen);
}

static int read_addresses(struct nl_sock *sk, struct found *f, struct eg_err *err)
{
	struct ifaddrmsg head = { .ifa_family = AF_INET };
	const struct eg_nl_dump dump = { .what = "addresses",
					 .type = RTM_GETADDR,
					 .head = &head,
					 .head_len = sizeof(head),
					 .each = on_address,
					 .arg = f };
	int v4, v6;

	v4 = eg_nl_dump(sk, &dump, err);
	if (v4 < 0)
		return v4;
	head.ifa_family = AF_INET6;
	v6 = eg_nl_dump(sk, &dump, err);
	return v6 < 0 ? v6 : v4 || v6;
}

/* ---- routes ---- */

static int on_gateway(void *arg, const struct eg_route *route, const struct eg_hop *hop)
{
	if (route->to.len || route->table == RT_TABLE_LOCAL || !hop->gateway.family)
		return 0;
	return add(arg, &hop->gateway);
}

/* The kernel makes routes to single hosts of addresses, which are read as such. */
static int on_link_route(void *arg, const struct eg_route *route, const struct eg_hop *hop)
{
	if (route->table != RT_TABLE_MAIN || hop->gateway.family || hop->wrapped)
		return 0;
	if (!hop->link || hop->link == LOOPBACK_LINK)
		return 0;
	if (route->to.len < ROUTE_LEN_SHORTEST || (is_host(&route->to) && route->protocol == RTPROT_KERNEL))
		return 0;
	return is_subnet(&route->to) ? add(arg, &route->to) : 0;
}

/* ---- sets ---- */

/* Returns and errors: those of eg_nl_dump. */
static int read_once(struct nl_sock *sk, struct found *f, struct eg_err *err)
{
	int addresses = 0, routes = 0;

	if (f->kind != EG_DYNAMIC_GATEWAY)
		addresses = read_addresses(sk, f, err);
	if (addresses >= 0 && f->kind != EG_DYNAMIC_SELF)
		routes = eg_routes_read(sk, f->kind == EG_DYNAMIC_GATEWAY ? on_gateway : on_link_route, f, err);
	eg_dynamic_settle(f->v, &f->n);
	if (addresses < 0 || routes < 0)
		return addresses < 0 ? addresses : routes;
	return addresses || routes;
}

static bool is_same(const struct found *a, const struct found *b)
{
	return a->n == b->n && (!a->n || !memcmp(a->v, b->v, a->n * sizeof(*a->v)));
}

/* What is too large to be read at once is believed when it reads the same twice. */
static int read_set(struct nl_sock *sk, void *arg, struct eg_err *err)
{
	struct found *last = arg;
	cleanup_found struct found now = { .kind = last->kind };
	bool agreed;
	int r;

	r = read_once(sk, &now, err);
	if (r < 0)
		return r;
	agreed = !r || (last->read && is_same(&now, last));
	free_found(last);
	*last = now;
	last->read = true;
	now.v = NULL;
	return agreed ? 0 : eg_fail(err, -EAGAIN, "netlink: what is read in several parts changed meanwhile");
}

int eg_sets_net_get(void *user, enum eg_dynamic kind, struct eg_prefix **v, size_t *n, struct eg_err *err)
{
	cleanup_found struct found f = { .kind = kind };
	int r;

	if (kind == EG_DYNAMIC_RESOLVERS)
		return eg_resolvers_load(user ? user : EG_RESOLV_CONF, v, n, err);
	r = eg_nl_read(NETLINK_ROUTE, read_set, &f, err);
	if (r)
		return r;
	*v = TAKE_PTR(f.v);
	*n = f.n;
	return 0;
}
