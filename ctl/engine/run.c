/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "engine/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "engine/apply.h"
#include "engine/child.h"
#include "engine/recover.h"
#include "engine/texts.h"
#include "kernel/links.h"
#include "kernel/slots.h"
#include "kernel/tablemaps.h"

#define STOP_MS 5000 /* for killed processes to be gone */

/* A name that is free: an earlier run of the same process id may have been killed. */
static int own_child_path(const struct eg_cgroup_root *root, char *path, struct eg_err *err)
{
	cleanup_cgroup struct eg_cgroup own = EG_CGROUP_INIT;
	int n, i, r = eg_cgroup_open_pid(root, 0, &own, err);

	for (i = 0; !r && i < 100; i++) {
		n = snprintf(path, PATH_MAX, "%s/egressctl-run-%d%s%.0d", own.path[1] ? own.path : "", getpid(),
			     i ? "-" : "", i);
		if (n >= PATH_MAX)
			return eg_fail(err, -ENAMETOOLONG, "the caller's cgroup path is too long");
		if (faccessat(root->fd, path + 1, F_OK, 0) && errno == ENOENT)
			return 0;
	}
	return r ? r : eg_fail(err, -EEXIST, "no name is free for a cgroup: '%s' is there", path);
}

static int load_instance(struct eg_runtime *rt, struct eg_target *t, struct eg_err *err)
{
	cleanup_table_changes struct eg_table_changes changes = { 0 };
	char name[EG_SLOT_NAME_SIZE];
	int r;

	snprintf(name, sizeof(name), "%s@%d", t->policy->name, getpid());
	t->slot = eg_slots_take(rt, name, EG_SLOT_RUN, err);
	if (t->slot < 0)
		return t->slot;
	t->fresh = true;
	r = eg_tablemaps_reclaim(rt, &changes, err);
	if (!r)
		r = eg_generation_prepare(rt, (__u32)t->slot, t->policy, t->file, t->digest, t->tables, &changes,
					  &t->generation, err);
	if (!r)
		r = eg_tablemaps_commit(rt, &changes, err);
	return r ? r : eg_generation_settle(rt, &t->generation, err);
}

/* Announced first: an empty cgroup that is on no record would stay for ever after a kill. */
static int make_cgroup(struct eg_runtime *rt, const struct eg_cgroup_root *root, const char *path, __u32 slot,
		       struct eg_cgroup *cg, struct eg_err *err)
{
	int r = eg_links_announce(rt, slot, path, err);

	if (!r)
		r = eg_cgroup_create(root, path, cg, err);
	EG_FAULT("cgroup made");
	return r;
}

static int enforce_on(struct eg_ctx *ctx, struct eg_runtime *rt, const struct eg_cgroup_root *root, const char *path,
		      struct eg_cgroup *cg, struct eg_target *t, struct eg_err *err)
{
	__u32 serial;
	int r = eg_recover(ctx, rt, root, true, err);

	if (!r)
		r = eg_apply_check_errno(rt, t, err);
	if (!r)
		r = load_instance(rt, t, err);
	if (r)
		return r;
	serial = t->generation.serial;
	r = eg_texts_write(ctx->run_dir, rt->slots[t->slot].name, serial, t->policy->text, t->policy->text_len, err);
	if (!r)
		r = make_cgroup(rt, root, path, (__u32)t->slot, cg, err);
	if (!r)
		r = eg_links_stage(rt, root, cg, (__u32)t->slot, serial, 0, err);
	eg_links_unannounce(rt, (__u32)t->slot);
	if (r)
		return r;
	eg_generation_switch(rt, &t->generation);
	return eg_links_settle(rt, cg->id, err);
}

