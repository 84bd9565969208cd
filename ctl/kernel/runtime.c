/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "kernel/runtime.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "egress.skel.h"

_Static_assert((int)EG_MAP_trie4 == (int)EG_MAP_hash4 + 1 && (int)EG_MAP_hash6 == (int)EG_MAP_hash4 + 2 &&
		       (int)EG_MAP_trie6 == (int)EG_MAP_hash4 + 3 && (int)EG_MAP_blocks == (int)EG_MAP_hash4 + 4 &&
		       (int)EG_MAP_hits == (int)EG_MAP_hash4 + 5,
	       "table kinds follow the fields of struct eg_gen");

static const char *const map_names[EG_MAP_COUNT] = {
#define EG_MAP_NAME(name) #name,
	EG_OBJECT_MAPS(EG_MAP_NAME) EG_TOOL_MAPS(EG_MAP_NAME)
#undef EG_MAP_NAME
};

const char *eg_runtime_map_name(enum eg_map map)
{
	return map_names[map];
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

/* FNV-1a over the object file: two builds with other programs have other identities. */
__u64 eg_runtime_build(void)
{
	__u64 hash = 0xcbf29ce484222325ull;
	size_t size = 0, i;
	const unsigned char *bytes = egress_bpf__elf_bytes(&size);

	for (i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3ull;
	return hash ? hash : 1;
}

/* 5.10 charges maps to RLIMIT_MEMLOCK; later kernels do not, so a refusal here must not matter. */
static void raise_memlock(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_MEMLOCK, &all);
}

static int create_tool_maps(struct eg_runtime *rt, struct eg_err *err)
{
	LIBBPF_OPTS(bpf_map_create_opts, mapped, .map_flags = BPF_F_MMAPABLE);
	LIBBPF_OPTS(bpf_map_create_opts, sparse, .map_flags = BPF_F_NO_PREALLOC);

	rt->maps[EG_MAP_abi] = bpf_map_create(BPF_MAP_TYPE_ARRAY, "abi", 4, sizeof(struct eg_abi), 1, &mapped);
	rt->maps[EG_MAP_gen_info] =
		bpf_map_create(BPF_MAP_TYPE_HASH, "gen_info", 4, sizeof(struct eg_gen_info), EG_GENS_MAX, &sparse);
	rt->maps[EG_MAP_attached] = bpf_map_create(BPF_MAP_TYPE_HASH, "attached", 8, sizeof(struct eg_attachment),
						   EG_ATTACHMENTS_MAX, &sparse);
	if (rt->maps[EG_MAP_abi] < 0 || rt->maps[EG_MAP_gen_info] < 0 || rt->maps[EG_MAP_attached] < 0)
		return eg_fail(err, -errno, "cannot make the tool's maps: %s", strerror(errno));
	return 0;
}

static struct bpf_program *program_of(struct egress_bpf *skel, enum eg_hook hook)
{
	struct bpf_program *const programs[EG_HOOK_COUNT] = {
		[EG_HOOK_CONNECT4] = skel->progs.eg_connect4,	    [EG_HOOK_CONNECT6] = skel->progs.eg_connect6,
		[EG_HOOK_SENDMSG4] = skel->progs.eg_sendmsg4,	    [EG_HOOK_SENDMSG6] = skel->progs.eg_sendmsg6,
		[EG_HOOK_SOCK_CREATE] = skel->progs.eg_sock_create, [EG_HOOK_ANCHOR] = skel->progs.eg_anchor,
	};

	return programs[hook];
}

static struct bpf_map *map_of(struct egress_bpf *skel, enum eg_map map)
{
	switch (map) {
#define EG_MAP_CASE(name) \
	case EG_MAP_##name: \
		return skel->maps.name;
		EG_OBJECT_MAPS(EG_MAP_CASE)
#undef EG_MAP_CASE
	default:
		return NULL;
	}
}

/* Loads the programs over the maps that are open in rt, or over new ones when none are. */
static int load_object(struct eg_runtime *rt, bool reuse, __u32 features, struct egress_bpf **out, struct eg_err *err)
{
	struct egress_bpf *skel;
	int map, r;

	libbpf_set_print(quiet);
	raise_memlock();
	skel = egress_bpf__open();
	if (!skel)
		return eg_fail(err, -errno, "cannot open the BPF object: %s", strerror(errno));
	skel->rodata->eg_features = features;
	for (map = 0; reuse && map <= EG_MAP_hits; map++) {
		r = bpf_map__reuse_fd(map_of(skel, (enum eg_map)map), rt->maps[map]);
		if (r) {
			egress_bpf__destroy(skel);
			return eg_fail(err, r, "cannot use the pinned map '%s': %s", map_names[map], strerror(-r));
		}
	}
	r = egress_bpf__load(skel);
	if (r) {
		egress_bpf__destroy(skel);
		eg_fail(err, r, "the kernel refuses our programs: %s", strerror(-r));
		eg_err_status(err, EG_EXIT_KERNEL);
		eg_err_hint(err, "'egressctl doctor' lists what this kernel has");
		return r;
	}
	*out = skel;
	return 0;
}

/* Never plain dup: the command of "run" would inherit the means to change its policy. */
static int dup_fd(int fd)
{
	return fd < 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static int take_programs(struct eg_runtime *rt, struct egress_bpf *skel, struct eg_err *err)
{
	int hook;

	for (hook = 0; hook < EG_HOOK_COUNT; hook++) {
		if (rt->progs[hook] >= 0)
			close(rt->progs[hook]);
		rt->progs[hook] = dup_fd(bpf_program__fd(program_of(skel, (enum eg_hook)hook)));
		if (rt->progs[hook] < 0)
			return eg_fail(err, -errno, "cannot keep a program: %s", strerror(errno));
	}
	return 0;
}

static int pin(const struct eg_runtime *rt, int fd, const char *sub, const char *prefix, const char *name,
	       struct eg_err *err)
{
	char path[EG_BPFFS_PATH];

	eg_bpffs_path(rt->dir, path, "%s/%s%s", sub, prefix, name);
	unlink(path);
	if (bpf_obj_pin(fd, path))
		return eg_fail(err, -errno, "cannot pin '%s': %s", path, strerror(errno));
	EG_FAULT(name);
	return 0;
}

/* Maps one of the three that are shared memory. */
static int map_memory(struct eg_runtime *rt, enum eg_map map, struct eg_err *err)
{
	const struct {
		size_t size;
		void **at;
	} shared[EG_MAP_COUNT] = {
		[EG_MAP_slots] = { sizeof(struct eg_slot) * EG_POLICIES_MAX, (void **)&rt->slots },
		[EG_MAP_gens] = { sizeof(struct eg_gen) * EG_GENS_MAX, (void **)&rt->gens },
		[EG_MAP_abi] = { sizeof(struct eg_abi), (void **)&rt->abi },
	};
	void *at = mmap(NULL, shared[map].size, PROT_READ | PROT_WRITE, MAP_SHARED, rt->maps[map], 0);

	if (at == MAP_FAILED)
		return eg_fail(err, -errno, "cannot map '%s': %s", map_names[map], strerror(errno));
	*shared[map].at = at;
	return 0;
}

/* Pins everything below core-new, and renames it: another command sees all of it or nothing. */
static int pin_core(struct eg_runtime *rt, struct eg_err *err)
{
	char made[EG_BPFFS_PATH], core[EG_BPFFS_PATH];
	int i, r;

	eg_bpffs_path(rt->dir, made, "core-new");
	eg_bpffs_path(rt->dir, core, "core");
	eg_bpffs_remove_dir(made);
	r = eg_bpffs_make_dir(made, err);
	for (i = 0; !r && i < EG_MAP_COUNT; i++)
		r = pin(rt, rt->maps[i], "core-new", "", map_names[i], err);
	for (i = 0; !r && i < EG_HOOK_COUNT; i++)
		r = pin(rt, rt->progs[i], "core-new", "prog-", eg_features_hook_name((enum eg_hook)i), err);
	if (!r && rename(made, core))
		r = eg_fail(err, -errno, "cannot rename '%s': %s", made, strerror(errno));
	if (r)
		eg_bpffs_remove_dir(made);
	return r;
}

static int create(struct eg_runtime *rt, struct eg_err *err)
{
	struct egress_bpf *skel = NULL;
	__u32 features;
	int map, r;

	raise_memlock();
	r = eg_features_require(err);
	if (r)
		return r;
	features = eg_features_probe_retval() ? EG_FEATURE_SET_RETVAL : 0;
	r = load_object(rt, false, features, &skel, err);
	if (r)
		return r;
	for (map = 0; map <= EG_MAP_hits; map++)
		rt->maps[map] = dup_fd(bpf_map__fd(map_of(skel, (enum eg_map)map)));
	r = take_programs(rt, skel, err);
	if (!r)
		r = create_tool_maps(rt, err);
	if (!r)
		r = map_memory(rt, EG_MAP_abi, err);
	if (!r)
		r = map_memory(rt, EG_MAP_slots, err);
	if (!r)
		r = map_memory(rt, EG_MAP_gens, err);
	if (!r) {
		rt->abi->magic = EG_ABI_MAGIC;
		rt->abi->version = EG_ABI_VERSION;
		rt->abi->build = eg_runtime_build();
		rt->abi->features = features;
		if (getrandom(rt->abi->key, sizeof(rt->abi->key), 0) != sizeof(rt->abi->key))
			r = eg_fail(err, -EIO, "no random numbers to be had");
	}
	if (!r)
		r = pin_core(rt, err);
	egress_bpf__destroy(skel);
	return r;
}

static int not_ours(const struct eg_runtime *rt, const char *why, struct eg_err *err)
{
	eg_fail(err, -EPROTO, "the pins in '%s' are not usable: %s", rt->dir, why);
	eg_err_stays(err, "what is pinned there stays in force, untouched");
	eg_err_hint(err, "use the egressctl that made them, or another directory with --bpffs");
	return -EPROTO;
}

static int not_the_map(const struct eg_runtime *rt, enum eg_map map, struct eg_err *err)
{
	char why[128];

	snprintf(why, sizeof(why), "'%s' is not the map it should be", map_names[map]);
	return not_ours(rt, why, err);
}

static int open_map(struct eg_runtime *rt, enum eg_map map, struct eg_err *err)
{
	char path[EG_BPFFS_PATH];

	eg_bpffs_path(rt->dir, path, "core/%s", map_names[map]);
	rt->maps[map] = bpf_obj_get(path);
	if (rt->maps[map] >= 0)
		return 0;
	if (errno == ENOENT || errno == EINVAL || errno == EACCES)
		return not_ours(rt, "a map is missing or is something else", err);
	return eg_fail(err, -errno, "cannot open '%s': %s", path, strerror(errno));
}

/* Magic and version stand first in every version, whatever the size of the rest. */
static int open_abi(struct eg_runtime *rt, struct eg_err *err)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	char why[128];
	int r = open_map(rt, EG_MAP_abi, err);

	if (r)
		return r;
	if (bpf_obj_get_info_by_fd(rt->maps[EG_MAP_abi], &info, &len) || info.type != BPF_MAP_TYPE_ARRAY ||
	    info.value_size < offsetof(struct eg_abi, build) || !(info.map_flags & BPF_F_MMAPABLE))
		return not_the_map(rt, EG_MAP_abi, err);
	r = map_memory(rt, EG_MAP_abi, err);
	if (r)
		return r;
	if (rt->abi->magic != EG_ABI_MAGIC)
		return not_ours(rt, "they were made by something else", err);
	if (rt->abi->version == EG_ABI_VERSION)
		return 0;
	snprintf(why, sizeof(why), "their ABI version is %u, this egressctl knows %u", rt->abi->version,
		 EG_ABI_VERSION);
	return not_ours(rt, why, err);
}

/* A pin of another type or size would be read as garbage: compare with what the ABI says. */
static int check_map(const struct eg_runtime *rt, enum eg_map map, struct eg_err *err)
{
	static const struct {
		__u32 key, value, type, entries; /* type, entries: 0 for any */
	} want[EG_MAP_COUNT] = {
#define OUTER { 4, 4, BPF_MAP_TYPE_ARRAY_OF_MAPS, EG_TABLES_MAX }
		[EG_MAP_store] = { 8, sizeof(struct eg_binding), BPF_MAP_TYPE_CGROUP_STORAGE, 0 },
		[EG_MAP_slots] = { 4, sizeof(struct eg_slot), BPF_MAP_TYPE_ARRAY, EG_POLICIES_MAX },
		[EG_MAP_gens] = { 4, sizeof(struct eg_gen), BPF_MAP_TYPE_ARRAY, EG_GENS_MAX },
		[EG_MAP_faults] = { 4, 8, BPF_MAP_TYPE_PERCPU_ARRAY, EG_REASON_COUNT },
		[EG_MAP_hash4] = OUTER,
		[EG_MAP_trie4] = OUTER,
		[EG_MAP_hash6] = OUTER,
		[EG_MAP_trie6] = OUTER,
		[EG_MAP_blocks] = OUTER,
		[EG_MAP_hits] = OUTER,
		[EG_MAP_abi] = { 4, sizeof(struct eg_abi), BPF_MAP_TYPE_ARRAY, 1 },
		[EG_MAP_gen_info] = { 4, sizeof(struct eg_gen_info), BPF_MAP_TYPE_HASH, EG_GENS_MAX },
		[EG_MAP_attached] = { 8, sizeof(struct eg_attachment), BPF_MAP_TYPE_HASH, EG_ATTACHMENTS_MAX },
#undef OUTER
	};
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);

	if (!bpf_obj_get_info_by_fd(rt->maps[map], &info, &len) && info.key_size == want[map].key &&
	    info.value_size == want[map].value && info.type == want[map].type &&
	    (!want[map].entries || info.max_entries == want[map].entries))
		return 0;
	return not_the_map(rt, map, err);
}

