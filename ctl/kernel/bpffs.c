/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "kernel/bpffs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"

#define BPFFS_MOUNT "/sys/fs/bpf"

#define BELOW_MAX 80 /* bytes of the longest path below the directory of pins */

void eg_bpffs_path(const char *dir, char *path, const char *fmt, ...)
{
	int n = snprintf(path, EG_BPFFS_PATH, "%.*s/", EG_BPFFS_PATH - BELOW_MAX, dir);
	va_list args;

	va_start(args, fmt);
	vsnprintf(path + n, EG_BPFFS_PATH - (size_t)n, fmt, args);
	va_end(args);
}

static bool is_bpffs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && (unsigned int)fs.f_type == BPF_FS_MAGIC;
}

static void parent_of(const char *path, char *parent, size_t size)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	while (len > 1 && path[len - 1] != '/')
		len--;
	while (len > 1 && path[len - 1] == '/')
		len--;
	snprintf(parent, size, "%.*s", len ? (int)len : 1, len ? path : ".");
}

bool eg_bpffs_is(const char *path)
{
	char parent[EG_BPFFS_PATH];

	if (!access(path, F_OK))
		return is_bpffs(path);
	parent_of(path, parent, sizeof(parent));
	return is_bpffs(parent);
}

static int check_parent(const char *dir, struct eg_err *err)
{
	char parent[EG_BPFFS_PATH];

	parent_of(dir, parent, sizeof(parent));
	if (!access(parent, F_OK))
		return 0;
	return eg_fail(err, -errno, "cannot make '%s': '%s': %s", dir, parent, strerror(errno));
}

bool eg_bpffs_is_usual(const char *dir)
{
	return !strncmp(dir, BPFFS_MOUNT "/", sizeof(BPFFS_MOUNT));
}

/* Only the usual place is mounted by us; another directory is the user's to prepare. */
static int ensure_mounted(const char *dir, struct eg_err *err)
{
	if (eg_bpffs_is(dir))
		return 0;
	if (eg_bpffs_is_usual(dir) && !is_bpffs(BPFFS_MOUNT) &&
	    !mount("bpf", BPFFS_MOUNT, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return 0;
	if (check_parent(dir, err))
		return -ENOENT;
	eg_fail(err, -ENODEV, "'%s' is not on a bpf file system", dir);
	eg_err_hint(err, "use a directory below " BPFFS_MOUNT
			 ", and if nothing is mounted there: mount -t bpf bpf " BPFFS_MOUNT);
	return -ENODEV;
}

static int fail_open(const char *dir, int r, struct eg_err *err)
{
	if (r == -ENOENT)
		return eg_fail(err, r, "no policy is loaded: there is no '%s'", dir);
	eg_fail(err, r, "cannot open '%s': %s", dir, strerror(-r));
	if (r == -EACCES || r == -EPERM)
		eg_err_hint(err, "run it as root, or with CAP_BPF and CAP_NET_ADMIN and access to that directory");
	return r;
}

/* A directory that its last user removed while we waited is another one now: the caller tries again. */
static bool still_there(const char *dir, int fd)
{
	struct stat mine, now;

	return !fstat(fd, &mine) && !stat(dir, &now) && mine.st_ino == now.st_ino && mine.st_dev == now.st_dev;
}

int eg_bpffs_lock(const char *dir, enum eg_bpffs_mode mode, int *lock, struct eg_err *err)
{
	int r, tries;

	if (strlen(dir) > EG_BPFFS_PATH - BELOW_MAX)
		return eg_fail(err, -ENAMETOOLONG, "the path of the pins is too long: '%.80s...'", dir);
	if (mode == EG_BPFFS_CREATE) {
		r = ensure_mounted(dir, err);
		if (r)
			return r;
	}
	for (tries = 0; tries < 1000; tries++) {
		cleanup_close int fd = -1;

		if (mode == EG_BPFFS_CREATE && mkdir(dir, 0700) && errno != EEXIST)
			return fail_open(dir, -errno, err);
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT && mode == EG_BPFFS_CREATE)
			continue;
		if (fd < 0)
			return fail_open(dir, -errno, err);
		while ((r = flock(fd, mode == EG_BPFFS_READ ? LOCK_SH : LOCK_EX)) && errno == EINTR)
			;
		if (r)
			return eg_fail(err, -errno, "cannot lock '%s': %s", dir, strerror(errno));
		if (!still_there(dir, fd))
			continue;
		if (!is_bpffs(dir))
			return eg_fail(err, -ENODEV, "'%s' is not on a bpf file system", dir);
		*lock = TAKE_FD(fd);
		return 0;
	}
	return eg_fail(err, -EBUSY, "'%s' comes and goes; gave up locking it", dir);
}

/* Removes everything below dir. */
static void remove_below(const char *dir)
{
	cleanup_closedir DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char path[EG_BPFFS_PATH + 256];

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (e->d_type == DT_DIR)
			eg_bpffs_remove_dir(path);
		else
			unlink(path);
		EG_FAULT("pin removed");
	}
}

int eg_bpffs_remove_dir(const char *dir)
{
	remove_below(dir);
	return rmdir(dir) && errno != ENOENT ? -errno : 0;
}

static const char *const ours[] = { "core", "core-new", "core-old", "rules", "hits", "links" };

static bool is_ours(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (!strcmp(name, ours[i]))
			return true;
	}
	return false;
}

int eg_bpffs_check_ours(const char *dir, struct eg_err *err)
{
	cleanup_closedir DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") || is_ours(e->d_name))
			continue;
		eg_fail(err, -EEXIST, "'%s' holds '%s', which is not ours", dir, e->d_name);
		eg_err_hint(err, "give egressctl a directory of its own with --bpffs");
		return -EEXIST;
	}
	return 0;
}

void eg_bpffs_remove_ours(const char *dir)
{
	char path[EG_BPFFS_PATH];
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		eg_bpffs_path(dir, path, "%s", ours[i]);
		eg_bpffs_remove_dir(path);
	}
}

int eg_bpffs_make_dir(const char *dir, struct eg_err *err)
{
	if (mkdir(dir, 0700) && errno != EEXIST)
		return eg_fail(err, -errno, "cannot make '%s': %s", dir, strerror(errno));
	return 0;
}
