/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * egbpf.h - what the kernel still holds of ours: programs, maps and links, pinned or reachable through them.
 */
#ifndef EG_BPF_H
#define EG_BPF_H

#include <linux/types.h>

#include "egworld.h"

enum eg_bpf_kind {
	EG_BPF_PROG,
	EG_BPF_MAP,
	EG_BPF_LINK,
	EG_BPF_KINDS,
};

struct eg_bpf_ids {
	__u32 *v[EG_BPF_KINDS]; /* owned */
	size_t n[EG_BPF_KINDS];
};

/* All that is pinned below a directory, with the tables inside outer maps. Free with eg_bpf_free. */
struct eg_bpf_ids eg_bpf_pinned(const char *dir);
void eg_bpf_free(struct eg_bpf_ids *ids);

/* Waits until none of them exists any more: the kernel frees late. Returns whether that came. */
bool eg_bpf_gone(const struct eg_bpf_ids *ids);

/* How many programs any of our hooks has on the cgroup. */
unsigned int eg_bpf_attached(const struct eg_world *w, const char *cgroup);

/* Waits until there are n. */
bool eg_bpf_wait_attached(const struct eg_world *w, const char *cgroup, unsigned int n);

#endif
