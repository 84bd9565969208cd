/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "eglink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/lwtunnel.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "egtest.h"

/* ---- requests ---- */

static struct nl_msg *request(int type, int flags, const void *head, size_t len)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	EG_NEED(msg && !nlmsg_append(msg, (void *)head, len, NLMSG_ALIGNTO), "out of memory");
	return msg;
}

/* Takes the message. */
static void ask(struct nl_msg *msg, const char *what, const char *on)
{
	struct nl_sock *sk = nl_socket_alloc();
	int r;

	EG_NEED(sk && !nl_connect(sk, NETLINK_ROUTE), "netlink: %s", strerror(errno));
	r = nl_send_sync(sk, msg);
	nl_socket_free(sk);
	EG_NEED(r >= 0, "%s %s: %s", what, on, nl_geterror(r));
}

static int create(enum eg_link_change change)
{
	return change == EG_LINK_ADD ? NLM_F_CREATE | NLM_F_EXCL : 0;
}

static int index_of(const char *name)
{
	unsigned int index = if_nametoindex(name);

	EG_NEED(index, "interface %s: %s", name, strerror(errno));
	return (int)index;
}

/* ---- text ---- */

struct prefix {
	unsigned char family, len, size;
	unsigned char addr[16];
};

static struct prefix read_prefix(const char *text)
{
	const char *slash = strchrnul(text, '/');
	struct prefix p = { 0 };
	char host[64];

	snprintf(host, sizeof(host), "%.*s", (int)(slash - text), text);
	p.family = strchr(host, ':') ? AF_INET6 : AF_INET;
	p.size = p.family == AF_INET ? 4 : 16;
	EG_NEED(inet_pton(p.family, host, p.addr) == 1, "'%s' is no address", text);
	p.len = (unsigned char)(*slash ? atoi(slash + 1) : 8 * p.size);
	return p;
}

/* ---- interfaces ---- */

void eg_link_sysctl(const char *name, const char *value)
{
	const char *path = eg_world_str("/proc/sys/net/%s", name);
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	EG_NEED(fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value), "%s: %s", path, strerror(errno));
}

void eg_link_begin(void)
{
	EG_NEED(!unshare(CLONE_NEWNET), "unshare: %s", strerror(errno));
	eg_link_sysctl("ipv6/conf/default/addr_gen_mode", "1");
}

void eg_link_pair(const char *name, const char *peer)
{
	const struct ifinfomsg head = { .ifi_family = AF_UNSPEC };
	struct nl_msg *msg = request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
	struct nlattr *info, *data, *other;

	nla_put_string(msg, IFLA_IFNAME, name);
	info = nla_nest_start(msg, IFLA_LINKINFO);
	nla_put_string(msg, IFLA_INFO_KIND, "veth");
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	other = nla_nest_start(msg, VETH_INFO_PEER);
	nlmsg_append(msg, (void *)&head, sizeof(head), NLMSG_ALIGNTO);
	nla_put_string(msg, IFLA_IFNAME, peer);
	nla_nest_end(msg, other);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	ask(msg, "veth", name);
}

void eg_link_up(const char *name, bool up)
{
	const struct ifinfomsg head = {
		.ifi_family = AF_UNSPEC, .ifi_index = index_of(name), .ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP
	};

	ask(request(RTM_NEWLINK, 0, &head, sizeof(head)), up ? "up" : "down", name);
}

void eg_link_automatic(const char *name, const unsigned char mac[6])
{
	const struct ifinfomsg head = { .ifi_family = AF_UNSPEC, .ifi_index = index_of(name) };
	struct nl_msg *msg = request(RTM_NEWLINK, 0, &head, sizeof(head));

	nla_put(msg, IFLA_ADDRESS, 6, mac);
	ask(msg, "address", name);
	eg_link_sysctl(eg_world_str("ipv6/conf/%s/addr_gen_mode", name), "0");
}

void eg_link_address(enum eg_link_change change, const char *name, const char *address, const char *peer,
		     unsigned char scope)
{
	const struct prefix own = read_prefix(address), far = peer ? read_prefix(peer) : own;
	const struct ifaddrmsg head = { .ifa_family = own.family,
					.ifa_prefixlen = far.len,
					.ifa_flags = own.family == AF_INET6 ? IFA_F_NODAD : 0,
					.ifa_scope = scope,
					.ifa_index = (unsigned int)index_of(name) };
	struct nl_msg *msg =
		request(change == EG_LINK_ADD ? RTM_NEWADDR : RTM_DELADDR, create(change), &head, sizeof(head));

	nla_put(msg, IFA_LOCAL, own.size, own.addr);
	nla_put(msg, IFA_ADDRESS, far.size, far.addr);
	ask(msg, "address", address);
}

/* ---- routes ---- */