static int open_pinned(struct eg_runtime *rt, struct eg_err *err)
{
	char path[EG_BPFFS_PATH];
	int i, r;

	eg_bpffs_path(rt->dir, path, "core");
	if (access(path, F_OK))
		return eg_fail(err, -ENOENT, "no policy is loaded in '%s'", rt->dir);
	/* the version first: another one may have other maps */
	r = open_abi(rt, err);
	for (i = 0; !r && i < EG_MAP_COUNT; i++) {
		if (i != EG_MAP_abi)
			r = open_map(rt, (enum eg_map)i, err);
		if (!r)
			r = check_map(rt, (enum eg_map)i, err);
	}
	if (!r)
		r = map_memory(rt, EG_MAP_slots, err);
	if (!r)
		r = map_memory(rt, EG_MAP_gens, err);
	for (i = 0; !r && i < EG_HOOK_COUNT; i++) {
		eg_bpffs_path(rt->dir, path, "core/prog-%s", eg_features_hook_name((enum eg_hook)i));
		rt->progs[i] = bpf_obj_get(path);
		if (rt->progs[i] < 0)
			r = not_ours(rt, "a program is missing", err);
	}
	return r;
}

static void init(struct eg_runtime *rt, const char *dir)
{
	int i;

	memset(rt, 0, sizeof(*rt));
	rt->lock = -1;
	for (i = 0; i < EG_MAP_COUNT; i++)
		rt->maps[i] = -1;
	for (i = 0; i < EG_HOOK_COUNT; i++)
		rt->progs[i] = -1;
	snprintf(rt->dir, sizeof(rt->dir), "%s", dir);
}

