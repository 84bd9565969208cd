/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "kernel/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "base/cleanup.h"

/* FILEID_KERNFS of include/linux/exportfs.h: a handle that is just the 64-bit node id (5.5). */
#define FILEID_KERNFS 0xfe

/*
 * One line of mountinfo: "36 35 98:0 /root /mount opts [tags] - type source super". Octal escapes
 * stand for white space in paths.
 */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = 0;
}

static bool parse_mount(char *line, char **mounted_root, char **mount)
{
	char *field, *save = NULL, *type = strstr(line, " - ");
	int i;

	if (!type || strncmp(type + 3, "cgroup2 ", 8))
		return false;
	*type = 0;
	*mounted_root = *mount = NULL;
	for (i = 0, field = strtok_r(line, " ", &save); field && i < 5; i++, field = strtok_r(NULL, " ", &save)) {
		if (i == 3)
			*mounted_root = field;
		if (i == 4)
			*mount = field;
	}
	if (!*mount)
		return false;
	unescape(*mounted_root);
	unescape(*mount);
	return true;
}

/* Prefers the mount that shows the hierarchy from its root; a bind mount of a subtree comes second. */
static int find_mount(char *out, struct eg_err *err)
{
	cleanup_fclose FILE *f = fopen("/proc/self/mountinfo", "re");
	cleanup_free char *line = NULL;
	char *mounted_root, *mount;
	bool found = false;
	size_t cap = 0;

	if (!f)
		return eg_fail(err, -errno, "cannot read /proc/self/mountinfo: %s", strerror(errno));
	while (getline(&line, &cap, f) > 0) {
		if (!parse_mount(line, &mounted_root, &mount))
			continue;
		if (found && strcmp(mounted_root, "/"))
			continue;
		if ((size_t)snprintf(out, PATH_MAX, "%s", mount) >= PATH_MAX)
			continue;
		found = true;
		if (!strcmp(mounted_root, "/"))
			break;
	}
	if (found)
		return 0;
	eg_fail(err, -ENOENT, "no cgroup2 hierarchy is mounted");
	eg_err_hint(err, "mount it: mount -t cgroup2 none /sys/fs/cgroup (beside cgroup v1: /sys/fs/cgroup/unified)");
	return -ENOENT;
}

int eg_cgroup_root_open(const char *mount, struct eg_cgroup_root *root, struct eg_err *err)
{
	struct eg_cgroup_root made = EG_CGROUP_ROOT_INIT;
	struct statfs fs;
	size_t len;
	int r;

	if (mount) {
		len = (size_t)snprintf(made.mount, sizeof(made.mount), "%s", mount);
		if (len >= sizeof(made.mount))
			return eg_fail(err, -ENAMETOOLONG, "path of the cgroup2 mount is too long");
		while (len > 1 && made.mount[len - 1] == '/')
			made.mount[--len] = 0;
	} else {
		r = find_mount(made.mount, err);
		if (r)
			return r;
	}
	made.fd = open(made.mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (made.fd < 0)
		return eg_fail(err, -errno, "cannot open the cgroup2 mount '%s': %s", made.mount, strerror(errno));
	if (fstatfs(made.fd, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC) {
		close(made.fd);
		return eg_fail(err, -EINVAL, "'%s' is not a cgroup2 mount", made.mount);
	}
	*root = made;
	return 0;
}

void eg_cgroup_root_close(struct eg_cgroup_root *root)
{
	if (root->fd >= 0)
		close(root->fd);
	root->fd = -1;
}

static int parent_in_path(const char *path, struct eg_err *err)
{
	eg_fail(err, -EINVAL, "cgroup path '%s' contains '..'", path);
	eg_err_hint(err, "write it from the cgroup2 mount, as in /proc/PID/cgroup");
	return -EINVAL;
}

/*
 * Writes the normal form of path to out ("/", "/a/b"): the mount in front is cut, empty components
 * and "." go. Returns -EINVAL for "..".
 */
static int normalise(const struct eg_cgroup_root *root, const char *path, char *out, struct eg_err *err)
{
	size_t mount_len = strlen(root->mount), len = 0, n;
	const char *p = path;

	if (!*path)
		return eg_fail(err, -EINVAL, "a cgroup path is empty");
	if (!strncmp(p, root->mount, mount_len) && (p[mount_len] == '/' || !p[mount_len]))
		p += mount_len;
	while (*p) {
		p += strspn(p, "/");
		n = strcspn(p, "/");
		if (n == 2 && !strncmp(p, "..", 2))
			return parent_in_path(path, err);
		if (n && !(n == 1 && *p == '.')) {
			if (len + n + 2 > PATH_MAX)
				return eg_fail(err, -ENAMETOOLONG, "cgroup path '%.64s...' is too long", path);
			out[len++] = '/';
			memcpy(out + len, p, n);
			len += n;
		}
		p += n;
	}
	if (!len)
		out[len++] = '/';
	out[len] = 0;
	return 0;
}

static const char *below_mount(const char *path)
{
	return path[1] ? path + 1 : ".";
}

int eg_cgroup_open(const struct eg_cgroup_root *root, const char *path, struct eg_cgroup *cg, struct eg_err *err)
{
	struct eg_cgroup made = EG_CGROUP_INIT;
	struct stat st;
	int r = normalise(root, path, made.path, err);

	if (r)
		return r;
	made.fd = openat(root->fd, below_mount(made.path), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (made.fd < 0) {
		r = eg_fail(err, -errno, "cgroup '%s' cannot be opened: %s", made.path, strerror(errno));
		if (r == -ENOENT || r == -ENOTDIR)
			eg_err_hint(err, "it is looked for below %s and is never created; make it first", root->mount);
		return r;
	}
	if (fstat(made.fd, &st)) {
		r = -errno;
		close(made.fd);
		return eg_fail(err, r, "cgroup '%s': %s", made.path, strerror(-r));
	}
	made.id = st.st_ino;
	*cg = made;
	return 0;
}

int eg_cgroup_open_pid(const struct eg_cgroup_root *root, pid_t pid, struct eg_cgroup *cg, struct eg_err *err)
{
	cleanup_fclose FILE *f = NULL;
	cleanup_free char *line = NULL;
	char file[64] = "/proc/self/cgroup";
	size_t cap = 0;
	ssize_t len;

	if (pid)
		snprintf(file, sizeof(file), "/proc/%d/cgroup", pid);
	f = fopen(file, "re");
	if (!f)
		return eg_fail(err, -ESRCH, "process %d cannot be found: %s: %s", pid, file, strerror(errno));
	while ((len = getline(&line, &cap, f)) > 0) {
		if (strncmp(line, "0::/", 4))
			continue;
		line[len - 1] = 0;
		if (!strncmp(line + 3, "/..", 3))
			return eg_fail(err, -EXDEV, "process %d is outside this cgroup namespace: '%s'", pid, line + 3);
		return eg_cgroup_open(root, line + 3, cg, err);
	}
	return eg_fail(err, -ENOENT, "%s names no cgroup2 cgroup", file);
}

void eg_cgroup_close(struct eg_cgroup *cg)
{
	if (cg->fd >= 0)
		close(cg->fd);
	cg->fd = -1;
}

int eg_cgroup_path_of(const struct eg_cgroup_root *root, __u64 id, char *path)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(__u64)];
	} h = { .handle = { .handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS } };
	size_t mount_len = strlen(root->mount);
	cleanup_close int fd = -1;
	char link[64], seen[PATH_MAX];
	struct stat st;
	ssize_t n;

	memcpy(h.room + sizeof(h.handle), &id, sizeof(id));
	fd = open_by_handle_at(root->fd, &h.handle, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_PATH);
	if (fd < 0)
		return errno == ENOENT ? -ESTALE : -errno;
	if (fstat(fd, &st) || st.st_ino != id || !st.st_nlink)
		return -ESTALE;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, seen, sizeof(seen) - 1);
	if (n < 0)
		return -errno;
	seen[n] = 0;
	if (strncmp(seen, root->mount, mount_len))
		return -ENOENT;
	snprintf(path, PATH_MAX, "%s", seen[mount_len] ? seen + mount_len : "/");
	return 0;
}

