/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "engine/doctor.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "kernel/links.h"
#include "kernel/slots.h"

struct exam {
	struct eg_ctx *ctx;
	struct eg_out *out;
	bool healthy;
};

enum outcome {
	OK,
	WARN, /* less than it could be, and nothing loaded depends on it */
	FAIL,
};

static void tell(struct exam *e, const char *check, enum outcome outcome, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static void tell(struct exam *e, const char *check, enum outcome outcome, const char *fmt, ...)
{
	static const char *const words[] = { [OK] = "ok", [WARN] = "warn", [FAIL] = "FAIL" };
	cleanup_free char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	eg_out_item(e->out);
	eg_out_str(e->out, "check", "%s", check);
	eg_out_str(e->out, "result", "%s", words[outcome]);
	eg_out_str(e->out, "detail", "%s", text ? text : "out of memory");
	eg_out_end(e->out);
	if (outcome == FAIL)
		e->healthy = false;
}

static void examine_kernel(struct exam *e)
{
	struct utsname name;
	int hook, r;

	if (!uname(&name))
		tell(e, "kernel", OK, "%s %s", name.release, name.machine);
	r = eg_features_probe_inner();
	if (r == -EPERM) {
		tell(e, "privileges", FAIL,
		     "the kernel refuses BPF to this process: run as root, or with CAP_BPF and "
		     "CAP_NET_ADMIN");
		return;
	}
	tell(e, "maps", r ? FAIL : OK, "%s", r ? strerror(-r) : "inner arrays of differing size (5.10)");
	r = eg_features_probe_storage();
	tell(e, "storage", r ? FAIL : OK, "%s", r ? strerror(-r) : "one binding for all hooks of a cgroup (5.9)");
	for (hook = 0; hook < EG_HOOK_COUNT; hook++) {
		r = eg_features_probe_hook((enum eg_hook)hook);
		tell(e, eg_features_hook_name((enum eg_hook)hook), r ? FAIL : OK, "%s%s%s",
		     eg_features_hook_what((enum eg_hook)hook), r ? ": " : "", r ? strerror(-r) : "");
	}
	if (eg_features_probe_retval())
		tell(e, "errno", OK, "a denied call returns the errno of the policy (EACCES)");
	else
		tell(e, "errno", WARN, "no bpf_set_retval (6.1): a denied call returns EPERM, whatever the policy");
}

static void examine_cgroups(struct exam *e, struct eg_cgroup_root *root)
{
	struct eg_err err = EG_ERR_INIT;

	if (eg_cgroup_root_open(e->ctx->cgroup_root, root, &err)) {
		tell(e, "cgroup2", FAIL, "%s", err.what);
		return;
	}
	tell(e, "cgroup2", OK, "%s", root->mount);
}

/* A slot per policy: each of its cgroups has every link, and the binding names the slot. */
static void examine_attachment(struct exam *e, const struct eg_runtime *rt, const struct eg_cgroup_root *root, __u64 id,
			       const struct eg_attachment *a)
{
	unsigned int bits = eg_links_hooks(rt, id);
	struct eg_binding binding = { 0 };
	char path[PATH_MAX];

	if (eg_cgroup_path_of(root, id, path) == -ESTALE) {
		tell(e, "attachment", WARN, "cgroup '%s' is gone: 'egressctl gc' drops what is left", a->path);
		return;
	}
	eg_ctx_cgroup_name(root, id, a->path, path);
	if (bits != (1u << EG_HOOK_DECIDERS) - 1)
		tell(e, "attachment", FAIL, "cgroup '%s' lacks links of policy '%s': apply it again", path,
		     a->slot < EG_POLICIES_MAX ? rt->slots[a->slot].name : "?");
	else if (eg_links_binding(rt, id, &binding) || binding.tag != a->tag || binding.slot != a->slot ||
		 binding.since)
		tell(e, "attachment", FAIL, "cgroup '%s' is not bound as recorded: apply its policy again", path);
	else
		tell(e, "attachment", OK, "cgroup '%s' obeys policy '%s'", path, rt->slots[a->slot].name);
}

static void examine_faults(struct exam *e, const struct eg_runtime *rt)
{
	static const struct {
		__u32 reason;
		const char *text;
	} faults[] = {
		{ EG_REASON_STALE, "calls denied because their attachment named no policy" },
		{ EG_REASON_BROKEN, "calls denied because a table or row was missing" },
	};
	__u64 values[1024], sum;
	size_t i, cpu;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		memset(values, 0, sizeof(values));
		if (bpf_map_lookup_elem(rt->maps[EG_MAP_faults], &faults[i].reason, values))
			continue;
		for (sum = 0, cpu = 0; cpu < sizeof(values) / sizeof(values[0]); cpu++)
			sum += values[cpu];
		if (sum)
			tell(e, "faults", WARN, "%llu %s", sum, faults[i].text);
	}
}

static void examine_pins(struct exam *e, const struct eg_cgroup_root *root)
{
	cleanup_runtime struct eg_runtime rt = EG_RUNTIME_INIT;
	cleanup_attachments struct eg_attachments attached = { 0 };
	struct eg_err err = EG_ERR_INIT;
	size_t i;
	int r;

	if (!eg_bpffs_is(e->ctx->bpffs)) {
		if (!eg_bpffs_is_usual(e->ctx->bpffs))
			tell(e, "bpffs", FAIL, "'%s' is not on a bpf file system: mount -t bpf bpf DIR", e->ctx->bpffs);
		else
			tell(e, "bpffs", WARN, "no bpf file system is mounted on /sys/fs/bpf: apply mounts one");
		return;
	}
	r = eg_runtime_open(e->ctx->bpffs, EG_BPFFS_READ, &rt, &err);
	if (r == -ENOENT) {
		tell(e, "pins", OK, "no policy is loaded in '%s'", e->ctx->bpffs);
		return;
	}
	if (r) {
		tell(e, "pins", FAIL, "%s", err.what);
		return;
	}
	tell(e, "pins", OK, "%s, ABI version %u", e->ctx->bpffs, rt.abi->version);
	if (rt.abi->build != eg_runtime_build())
		tell(e, "programs", WARN, "another build's programs are in force: the next apply replaces them");
	if (rt.abi->busy)
		tell(e, "interrupted", WARN, "a command was killed: 'egressctl gc' finishes or undoes what it began");
	examine_faults(e, &rt);
	if (eg_links_list(&rt, &attached, &err)) {
		tell(e, "attachments", FAIL, "%s", err.what);
		return;
	}
	for (i = 0; i < attached.n; i++)
		examine_attachment(e, &rt, root, attached.ids[i], &attached.v[i]);
}

int eg_doctor(struct eg_ctx *ctx, struct eg_out *out, bool *healthy, struct eg_err *err)
{
	cleanup_cgroup_root struct eg_cgroup_root root = EG_CGROUP_ROOT_INIT;
	struct exam e = { .ctx = ctx, .out = out, .healthy = true };

	(void)err;
	eg_out_list(out, "checks");
	examine_kernel(&e);
	examine_cgroups(&e, &root);
	if (root.fd >= 0)
		examine_pins(&e, &root);
	eg_out_end(out);
	*healthy = e.healthy;
	return 0;
}
