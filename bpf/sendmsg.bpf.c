/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sendmsg.bpf.c - cgroup/sendmsg4 and sendmsg6: UDP datagrams that name their destination.
 *
 * A mapped address on an AF_INET6 socket runs sendmsg4 with family AF_INET6, and AF_UNSPEC counts as
 * AF_INET there (udp_sendmsg): the hook alone says which family it is, no field does.
 */
#include "enforce.h"

SEC("cgroup/sendmsg4")
int eg_sendmsg4(struct bpf_sock_addr *ctx)
{
	struct eg_flow flow = {
		.class = eg_class_of(ctx->protocol),
		.port = EG_BE16((__u16)ctx->user_port),
	};

	eg_flow_make4(&flow, ctx->user_ip4);
	return eg_enforce_flow(&flow);
}

SEC("cgroup/sendmsg6")
int eg_sendmsg6(struct bpf_sock_addr *ctx)
{
	__u32 addr[4] = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3] };
	struct eg_flow flow = {
		.class = eg_class_of(ctx->protocol),
		.port = EG_BE16((__u16)ctx->user_port),
	};

	eg_flow_make6(&flow, addr);
	return eg_enforce_flow(&flow);
}

char _license[] SEC("license") = "Dual BSD/GPL";
