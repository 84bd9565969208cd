/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * connect.bpf.c - cgroup/connect4 and connect6: TCP in every form, connected UDP, ping (6.1).
 *
 * An AF_INET6 socket that connects to ::ffff:a.b.c.d runs connect6, never connect4.
 */
#include "enforce.h"

SEC("cgroup/connect4")
int eg_connect4(struct bpf_sock_addr *ctx)
{
	struct eg_flow flow = {
		.class = eg_class_of(ctx->protocol),
		.port = EG_BE16((__u16)ctx->user_port),
	};

	eg_flow_make4(&flow, ctx->user_ip4);
	return eg_enforce_flow(&flow);
}

SEC("cgroup/connect6")
int eg_connect6(struct bpf_sock_addr *ctx)
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
