/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * links.h - attachments: a cgroup bound to a policy by pinned links, and no moment in between.
 *
 *   stage   record -> anchor -> binding "as from the next serial" -> links -> pins    everything passes
 *   (the policy's switch brings all staged attachments into force at once)
 *   settle  binding "in force"
 *   detach  binding "until now" -> links detached -> pins removed -> record gone
 */
#ifndef EG_KERNEL_LINKS_H
#define EG_KERNEL_LINKS_H

#include "kernel/cgroup.h"
#include "kernel/runtime.h"

/*
 * Binds a cgroup to a slot without effect until the slot's serial reaches "serial".
 * flags: EG_ATTACHED_DECLARED or 0. Errors: -EEXIST it has a binding; -ENOSPC EG_ATTACHMENTS_MAX;
 * -EPERM with a message that names a foreign program in the way. On failure nothing is left.
 */
int eg_links_stage(struct eg_runtime *rt, const struct eg_cgroup_root *root, const struct eg_cgroup *cg, __u32 slot,
		   __u32 serial, __u32 flags, struct eg_err *err);

/* Makes the links that a bound cgroup lacks: somebody may have unpinned one. The binding holds for them at once. */
int eg_links_complete(struct eg_runtime *rt, const struct eg_cgroup_root *root, const struct eg_cgroup *cg,
		      struct eg_err *err);

/* Makes a staged binding stay in force whatever the serial. */
int eg_links_settle(struct eg_runtime *rt, __u64 cgroup, struct eg_err *err);

/* Records that a bound cgroup goes over to another slot once that slot's serial reaches "serial". */
int eg_links_plan_move(struct eg_runtime *rt, __u64 cgroup, __u32 slot, __u32 serial, __u32 flags, struct eg_err *err);

/* Takes a planned move back. */
int eg_links_cancel_move(struct eg_runtime *rt, __u64 cgroup);

/* Carries a planned move out, in one write: the cgroup never is without one of the two policies. */
int eg_links_move(struct eg_runtime *rt, __u64 cgroup, struct eg_err *err);

/* Lets an attachment end with the switch of its policy to "serial"; takes that back. */
int eg_links_plan_drop(struct eg_runtime *rt, __u64 cgroup, __u32 serial, struct eg_err *err);
int eg_links_cancel_drop(struct eg_runtime *rt, __u64 cgroup);

/* Ends attachments, also of cgroups that are gone, at the price of one grace period for all. */
int eg_links_detach(struct eg_runtime *rt, const __u64 *cgroups, size_t n, struct eg_err *err);

/* The binding of a cgroup as the programs read it. Returns 0 or -ENOENT. */
int eg_links_binding(const struct eg_runtime *rt, __u64 cgroup, struct eg_binding *out);

/* The record of a cgroup. Returns 0 or -ENOENT. */
int eg_links_get(const struct eg_runtime *rt, __u64 cgroup, struct eg_attachment *out);

/* Marks an attachment as named by the policy's file. */
int eg_links_declare(struct eg_runtime *rt, __u64 cgroup, struct eg_err *err);

/* Records that a cgroup is about to be made for a slot, so that it is removed if nothing comes of it. */
int eg_links_announce(struct eg_runtime *rt, __u32 slot, const char *path, struct eg_err *err);
void eg_links_unannounce(struct eg_runtime *rt, __u32 slot);

struct eg_attachments {
	__u64 *ids;		 /* owned */
	struct eg_attachment *v; /* owned */
	size_t n;
};

/* Reads all records. Free with eg_links_free. */
int eg_links_list(const struct eg_runtime *rt, struct eg_attachments *out, struct eg_err *err);
void eg_links_free(struct eg_attachments *list);

/* How many of the deciding hooks have a live link on the cgroup, as bits by enum eg_hook. */
unsigned int eg_links_hooks(const struct eg_runtime *rt, __u64 cgroup);

/* Directories of links that no record names: what a killed command left. */
int eg_links_sweep(struct eg_runtime *rt, struct eg_err *err);

#define cleanup_attachments __attribute__((cleanup(eg_links_free)))

#endif