static void put_via(struct nl_msg *msg, unsigned char family, const char *text)
{
	const struct prefix via = read_prefix(text);
	struct {
		unsigned short family;
		unsigned char addr[16];
	} other = { .family = via.family };

	memcpy(other.addr, via.addr, sizeof(other.addr));
	if (via.family == family)
		nla_put(msg, RTA_GATEWAY, via.size, via.addr);
	else
		nla_put(msg, RTA_VIA, (int)sizeof(other.family) + via.size, &other);
}

static void put_hop(struct nl_msg *msg, unsigned char family, const struct eg_link_hop *hop)
{
	if (hop->link)
		nla_put_u32(msg, RTA_OIF, (unsigned int)index_of(hop->link));
	if (hop->via)
		put_via(msg, family, hop->via);
}

static void put_multipath(struct nl_msg *msg, unsigned char family, const struct eg_link_hop *hops, size_t n)
{
	struct nlattr *all = nla_nest_start(msg, RTA_MULTIPATH);
	size_t i;

	for (i = 0; i < n && hops[i].link; i++) {
		struct rtnexthop *nh = nlmsg_reserve(msg, sizeof(*nh), NLMSG_ALIGNTO);

		EG_NEED(nh, "out of memory");
		memset(nh, 0, sizeof(*nh));
		nh->rtnh_ifindex = index_of(hops[i].link);
		if (hops[i].via)
			put_via(msg, family, hops[i].via);
		nh->rtnh_len = (unsigned short)((char *)nlmsg_tail(nlmsg_hdr(msg)) - (char *)nh);
	}
	nla_nest_end(msg, all);
}

static void put_wrapping(struct nl_msg *msg, const char *text)
{
	const struct prefix end = read_prefix(text);
	struct nlattr *wrap;

	nla_put_u16(msg, RTA_ENCAP_TYPE, end.family == AF_INET ? LWTUNNEL_ENCAP_IP : LWTUNNEL_ENCAP_IP6);
	wrap = nla_nest_start(msg, RTA_ENCAP);
	nla_put(msg, end.family == AF_INET ? (int)LWTUNNEL_IP_DST : (int)LWTUNNEL_IP6_DST, end.size, end.addr);
	nla_nest_end(msg, wrap);
}

void eg_link_route(enum eg_link_change change, const struct eg_link_route *r)
{
	const struct prefix to = read_prefix(r->to), from = r->from ? read_prefix(r->from) : (struct prefix){ 0 };
	const struct rtmsg head = { .rtm_family = to.family,
				    .rtm_dst_len = to.len,
				    .rtm_src_len = from.len,
				    .rtm_protocol = (unsigned char)(r->protocol ? r->protocol : RTPROT_BOOT),
				    .rtm_scope = r->scope,
				    .rtm_type = r->type ? r->type : RTN_UNICAST };
	struct nl_msg *msg =
		request(change == EG_LINK_ADD ? RTM_NEWROUTE : RTM_DELROUTE, create(change), &head, sizeof(head));

	nla_put(msg, RTA_DST, to.size, to.addr);
	nla_put_u32(msg, RTA_TABLE, r->table ? r->table : RT_TABLE_MAIN);
	if (r->from)
		nla_put(msg, RTA_SRC, from.size, from.addr);
	if (r->metric)
		nla_put_u32(msg, RTA_PRIORITY, r->metric);
	if (r->wrapped)
		put_wrapping(msg, r->wrapped);
	if (r->nexthop)
		nla_put_u32(msg, RTA_NH_ID, r->nexthop);
	else if (r->hops[1].link)
		put_multipath(msg, to.family, r->hops, EG_COUNT(r->hops));
	else
		put_hop(msg, to.family, &r->hops[0]);
	ask(msg, "route", r->to);
}

/* ---- nexthop objects ---- */

static struct nl_msg *nexthop(unsigned int id, unsigned char family)
{
	const struct nhmsg head = { .nh_family = family };
	struct nl_msg *msg = request(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));

	nla_put_u32(msg, NHA_ID, id);
	return msg;
}

void eg_link_nexthop(unsigned int id, const char *link, const char *via)
{
	const struct prefix gateway = via ? read_prefix(via) : (struct prefix){ .family = AF_INET };
	struct nl_msg *msg = nexthop(id, gateway.family);

	nla_put_u32(msg, NHA_OIF, (unsigned int)index_of(link));
	if (via)
		nla_put(msg, NHA_GATEWAY, gateway.size, gateway.addr);
	ask(msg, "nexthop", via ? via : link);
}

void eg_link_nexthop_group(unsigned int id, const unsigned int *members)
{
	struct nl_msg *msg = nexthop(id, AF_UNSPEC);
	struct nexthop_grp group[8] = { 0 };
	int n;

	for (n = 0; members[n]; n++)
		group[n].id = members[n];
	nla_put(msg, NHA_GROUP, n * (int)sizeof(*group), group);
	ask(msg, "nexthop", "group");
}

void eg_link_nexthop_blackhole(unsigned int id, unsigned char family)
{
	struct nl_msg *msg = nexthop(id, family);

	nla_put_flag(msg, NHA_BLACKHOLE);
	ask(msg, "nexthop", "blackhole");
}