/* Nothing is pinned, or the rest of a first apply or a last remove that was killed. */
static int begin_anew(struct eg_runtime *rt, enum eg_bpffs_mode mode, struct eg_err *err)
{
	int r = mode == EG_BPFFS_CREATE ? eg_bpffs_check_ours(rt->dir, err) : 0;

	if (r)
		return r;
	eg_bpffs_remove_ours(rt->dir);
	if (mode != EG_BPFFS_CREATE) {
		rmdir(rt->dir); /* fails, as it should, when anything else is there */
		return -ENOENT;
	}
	if (err)
		*err = (struct eg_err)EG_ERR_INIT;
	r = create(rt, err);
	if (r)
		rmdir(rt->dir);
	return r;
}

int eg_runtime_open(const char *dir, enum eg_bpffs_mode mode, struct eg_runtime *rt, struct eg_err *err)
{
	struct eg_runtime made;
	int r;

	init(&made, dir);
	r = eg_bpffs_lock(dir, mode, &made.lock, err);
	if (r)
		return r;
	r = open_pinned(&made, err);
	if (r == -ENOENT && mode != EG_BPFFS_READ)
		r = begin_anew(&made, mode, err);
	if (!r && mode != EG_BPFFS_READ) {
		made.changing = true;
		made.interrupted = made.abi->busy;
		made.abi->busy = 1;
	}
	if (r) {
		eg_runtime_close(&made);
		return r;
	}
	*rt = made;
	return 0;
}

