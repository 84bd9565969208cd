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
	return eg_enforce_addr4(ctx);
}

SEC("cgroup/connect6")
int eg_connect6(struct bpf_sock_addr *ctx)
{
	return eg_enforce_addr6(ctx);
}

char _license[] SEC("license") = "Dual BSD/GPL";
