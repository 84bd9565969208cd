/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "kernel/links.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "kernel/slots.h"
#include "kernel/tablemaps.h"

/* ---- paths and records ---- */

static void cgroup_dir(const struct eg_runtime *rt, __u64 cgroup, char *path)
{
	eg_bpffs_path(rt->dir, path, "links/%016llx", cgroup);
}

static void link_path(const struct eg_runtime *rt, __u64 cgroup, int hook, char *path)
{
	eg_bpffs_path(rt->dir, path, "links/%016llx/%s", cgroup, eg_features_hook_name((enum eg_hook)hook));
}

int eg_links_get(const struct eg_runtime *rt, __u64 cgroup, struct eg_attachment *out)
{
	return bpf_map_lookup_elem(rt->maps[EG_MAP_attached], &cgroup, out) ? -errno : 0;
}

static int need_record(const struct eg_runtime *rt, __u64 cgroup, struct eg_attachment *out, struct eg_err *err)
{
	int r = eg_links_get(rt, cgroup, out);

	return r ? eg_fail(err, r, "cgroup %llu has no policy: %s", cgroup, strerror(-r)) : 0;
}

static int put_record(struct eg_runtime *rt, __u64 cgroup, const struct eg_attachment *record, struct eg_err *err)
{
	int r;

	if (!bpf_map_update_elem(rt->maps[EG_MAP_attached], &cgroup, record, BPF_ANY))
		return 0;
	r = -errno;
	if (r == -E2BIG)
		return eg_fail(err, -ENOSPC, "there are %d attachments already (EG_ATTACHMENTS_MAX)",
			       EG_ATTACHMENTS_MAX);
	return eg_fail(err, r, "cannot record the attachment: %s", strerror(-r));
}

static int put_binding(struct eg_runtime *rt, __u64 cgroup, __u32 tag, __u32 slot, __u32 since)
{
	struct eg_binding binding = { .tag = tag, .slot = (__u16)slot, .since = (__u16)since };

	return bpf_map_update_elem(rt->maps[EG_MAP_store], &cgroup, &binding, BPF_EXIST) ? -errno : 0;
}

/* ---- links ---- */

static int link_to(int prog, int cgroup, int hook)
{
	int fd = bpf_link_create(prog, cgroup, (enum bpf_attach_type)eg_features_attach_type((enum eg_hook)hook), NULL);

	return fd < 0 ? -errno : fd;
}

/* What keeps us off a cgroup: a program attached there or above without BPF_F_ALLOW_MULTI. */
static bool find_blocker(const struct eg_cgroup_root *root, const char *path, int hook, struct eg_err *err)
{
	char at[PATH_MAX];
	struct eg_err ignored;
	size_t len = (size_t)snprintf(at, sizeof(at), "%s", path);

	for (;;) {
		cleanup_cgroup struct eg_cgroup cg = EG_CGROUP_INIT;
		__u32 flags = 0, ids[1] = { 0 }, n = 1;

		if (!eg_cgroup_open(root, at, &cg, &ignored) &&
		    (!bpf_prog_query(cg.fd, (enum bpf_attach_type)eg_features_attach_type((enum eg_hook)hook), 0,
				     &flags, ids, &n) ||
		     errno == ENOSPC) &&
		    n && !(flags & BPF_F_ALLOW_MULTI)) {
			eg_fail(err, -EPERM, "program %u on cgroup '%s' was attached without BPF_F_ALLOW_MULTI", ids[0],
				at);
			eg_err_hint(err,
				    "it lets no other program of hook %s run there or below: detach it "
				    "(bpftool cgroup show %s%s)",
				    eg_features_hook_name((enum eg_hook)hook), root->mount, at);
			return true;
		}
		if (len <= 1)
			return false;
		while (len && at[len - 1] != '/')
			len--;
		len = len > 1 ? len - 1 : 1;
		at[len] = 0;
	}
}

static int attach_failed(const struct eg_cgroup_root *root, const struct eg_cgroup *cg, int hook, int r,
			 struct eg_err *err)
{
	const char *name = eg_features_hook_name((enum eg_hook)hook);

	if (r == -EPERM && find_blocker(root, cg->path, hook, err))
		return eg_wrap(err, "cannot attach %s to cgroup '%s'", name, cg->path);
	eg_fail(err, r, "cannot attach %s to cgroup '%s': %s", name, cg->path, strerror(-r));
	if (r == -E2BIG)
		eg_err_hint(err, "64 programs of other tools are attached there already");
	return r;
}