static int move_into(const struct eg_cgroup *cg, pid_t pid, struct eg_err *err)
{
	cleanup_close int fd = openat(cg->fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", pid);

	if (fd < 0 || write(fd, text, (size_t)n) != n)
		return eg_fail(err, -errno, "cannot move the command into cgroup '%s': %s", cg->path, strerror(errno));
	return 0;
}

/*
 * The lock is held until the child is in the cgroup: an empty one would be taken for abandoned by
 * another command's cleaning up.
 */
static int set_up(struct eg_ctx *ctx, const struct eg_cgroup_root *root, const char *path, struct eg_cgroup *cg,
		  struct eg_target *t, const struct eg_run_options *options, struct eg_child *child, struct eg_err *err)
{
	struct eg_runtime rt = EG_RUNTIME_INIT;
	int r = eg_runtime_open(ctx->bpffs, EG_BPFFS_CREATE, &rt, err);

	if (r)
		return r;
	r = enforce_on(ctx, &rt, root, path, cg, t, err);
	EG_FAULT("instance in force");
	if (!r)
		r = eg_child_start(options, child, err);
	if (!r) {
		r = move_into(cg, child->pid, err);
		if (r)
			eg_child_abort(child);
	}
	if (r && t->slot >= 0 && rt.slots[t->slot].tag) {
		eg_generation_discard(&rt, &t->generation);
		eg_recover_end(&rt, (__u32)t->slot);
		eg_recover_drop_ended(ctx, &rt, NULL);
		eg_tablemaps_sweep(&rt, NULL);
	}
	return eg_recover_leave(ctx, &rt, r, err);
}

static int tear_down(struct eg_ctx *ctx, const struct eg_cgroup_root *root, const struct eg_cgroup *cg,
		     const struct eg_target *t, struct eg_err *err)
{
	struct eg_runtime rt = EG_RUNTIME_INIT;
	char name[EG_SLOT_NAME_SIZE];
	int slot, r = eg_cgroup_destroy(root, cg->path, STOP_MS, err);

	if (r)
		return r;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	r = eg_runtime_open(ctx->bpffs, EG_BPFFS_CHANGE, &rt, err);
	if (r)
		return r == -ENOENT ? 0 : r; /* another command has cleaned up */
	r = eg_recover(ctx, &rt, root, false, err);
	snprintf(name, sizeof(name), "%s@%d", t->policy->name, getpid());
	slot = eg_slots_find(&rt, name);
	if (!r && slot >= 0) {
		eg_recover_end(&rt, (__u32)slot);
		r = eg_recover_drop_ended(ctx, &rt, err);
	}
	return eg_recover_leave(ctx, &rt, r, err);
}

static int exit_status(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

static int run_loaded(struct eg_ctx *ctx, const struct eg_run_options *options, struct eg_target *t, int *status,
		      struct eg_err *err)
{
	cleanup_cgroup_root struct eg_cgroup_root root = EG_CGROUP_ROOT_INIT;
	cleanup_cgroup struct eg_cgroup cg = EG_CGROUP_INIT;
	struct eg_err cleanup_err = EG_ERR_INIT;
	struct eg_child child = { 0 };
	char path[PATH_MAX];
	int r = eg_cgroup_root_open(ctx->cgroup_root, &root, err);

	if (!r)
		r = own_child_path(&root, path, err);
	if (r)
		return r;
	r = set_up(ctx, &root, path, &cg, t, options, &child, err);
	if (r) {
		if (cg.fd >= 0) /* else it is not ours */
			eg_cgroup_destroy(&root, path, STOP_MS, NULL);
		return r;
	}
	*status = exit_status(eg_child_wait(&child, err));
	if (err->code)
		eg_wrap(err, "cannot run '%s'", options->argv[0]);
	if (tear_down(ctx, &root, &cg, t, &cleanup_err))
		eg_ctx_note(ctx, "cleaning up after the command: %s", cleanup_err.what);
	return 0;
}

int eg_run(struct eg_ctx *ctx, const struct eg_run_options *options, struct eg_diags *diags, int *status,
	   struct eg_err *err)
{
	struct eg_target t = { 0 };
	int r = eg_apply_load(options->policy, &t, diags, err);

	if (!r)
		r = run_loaded(ctx, options, &t, status, err);
	if (r)
		eg_err_stays(err, "the command was not run");
	eg_apply_free(&t);
	return r;
}
