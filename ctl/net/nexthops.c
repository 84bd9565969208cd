/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "net/nexthops.h"

#include <errno.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/vec.h"
#include "net/nl.h"

/* Sorted by id: a router has as many routes as objects, or more. A group has one entry for each member. */
struct eg_nexthop {
	__u32 id;
	__u32 member;	   /* id of another object; 0: none */
	struct eg_hop hop; /* unless member; of a blackhole empty, and its routes are no unicast routes */
};

static int add_group(struct eg_nexthops *list, __u32 id, const struct nlattr *group)
{
	const struct nexthop_grp *members = nla_data(group);
	size_t i, n = (size_t)nla_len(group) / sizeof(*members);

	for (i = 0; i < n; i++) {
		struct eg_nexthop *o = EG_VEC_ADD(list->v, list->n);

		if (!o)
			return -ENOMEM;
		o->id = id;
		o->member = members[i].id;
	}
	return 0;
}

static int read_hop(int family, struct nlattr **a, struct eg_hop *hop)
{
	const unsigned int bits = family == AF_INET ? 32 : 128;

	if (a[NHA_GATEWAY] && !eg_nl_prefix(family, a[NHA_GATEWAY], bits, &hop->gateway))
		return -EPROTO;
	hop->link = a[NHA_OIF] ? nla_get_u32(a[NHA_OIF]) : 0;
	hop->wrapped = a[NHA_ENCAP];
	return 0;
}

static int on_nexthop(void *arg, struct nlmsghdr *msg)
{
	const struct nhmsg *head = nlmsg_data(msg);
	struct eg_nexthops *list = arg;
	struct nlattr *a[NHA_MAX + 1];
	struct eg_nexthop *o;

	if (msg->nlmsg_type != RTM_NEWNEXTHOP)
		return 0;
	if (nlmsg_parse(msg, sizeof(*head), a, NHA_MAX, NULL) < 0 || !a[NHA_ID])
		return -EPROTO;
	if (a[NHA_GROUP])
		return add_group(list, nla_get_u32(a[NHA_ID]), a[NHA_GROUP]);
	o = EG_VEC_ADD(list->v, list->n);
	if (!o)
		return -ENOMEM;
	o->id = nla_get_u32(a[NHA_ID]);
	return read_hop(head->nh_family, a, &o->hop);
}

static int compare(const void *a, const void *b)
{
	const struct eg_nexthop *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

int eg_nexthops_read(struct nl_sock *sk, struct eg_nexthops *out, struct eg_err *err)
{
	const struct nhmsg head = { .nh_family = AF_UNSPEC };
	cleanup_nexthops struct eg_nexthops list = { 0 };
	const struct eg_nl_dump dump = { .what = "nexthop objects",
					 .type = RTM_GETNEXTHOP,
					 .head = &head,
					 .head_len = sizeof(head),
					 .each = on_nexthop,
					 .arg = &list };
	int r = eg_nl_dump(sk, &dump, err);

	if (r < 0)
		return r;
	if (list.n)
		qsort(list.v, list.n, sizeof(*list.v), compare);
	*out = list;
	list = (struct eg_nexthops){ 0 };
	return r;
}

/* The first entry of an object, or list->n. */
static size_t find(const struct eg_nexthops *list, __u32 id)
{
	size_t lo = 0, hi = list->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (list->v[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < list->n && list->v[lo].id == id ? lo : list->n;
}

/* A group has no groups in it. */
int eg_nexthops_each(const struct eg_nexthops *list, __u32 id, int (*each)(void *arg, const struct eg_hop *hop),
		     void *arg)
{
	size_t i = find(list, id), leaf;
	int r = i < list->n ? 0 : -EAGAIN;

	for (; !r && i < list->n && list->v[i].id == id; i++) {
		leaf = list->v[i].member ? find(list, list->v[i].member) : i;
		r = leaf < list->n ? each(arg, &list->v[leaf].hop) : -EAGAIN;
	}
	return r;
}

void eg_nexthops_free(struct eg_nexthops *list)
{
	free(list->v);
	*list = (struct eg_nexthops){ 0 };
}