void eg_runtime_close(struct eg_runtime *rt)
{
	int i;

	if (rt->lock < 0)
		return;
	if (rt->abi && rt->changing)
		rt->abi->busy = 0;
	if (rt->slots)
		munmap(rt->slots, sizeof(struct eg_slot) * EG_POLICIES_MAX);
	if (rt->gens)
		munmap(rt->gens, sizeof(struct eg_gen) * EG_GENS_MAX);
	if (rt->abi)
		munmap(rt->abi, sizeof(struct eg_abi));
	for (i = 0; i < EG_MAP_COUNT; i++) {
		if (rt->maps[i] >= 0)
			close(rt->maps[i]);
	}
	for (i = 0; i < EG_HOOK_COUNT; i++) {
		if (rt->progs[i] >= 0)
			close(rt->progs[i]);
	}
	flock(rt->lock, LOCK_UN); /* a child that has not come to its exec yet has the descriptor too */
	close(rt->lock);
	rt->lock = -1;
}

int eg_runtime_remove(struct eg_runtime *rt, struct eg_err *err)
{
	char core[EG_BPFFS_PATH], old[EG_BPFFS_PATH];
	int r;

	/* renamed first: a core with pins missing would be taken for somebody else's */
	eg_bpffs_path(rt->dir, core, "core");
	eg_bpffs_path(rt->dir, old, "core-old");
	if (rename(core, old) && errno != ENOENT)
		return eg_fail(err, -errno, "cannot rename '%s': %s", core, strerror(errno));
	EG_FAULT("core renamed");
	eg_bpffs_remove_ours(rt->dir);
	EG_FAULT("pins removed");
	r = rmdir(rt->dir) && errno != ENOENT && errno != ENOTEMPTY ? -errno : 0;
	EG_FAULT("runtime removed");
	if (r)
		eg_fail(err, r, "cannot remove '%s': %s", rt->dir, strerror(-r));
	return r;
}

