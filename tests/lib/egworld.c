/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "egworld.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "egnet.h"
#include "egtest.h"
#include "kernel/bpffs.h"
#include "kernel/cgroup.h"
#include "kernel/features.h"

#define BPFFS "/sys/fs/bpf"

char *eg_world_str(const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0)
		abort();
	return text;
}

static void pause_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

bool eg_world_wait(unsigned int seconds, bool (*done)(void *arg), void *arg)
{
	long left = (long)seconds * 1000 * (eg_test_matrix() ? 5 : 1), step = 1;

	while (!done(arg)) {
		if (left <= 0)
			return false;
		pause_ms(step);
		left -= step;
		step = step < 50 ? step * 2 : step;
	}
	return true;
}

/* ---- making ---- */

static void make_dir(const char *path)
{
	EG_NEED(!mkdir(path, 0755) || errno == EEXIST, "mkdir %s: %s", path, strerror(errno));
}

/* As the tool does it: a fresh machine may not have mounted the bpf file system. */
static void make_pins(const char *path)
{
	struct eg_err err = EG_ERR_INIT;
	int lock;

	EG_NEED(!eg_bpffs_lock(path, EG_BPFFS_CREATE, &lock, &err), "%s", err.what);
	close(lock);
}

static const char *own_cgroup(void)
{
	cleanup_fclose FILE *f = fopen("/proc/self/cgroup", "re");
	char line[4096];

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		if (!strncmp(line, "0::", 3))
			return eg_world_str("%s", line[4] ? line + 3 : "");
	}
	return "";
}

void eg_world_make(struct eg_world *w, size_t number)
{
	const char *name = eg_world_str("egt-%d-%zu", getpid(), number);
	struct eg_cgroup_root root = EG_CGROUP_ROOT_INIT;
	struct eg_err err = EG_ERR_INIT;

	memset(w, 0, sizeof(*w));
	EG_NEED(!eg_cgroup_root_open(NULL, &root, &err), "%s", err.what);
	w->mount = eg_world_str("%s", root.mount);
	eg_cgroup_root_close(&root);
	w->base = eg_world_str("%s/%s", own_cgroup(), name);
	w->pins = eg_world_str(BPFFS "/%s", name);
	w->files = eg_world_str("/tmp/%s", name);
	w->bpffs = eg_world_str("%s/eg", w->pins);
	w->run_dir = eg_world_str("%s/run", w->files);
	w->denied = eg_features_probe_retval() ? EACCES : EPERM;
	make_dir(eg_world_dir(w, ""));
	make_pins(w->pins);
	make_dir(w->files);
	eg_world_cgroup(w, "main");
}

void eg_world_begin(struct eg_world *w)
{
	eg_world_enter(w, "main");
	eg_net_begin();
}

struct eg_world eg_world_inner(const struct eg_world *w, const char *name)
{
	struct eg_world inner = *w;

	memset(inner.probers, 0, sizeof(inner.probers));
	inner.base = eg_world_path(w, name);
	inner.pins = eg_world_str("%s/%s", w->pins, name);
	inner.files = eg_world_str("%s/%s", w->files, name);
	inner.bpffs = eg_world_str("%s/eg", inner.pins);
	inner.run_dir = eg_world_str("%s/run", inner.files);
	make_dir(eg_world_dir(&inner, ""));
	make_dir(inner.pins);
	make_dir(inner.files);
	eg_world_cgroup(&inner, "main");
	return inner;
}

/* ---- cgroups ---- */

const char *eg_world_path(const struct eg_world *w, const char *name)
{
	return eg_world_str("%s%s%s", w->base, *name ? "/" : "", name);
}

const char *eg_world_dir(const struct eg_world *w, const char *name)
{
	return eg_world_str("%s%s", w->mount, eg_world_path(w, name));
}

const char *eg_world_cgroup(struct eg_world *w, const char *name)
{
	make_dir(eg_world_dir(w, name));
	return eg_world_path(w, name);
}

__u64 eg_world_id(const struct eg_world *w, const char *name)
{
	const char *dir = eg_world_dir(w, name);
	struct stat st = { 0 };

	EG_NEED(!stat(dir, &st), "stat %s: %s", dir, strerror(errno));
	return st.st_ino;
}

static void kill_members(const char *dir)
{
	cleanup_fclose FILE *f = fopen(eg_world_str("%s/cgroup.procs", dir), "re");
	int pid;

	while (f && fscanf(f, "%d", &pid) == 1) {
		if (pid > 1 && pid != getpid())
			kill(pid, SIGKILL);
	}
}

static bool remove_cgroup_once(const char *dir)
{
	cleanup_closedir DIR *d = opendir(dir);
	struct dirent *e;

	if (!d)
		return true;
	kill_members(dir);
	while ((e = readdir(d))) {
		if (e->d_type == DT_DIR && strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			remove_cgroup_once(eg_world_str("%s/%s", dir, e->d_name));
	}
	return !rmdir(dir) || errno == ENOENT;
}

static bool cgroup_is_gone(void *dir)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return remove_cgroup_once(dir);
}

void eg_world_remove(struct eg_world *w, const char *name)
{
	char *dir = eg_world_str("%s", eg_world_dir(w, name));

	EG_CHECK(eg_world_wait(10, cgroup_is_gone, dir), "cgroup %s does not go: %s", dir, strerror(errno));
}

void eg_world_enter(const struct eg_world *w, const char *name)
{
	const char *file = eg_world_str("%s/cgroup.procs", eg_world_dir(w, name));
	cleanup_close int fd = open(file, O_WRONLY | O_CLOEXEC);

	EG_NEED(fd >= 0 && write(fd, "0", 1) == 1, "enter %s: %s", file, strerror(errno));
}

int eg_world_in(const struct eg_world *w, const char *cgroup, int (*run)(void *arg), void *arg)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		eg_world_enter(w, cgroup);
		_exit(run(arg));
	}
	EG_NEED(pid > 0, "fork: %s", strerror(errno));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- files ---- */

const char *eg_world_file(const struct eg_world *w, const char *name, const char *text)
{
	const char *path = eg_world_str("%s/%s", w->files, name);
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	EG_NEED(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "write %s: %s", path,
		strerror(errno));
	return path;
}

const char *eg_world_policy(const struct eg_world *w, const char *name, const char *cgroups, const char *fmt, ...)
{
	char *text = eg_world_str("[policy]\nname = %.*s\n", (int)strcspn(name, "."), name), *rest = NULL, *save = NULL,
	     *word;
	va_list args;
	int n;

	word = strtok_r(eg_world_str("%s", cgroups), " ", &save);
	for (; word; word = strtok_r(NULL, " ", &save))
		text = eg_world_str("%scgroup = %s\n", text, eg_world_path(w, word));
	va_start(args, fmt);
	n = vasprintf(&rest, fmt, args);
	va_end(args);
	EG_NEED(n >= 0, "out of memory");
	return eg_world_file(w, eg_world_str("%s.ini", name), eg_world_str("%s%s", text, rest));
}

void eg_world_remove_tree(const char *path)
{
	cleanup_closedir DIR *d = NULL;
	struct dirent *e;

	if (!unlink(path) || errno == ENOENT)
		return;
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			eg_world_remove_tree(eg_world_str("%s/%s", path, e->d_name));
	}
	rmdir(path);
}

void eg_world_destroy(struct eg_world *w)
{
	eg_world_remove_tree(w->pins); /* first: what is pinned would deny no more calls of the dying */
	eg_world_remove(w, "");
	eg_world_remove_tree(w->files);
}
