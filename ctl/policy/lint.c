/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lint.c - looks at a policy and its tables, and notes what it finds; then puts it in words, in the order of the
 * file, so that the text is read once however many warnings there are.
 */
#include "policy/lint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/ranges.h"
#include "base/vec.h"
#include "policy/lint_lists.h"
#include "policy/lint_reach.h"
#include "policy/source.h"

#define TITLE_SIZE (EG_RULE_NAME_SIZE + 16)
#define WORD_SIZE 256

enum kind {
	UNUSED_SET,
	SILENT_RULE, /* it decides nowhere */
	RULE_EXCEPT, /* an element that takes nothing out */
	SET_EXCEPT,
	UNIX_PATH,
	NO_LOOPBACK,
};

struct finding {
	struct eg_span at;
	enum kind kind;
	size_t index; /* of the rule or set */
};

struct lint {
	const struct eg_policy *policy;
	struct eg_lint_lists lists;
	struct eg_lint_reach reach;
	struct finding *v;
	size_t n;
};

static int note(struct lint *l, enum kind kind, struct eg_span at, size_t index)
{
	struct finding *added = EG_VEC_ADD(l->v, l->n);

	if (!added)
		return -ENOMEM;
	*added = (struct finding){ at, kind, index };
	return 0;
}

/* ---- sets that no rule uses ---- */

static void reach_sets(const struct eg_policy *policy, const struct eg_addrs *addrs, bool *used)
{
	size_t i;

	for (i = 0; i < addrs->n_words; i++) {
		__u32 id = addrs->words[i].set;

		if (id == EG_NO_SET || used[id])
			continue;
		used[id] = true;
		reach_sets(policy, &policy->sets[id].to, used);
		reach_sets(policy, &policy->sets[id].except, used);
	}
}

static int find_unused_sets(struct lint *l)
{
	const struct eg_policy *policy = l->policy;
	cleanup_free bool *used = calloc(policy->n_sets + 1, sizeof(*used));
	size_t i;
	int rc = used ? 0 : -ENOMEM;

	for (i = 0; used && i < policy->n_rules; i++) {
		reach_sets(policy, &policy->rules[i].to, used);
		reach_sets(policy, &policy->rules[i].except, used);
	}
	for (i = 0; !rc && i < policy->n_sets; i++) {
		if (!used[i] && policy->sets[i].at.line)
			rc = note(l, UNUSED_SET, policy->sets[i].at, i);
	}
	return rc;
}

/* ---- rules that decide nowhere ---- */

static int find_silent_rules(struct lint *l)
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < l->policy->n_rules; i++) {
		if (!l->policy->rules[i].n_unix && !l->reach.named[i])
			rc = note(l, SILENT_RULE, l->policy->rules[i].at, i);
	}
	return rc;
}

/* ---- except ---- */

/* Where IPv6 addresses have an IPv4 one inside, in order; but ISATAP, which is everywhere. As in decide.h. */
static const struct eg_prefix embedding[] = {
	{ .family = 6, .len = 96 },
	{ .family = 6, .len = 96, .addr = { 0x00, 0x64, 0xff, 0x9b } },
	{ .family = 6, .len = 48, .addr = { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 } },
	{ .family = 6, .len = 32, .addr = { 0x20, 0x01 } },
	{ .family = 6, .len = 16, .addr = { 0x20, 0x02 } },
};

static const struct eg_prefix nat64[] = { { .family = 6, .len = 96, .addr = { 0x00, 0x64, 0xff, 0x9b } } };

/* Of an allow rule "except" takes out an address in all its forms: those that the rule does not name too. */
static bool crosses(struct lint *l, const struct eg_lint_sum *to, const struct eg_lint_sum *out)
{
	struct eg_lint_list six = { embedding, sizeof(embedding) / sizeof(*embedding) }, four = { nat64, 1 };
	const struct eg_lint_sum six_forms = { .v = &six, .n = 1 }, four_forms = { .v = &four, .n = 1 };

	return (eg_lint_lists_has(out, 4) && eg_lint_lists_overlap(&l->lists, to, &six_forms)) ||
	       (eg_lint_lists_has(to, 4) && eg_lint_lists_overlap(&l->lists, out, &four_forms));
}

/*
 * What is taken out of "to" is noted where it is not in there. A set whose addresses differ from machine to machine
 * may be right elsewhere; and where nothing is in "to", that is the trouble.
 */
static int find_idle_words(struct lint *l, const struct eg_addrs *to, const struct eg_addrs *except, bool all_forms,
			   enum kind kind, size_t index)
{
	cleanup_lint_sum struct eg_lint_sum from = { 0 };
	size_t i;
	int rc;