/* Whether the program of a link uses our storage map: only then may another of ours follow it. */
static bool link_is_ours(const struct eg_runtime *rt, int link)
{
	struct bpf_link_info info = { 0 };
	struct bpf_prog_info prog = { 0 };
	struct bpf_map_info store = { 0 };
	__u32 len = sizeof(info), ids[64], i;
	cleanup_close int fd = -1;

	if (bpf_obj_get_info_by_fd(link, &info, &len))
		return false;
	fd = bpf_prog_get_fd_by_id(info.prog_id);
	len = sizeof(store);
	if (fd < 0 || bpf_obj_get_info_by_fd(rt->maps[EG_MAP_store], &store, &len))
		return false;
	prog.nr_map_ids = sizeof(ids) / sizeof(ids[0]);
	prog.map_ids = (__u64)(unsigned long)ids;
	len = sizeof(prog);
	if (bpf_obj_get_info_by_fd(fd, &prog, &len))
		return false;
	for (i = 0; i < prog.nr_map_ids && i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (ids[i] == store.id)
			return true;
	}
	return false;
}

/* One link; with check alone it only finds out whether it may be done. */
static int upgrade_link(struct eg_runtime *rt, const char *dir, enum eg_hook hook, bool check, struct eg_err *err)
{
	char path[EG_BPFFS_PATH + 128];
	cleanup_close int link = -1;

	snprintf(path, sizeof(path), "%s/%s", dir, eg_features_hook_name(hook));
	link = bpf_obj_get(path);
	if (link < 0)
		return 0; /* not there: the next attach makes it */
	if (!link_is_ours(rt, link))
		return not_ours(rt, "a link runs a program that does not use the pinned storage", err);
	if (check)
		return 0;
	if (bpf_link_update(link, rt->progs[hook], NULL))
		return eg_fail(err, -errno, "cannot replace the program of '%s': %s", path, strerror(errno));
	EG_FAULT("link upgraded");
	return 0;
}

