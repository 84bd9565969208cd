/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sock_create.bpf.c - cgroup/sock_create: sockets that no other hook can judge by destination.
 *
 * UDP-Lite, SCTP and raw sockets never run a connect hook, so they end here. The kernel's own
 * sockets do not come by (inet_create asks "kern" first).
 */
#include "enforce.h"

SEC("cgroup/sock_create")
int eg_sock_create(struct bpf_sock *ctx)
{
	return eg_enforce_socket(ctx->type, ctx->protocol);
}

char _license[] SEC("license") = "Dual BSD/GPL";