	if (!except->n_words)
		return 0;
	rc = eg_lint_lists_sum(&l->lists, to, &from);
	if (rc || from.dynamic || !from.n)
		return rc;
	for (i = 0; !rc && i < except->n_words; i++) {
		cleanup_lint_sum struct eg_lint_sum out = { 0 };

		rc = eg_lint_lists_sum_word(&l->lists, except, &except->words[i], &out);
		if (!rc && !out.dynamic && !eg_lint_lists_overlap(&l->lists, &from, &out) &&
		    !(all_forms && crosses(l, &from, &out)))
			rc = note(l, kind, except->words[i].at, index);
	}
	return rc;
}

static int find_idle_excepts(struct lint *l)
{
	const struct eg_policy *policy = l->policy;
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < policy->n_rules; i++)
		rc = find_idle_words(l, &policy->rules[i].to, &policy->rules[i].except,
				     policy->rules[i].kind == EG_CELL_ALLOW, RULE_EXCEPT, i);
	for (i = 0; !rc && i < policy->n_sets; i++) /* an allow rule may use it */
		rc = find_idle_words(l, &policy->sets[i].to, &policy->sets[i].except, true, SET_EXCEPT, i);
	return rc;
}

/* ---- unix paths ---- */

/* An abstract name has one spelling, a path has many. */
static bool has_path(const struct eg_rule *rule)
{
	size_t i;

	for (i = 0; i < rule->n_unix; i++) {
		if (*rule->unix_paths[i] == '/')
			return true;
	}
	return false;
}

static int find_unix_denies(struct lint *l)
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && !l->policy->unix_default_deny && i < l->policy->n_rules; i++) {
		const struct eg_rule *rule = &l->policy->rules[i];

		if (rule->kind == EG_CELL_DENY && has_path(rule))
			rc = note(l, UNIX_PATH, rule->at, i);
	}
	return rc;
}

/* ---- the loopback ---- */

static bool covers_everything(const struct eg_rule *rule)
{
	return rule->kind == EG_CELL_ALLOW && rule->to.any && !rule->n_ports &&
	       rule->protos & (EG_PROTO_TCP | EG_PROTO_UDP);
}

/* Whether a rule names an address of the loopback, if only to deny it. Plain "any" does not. */
static int names_loopback(struct lint *l, const struct eg_rule *rule, bool *names)
{
	static const struct eg_prefix loopback[] = {
		{ .family = 4, .len = 8, .addr = { 127 } },
		{ .family = 6, .len = 128, .addr = { [15] = 1 } },
	};
	struct eg_lint_list list = { loopback, 2 };
	const struct eg_lint_sum wanted = { .v = &list, .n = 1 };
	cleanup_lint_sum struct eg_lint_sum to = { 0 };
	struct eg_addrs named = rule->to;
	int rc;

	named.any = false;
	rc = eg_lint_lists_sum(&l->lists, &named, &to);
	if (!rc)
		*names = eg_lint_lists_overlap(&l->lists, &to, &wanted);
	return rc;
}

static int find_no_loopback(struct lint *l)
{
	const struct eg_policy *policy = l->policy;
	bool known = policy->default_allow;
	size_t i;
	int rc = 0;

	for (i = 0; !rc && !known && i < policy->n_rules; i++) {
		const struct eg_rule *rule = &policy->rules[i];

		if (covers_everything(rule))
			known = true;
		else if (!rule->n_unix)
			rc = names_loopback(l, rule, &known);
	}
	return rc || known ? rc : note(l, NO_LOOPBACK, policy->default_at, 0);
}

/* ---- in words ---- */

static const char *title_of(const struct eg_rule *rule, char *buf)
{
	snprintf(buf, TITLE_SIZE, "[%s %s]", rule->kind == EG_CELL_ALLOW ? "allow" : "deny", rule->name);
	return buf;
}

/* The text at a place in the line that src is at. */
static const char *word_at(const struct eg_source *src, struct eg_span at, char *buf)
{
	snprintf(buf, WORD_SIZE, "%.*s", (int)at.len, src->now + at.col - 1);
	return buf;
}

