/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * golden.c - policies beside what must come of them.
 *
 *   golden TOPIC-DIRECTORY
 *
 * A case is CASE.ini and, beside it:
 *   CASE.err      what is wrong with it, as "compile" prints it; none: nothing is
 *   CASE.tables   the listing of its tables, unless it is invalid
 *   CASE.explain  flows, one a line: "FLOW allow|deny KIND NAME" or "... default"; # starts a comment
 *
 * With EG_GOLDEN_UPDATE=1 the three are rewritten to what is now: read the difference before you commit it. The
 * flows of CASE.explain are written by hand, from the design and not from the output.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "egress/flow.h"
#include "policy/explain.h"
#include "policy/flow_text.h"
#include "policy/policy.h"
#include "policy/source.h"
#include "policy/write.h"

#define PATH 256

static bool update;

/* ---- expectations ---- */

static char *path_of(const char *name, const char *suffix, char *path)
{
	snprintf(path, PATH, "%s%s", name, suffix);
	return path;
}

static bool write_file(const char *path, const char *text)
{
	cleanup_fclose FILE *f = fopen(path, "w");

	return f && fputs(text, f) >= 0 && !fflush(f);
}

static size_t line_end(const char *text)
{
	return strcspn(text, "\n");
}

static void show_difference(const char *path, const char *want, const char *got)
{
	unsigned int line = 1;

	while (*want && line_end(want) == line_end(got) && !strncmp(want, got, line_end(want) + 1)) {
		want += line_end(want) + (want[line_end(want)] == '\n');
		got += line_end(got) + (got[line_end(got)] == '\n');
		line++;
	}
	fprintf(stderr, "%s:%u: expected '%.*s', got '%.*s'\n", path, line, (int)line_end(want), want,
		(int)line_end(got), got);
}

/* Compares with the file, which is not there when nothing is expected. */
static bool expect_text(const char *name, const char *suffix, const char *got)
{
	cleanup_free char *want = NULL;
	struct eg_err err = EG_ERR_INIT;
	char path[PATH];
	size_t len;

	path_of(name, suffix, path);
	if (eg_source_read(path, &want, &len, &err) && err.code != -ENOENT) {
		fprintf(stderr, "%s\n", err.what);
		return false;
	}
	if (!strcmp(want ? want : "", got))
		return true;
	if (update)
		return *got ? write_file(path, got) : !unlink(path);
	show_difference(path, want ? want : "", got);
	return false;
}

/* ---- flows ---- */

struct golden {
	const char *name;
	struct eg_policy *policy;
	struct eg_tables *tables;
};

/* "deny deny smtp" */
static void answer(const struct golden *g, const struct eg_flow *flow, char *text, size_t size)
{
	struct eg_verdict verdict;
	const struct eg_rule *rule;

	eg_explain_flow(g->tables, flow, &verdict);
	rule = verdict.word ? &g->policy->rules[EG_CELL_ORDINAL(verdict.word)] : NULL;
	snprintf(text, size, "%s %s%s%s", verdict.allow ? "allow" : "deny",
		 !rule			       ? "default"
		 : rule->kind == EG_CELL_ALLOW ? "allow "
					       : "deny ",
		 rule ? rule->name : "", verdict.reason == EG_REASON_BROKEN ? " (broken)" : "");
}

/* One line: writes it as it should be to "to". Returns whether it is. */
static bool explain_line(const struct golden *g, unsigned int number, char *line, FILE *to)
{
	char why[320], want[160] = "", got[160], copy[512], *flow, *word, *save = NULL;
	struct eg_flow_text parsed;

	snprintf(copy, sizeof(copy), "%s", line);
	flow = strtok_r(copy, " \t", &save);
	if (!flow || *flow == '#') {
		fprintf(to, "%s\n", line);
		return true;
	}
	while ((word = strtok_r(NULL, " \t", &save))) {
		if (*want)
			strncat(want, " ", sizeof(want) - strlen(want) - 1);
		strncat(want, word, sizeof(want) - strlen(want) - 1);
	}
	if (eg_flow_text_parse(flow, &parsed, why, sizeof(why)) || parsed.is_unix) {
		fprintf(stderr, "%s.explain:%u: %s\n", g->name, number, parsed.is_unix ? "no tables for that" : why);
		return false;
	}
	answer(g, &parsed.flow, got, sizeof(got));
	fprintf(to, "%-44s %s\n", flow, got);
	if (!strcmp(want, got))
		return true;
	fprintf(stderr, "%s.explain:%u: %s: expected '%s', got '%s'\n", g->name, number, flow, want, got);
	return false;
}

