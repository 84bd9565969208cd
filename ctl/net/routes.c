/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "net/routes.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "net/nexthops.h"
#include "net/nl.h"

struct reading {
	struct eg_nexthops nexthops;
	struct eg_route route; /* the one at hand */
	int family;	       /* of it */
	int (*each)(void *arg, const struct eg_route *route, const struct eg_hop *hop);
	void *arg;
};

static int on_hop(void *arg, const struct eg_hop *hop)
{
	const struct reading *r = arg;

	return r->each(r->arg, &r->route, hop);
}

/* A gateway of the other family: an IPv4 route through an IPv6 neighbour. */
static bool read_via(const struct nlattr *attr, struct eg_prefix *out)
{
	const struct rtvia *via = nla_data(attr);
	const size_t len = (size_t)nla_len(attr) - sizeof(*via);

	if (nla_len(attr) < (int)sizeof(*via) || len != (via->rtvia_family == AF_INET ? 4 : 16))
		return false;
	if (!eg_nl_prefix(via->rtvia_family, NULL, via->rtvia_family == AF_INET ? 32 : 128, out))
		return false;
	memcpy(out->addr, via->rtvia_addr, len);
	return true;
}

static int read_hop(int family, struct nlattr **a, struct eg_hop *hop)
{
	if (a[RTA_GATEWAY] && !eg_nl_prefix(family, a[RTA_GATEWAY], family == AF_INET ? 32 : 128, &hop->gateway))
		return -EPROTO;
	if (a[RTA_VIA] && !read_via(a[RTA_VIA], &hop->gateway))
		return -EPROTO;
	hop->wrapped = a[RTA_ENCAP];
	return 0;
}

static int read_multipath(struct reading *r, const struct nlattr *attr)
{
	const struct rtnexthop *nh = nla_data(attr);
	int left = nla_len(attr), rc = 0;

	for (; !rc && RTNH_OK(nh, left); left -= (int)RTNH_ALIGN(nh->rtnh_len), nh = RTNH_NEXT(nh)) {
		struct eg_hop hop = { .link = (__u32)nh->rtnh_ifindex };
		struct nlattr *a[RTA_MAX + 1];

		rc = nla_parse(a, RTA_MAX, (void *)(nh + 1), nh->rtnh_len - (int)sizeof(*nh), NULL);
		rc = rc < 0 ? -EPROTO : read_hop(r->family, a, &hop);
		if (!rc)
			rc = on_hop(r, &hop);
	}
	return rc;
}

/* A route that names an object may repeat what the object says; the object says it all. */
static int read_hops(struct reading *r, struct nlattr **a)
{
	struct eg_hop hop = { 0 };
	int rc;

	if (a[RTA_NH_ID])
		return eg_nexthops_each(&r->nexthops, nla_get_u32(a[RTA_NH_ID]), on_hop, r);
	if (a[RTA_MULTIPATH])
		return read_multipath(r, a[RTA_MULTIPATH]);
	hop.link = a[RTA_OIF] ? nla_get_u32(a[RTA_OIF]) : 0;
	rc = read_hop(r->family, a, &hop);
	return rc ? rc : on_hop(r, &hop);
}

static int on_route(void *arg, struct nlmsghdr *msg)
{
	const struct rtmsg *head = nlmsg_data(msg);
	struct nlattr *a[RTA_MAX + 1];
	struct reading *r = arg;

	if (msg->nlmsg_type != RTM_NEWROUTE || nlmsg_datalen(msg) < (int)sizeof(*head))
		return 0;
	/* A kernel without IPv6 answers for all that it has; a cloned route is a note of the kernel's. */
	if ((head->rtm_family != AF_INET && head->rtm_family != AF_INET6) || head->rtm_type != RTN_UNICAST ||
	    head->rtm_flags & RTM_F_CLONED)
		return 0;
	if (nlmsg_parse(msg, sizeof(*head), a, RTA_MAX, NULL) < 0 ||
	    !eg_nl_prefix(head->rtm_family, a[RTA_DST], head->rtm_dst_len, &r->route.to))
		return -EPROTO;
	r->family = head->rtm_family;
	r->route.table = a[RTA_TABLE] ? nla_get_u32(a[RTA_TABLE]) : head->rtm_table;
	r->route.protocol = head->rtm_protocol;
	return read_hops(r, a);
}

int eg_routes_read(struct nl_sock *sk, int (*each)(void *arg, const struct eg_route *route, const struct eg_hop *hop),
		   void *arg, struct eg_err *err)
{
	struct rtmsg head = { .rtm_family = AF_INET };
	cleanup_nexthops struct eg_nexthops nexthops = { 0 };
	struct reading reading = { .each = each, .arg = arg };
	const struct eg_nl_dump dump = { .what = "routes",
					 .type = RTM_GETROUTE,
					 .head = &head,
					 .head_len = sizeof(head),
					 .each = on_route,
					 .arg = &reading };
	int objects, v4, v6;

	objects = eg_nexthops_read(sk, &nexthops, err);
	if (objects < 0)
		return objects;
	reading.nexthops = nexthops; /* lent */
	v4 = eg_nl_dump(sk, &dump, err);
	if (v4 < 0)
		return v4;
	head.rtm_family = AF_INET6;
	v6 = eg_nl_dump(sk, &dump, err);
	return v6 < 0 ? v6 : objects || v4 || v6;
}