static int pin_link(struct eg_runtime *rt, const struct eg_cgroup_root *root, const struct eg_cgroup *cg, int hook,
		    struct eg_err *err)
{
	cleanup_close int link = link_to(rt->progs[hook], cg->fd, hook);
	char path[EG_BPFFS_PATH];

	if (link < 0)
		return attach_failed(root, cg, hook, link, err);
	EG_FAULT("link made");
	link_path(rt, cg->id, hook, path);
	unlink(path);
	if (bpf_obj_pin(link, path))
		return eg_fail(err, -errno, "cannot pin '%s': %s", path, strerror(errno));
	EG_FAULT("link pinned");
	return 0;
}

int eg_links_complete(struct eg_runtime *rt, const struct eg_cgroup_root *root, const struct eg_cgroup *cg,
		      struct eg_err *err)
{
	unsigned int there = eg_links_hooks(rt, cg->id);
	char path[EG_BPFFS_PATH];
	int hook, r;

	eg_bpffs_path(rt->dir, path, "links");
	r = eg_bpffs_make_dir(path, err);
	cgroup_dir(rt, cg->id, path);
	if (!r)
		r = eg_bpffs_make_dir(path, err);
	for (hook = 0; !r && hook < EG_HOOK_DECIDERS; hook++) {
		if (!(there >> hook & 1))
			r = pin_link(rt, root, cg, hook, err);
	}
	return r;
}

static int bind_and_link(struct eg_runtime *rt, const struct eg_cgroup_root *root, const struct eg_cgroup *cg,
			 __u32 slot, __u32 serial, struct eg_err *err)
{
	/* not pinned: it goes with this process, the storage it made stays */
	cleanup_close int anchor = link_to(rt->progs[EG_HOOK_ANCHOR], cg->fd, EG_HOOK_ANCHOR);
	int r;

	if (anchor < 0)
		return attach_failed(root, cg, EG_HOOK_ANCHOR, anchor, err);
	EG_FAULT("anchor attached");
	r = put_binding(rt, cg->id, rt->slots[slot].tag, slot, serial & EG_SINCE_SERIAL);
	if (r)
		return eg_fail(err, r, "cannot bind cgroup '%s': %s", cg->path, strerror(-r));
	EG_FAULT("binding staged");
	r = eg_links_complete(rt, root, cg, err);
	bpf_link_detach(anchor);
	return r;
}

/* Cut in front when it is too long. */
static void set_path(struct eg_attachment *record, const char *path)
{
	size_t len = strlen(path);

	if (len >= sizeof(record->path))
		path += len - sizeof(record->path) + 1;
	memset(record->path, 0, sizeof(record->path));
	memcpy(record->path, path, strlen(path));
}

int eg_links_announce(struct eg_runtime *rt, __u32 slot, const char *path, struct eg_err *err)
{
	struct eg_attachment record = { .slot = slot, .flags = EG_ATTACHED_LEAVING };
	int r;

	set_path(&record, path);
	r = put_record(rt, EG_ATTACHED_ANNOUNCED | slot, &record, err);
	EG_FAULT("cgroup announced");
	return r;
}

void eg_links_unannounce(struct eg_runtime *rt, __u32 slot)
{
	__u64 key = EG_ATTACHED_ANNOUNCED | slot;

	bpf_map_delete_elem(rt->maps[EG_MAP_attached], &key);
}

int eg_links_stage(struct eg_runtime *rt, const struct eg_cgroup_root *root, const struct eg_cgroup *cg, __u32 slot,
		   __u32 serial, __u32 flags, struct eg_err *err)
{
	struct eg_attachment record = { .slot = slot, .tag = rt->slots[slot].tag, .flags = flags | EG_ATTACHED_STAGED };
	int r;

	if (!eg_links_get(rt, cg->id, &record))
		return eg_fail(err, -EEXIST, "cgroup '%s' has a policy already", cg->path);
	set_path(&record, cg->path);
	r = put_record(rt, cg->id, &record, err);
	if (r)
		return r;
	EG_FAULT("attachment recorded");
	r = bind_and_link(rt, root, cg, slot, serial, err);
	if (r)
		eg_links_detach(rt, &cg->id, 1, NULL);
	return r;
}

int eg_links_settle(struct eg_runtime *rt, __u64 cgroup, struct eg_err *err)
{
	struct eg_attachment record;
	int r = eg_links_get(rt, cgroup, &record);

	if (!r)
		r = put_binding(rt, cgroup, record.tag, record.slot, 0);
	if (r)
		return eg_fail(err, r, "cannot settle the binding of cgroup %llu: %s", cgroup, strerror(-r));
	EG_FAULT("binding settled");
	record.flags &= ~(__u32)EG_ATTACHED_STAGED;
	return put_record(rt, cgroup, &record, err);
}

