/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flow.h - what is decided about, in its canonical form, and what a decision says.
 */
#ifndef EGRESS_FLOW_H
#define EGRESS_FLOW_H

#include "egress/abi.h"

struct eg_flow {
	__u8 family;   /* 4 or 6, after eg_flow_make */
	__u8 class;    /* enum eg_class */
	__u16 port;    /* host order; 0 for classes without ports */
	__u32 addr[4]; /* network order; IPv4 in addr[0] */
};

struct eg_verdict {
	__u32 allow;  /* 1 or 0 */
	__u32 reason; /* enum eg_reason */
	__u32 word;   /* eg_cell.word of the deciding rule; 0: none */
	__u32 hit;    /* cell of "hits" to count in */
};

/*
 * The class of an IP protocol number. MPTCP's 262 is an API number, it is TCP on the wire.
 */
EG_INLINE __u8 eg_class_of(__u32 protocol)
{
	switch (protocol) {
	case 6:	  /* IPPROTO_TCP */
	case 262: /* IPPROTO_MPTCP */
		return EG_CLASS_TCP;
	case 17: /* IPPROTO_UDP */
		return EG_CLASS_UDP;
	case 1:	 /* IPPROTO_ICMP */
	case 58: /* IPPROTO_ICMPV6 */
		return EG_CLASS_ICMP;
	}
	return EG_CLASS_OTHER;
}

/*
 * Sets family and address; addr in network order. Class and port are the caller's.
 */
EG_INLINE void eg_flow_make4(struct eg_flow *flow, __u32 addr)
{
	flow->family = 4;
	/* 0.0.0.0 is where the kernel connects to the loopback: ip_route_connect, RFC 1122 3.2.1.3 */
	flow->addr[0] = addr ? addr : EG_BE32(0x7f000001);
	flow->addr[1] = flow->addr[2] = flow->addr[3] = 0;
}

/*
 * Brings a destination to its canonical form: an IPv4-mapped address is its IPv4 address, and an
 * unspecified one is the loopback, where the kernel sends it (tcp_v6_connect, __ip6_datagram_connect).
 */
EG_INLINE void eg_flow_make6(struct eg_flow *flow, const __u32 addr[4])
{
	if (addr[0] == 0 && addr[1] == 0 && addr[2] == EG_BE32(0x0000ffff)) {
		eg_flow_make4(flow, addr[3]);
		return;
	}
	flow->family = 6;
	flow->addr[0] = addr[0];
	flow->addr[1] = addr[1];
	flow->addr[2] = addr[2];
	flow->addr[3] = addr[3];
	if (!(addr[0] | addr[1] | addr[2] | addr[3]))
		flow->addr[3] = EG_BE32(1);
}

#endif
