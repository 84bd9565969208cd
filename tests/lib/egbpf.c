/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "egbpf.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "egtest.h"
#include "kernel/features.h"

#define INNER_MAX 16 /* a test's tables take the lowest indexes; on 6.1 each lookup in an outer map takes 12 ms */

static void add(struct eg_bpf_ids *ids, enum eg_bpf_kind kind, __u32 id)
{
	__u32 *v = reallocarray(ids->v[kind], ids->n[kind] + 1, sizeof(*v));

	EG_NEED(v, "out of memory");
	ids->v[kind] = v;
	v[ids->n[kind]++] = id;
}

static void add_inner(struct eg_bpf_ids *ids, int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info), i, id;

	if (bpf_obj_get_info_by_fd(fd, &info, &len) || info.type != BPF_MAP_TYPE_ARRAY_OF_MAPS)
		return;
	for (i = 0; i < info.max_entries && i < INNER_MAX; i++) {
		if (!bpf_map_lookup_elem(fd, &i, &id))
			add(ids, EG_BPF_MAP, id);
	}
}

/* What a descriptor is, /proc says: a link has both a link_id and a prog_id. */
static void add_object(struct eg_bpf_ids *ids, int fd)
{
	cleanup_fclose FILE *f = fopen(eg_world_str("/proc/self/fdinfo/%d", fd), "re");
	char line[256];
	__u32 id;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "link_id: %u", &id) == 1)
			add(ids, EG_BPF_LINK, id);
		else if (sscanf(line, "prog_id: %u", &id) == 1)
			add(ids, EG_BPF_PROG, id);
		else if (sscanf(line, "map_id: %u", &id) == 1)
			add(ids, EG_BPF_MAP, id);
	}
	add_inner(ids, fd);
}

static void collect(struct eg_bpf_ids *ids, const char *dir)
{
	cleanup_closedir DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		const char *path = eg_world_str("%s/%s", dir, e->d_name);
		cleanup_close int fd = -1;

		if (e->d_name[0] == '.')
			continue;
		if (e->d_type == DT_DIR) {
			collect(ids, path);
			continue;
		}
		fd = bpf_obj_get(path);
		if (fd >= 0)
			add_object(ids, fd);
	}
}

struct eg_bpf_ids eg_bpf_pinned(const char *dir)
{
	struct eg_bpf_ids ids = { 0 };

	collect(&ids, dir);
	return ids;
}

void eg_bpf_free(struct eg_bpf_ids *ids)
{
	int kind;

	for (kind = 0; kind < EG_BPF_KINDS; kind++)
		free(ids->v[kind]);
	memset(ids, 0, sizeof(*ids));
}

static bool exists(enum eg_bpf_kind kind, __u32 id)
{
	cleanup_close int fd = kind == EG_BPF_PROG  ? bpf_prog_get_fd_by_id(id)
			       : kind == EG_BPF_MAP ? bpf_map_get_fd_by_id(id)
						    : bpf_link_get_fd_by_id(id);

	return fd >= 0 || errno != ENOENT;
}

static bool none_exists(void *arg)
{
	const struct eg_bpf_ids *ids = arg;
	size_t kind, i;

	for (kind = 0; kind < EG_BPF_KINDS; kind++) {
		for (i = 0; i < ids->n[kind]; i++) {
			if (exists((enum eg_bpf_kind)kind, ids->v[kind][i]))
				return false;
		}
	}
	return true;
}

bool eg_bpf_gone(const struct eg_bpf_ids *ids)
{
	return eg_world_wait(10, none_exists, (void *)ids);
}

unsigned int eg_bpf_attached(const struct eg_world *w, const char *cgroup)
{
	cleanup_close int fd = open(eg_world_dir(w, cgroup), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned int sum = 0;
	int hook;

	for (hook = 0; hook < EG_HOOK_COUNT; hook++) {
		__u32 ids[64], flags = 0, n = EG_COUNT(ids);

		if (!bpf_prog_query(fd, (enum bpf_attach_type)eg_features_attach_type((enum eg_hook)hook), 0, &flags,
				    ids, &n))
			sum += n;
	}
	return sum;
}

struct expected {
	const struct eg_world *w;
	const char *cgroup;
	unsigned int n;
};

static bool has_attached(void *arg)
{
	const struct expected *e = arg;

	return eg_bpf_attached(e->w, e->cgroup) == e->n;
}

bool eg_bpf_wait_attached(const struct eg_world *w, const char *cgroup, unsigned int n)
{
	struct expected e = { w, cgroup, n };

	return eg_world_wait(10, has_attached, &e);
}