int eg_links_plan_move(struct eg_runtime *rt, __u64 cgroup, __u32 slot, __u32 serial, __u32 flags, struct eg_err *err)
{
	struct eg_attachment record;
	int r = need_record(rt, cgroup, &record, err);

	if (r)
		return r;
	record.next_slot = slot;
	record.next_tag = rt->slots[slot].tag;
	record.next_serial = serial;
	record.flags = (record.flags & ~(__u32)EG_ATTACHED_NEXT_DECLARED) |
		       (flags & EG_ATTACHED_DECLARED ? EG_ATTACHED_NEXT_DECLARED : 0);
	r = put_record(rt, cgroup, &record, err);
	EG_FAULT("move planned");
	return r;
}

int eg_links_cancel_move(struct eg_runtime *rt, __u64 cgroup)
{
	struct eg_attachment record;
	int r = eg_links_get(rt, cgroup, &record);

	if (r || !record.next_tag)
		return r;
	record.next_slot = record.next_tag = record.next_serial = 0;
	record.flags &= ~(__u32)EG_ATTACHED_NEXT_DECLARED;
	return put_record(rt, cgroup, &record, NULL);
}

int eg_links_move(struct eg_runtime *rt, __u64 cgroup, struct eg_err *err)
{
	struct eg_attachment record;
	int r = eg_links_get(rt, cgroup, &record);

	if (!r)
		r = put_binding(rt, cgroup, record.next_tag, record.next_slot, 0);
	if (r)
		return eg_fail(err, r, "cannot move cgroup %llu to another policy: %s", cgroup, strerror(-r));
	EG_FAULT("binding moved");
	record.slot = record.next_slot;
	record.tag = record.next_tag;
	record.flags = record.flags & EG_ATTACHED_NEXT_DECLARED ? EG_ATTACHED_DECLARED : 0;
	record.next_slot = record.next_tag = record.next_serial = 0;
	return put_record(rt, cgroup, &record, err);
}

int eg_links_plan_drop(struct eg_runtime *rt, __u64 cgroup, __u32 serial, struct eg_err *err)
{
	struct eg_attachment record;
	int r = need_record(rt, cgroup, &record, err);

	if (r)
		return r;
	record.flags |= EG_ATTACHED_DROP;
	r = put_record(rt, cgroup, &record, err);
	if (r)
		return r;
	EG_FAULT("drop recorded");
	r = put_binding(rt, cgroup, record.tag, record.slot, EG_SINCE_UNTIL | (serial & EG_SINCE_SERIAL));
	if (r && r != -ENOENT)
		return eg_fail(err, r, "cannot bind cgroup %llu: %s", cgroup, strerror(-r));
	EG_FAULT("drop planned");
	return 0;
}

int eg_links_cancel_drop(struct eg_runtime *rt, __u64 cgroup)
{
	struct eg_attachment record;
	int r = eg_links_get(rt, cgroup, &record);

	if (r || !(record.flags & EG_ATTACHED_DROP))
		return r;
	r = put_binding(rt, cgroup, record.tag, record.slot, 0);
	if (r)
		return r;
	record.flags &= ~(__u32)EG_ATTACHED_DROP;
	return put_record(rt, cgroup, &record, NULL);
}

int eg_links_binding(const struct eg_runtime *rt, __u64 cgroup, struct eg_binding *out)
{
	return bpf_map_lookup_elem(rt->maps[EG_MAP_store], &cgroup, out) ? -errno : 0;
}

int eg_links_declare(struct eg_runtime *rt, __u64 cgroup, struct eg_err *err)
{
	struct eg_attachment record;
	int r = need_record(rt, cgroup, &record, err);

	if (r || record.flags & EG_ATTACHED_DECLARED)
		return r;
	record.flags |= EG_ATTACHED_DECLARED;
	return put_record(rt, cgroup, &record, err);
}

/*
 * Links are detached by name before their pins go: the last close alone would leave that to a
 * kernel worker, some time later (bpf_link_put, kernel/bpf/syscall.c).
 */
static void unlink_links(struct eg_runtime *rt, __u64 cgroup)
{
	char path[EG_BPFFS_PATH];
	int hook;

	for (hook = 0; hook < EG_HOOK_DECIDERS; hook++) {
		cleanup_close int link = -1;

		link_path(rt, cgroup, hook, path);
		link = bpf_obj_get(path);
		if (link >= 0)
			bpf_link_detach(link);
		unlink(path);
		EG_FAULT("link removed");
	}
	cgroup_dir(rt, cgroup, path);
	eg_bpffs_remove_dir(path);
}

