/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "engine/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "engine/attach.h"
#include "engine/texts.h"
#include "kernel/dump.h"
#include "kernel/generation.h"
#include "kernel/links.h"
#include "kernel/slots.h"
#include "policy/usage.h"

static const char *const kinds[] = { [EG_CELL_NONE] = "default", [EG_CELL_ALLOW] = "allow", [EG_CELL_DENY] = "deny" };

static void out_time(struct eg_out *out, const char *key, __u64 seconds)
{
	time_t t = (time_t)seconds;
	char text[64];
	struct tm tm;

	if (gmtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		eg_out_str(out, key, "%s", text);
}

static bool obeys(const struct eg_runtime *rt, const struct eg_attachment *a, int slot)
{
	return a->slot == (__u32)slot && a->tag == rt->slots[slot].tag;
}

static int list_one(const struct eg_runtime *rt, int slot, const struct eg_attachments *attached, struct eg_out *out,
		    struct eg_err *err)
{
	const struct eg_gen *gen = eg_slots_live(rt, (__u32)slot);
	cleanup_free struct eg_rule_info *rules = NULL;
	struct eg_gen_info info = { 0 };
	long long hits = 0, cgroups = 0;
	__u32 n = 0, i;
	size_t k;
	int r;

	if (!gen)
		return 0; /* being made or removed by a command that was killed */
	r = eg_generation_read(rt, (__u32)(gen - rt->gens), &rules, &n, err);
	if (r)
		return r;
	for (i = 0; i < n; i++)
		hits += (long long)rules[i].base;
	for (k = 0; k < attached->n; k++)
		cgroups += obeys(rt, &attached->v[k], slot);
	eg_generation_info(rt, (__u32)(gen - rt->gens), &info);
	eg_out_item(out);
	eg_out_str(out, "policy", "%s", rt->slots[slot].name);
	eg_out_str(out, "default", "%s", gen->flags & EG_GEN_DEFAULT_ALLOW ? "allow" : "deny");
	eg_out_int(out, "generation", gen->serial);
	eg_out_int(out, "rules", n - EG_HIT_FIRST_RULE);
	eg_out_int(out, "cgroups", cgroups);
	eg_out_int(out, "hits", hits);
	out_time(out, "applied", info.applied);
	eg_out_str(out, "file", "%s", info.file);
	eg_out_end(out);
	return 0;
}

int eg_status_list(struct eg_ctx *ctx, struct eg_out *out, struct eg_err *err)
{
	cleanup_runtime struct eg_runtime rt = EG_RUNTIME_INIT;
	cleanup_attachments struct eg_attachments attached = { 0 };
	int slot, r = eg_runtime_open(ctx->bpffs, EG_BPFFS_READ, &rt, err);

	if (r && r != -ENOENT)
		return r;
	eg_out_list(out, "policies");
	if (!r) {
		r = eg_links_list(&rt, &attached, err);
		for (slot = eg_slots_next(&rt, 0); slot >= 0 && !r; slot = eg_slots_next(&rt, slot + 1))
			r = list_one(&rt, slot, &attached, out, err);
	} else {
		r = 0;
		eg_ctx_note(ctx, "no policy is loaded in '%s'", ctx->bpffs);
	}
	eg_out_end(out);
	return r;
}

static void show_hooks(const struct eg_runtime *rt, __u64 cgroup, struct eg_out *out)
{
	unsigned int bits = eg_links_hooks(rt, cgroup);
	char text[256] = "";
	int hook;

	for (hook = 0; hook < EG_HOOK_DECIDERS; hook++) {
		if (!(bits >> hook & 1))
			continue;
		if (*text)
			strncat(text, ",", sizeof(text) - strlen(text) - 1);
		strncat(text, eg_features_hook_name((enum eg_hook)hook), sizeof(text) - strlen(text) - 1);
	}
	eg_out_str(out, "hooks", "%s", *text ? text : "none");
	eg_out_bool(out, "complete", bits == (1u << EG_HOOK_DECIDERS) - 1);
}

static int show_cgroups(struct eg_ctx *ctx, const struct eg_runtime *rt, int slot, struct eg_out *out,
			struct eg_err *err)
{
	cleanup_cgroup_root struct eg_cgroup_root root = EG_CGROUP_ROOT_INIT;
	cleanup_attachments struct eg_attachments attached = { 0 };
	char path[PATH_MAX];
	size_t i;
	int r = eg_cgroup_root_open(ctx->cgroup_root, &root, err);

	if (!r)
		r = eg_links_list(rt, &attached, err);
	eg_out_list(out, "cgroups");
	for (i = 0; !r && i < attached.n; i++) {
		if (!obeys(rt, &attached.v[i], slot))
			continue;
		eg_out_item(out);
		eg_ctx_cgroup_name(&root, attached.ids[i], attached.v[i].path, path);
		eg_out_str(out, "cgroup", "%s", path);
		eg_out_int(out, "id", (long long)attached.ids[i]);
		eg_out_str(out, "bound", "%s", attached.v[i].flags & EG_ATTACHED_DECLARED ? "declared" : "added");
		show_hooks(rt, attached.ids[i], out);
		eg_out_end(out);
	}
	eg_out_end(out);
	return r;
}

/* What each rule came to in the kernel's tables; all zeros, with a note, when they cannot be read. */
static void read_usage(struct eg_ctx *ctx, const struct eg_runtime *rt, const struct eg_gen *gen, __u32 n,
		       struct eg_usage *usage)
{
	cleanup_tables struct eg_tables *tables = NULL;
	struct eg_err err = EG_ERR_INIT;
	int r = eg_dump_tables(rt, gen, n - EG_HIT_FIRST_RULE, &tables, &err);

	if (!r && eg_usage_make(tables, usage))
		eg_fail(&err, -ENOMEM, "out of memory");
	if (err.code)
		eg_ctx_note(ctx, "what the rules decide is not shown: %s", err.what);
}

static void show_usage(const struct eg_usage *usage, __u32 rule, struct eg_out *out)
{
	char text[EG_USAGE_TEXT];

	if (!usage->answers)
		return;
	eg_out_int(out, "ipv4_answers", usage->answers[rule][EG_USAGE_IPV4]);
	eg_out_int(out, "ipv6_answers", usage->answers[rule][EG_USAGE_IPV6]);
	eg_out_str(out, "decides", "%s", eg_usage_text(usage, rule, text));
}

static void show_rules(const struct eg_rule_info *rules, __u32 n, const struct eg_usage *usage, struct eg_out *out)
{
	__u32 i;

	eg_out_list(out, "rules");
	for (i = EG_HIT_FIRST_RULE; i < n; i++) {
		eg_out_item(out);
		eg_out_str(out, "kind", "%s", kinds[rules[i].kind % 3]);
		eg_out_str(out, "rule", "%s", rules[i].name);
		eg_out_int(out, "line", rules[i].line);
		eg_out_int(out, "hits", (long long)rules[i].base);
		show_usage(usage, i - EG_HIT_FIRST_RULE, out);
		eg_out_end(out);
	}
	eg_out_end(out);
}

static void show_head(struct eg_ctx *ctx, const struct eg_runtime *rt, int slot, const struct eg_gen *gen,
		      struct eg_out *out)
{
	struct eg_gen_info info = { 0 };
	char text[PATH_MAX];

	eg_generation_info(rt, (__u32)(gen - rt->gens), &info);
	eg_texts_path(ctx->run_dir, rt->slots[slot].name, gen->serial, text, sizeof(text));
	eg_out_str(out, "policy", "%s", rt->slots[slot].name);
	eg_out_str(out, "file", "%s", info.file);
	eg_out_str(out, "text", "%s", text);
	eg_out_str(out, "digest", "%s", info.digest);
	out_time(out, "applied", info.applied);
	eg_out_int(out, "generation", gen->serial);
	eg_out_str(out, "default", "%s", gen->flags & EG_GEN_DEFAULT_ALLOW ? "allow" : "deny");
	eg_out_str(out, "errno", "%s",
		   rt->abi->features & EG_FEATURE_SET_RETVAL ? strerrorname_np(-gen->retval) : "EPERM");
	eg_out_str(out, "raw", "%s", gen->flags & EG_GEN_RAW_ALLOW ? "allow" : "deny");
	eg_out_int(out, "ipv4_hosts", info.entries[0]);
	eg_out_int(out, "ipv4_prefixes", info.entries[1]);
	eg_out_int(out, "ipv6_hosts", info.entries[2]);
	eg_out_int(out, "ipv6_prefixes", info.entries[3]);
	eg_out_int(out, "blocks", info.blocks);
}

int eg_status_show(struct eg_ctx *ctx, const char *name, struct eg_out *out, struct eg_err *err)
{
	cleanup_runtime struct eg_runtime rt = EG_RUNTIME_INIT;
	cleanup_free struct eg_rule_info *rules = NULL;
	cleanup_usage struct eg_usage usage = { 0 };
	const struct eg_gen *gen;
	__u32 n;
	int slot, r = eg_runtime_open(ctx->bpffs, EG_BPFFS_READ, &rt, err);

	if (r)
		return r;
	slot = eg_attach_slot(&rt, name, err);
	if (slot < 0)
		return slot;
	gen = eg_slots_live(&rt, (__u32)slot);
	r = eg_generation_read(&rt, (__u32)(gen - rt.gens), &rules, &n, err);
	if (r)
		return r;
	show_head(ctx, &rt, slot, gen, out);
	eg_out_int(out, "hits_default", (long long)rules[EG_HIT_DEFAULT].base);
	eg_out_int(out, "hits_socket", (long long)rules[EG_HIT_SOCKET].base);
	r = show_cgroups(ctx, &rt, slot, out, err);
	read_usage(ctx, &rt, gen, n, &usage);
	show_rules(rules, n, &usage, out);
	return r;
}
