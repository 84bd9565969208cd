/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "engine/texts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "kernel/slots.h"

void eg_texts_path(const char *run_dir, const char *name, __u32 serial, char *path, size_t size)
{
	snprintf(path, size, "%s/%s-%u.ini", run_dir, name, serial);
}

static int write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, text, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

int eg_texts_write(const char *run_dir, const char *name, __u32 serial, const char *text, size_t len,
		   struct eg_err *err)
{
	char path[PATH_MAX], made[PATH_MAX + 8];
	cleanup_close int fd = -1;
	int r;

	if (mkdir(run_dir, 0755) && errno != EEXIST)
		return eg_fail(err, -errno, "cannot make '%s': %s", run_dir, strerror(errno));
	eg_texts_path(run_dir, name, serial, path, sizeof(path));
	snprintf(made, sizeof(made), "%s.new", path);
	fd = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return eg_fail(err, -errno, "cannot write '%s': %s", made, strerror(errno));
	r = write_all(fd, text, len);
	if (!r && rename(made, path))
		r = -errno;
	if (r) {
		unlink(made);
		return eg_fail(err, r, "cannot write '%s': %s", path, strerror(-r));
	}
	EG_FAULT("text written");
	return 0;
}

/* Whether entry is "NAME-DIGITS.ini" or the same with ".new"; *serial gets the digits. */
static bool is_text_of(const char *entry, const char *name, __u32 *serial)
{
	size_t n = strlen(name);
	char *end;

	if (strncmp(entry, name, n) || entry[n] != '-' || entry[n + 1] < '0' || entry[n + 1] > '9')
		return false;
	*serial = (__u32)strtoul(entry + n + 1, &end, 10);
	return !strcmp(end, ".ini") || !strcmp(end, ".ini.new");
}

void eg_texts_remove_but(const char *run_dir, const char *name, __u32 keep)
{
	cleanup_closedir DIR *d = opendir(run_dir);
	struct dirent *e;
	__u32 serial;

	while (d && (e = readdir(d))) {
		if (is_text_of(e->d_name, name, &serial) && (serial != keep || strstr(e->d_name, ".new")))
			unlinkat(dirfd(d), e->d_name, 0);
	}
}

void eg_texts_remove(const char *run_dir, const char *name)
{
	eg_texts_remove_but(run_dir, name, 0);
}

void eg_texts_sweep(const char *run_dir, const struct eg_runtime *rt)
{
	cleanup_closedir DIR *d = opendir(run_dir);
	struct dirent *e;
	__u32 serial;
	int slot;

	while (d && (e = readdir(d))) {
		bool live = false;

		for (slot = eg_slots_next(rt, 0); slot >= 0 && !live; slot = eg_slots_next(rt, slot + 1))
			live = is_text_of(e->d_name, rt->slots[slot].name, &serial) &&
			       serial == EG_NOW_SERIAL(eg_slots_now(rt, (__u32)slot)) && !strstr(e->d_name, ".new");
		if (!live && strstr(e->d_name, ".ini"))
			unlinkat(dirfd(d), e->d_name, 0);
	}
}

void eg_texts_remove_dir(const char *run_dir)
{
	rmdir(run_dir);
}
