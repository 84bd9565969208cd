/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sendmsg.bpf.c - cgroup/sendmsg4 and sendmsg6: UDP datagrams that name their destination.
 *
 * A mapped address on an AF_INET6 socket runs sendmsg4 with family AF_INET6, and AF_UNSPEC counts as
 * AF_INET there (udp_sendmsg), so neither field is asked.
 */
#include "enforce.h"

SEC("cgroup/sendmsg4")
int eg_sendmsg4(struct bpf_sock_addr *ctx)
{
	return eg_enforce_addr4(ctx);
}

SEC("cgroup/sendmsg6")
int eg_sendmsg6(struct bpf_sock_addr *ctx)
{
	return eg_enforce_addr6(ctx);
}

char _license[] SEC("license") = "Dual BSD/GPL";