static int report_silent_rule(struct lint *l, struct eg_source *src, const struct finding *f)
{
	const struct eg_rule *rule = &l->policy->rules[f->index];
	cleanup_lint_sum struct eg_lint_sum to = { 0 };
	char title[TITLE_SIZE], other[TITLE_SIZE];
	cleanup_free struct eg_prefix *v = NULL;
	size_t n = 0;
	__u32 decider;
	int rc;

	title_of(rule, title);
	rc = eg_lint_lists_sum(&l->lists, &rule->to, &to);
	if (rc)
		return rc;
	rc = eg_lint_lists_of_rule(&l->lists, rule, &v, &n);
	if (rc == -ENOMEM)
		return rc;
	if (!to.n && !to.unknown)
		eg_source_report(src, EG_WARNING, f->at, NULL, "%s matches nothing: its sets are empty", title);
	else if (!rc && !n)
		eg_source_report(src, EG_WARNING, f->at, NULL, "%s matches nothing: 'except' takes out all of 'to'",
				 title);
	else if (!rc && eg_lint_reach_decider(&l->reach, rule, v, n, &decider))
		eg_source_report(src, EG_WARNING, f->at, NULL,
				 "%s never decides: %s in line %u decides wherever it matches", title,
				 title_of(&l->policy->rules[decider], other), l->policy->rules[decider].at.line);
	else
		eg_source_report(src, EG_WARNING, f->at, NULL, "%s never decides: other rules do wherever it matches",
				 title);
	return 0;
}

static int report(struct lint *l, struct eg_source *src, const struct finding *f)
{
	char title[TITLE_SIZE], word[WORD_SIZE];

	switch (f->kind) {
	case UNUSED_SET:
		eg_source_report(src, EG_WARNING, f->at, NULL, "no rule uses set '@%s'",
				 l->policy->sets[f->index].name);
		break;
	case SILENT_RULE:
		return report_silent_rule(l, src, f);
	case RULE_EXCEPT:
		eg_source_report(src, EG_WARNING, f->at, NULL, "'%s' takes nothing out: %s matches none of it",
				 word_at(src, f->at, word), title_of(&l->policy->rules[f->index], title));
		break;
	case SET_EXCEPT:
		eg_source_report(src, EG_WARNING, f->at, NULL, "'%s' takes nothing out: set '@%s' has none of it",
				 word_at(src, f->at, word), l->policy->sets[f->index].name);
		break;
	case UNIX_PATH:
		eg_source_report(src, EG_WARNING, f->at,
				 "a symlink, a relative path or a bind mount names the same socket: "
				 "write 'unix-default = deny' and allow what is needed",
				 "%s can be got round: paths are compared as programs write them",
				 title_of(&l->policy->rules[f->index], title));
		break;
	case NO_LOOPBACK:
		eg_source_report(src, EG_WARNING, f->at,
				 "add '[allow local]' with 'to = @loopback': local resolvers and many programs need it",
				 "deny by default, and no rule speaks of the loopback");
		break;
	}
	return 0;
}

static int compare_findings(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->at.line != y->at.line)
		return x->at.line < y->at.line ? -1 : 1;
	if (x->at.col != y->at.col)
		return x->at.col < y->at.col ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

/* One more than are shown: the last one says so. */
static int report_all(struct lint *l, struct eg_diags *diags)
{
	const struct eg_policy *policy = l->policy;
	struct eg_source_line line;
	struct eg_source src;
	size_t i;
	int rc = 0;

	if (!l->n || !eg_source_init(&src, policy->file, policy->text, policy->text_len, diags))
		return 0;
	qsort(l->v, l->n, sizeof(*l->v), compare_findings);
	for (i = 0; !rc && i < l->n && i <= EG_SOURCE_REPORTS_MAX; i++) {
		while (src.line < l->v[i].at.line && eg_source_next(&src, &line))
			;
		rc = report(l, &src, &l->v[i]);
	}
	eg_diag_sort(diags);
	return rc;
}

static int find_all(struct lint *l)
{
	int rc = find_unused_sets(l);

	if (!rc)
		rc = find_silent_rules(l);
	if (!rc)
		rc = find_idle_excepts(l);
	if (!rc)
		rc = find_unix_denies(l);
	return rc ? rc : find_no_loopback(l);
}

int eg_lint(const struct eg_policy *policy, const struct eg_tables *tables, struct eg_diags *diags, struct eg_err *err)
{
	struct lint l = { .policy = policy };
	int rc;

	rc = eg_lint_lists_make(policy, &l.lists);
	if (!rc)
		rc = eg_lint_reach_make(tables, &l.reach);
	if (!rc)
		rc = find_all(&l);
	if (!rc)
		rc = report_all(&l, diags);
	free(l.v);
	eg_lint_reach_free(&l.reach);
	eg_lint_lists_free(&l.lists);
	return rc ? eg_fail(err, rc, "no memory to look for warnings") : 0;
}
