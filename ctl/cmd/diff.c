/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "engine/diff.h"

#define WORDS_SHOWN 8 /* in a table; JSON has them all */

static const char *const changes[] = {
	[EG_CHANGE_ADDED] = "added",
	[EG_CHANGE_REMOVED] = "removed",
	[EG_CHANGE_CHANGED] = "changed",
};

static const char *const moves[] = {
	[EG_DIFF_ATTACH] = "attach",
	[EG_DIFF_DECLARE] = "declare",
	[EG_DIFF_DETACH] = "detach",
};

/* ---- words ---- */

static void out_words_json(struct eg_out *out, const char *key, const struct eg_words *words)
{
	size_t i;

	eg_out_list(out, key);
	for (i = 0; i < words->n; i++)
		eg_out_str(out, NULL, "%s", words->v[i]);
	eg_out_end(out);
}

static void out_words_text(struct eg_out *out, const char *key, const struct eg_words *words)
{
	cleanup_free char *text = NULL;
	size_t i, len = 0;
	FILE *to;

	if (!words->n) {
		eg_out_null(out, key);
		return;
	}
	to = open_memstream(&text, &len);
	for (i = 0; to && i < words->n && i < WORDS_SHOWN; i++)
		fprintf(to, "%s%s", i ? ", " : "", words->v[i]);
	if (to && words->n > WORDS_SHOWN)
		fprintf(to, " and %zu more", words->n - WORDS_SHOWN);
	if (to && !fclose(to))
		eg_out_str(out, key, "%s", text);
}

static void out_words(struct eg_call *call, const struct eg_change *change)
{
	void (*say)(struct eg_out *, const char *, const struct eg_words *) =
		eg_cmd_has(call, EG_OPT_JSON) ? out_words_json : out_words_text;

	say(call->out, "removed", &change->removed);
	say(call->out, "added", &change->added);
}

/* ---- sections ---- */

static bool is_kind(const struct eg_change *change, const char *kind)
{
	return !strcmp(change->section->kind, kind);
}

static void out_settings(struct eg_call *call, const struct eg_changes *all)
{
	size_t i;

	eg_out_list(call->out, "settings");
	for (i = 0; i < all->n; i++) {
		const struct eg_change *c = &all->v[i];

		if (!is_kind(c, "policy"))
			continue;
		eg_out_item(call->out);
		eg_out_str(call->out, "setting", "%s", c->key);
		if (c->removed.n)
			eg_out_str(call->out, "from", "%s", c->removed.v[0]);
		else
			eg_out_null(call->out, "from");
		eg_out_str(call->out, "to", "%s", c->added.n ? c->added.v[0] : "");
		eg_out_end(call->out);
	}
	eg_out_end(call->out);
}

static void out_cgroups(struct eg_call *call, const struct eg_diff *diff)
{
	size_t i;

	eg_out_list(call->out, "cgroups");
	for (i = 0; i < diff->n_cgroups; i++) {
		eg_out_item(call->out);
		eg_out_str(call->out, "change", "%s", moves[diff->cgroups[i].move]);
		eg_out_str(call->out, "cgroup", "%s", diff->cgroups[i].path);
		eg_out_end(call->out);
	}
	eg_out_end(call->out);
}

/* Rules or sets: what one key of one of them loses and gains. */
static void out_sections(struct eg_call *call, const struct eg_changes *all, bool sets)
{
	size_t i;

	eg_out_list(call->out, sets ? "sets" : "rules");
	for (i = 0; i < all->n; i++) {
		const struct eg_change *c = &all->v[i];

		if (is_kind(c, "policy") || is_kind(c, "set") != sets)
			continue;
		eg_out_item(call->out);
		eg_out_str(call->out, "change", "%s", changes[c->change]);
		if (!sets)
			eg_out_str(call->out, "kind", "%s", c->section->kind);
		eg_out_str(call->out, sets ? "set" : "rule", "%s", c->section->name);
		eg_out_str(call->out, "key", "%s", c->key);
		out_words(call, c);
		eg_out_end(call->out);
	}
	eg_out_end(call->out);
}

static void out_tables(struct eg_call *call, const struct eg_diff *diff)
{
	size_t i;

	eg_out_list(call->out, "tables");
	for (i = 0; i < diff->n_tables; i++) {
		eg_out_item(call->out);
		eg_out_str(call->out, "table", "%s", diff->tables[i].name);
		eg_out_int(call->out, "entries", diff->tables[i].was);
		eg_out_int(call->out, "entries_then", diff->tables[i].is);
		eg_out_end(call->out);
	}
	eg_out_end(call->out);
	if (diff->n_tables)
		eg_ctx_note(&call->ctx, "the words are the same, but stand for something else now: a set file has "
					"changed, or a set that the machine resolves");
}

int eg_cmd_diff(struct eg_call *call, struct eg_err *err)
{
	cleanup_diff struct eg_diff diff = { .live = false };
	int r = eg_diff(&call->ctx, call->args.words[0], &diff, &call->diags, err);

	if (r)
		return r;
	eg_out_str(call->out, "policy", "%s", diff.loaded.policy->name);
	eg_out_bool(call->out, "loaded", diff.live);
	if (diff.live)
		eg_out_int(call->out, "generation", diff.serial);
	eg_out_bool(call->out, "changed", eg_diff_any(&diff));
	out_settings(call, &diff.changes);
	out_cgroups(call, &diff);
	out_sections(call, &diff.changes, false);
	out_sections(call, &diff.changes, true);
	out_tables(call, &diff);
	if (eg_cmd_has(call, EG_OPT_EXIT_CODE) && eg_diff_any(&diff))
		call->status = EG_EXIT_FAILED;
	return 0;
}
