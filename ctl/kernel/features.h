/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * features.h - what the running kernel can do, found out by trying.
 *
 * Distributions backport: no version is ever compared.
 */
#ifndef EG_KERNEL_FEATURES_H
#define EG_KERNEL_FEATURES_H

#include <linux/types.h>
#include <stdbool.h>

#include "base/err.h"

/*
 * The hooks: one program each. X(identifier, name of pin and program section, attach type, what it closes)
 * EG_HOOK_ANCHOR is never left attached.
 */
#define EG_HOOKS(X) \
	X(CONNECT4, "connect4", BPF_CGROUP_INET4_CONNECT, "IPv4 TCP and connected UDP") \
	X(CONNECT6, "connect6", BPF_CGROUP_INET6_CONNECT, "IPv6 and mapped TCP and connected UDP") \
	X(SENDMSG4, "sendmsg4", BPF_CGROUP_UDP4_SENDMSG, "unconnected IPv4 UDP") \
	X(SENDMSG6, "sendmsg6", BPF_CGROUP_UDP6_SENDMSG, "unconnected IPv6 UDP") \
	X(SOCK_CREATE, "sock_create", BPF_CGROUP_INET_SOCK_CREATE, "raw, ping, UDP-Lite, SCTP and other sockets") \
	X(ANCHOR, "anchor", BPF_CGROUP_INET4_GETPEERNAME, "prepares a cgroup, decides nothing")

enum eg_hook {
#define EG_HOOK_ENUM(id, name, type, what) EG_HOOK_##id,
	EG_HOOKS(EG_HOOK_ENUM)
#undef EG_HOOK_ENUM
		EG_HOOK_COUNT,
};

#define EG_HOOK_DECIDERS EG_HOOK_ANCHOR /* hooks below this one decide */

/* The columns of EG_HOOKS; attach type: enum bpf_attach_type. */
const char *eg_features_hook_name(enum eg_hook hook);
const char *eg_features_hook_what(enum eg_hook hook);
int eg_features_attach_type(enum eg_hook hook);

/* Whether a program for the hook loads. Returns 0, or -errno of the load. */
int eg_features_probe_hook(enum eg_hook hook);

/* Whether bpf_set_retval loads in the connect hooks: then a denial can have any errno, else EPERM. */
bool eg_features_probe_retval(void);

/* One of the other ways in which a kernel may be too old; each 0 or -errno. */
int eg_features_probe_storage(void); /* one storage map for all hooks of a cgroup, 5.9 */
int eg_features_probe_inner(void);   /* inner arrays of differing size, 5.10 */

/*
 * Finds out whether this process may use BPF at all, and whether the kernel has what the programs
 * need. Errors carry EG_EXIT_FAILED for missing privileges and EG_EXIT_KERNEL for a missing feature.
 */
int eg_features_require(struct eg_err *err);

#endif
