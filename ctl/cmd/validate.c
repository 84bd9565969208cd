/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "engine/load.h"
#include "policy/source.h"

/* One file of the command line and what became of it. */
struct checked {
	struct eg_loaded loaded; /* empty when it is not valid; the tables go as soon as they are counted */
	size_t ipv4, ipv6, blocks;
	size_t errors, warnings;
	bool unread;
};

/* ---- one file ---- */

/* A failure that no line of the file is to blame for. */
static void tell_whole_file(struct eg_diags *diags, const char *file, const struct eg_err *err)
{
	size_t len = strlen(file);
	const char *what = err->what;

	if (!strncmp(what, file, len) && !strncmp(what + len, ": ", 2))
		what += len + 2;
	eg_diag_add(diags, EG_ERROR, file, (struct eg_span){ 0 }, NULL, *err->hint ? err->hint : NULL, "%s", what);
}

static void count_entries(struct checked *c)
{
	const struct eg_tables *tables = c->loaded.tables;

	if (!tables)
		return;
	c->ipv4 = tables->n_hosts4 + tables->n_nets4;
	c->ipv6 = tables->n_hosts6 + tables->n_nets6;
	c->blocks = tables->n_blocks;
	eg_tables_free(TAKE_PTR(c->loaded.tables));
}

/* Returns 0, or -ENOMEM; whatever else is wrong is told by the diags, and the other files are looked at too. */
static int check_file(struct eg_call *call, const char *file, struct checked *c, struct eg_err *err)
{
	size_t errors = call->diags.errors, warnings = call->diags.warnings;
	struct eg_err own = EG_ERR_INIT;
	int r = eg_load(file, EG_LOAD_JUDGE, &c->loaded, &call->diags, &own);

	if (r == -ENOMEM)
		return eg_fail(err, r, "%s", own.what);
	if (r && !(r == -EINVAL && own.status == EG_EXIT_POLICY))
		tell_whole_file(&call->diags, file, &own);
	count_entries(c);
	c->unread = r && own.status != EG_EXIT_POLICY;
	c->errors = call->diags.errors - errors;
	c->warnings = call->diags.warnings - warnings;
	if (r && !c->errors)
		c->errors = 1; /* told already: the file is given twice */
	return 0;
}

/* ---- files that cannot be applied together ---- */

/* Whether two cgroups are written alike, but for slashes that say nothing. */
static bool same_path(const char *a, const char *b)
{
	size_t la, lb;

	do {
		a += strspn(a, "/");
		b += strspn(b, "/");
		la = strcspn(a, "/");
		lb = strcspn(b, "/");
		if (la != lb || memcmp(a, b, la) != 0)
			return false;
		a += la;
		b += lb;
	} while (la);
	return true;
}

static void compare_cgroups(struct eg_source *src, const struct eg_policy *first, const struct eg_policy *second)
{
	size_t i, k;

	for (i = 0; i < second->n_cgroups; i++) {
		for (k = 0; k < first->n_cgroups; k++) {
			if (same_path(first->cgroups[k].path, second->cgroups[i].path))
				eg_source_error(src, second->cgroups[i].at, NULL,
						"cgroup '%s' is that of '%s' too (line %u)", second->cgroups[i].path,
						first->file, first->cgroups[k].at.line);
		}
	}
}

/* What file i has in common with those before it, and "apply" would refuse. */
static void tell_clashes(struct eg_diags *diags, struct checked *all, size_t i)
{
	const struct eg_policy *policy = all[i].loaded.policy;
	struct eg_source src;
	size_t k;

	if (!policy || !eg_source_init(&src, policy->file, policy->text, policy->text_len, diags))
		return;
	for (k = 0; k < i; k++) {
		const struct eg_policy *before = all[k].loaded.policy;

		if (!before)
			continue;
		if (!strcmp(before->name, policy->name))
			eg_source_error(&src, ((struct eg_span){ 0 }), "give one of them another 'name'",
					"policy '%s' is that of '%s' too", policy->name, before->file);
		compare_cgroups(&src, before, policy);
	}
	all[i].errors += src.errors;
}

/* ---- all files ---- */

static void promote_warnings(struct eg_diags *diags, struct checked *all, size_t n)
{
	size_t i;

	for (i = 0; i < diags->n; i++)
		diags->v[i].severity = EG_ERROR;
	diags->errors += diags->warnings;
	diags->warnings = 0;
	for (i = 0; i < n; i++) {
		all[i].errors += all[i].warnings;
		all[i].warnings = 0;
	}
}

static size_t count_sets(const struct eg_policy *policy)
{
	size_t i, n = 0;

	for (i = 0; i < policy->n_sets; i++)
		n += policy->sets[i].at.line != 0;
	return n;
}

static void out_file(struct eg_out *out, const char *file, const struct checked *c)
{
	static const char *const keys[] = { "policy", "rules", "sets", "ipv4_entries", "ipv6_entries", "blocks" };
	const struct eg_policy *policy = c->loaded.policy;
	size_t i;

	eg_out_item(out);
	eg_out_str(out, "file", "%s", file);
	eg_out_bool(out, "valid", !c->errors);
	for (i = 0; !policy && i < sizeof(keys) / sizeof(*keys); i++)
		eg_out_null(out, keys[i]);
	if (policy) {
		eg_out_str(out, "policy", "%s", policy->name);
		eg_out_int(out, "rules", (long long)policy->n_rules);
		eg_out_int(out, "sets", (long long)count_sets(policy));
		eg_out_int(out, "ipv4_entries", (long long)c->ipv4);
		eg_out_int(out, "ipv6_entries", (long long)c->ipv6);
		eg_out_int(out, "blocks", (long long)c->blocks);
	}
	eg_out_int(out, "warnings", (long long)c->warnings);
	eg_out_int(out, "errors", (long long)c->errors);
	eg_out_end(out);
}

static void report(struct eg_call *call, const struct checked *all, size_t n)
{
	size_t i;

	eg_out_list(call->out, "files");
	for (i = 0; i < n; i++) {
		out_file(call->out, call->args.words[i], &all[i]);
		if (all[i].errors && !all[i].unread)
			call->status = EG_EXIT_POLICY;
		else if (all[i].unread && !call->status)
			call->status = EG_EXIT_FAILED;
	}
	eg_out_end(call->out);
}

int eg_cmd_validate(struct eg_call *call, struct eg_err *err)
{
	size_t n = (size_t)call->args.n_words, i;
	cleanup_free struct checked *all = calloc(n, sizeof(*all));
	int r = all ? 0 : eg_fail(err, -ENOMEM, "out of memory");

	for (i = 0; !r && i < n; i++)
		r = check_file(call, call->args.words[i], &all[i], err);
	for (i = 0; !r && i < n; i++)
		tell_clashes(&call->diags, all, i);
	if (!r && eg_cmd_has(call, EG_OPT_STRICT))
		promote_warnings(&call->diags, all, n);
	if (!r)
		report(call, all, n);
	eg_diag_sort(&call->diags);
	for (i = 0; all && i < n; i++)
		eg_load_free(&all[i].loaded);
	return r;
}
