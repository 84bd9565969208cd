/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cgroup.h - finding cgroup2 and the cgroups in it: by path, by process, by id.
 */
#ifndef EG_KERNEL_CGROUP_H
#define EG_KERNEL_CGROUP_H

#include <limits.h>
#include <linux/types.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* The cgroup2 hierarchy as this process sees it. Close with eg_cgroup_root_close. */
struct eg_cgroup_root {
	char mount[PATH_MAX]; /* without a slash at the end */
	int fd;		      /* O_DIRECTORY */
};

/* One cgroup, kept from going away under us by its open directory. */
struct eg_cgroup {
	char path[PATH_MAX]; /* from the mount, as in /proc/PID/cgroup: "/" or "/a/b" */
	__u64 id;	     /* inode of the directory: what the kernel calls the cgroup id (5.5) */
	int fd;		     /* O_DIRECTORY, -1 when closed */
};

#define EG_CGROUP_ROOT_INIT \
	{ \
		.fd = -1 \
	}
#define EG_CGROUP_INIT \
	{ \
		.fd = -1 \
	}

/*
 * Opens the cgroup2 mount: mount if not NULL, else the one in /proc/self/mountinfo, wherever it is.
 * Errors: -ENOENT there is none; -EINVAL mount is not cgroup2.
 */
int eg_cgroup_root_open(const char *mount, struct eg_cgroup_root *root, struct eg_err *err);
void eg_cgroup_root_close(struct eg_cgroup_root *root);

/*
 * Opens a cgroup by path. Relative paths, and absolute ones not below the mount, count from the
 * mount, as in /proc/PID/cgroup. Errors: -EINVAL ".." or empty; -ENOENT it is not there (it is never
 * created).
 */
int eg_cgroup_open(const struct eg_cgroup_root *root, const char *path, struct eg_cgroup *cg, struct eg_err *err);

/* Opens the cgroup of a process; pid 0 is the caller. Errors: -ESRCH; -EXDEV another cgroup namespace. */
int eg_cgroup_open_pid(const struct eg_cgroup_root *root, pid_t pid, struct eg_cgroup *cg, struct eg_err *err);
void eg_cgroup_close(struct eg_cgroup *cg);

/*
 * The path of the cgroup with that id. Returns 0; -ESTALE when it is gone; another -errno when the
 * kernel will not say (no CAP_DAC_READ_SEARCH), in which case nothing is known. path has PATH_MAX bytes.
 */
int eg_cgroup_path_of(const struct eg_cgroup_root *root, __u64 id, char *path);

/* Whether outer is inner or an ancestor of it, by path. */
bool eg_cgroup_contains(const char *outer, const char *inner);

/* Whether any process is in the cgroup or below (cgroup.events); true when that cannot be told. */
bool eg_cgroup_populated(const struct eg_cgroup_root *root, const char *path);

/* Makes and opens a child. -EEXIST when it is there. */
int eg_cgroup_create(const struct eg_cgroup_root *root, const char *path, struct eg_cgroup *cg, struct eg_err *err);

/*
 * Ends every process in the cgroup and below (SIGKILL), waits at most timeout_ms, removes it and its
 * children. Only for cgroups that the tool made.
 */
int eg_cgroup_destroy(const struct eg_cgroup_root *root, const char *path, int timeout_ms, struct eg_err *err);

#define cleanup_cgroup_root __attribute__((cleanup(eg_cgroup_root_close)))
#define cleanup_cgroup __attribute__((cleanup(eg_cgroup_close)))

#endif