bool eg_cgroup_contains(const char *outer, const char *inner)
{
	size_t n = strlen(outer);

	if (n == 1)
		return true;
	return !strncmp(outer, inner, n) && (inner[n] == '/' || !inner[n]);
}

bool eg_cgroup_populated(const struct eg_cgroup_root *root, const char *path)
{
	char file[PATH_MAX + 32], text[256];
	cleanup_close int fd = -1;
	ssize_t n;

	snprintf(file, sizeof(file), "%s/cgroup.events", below_mount(path));
	fd = openat(root->fd, file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return true;
	text[n] = 0;
	return !strstr(text, "populated 0");
}

int eg_cgroup_create(const struct eg_cgroup_root *root, const char *path, struct eg_cgroup *cg, struct eg_err *err)
{
	char normal[PATH_MAX];
	int r = normalise(root, path, normal, err);

	if (r)
		return r;
	if (mkdirat(root->fd, below_mount(normal), 0755)) {
		r = eg_fail(err, -errno, "cgroup '%s' cannot be made: %s", normal, strerror(errno));
		if (r == -EROFS)
			eg_err_hint(err, "%s is read-only here", root->mount);
		return r;
	}
	return eg_cgroup_open(root, normal, cg, err);
}

static int write_at(int dir, const char *name, const char *text)
{
	cleanup_close int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

/* Before 5.14 there is no cgroup.kill: end the members one by one, again until none is left. */
static void kill_members(int dir)
{
	cleanup_fclose FILE *f = NULL;
	int fd, pid;

	if (!write_at(dir, "cgroup.kill", "1"))
		return;
	fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return;
	}
	while (fscanf(f, "%d", &pid) == 1) {
		if (pid > 1)
			kill(pid, SIGKILL);
	}
}

/* Depth first: children must go before their parent can. */
static int destroy_once(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	cleanup_closedir DIR *d = NULL;
	struct dirent *e;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return -errno;
	}
	kill_members(fd);
	while ((e = readdir(d))) {
		if (e->d_type == DT_DIR && strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			destroy_once(fd, e->d_name);
	}
	return unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT ? -errno : 0;
}

int eg_cgroup_destroy(const struct eg_cgroup_root *root, const char *path, int timeout_ms, struct eg_err *err)
{
	char normal[PATH_MAX];
	int r = normalise(root, path, normal, err), waited = 0, step = 1;

	if (r)
		return r;
	while ((r = destroy_once(root->fd, below_mount(normal))) && waited < timeout_ms) {
		poll(NULL, 0, step);
		waited += step;
		step = step < 20 ? step * 2 : step;
	}
	if (r)
		eg_fail(err, r, "cgroup '%s' cannot be removed: %s", normal, strerror(-r));
	return r;
}