/* From here on the attachment passes, whatever becomes of its links. Returns whether it had a binding. */
static int end_binding(struct eg_runtime *rt, __u64 cgroup, bool *bound, struct eg_err *err)
{
	struct eg_attachment record;
	__u32 serial;
	int r = need_record(rt, cgroup, &record, err);

	if (r)
		return r;
	record.flags |= EG_ATTACHED_LEAVING;
	r = put_record(rt, cgroup, &record, err);
	if (r)
		return r;
	EG_FAULT("leaving");
	serial = EG_NOW_SERIAL(eg_slots_now(rt, record.slot)) & EG_SINCE_SERIAL;
	*bound = !put_binding(rt, cgroup, record.tag, record.slot, EG_SINCE_UNTIL | serial);
	EG_FAULT("binding ended");
	return 0;
}

int eg_links_detach(struct eg_runtime *rt, const __u64 *cgroups, size_t n, struct eg_err *err)
{
	bool bound = false, any = false;
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		r = end_binding(rt, cgroups[i], &bound, err);
		if (r)
			return r;
		any |= bound;
	}
	for (i = 0; i < n; i++)
		unlink_links(rt, cgroups[i]);
	/* a program that began before may still be about to read its binding; zero would deny */
	if (any)
		eg_tablemaps_wait(rt);
	for (i = 0; i < n; i++) {
		put_binding(rt, cgroups[i], 0, 0, 0); /* fails when the cgroup is gone, and its binding with it */
		if (bpf_map_delete_elem(rt->maps[EG_MAP_attached], &cgroups[i]) && errno != ENOENT)
			return eg_fail(err, -errno, "cannot forget cgroup %llu: %s", cgroups[i], strerror(errno));
		EG_FAULT("attachment forgotten");
	}
	return 0;
}

unsigned int eg_links_hooks(const struct eg_runtime *rt, __u64 cgroup)
{
	unsigned int bits = 0;
	char path[EG_BPFFS_PATH];
	int hook;

	for (hook = 0; hook < EG_HOOK_DECIDERS; hook++) {
		struct bpf_link_info info = { 0 };
		__u32 len = sizeof(info);
		cleanup_close int link = -1;

		link_path(rt, cgroup, hook, path);
		link = bpf_obj_get(path);
		if (link >= 0 && !bpf_obj_get_info_by_fd(link, &info, &len) && info.cgroup.cgroup_id == cgroup)
			bits |= 1u << hook;
	}
	return bits;
}

/* ---- all of them ---- */

int eg_links_list(const struct eg_runtime *rt, struct eg_attachments *out, struct eg_err *err)
{
	struct eg_attachments list = { 0 };
	__u64 key = 0, next = 0, *prev = NULL;
	size_t cap = 0;

	while (!bpf_map_get_next_key(rt->maps[EG_MAP_attached], prev, &next)) {
		if (list.n == cap) {
			__u64 *ids;
			struct eg_attachment *v;

			cap = cap ? cap * 2 : 64;
			ids = reallocarray(list.ids, cap, sizeof(*ids));
			list.ids = ids ? ids : list.ids;
			v = reallocarray(list.v, cap, sizeof(*v));
			list.v = v ? v : list.v;
			if (!ids || !v) {
				eg_links_free(&list);
				return eg_fail(err, -ENOMEM, "out of memory");
			}
		}
		key = next;
		prev = &key;
		list.ids[list.n] = key;
		if (!eg_links_get(rt, key, &list.v[list.n]))
			list.n++;
	}
	*out = list;
	return 0;
}

void eg_links_free(struct eg_attachments *list)
{
	free(list->ids);
	free(list->v);
	memset(list, 0, sizeof(*list));
}

int eg_links_sweep(struct eg_runtime *rt, struct eg_err *err)
{
	char path[EG_BPFFS_PATH];
	cleanup_closedir DIR *d = NULL;
	struct eg_attachment record;
	struct dirent *e;
	__u64 id;

	eg_bpffs_path(rt->dir, path, "links");
	d = opendir(path);
	if (!d)
		return errno == ENOENT ? 0 : eg_fail(err, -errno, "cannot read '%s': %s", path, strerror(errno));
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		id = strtoull(e->d_name, NULL, 16);
		if (eg_links_get(rt, id, &record) == -ENOENT)
			unlink_links(rt, id);
	}
	return 0;
}
