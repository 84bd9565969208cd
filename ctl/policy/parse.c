/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/parse.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/vec.h"

#define CHOICES_MAX 16

static void begin_policy(struct eg_parse *p, const struct eg_word *name)
{
	(void)name;
	if (p->policy_at.line) {
		eg_source_error(p->src, p->at, NULL, "[policy] stands in line %u already", p->policy_at.line);
		p->section = NULL;
		return;
	}
	p->policy_at = p->at;
}

static void end_policy(struct eg_parse *p, bool empty)
{
	(void)empty; /* then there is no default, and that is the error */
	eg_policy_text_end(p);
}

static void begin_allow(struct eg_parse *p, const struct eg_word *name)
{
	eg_rule_text_begin(p, name, EG_CELL_ALLOW);
}

static void begin_deny(struct eg_parse *p, const struct eg_word *name)
{
	eg_rule_text_begin(p, name, EG_CELL_DENY);
}

static const struct eg_section sections[] = {
	{ "policy", false, eg_policy_text_keys, begin_policy, end_policy },
	{ "allow", true, eg_rule_text_keys, begin_allow, eg_rule_text_end },
	{ "deny", true, eg_rule_text_keys, begin_deny, eg_rule_text_end },
	{ "set", true, eg_set_text_keys, eg_set_text_begin, eg_set_text_end },
	{ "expect", false, eg_expect_text_keys, eg_expect_text_begin, eg_expect_text_end },
	{ NULL, false, NULL, NULL, NULL },
};

const char *eg_parse_mean(const char *word, const char *const names[], char *buf, size_t size)
{
	const char *closest = eg_str_closest(word, names);

	if (!closest)
		return NULL;
	snprintf(buf, size, "did you mean '%s'?", closest);
	return buf;
}

static struct eg_word make_word(const struct eg_ini_line *line, size_t from, size_t to, unsigned int number)
{
	struct eg_word word;

	memcpy(word.text, line->text + from, to - from);
	word.text[to - from] = '\0';
	word.at = (struct eg_span){ number, (unsigned int)from + 1, (unsigned int)(to - from) };
	return word;
}

/* The bytes of [from, to) without white space at the ends. */
static struct eg_word trim_word(const struct eg_ini_line *line, size_t from, size_t to, unsigned int number)
{
	while (from < to && strchr(" \t", line->text[from]))
		from++;
	while (to > from && strchr(" \t", line->text[to - 1]))
		to--;
	return make_word(line, from, to, number);
}

/* A quote would be taken for a part of the value, and a comment inside it would be cut all the same. */
static void take_word(struct eg_parse *p, const struct eg_word *word)
{
	if (*word->text == '"' || *word->text == '\'')
		eg_source_error(p->src, word->at, NULL, "values are written without quotes");
	else
		p->key->take(p, word);
}

/* Takes the list elements of a value. A comma at the end of a line waits for the next line. */
static void take_list(struct eg_parse *p, const struct eg_ini_line *line)
{
	size_t from = line->value.col - 1, end = from + line->value.len, to;
	struct eg_word word;

	for (; from < end; from = to + 1) {
		for (to = from; to < end && line->text[to] != ','; to++)
			;
		word = trim_word(line, from, to, line->value.line);
		if (!word.at.len) {
			word.at = (struct eg_span){ line->value.line, (unsigned int)to + 1, 1 };
			eg_source_error(p->src, word.at, NULL, "an empty list element");
		} else {
			take_word(p, &word);
		}
		p->words++;
		p->comma.line = 0;
		if (to + 1 == end)
			p->comma = (struct eg_span){ line->value.line, (unsigned int)to + 1, 1 };
	}
}

static void take_scalar(struct eg_parse *p, const struct eg_ini_line *line)
{
	struct eg_word word;

	if (!line->value.len)
		return;
	if (p->words) {
		eg_source_error(p->src, line->value, NULL, "'%s' takes one value, and this line adds another",
				p->key->name);
		return;
	}
	p->words = 1;
	word = make_word(line, line->value.col - 1, line->value.col - 1 + line->value.len, line->value.line);
	take_word(p, &word);
}

static void take_value(struct eg_parse *p, const struct eg_ini_line *line)
{
	if (p->key->list)
		take_list(p, line);
	else
		take_scalar(p, line);
}

/* Only now is it known that no indented line follows. */
static void end_key(struct eg_parse *p)
{
	if (p->key && !p->words)
		eg_source_error(p->src, p->key_at, NULL, "'%s' has no value", p->key->name);
	else if (p->key && p->comma.line)
		eg_source_error(p->src, p->comma, NULL, "the list ends with a comma");
	p->key = NULL;
	p->words = 0;
	p->comma.line = 0;
}

/* A key that is right in another kind of section deserves another word than one that is misspelt. */
static const char *hint_key(const struct eg_parse *p, const char *name, char *buf, size_t size)
{
	const char *names[CHOICES_MAX + 1];
	const struct eg_section *s;
	size_t i, n = 0;

	for (s = sections; s->name; s++) {
		for (i = 0; s->keys[i].name; i++) {
			if (strcmp(s->keys[i].name, name))
				continue;
			snprintf(buf, size, "it is a key of [%s%s]", s->name, s->named ? " NAME" : "");
			return buf;
		}
	}
	for (i = 0; p->section->keys[i].name && n < CHOICES_MAX; i++)
		names[n++] = p->section->keys[i].name;
	names[n] = NULL;
	return eg_parse_mean(name, names, buf, size);
}