static int upgrade_links(struct eg_runtime *rt, bool check, struct eg_err *err)
{
	char links[EG_BPFFS_PATH];
	cleanup_closedir DIR *d = NULL;
	struct dirent *e;
	int r = 0, hook;

	eg_bpffs_path(rt->dir, links, "links");
	d = opendir(links);
	while (d && !r && (e = readdir(d))) {
		char dir[EG_BPFFS_PATH + 64];

		if (e->d_name[0] == '.')
			continue;
		snprintf(dir, sizeof(dir), "%s/%.32s", links, e->d_name);
		for (hook = 0; !r && hook < EG_HOOK_DECIDERS; hook++)
			r = upgrade_link(rt, dir, (enum eg_hook)hook, check, err);
	}
	return r;
}

static int replace_pin(struct eg_runtime *rt, enum eg_hook hook, struct eg_err *err)
{
	char made[EG_BPFFS_PATH], name[EG_BPFFS_PATH];
	int r = pin(rt, rt->progs[hook], "core", "new-", eg_features_hook_name(hook), err);

	if (r)
		return r;
	eg_bpffs_path(rt->dir, made, "core/new-%s", eg_features_hook_name(hook));
	eg_bpffs_path(rt->dir, name, "core/prog-%s", eg_features_hook_name(hook));
	if (rename(made, name))
		return eg_fail(err, -errno, "cannot rename '%s': %s", made, strerror(errno));
	return 0;
}

int eg_runtime_upgrade(struct eg_runtime *rt, struct eg_err *err)
{
	struct egress_bpf *skel = NULL;
	__u32 features;
	int r, hook;

	if (rt->abi->build == eg_runtime_build())
		return 0;
	r = upgrade_links(rt, true, err);
	if (r)
		return r;
	features = eg_features_probe_retval() ? EG_FEATURE_SET_RETVAL : 0;
	r = load_object(rt, true, features, &skel, err);
	if (r)
		return eg_wrap(err, "replacing the programs of another build");
	r = take_programs(rt, skel, err);
	egress_bpf__destroy(skel);
	for (hook = 0; !r && hook < EG_HOOK_COUNT; hook++)
		r = replace_pin(rt, (enum eg_hook)hook, err);
	if (!r)
		r = upgrade_links(rt, false, err);
	if (!r) {
		rt->abi->features = features;
		rt->abi->build = eg_runtime_build();
	}
	return r;
}
