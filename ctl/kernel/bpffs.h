/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpffs.h - the directory of our pins, and the lock on it.
 *
 *   DIR/                       flock: LOCK_EX to change, LOCK_SH to read
 *     core/                    maps by name and programs as prog-HOOK; made as core-new, then renamed
 *     rules/GEN                struct eg_rule_info of a generation
 *     hits/INDEX               the tables of hits, by their index in the outer map
 *     links/CGROUPID/HOOK      bpf_links, CGROUPID as 16 hexadecimal digits
 *
 * bpffs refuses names with a dot.
 */
#ifndef EG_KERNEL_BPFFS_H
#define EG_KERNEL_BPFFS_H

#include <stdbool.h>

#include "base/err.h"

#define EG_BPFFS_DEFAULT "/sys/fs/bpf/egressctl"
#define EG_BPFFS_PATH 512

enum eg_bpffs_mode {
	EG_BPFFS_READ,	 /* shared lock; -ENOENT when the directory is not there */
	EG_BPFFS_CHANGE, /* exclusive lock; -ENOENT when the directory is not there */
	EG_BPFFS_CREATE, /* exclusive lock; makes the directory, and mounts /sys/fs/bpf when it must */
};

/*
 * Opens and locks the directory of pins. Returns 0 and the lock's descriptor (close it to unlock).
 * Waits for a command that holds the lock.
 */
int eg_bpffs_lock(const char *dir, enum eg_bpffs_mode mode, int *lock, struct eg_err *err);

/* A path below the directory of pins. path has EG_BPFFS_PATH bytes; eg_bpffs_lock has seen to it that they suffice. */
void eg_bpffs_path(const char *dir, char *path, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Whether path (or, when it is not there, its parent) is on a bpf file system. */
bool eg_bpffs_is(const char *path);

/* Whether the directory is below the usual mount point, where EG_BPFFS_CREATE mounts what is missing. */
bool eg_bpffs_is_usual(const char *dir);

/* Removes a directory of ours with every pin below; what is not there is no error. */
int eg_bpffs_remove_dir(const char *dir);

/* Whether everything in the directory of pins is ours: -EEXIST, with a message, when it is not. */
int eg_bpffs_check_ours(const char *dir, struct eg_err *err);

/* Removes what is ours from the directory of pins. The directory stays: it is the lock. */
void eg_bpffs_remove_ours(const char *dir);

/* Makes the directory unless it is there. */
int eg_bpffs_make_dir(const char *dir, struct eg_err *err);

#endif