/* Sets p->key, or leaves NULL with the error reported. */
static void find_key(struct eg_parse *p, const struct eg_word *name)
{
	const struct eg_key *key = p->section->keys;
	char hint[128];
	size_t i;

	for (i = 0; key[i].name && strcmp(key[i].name, name->text); i++)
		;
	if (!key[i].name) {
		eg_source_error(p->src, name->at, hint_key(p, name->text, hint, sizeof(hint)),
				"unknown key '%s' in [%s]", name->text, p->section->name);
		return;
	}
	if (!key[i].list && p->lines[i]) {
		eg_source_error(p->src, name->at, NULL, "'%s' is set in line %u already", name->text, p->lines[i]);
		return;
	}
	if (!p->lines[i])
		p->lines[i] = name->at.line;
	p->key = &key[i];
}

static void on_key(void *user, const struct eg_ini_line *line)
{
	struct eg_parse *p = user;
	struct eg_word name;

	if (!p->section)
		return;
	end_key(p);
	name = make_word(line, line->name.col - 1, line->name.col - 1 + line->name.len, line->name.line);
	p->key_at = name.at;
	find_key(p, &name);
	if (p->key)
		take_value(p, line);
}

static void on_more(void *user, const struct eg_ini_line *line)
{
	struct eg_parse *p = user;

	if (p->section && p->key)
		take_value(p, line);
}

static void on_left_out(void *user)
{
	struct eg_parse *p = user;

	p->damaged = true;
	p->header_lost |= !p->section;
	p->words++; /* it may have held the value, or what should follow the comma */
	p->comma.line = 0;
}

static const struct eg_section *find_section(struct eg_parse *p, const struct eg_word *kind)
{
	const char *names[CHOICES_MAX + 1];
	char hint[128];
	size_t i;

	for (i = 0; sections[i].name && i < CHOICES_MAX; i++) {
		if (!strcmp(sections[i].name, kind->text))
			return &sections[i];
		names[i] = sections[i].name;
	}
	names[i] = NULL;
	eg_source_error(p->src, kind->at, eg_parse_mean(kind->text, names, hint, sizeof(hint)), "unknown section '%s'",
			kind->text);
	return NULL;
}

/* [KIND] or [KIND NAME] */
static void on_section(void *user, const struct eg_ini_line *line)
{
	struct eg_parse *p = user;
	size_t from = line->name.col - 1, end = from + line->name.len, gap;
	struct eg_word kind, name;

	kind = trim_word(line, from, end, line->name.line);
	gap = strcspn(kind.text, " \t");
	name = trim_word(line, kind.at.col - 1 + gap, end, line->name.line);
	kind = make_word(line, kind.at.col - 1, kind.at.col - 1 + gap, line->name.line);
	p->at = (struct eg_span){ line->name.line, 1, (unsigned int)line->len };
	memset(p->lines, 0, sizeof(p->lines));
	p->damaged = false;
	p->section = NULL;
	if (!kind.at.len) {
		eg_source_error(p->src, p->at, NULL, "a section without a name");
		return;
	}
	p->section = find_section(p, &kind);
	p->header_lost |= !p->section;
	if (!p->section)
		return;
	if (!p->section->named && name.at.len)
		eg_source_error(p->src, name.at, NULL, "[%s] takes no name", kind.text);
	if (p->section->named && !name.at.len)
		eg_source_error(p->src, p->at, NULL, "[%s] needs a name, as in [%s NAME]", kind.text, kind.text);
	p->section->begin(p, &name);
}

static void on_section_end(void *user, bool empty)
{
	struct eg_parse *p = user;

	if (!p->section)
		return;
	end_key(p);
	p->section->end(p, empty);
	p->section = NULL;
}

void eg_parse_lines(struct eg_parse *p)
{
	static const struct eg_ini_handler handler = {
		.section = on_section,
		.section_end = on_section_end,
		.key = on_key,
		.more = on_more,
		.left_out = on_left_out,
	};

	eg_ini_read(p->src, &handler, p);
	eg_rule_text_check_names(p);
	eg_sets_check(p);
}

struct eg_rule *eg_parse_rule(struct eg_parse *p)
{
	return &p->policy->rules[p->policy->n_rules - 1];
}

unsigned int eg_parse_line_of(const struct eg_parse *p, const char *key)
{
	size_t i;

	for (i = 0; p->section->keys[i].name; i++) {
		if (!strcmp(p->section->keys[i].name, key))
			return p->lines[i];
	}
	return 0;
}

/* "one of: keep, report, kill" */
static const char *list_choices(const char *const choices[], char *buf, size_t size)
{
	size_t i, used;

	used = (size_t)snprintf(buf, size, "one of: ");
	for (i = 0; choices[i] && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? ", " : "", choices[i]);
	return buf;
}

int eg_parse_choice(struct eg_parse *p, const struct eg_word *word, const char *const choices[])
{
	char mean[128], list[128];
	const char *hint;
	int i;

	for (i = 0; choices[i]; i++) {
		if (!strcmp(choices[i], word->text))
			return i;
	}
	hint = eg_parse_mean(word->text, choices, mean, sizeof(mean));
	eg_source_error(p->src, word->at, hint ? hint : list_choices(choices, list, sizeof(list)),
			"unknown value '%s' for '%s'", word->text, p->key->name);
	return -1;
}

void eg_parse_unsupported(struct eg_parse *p, const struct eg_word *word, const char *why)
{
	struct eg_unsupported *u = EG_VEC_ADD(p->policy->unsupported, p->policy->n_unsupported);
	char what[EG_INI_LINE_MAX + EG_INI_NAME_MAX + 8];

	if (u) {
		snprintf(what, sizeof(what), "%s = %s", p->key->name, word->text);
		u->at = word->at;
		u->what = strdup(what);
		u->why = strdup(why);
	}
	if (!u || !u->what || !u->why)
		p->src->oom = true;
}
