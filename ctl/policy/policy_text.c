/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * policy_text.c - the keys of [policy].
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/vec.h"
#include "policy/parse.h"

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-_"

static bool valid_name(const char *name)
{
	size_t len = strlen(name);

	return len && len <= EG_NAME_MAX && strspn(name, NAME_CHARS) == len;
}

static void take_name(struct eg_parse *p, const struct eg_word *word)
{
	if (!valid_name(word->text)) {
		eg_source_error(p->src, word->at, NULL, "'%s' is not a policy name: 1 to %d of a-z 0-9 - _", word->text,
				EG_NAME_MAX);
		return;
	}
	memcpy(p->policy->name, word->text, strlen(word->text) + 1);
}

static bool has_dotdot(const char *path)
{
	size_t len;

	for (; *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (len == 2 && !memcmp(path, "..", 2))
			return true;
	}
	return false;
}

static void take_cgroup(struct eg_parse *p, const struct eg_word *word)
{
	struct eg_cgroup_ref *ref;
	size_t i;

	if (has_dotdot(word->text)) {
		eg_source_error(p->src, word->at, NULL, "'%s' goes through '..'", word->text);
		return;
	}
	for (i = 0; i < p->policy->n_cgroups; i++) {
		if (strcmp(p->policy->cgroups[i].path, word->text))
			continue;
		eg_source_error(p->src, word->at, NULL, "cgroup '%s' is listed in line %u already", word->text,
				p->policy->cgroups[i].at.line);
		return;
	}
	ref = EG_VEC_ADD(p->policy->cgroups, p->policy->n_cgroups);
	if (!ref) {
		p->src->oom = true;
		return;
	}
	ref->at = word->at;
	ref->path = strdup(word->text);
	if (!ref->path) {
		p->policy->n_cgroups--;
		p->src->oom = true;
	}
}

static void take_default(struct eg_parse *p, const struct eg_word *word)
{
	static const char *const choices[] = { "deny", "allow", NULL };

	p->policy->default_allow = eg_parse_choice(p, word, choices) == 1;
	p->policy->default_at = word->at;
}

static void take_mode(struct eg_parse *p, const struct eg_word *word)
{
	static const char *const choices[] = { "enforce", "audit", NULL };
	int choice = eg_parse_choice(p, word, choices);

	if (choice < 0)
		return;
	p->policy->mode = (enum eg_mode)choice;
	if (choice == EG_MODE_AUDIT)
		eg_parse_unsupported(p, word, "this version has no audit mode");
}

static void take_errno(struct eg_parse *p, const struct eg_word *word)
{
	static const char *const choices[] = { "EACCES", "EPERM", "ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", NULL };
	static const int values[] = { EACCES, EPERM, ECONNREFUSED, ENETUNREACH, EHOSTUNREACH };
	int choice = eg_parse_choice(p, word, choices);

	if (choice < 0)
		return;
	p->policy->err = values[choice];
	p->policy->err_set = true;
}

static void take_existing(struct eg_parse *p, const struct eg_word *word)
{
	static const char *const choices[] = { "keep", "report", "kill", NULL };
	int choice = eg_parse_choice(p, word, choices);

	if (choice < 0)
		return;
	p->policy->existing = (enum eg_existing)choice;
	if (choice != EG_EXISTING_KEEP)
		eg_parse_unsupported(p, word, "this version leaves open connections alone");
}

static void take_unix_default(struct eg_parse *p, const struct eg_word *word)
{
	static const char *const choices[] = { "allow", "deny", NULL };

	p->policy->unix_default_deny = eg_parse_choice(p, word, choices) == 1;
	p->policy->unix_default_at = word->at;
	if (p->policy->unix_default_deny)
		eg_parse_unsupported(p, word, "this version does not judge AF_UNIX sockets");
}

static void take_raw(struct eg_parse *p, const struct eg_word *word)
{
	static const char *const choices[] = { "deny", "allow", NULL };

	p->policy->raw_allow = eg_parse_choice(p, word, choices) == 1;
}

static void take_backstop(struct eg_parse *p, const struct eg_word *word)
{
	static const char *const choices[] = { "auto", "yes", "no", NULL };
	int choice = eg_parse_choice(p, word, choices);

	if (choice < 0)
		return;
	p->policy->backstop = (enum eg_backstop)choice;
	if (choice == EG_BACKSTOP_YES)
		eg_parse_unsupported(p, word, "this version does not check packets");
}

static void take_passed(struct eg_parse *p, const struct eg_word *word)
{
	static const char *const choices[] = { "allow", "deny", NULL };

	p->policy->passed_deny = eg_parse_choice(p, word, choices) == 1;
	if (p->policy->passed_deny)
		eg_parse_unsupported(p, word, "this version does not judge sockets made outside the cgroup");
}

const struct eg_key eg_policy_text_keys[] = {
	{ "name", false, take_name },
	{ "cgroup", true, take_cgroup },
	{ "default", false, take_default },
	{ "mode", false, take_mode },
	{ "errno", false, take_errno },
	{ "existing", false, take_existing },
	{ "unix-default", false, take_unix_default },
	{ "raw", false, take_raw },
	{ "backstop", false, take_backstop },
	{ "passed-sockets", false, take_passed },
	{ NULL, false, NULL },
};

/* "dir/ci.ini" names the policy "ci". */
static void name_by_file(struct eg_parse *p)
{
	const char *slash = strrchr(p->src->file, '/'), *base = slash ? slash + 1 : p->src->file;
	size_t len = strlen(base);
	char name[EG_NAME_MAX + 2];

	if (len > 4 && !strcmp(base + len - 4, ".ini"))
		len -= 4;
	snprintf(name, sizeof(name), "%.*s", (int)len, base);
	if (valid_name(name))
		memcpy(p->policy->name, name, strlen(name) + 1);
	else
		eg_source_error(p->src, p->at, "add 'name = ...': 1 to 31 of a-z 0-9 - _",
				"no 'name', and the file name '%s' does not make one", base);
}

void eg_policy_text_end(struct eg_parse *p)
{
	if (p->damaged)
		return;
	if (!eg_parse_line_of(p, "default"))
		eg_source_error(p->src, p->at, "add 'default = deny', or allow", "[policy] has no 'default'");
	if (!eg_parse_line_of(p, "name"))
		name_by_file(p);
}