static bool check_flows(const struct golden *g)
{
	cleanup_free char *text = NULL, *now = NULL;
	struct eg_err err = EG_ERR_INIT;
	char path[PATH], *line, *end;
	unsigned int number = 0;
	bool good = true;
	size_t len;
	FILE *to;

	if (eg_source_read(path_of(g->name, ".explain", path), &text, &len, &err)) {
		fprintf(stderr, "%s\n", err.what);
		return false;
	}
	to = open_memstream(&now, &len);
	for (line = text; to && *line; line = end) {
		end = line + line_end(line);
		if (*end)
			*end++ = '\0';
		good &= explain_line(g, ++number, line, to);
	}
	if (!to || fclose(to))
		return false;
	return update ? write_file(path, now) : good;
}

/* ---- tables ---- */

static bool check_listing(const struct golden *g)
{
	cleanup_free struct eg_rule_info *rules = NULL;
	cleanup_out struct eg_out *out = eg_out_new();
	cleanup_free char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	struct eg_listing listing = {
		.name = g->policy->name,
		.tables = g->tables,
		.err = g->policy->err,
		.text = g->policy->text,
		.text_len = g->policy->text_len,
	};
	bool good = to && out && !eg_write_rules(g->policy, &rules);

	listing.rules = rules;
	good = good && !eg_write_text(&listing, to) && !eg_write_out(&listing, out);
	if (to)
		fclose(to);
	if (good)
		return expect_text(g->name, ".tables", text);
	fprintf(stderr, "%s: the tables cannot be written\n", g->name);
	return false;
}

/* ---- cases ---- */

static bool has_file(const char *name, const char *suffix)
{
	char path[PATH];

	return !access(path_of(name, suffix, path), F_OK);
}

static char *print_problems(const struct eg_diags *diags, const struct eg_err *err)
{
	char *text = NULL;
	size_t i, len = 0;
	FILE *to = open_memstream(&text, &len);

	for (i = 0; to && i < diags->n; i++)
		eg_diag_print(&diags->v[i], to);
	if (to && err->code)
		fprintf(to, "%s\n", err->what);
	if (to)
		fclose(to);
	return text;
}

static bool check_case(const char *name)
{
	cleanup_policy struct eg_policy *policy = NULL;
	cleanup_tables struct eg_tables *tables = NULL;
	cleanup_free char *problems = NULL;
	struct eg_diags diags = EG_DIAGS_INIT;
	struct eg_err err = EG_ERR_INIT;
	struct golden g = { .name = name };
	char path[PATH];
	bool good;

	if (!eg_policy_load(path_of(name, ".ini", path), NULL, &policy, &diags, &err)) {
		eg_policy_report_unsupported(policy, EG_WARNING, &diags);
		eg_compile(policy, &tables, &err);
	}
	problems = print_problems(&diags, &err);
	eg_diags_free(&diags);
	good = problems && expect_text(name, ".err", problems);
	g.policy = policy;
	g.tables = tables;
	if (tables)
		return check_listing(&g) & check_flows(&g) & good;
	if (has_file(name, ".tables") || has_file(name, ".explain")) {
		fprintf(stderr, "%s: the policy is invalid, but tables or flows are expected\n%s", name, problems);
		return false;
	}
	return good;
}

static int is_case(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 4 && len < PATH - 16 && !strcmp(e->d_name + len - 4, ".ini");
}

int main(int argc, char **argv)
{
	struct dirent **entries = NULL;
	int i, n, bad = 0;

	update = getenv("EG_GOLDEN_UPDATE") != NULL;
	if (argc != 2 || chdir(argv[1])) {
		fprintf(stderr, "usage: golden TOPIC-DIRECTORY\n");
		return 2;
	}
	n = scandir(".", &entries, is_case, alphasort);
	for (i = 0; i < n; i++) {
		entries[i]->d_name[strlen(entries[i]->d_name) - 4] = '\0';
		bad += !check_case(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	printf("%d cases, %d wrong\n", n, bad);
	if (bad)
		printf("EG_GOLDEN_UPDATE=1 rewrites what is expected: read the difference then\n");
	return n < 1 || bad;
}
