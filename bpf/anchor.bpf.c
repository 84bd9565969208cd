/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * anchor.bpf.c - a harmless program that makes the storage of a cgroup exist.
 *
 * The entry of a cgroup in "store" cannot be written before some program that uses the map is
 * attached there, and from then on it is zero, which denies. So this one comes first, the binding is
 * written, and only then come the programs that decide (cgroup_storage_update_elem,
 * kernel/bpf/local_storage.c). getpeername4 exists since 5.8.
 */
#include "maps.h"

SEC("cgroup/getpeername4")
int eg_anchor(struct bpf_sock_addr *ctx)
{
	(void)ctx;
	return bpf_get_local_storage(&store, 0) != 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
