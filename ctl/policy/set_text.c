/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * set_text.c - the keys of [set NAME], and the files of sets.
 *
 * A set file has one address, prefix or range a line. Comments as in the policy: ";" or "#" at the start of
 * the line or after white space.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/parse.h"

#define LINE_MAX_SET 199 /* as in a policy, although nothing here would cut it */

static struct eg_set *current(struct eg_parse *p)
{
	return &p->policy->sets[p->set];
}

static struct eg_addrs *current_to(struct eg_parse *p)
{
	return &current(p)->to;
}

static struct eg_addrs *current_except(struct eg_parse *p)
{
	return &current(p)->except;
}

static void take_address(struct eg_parse *p, const struct eg_word *word)
{
	eg_addrs_text_take(p, current_to, word);
}

static void take_except(struct eg_parse *p, const struct eg_word *word)
{
	eg_addrs_text_take(p, current_except, word);
}

/* ---- files ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The part of the line that counts: no comment, no white space around it. */
static struct eg_span content_of(const struct eg_source_line *line)
{
	size_t from = 0, to = 0, i;

	while (from < line->len && is_blank(line->text[from]))
		from++;
	for (i = from; i < line->len; i++) {
		if ((line->text[i] == ';' || line->text[i] == '#') && (i == from || is_blank(line->text[i - 1])))
			break;
		if (!is_blank(line->text[i]))
			to = i + 1;
	}
	return (struct eg_span){ line->number, (unsigned int)from + 1, to > from ? (unsigned int)(to - from) : 0 };
}

static void take_line(struct eg_parse *p, struct eg_source *src, const struct eg_source_line *line)
{
	struct eg_span at = content_of(line);
	char text[LINE_MAX_SET + 1];
	size_t i;

	if (!at.len)
		return;
	if (at.len > LINE_MAX_SET) {
		eg_source_error(src, at, "a set file has one address, prefix or range a line",
				"the line has %u bytes, %d is the limit", at.len, LINE_MAX_SET);
		return;
	}
	for (i = 0; i < at.len; i++) {
		unsigned char c = (unsigned char)line->text[at.col - 1 + i];

		if ((c >= 0x20 || c == '\t') && c != 0x7f)
			continue;
		eg_source_error(src, ((struct eg_span){ at.line, at.col + (unsigned int)i, 1 }),
				c == '\r' ? "lines end with LF or CR LF" : NULL, "control character 0x%02x", c);
		return;
	}
	memcpy(text, line->text + at.col - 1, at.len);
	text[at.len] = '\0';
	if (strchr(text, ',') || (strpbrk(text, " \t") && !strchr(text, '-'))) {
		eg_source_error(src, at, NULL, "a set file has one address, prefix or range a line, and no commas");
		return;
	}
	eg_addrs_text_add(p, src, &current(p)->to, text, at);
}

/* "lists/internal.txt" in /etc/egressctl/ci.ini is /etc/egressctl/lists/internal.txt. */
static void path_of(const struct eg_parse *p, const char *name, char *path, size_t size)
{
	const char *slash = strrchr(p->src->file, '/');

	if (*name == '/' || !slash)
		snprintf(path, size, "%s", name);
	else
		snprintf(path, size, "%.*s/%s", (int)(slash - p->src->file), p->src->file, name);
}

static void take_file(struct eg_parse *p, const struct eg_word *word)
{
	struct eg_source src;
	struct eg_source_line line;
	struct eg_err err = EG_ERR_INIT;
	cleanup_free char *text = NULL;
	char path[PATH_MAX];
	size_t len = 0;

	path_of(p, word->text, path, sizeof(path));
	if (eg_source_read(path, &text, &len, &err)) {
		eg_source_error(p->src, word->at,
				*word->text == '/' ? NULL : "the path is relative to the policy's directory", "%s",
				err.what);
		return;
	}
	if (eg_source_init(&src, path, text, len, p->src->diags)) {
		while (!eg_addrs_text_full(p) && eg_source_next(&src, &line))
			take_line(p, &src, &line);
	}
	p->src->errors += src.errors;
	p->src->oom |= src.oom;
}

const struct eg_key eg_set_text_keys[] = {
	{ "address", true, take_address },
	{ "except", true, take_except },
	{ "file", true, take_file },
	{ NULL, false, NULL },
};

void eg_set_text_begin(struct eg_parse *p, const struct eg_word *name)
{
	if (name->at.len && eg_sets_define(p, name))
		return;
	p->section = NULL;
	p->header_lost = true; /* so that uses of the name are not reported as well */
}

void eg_set_text_end(struct eg_parse *p, bool empty)
{
	if (empty)
		eg_source_error(p->src, p->at, "add 'address' or 'file'", "an empty set section");
	else if (!p->damaged && !eg_parse_line_of(p, "address") && !eg_parse_line_of(p, "file"))
		eg_source_error(p->src, p->at, "add 'address' or 'file'",
				eg_parse_line_of(p, "except") ? "the set has nothing to take out of"
							      : "the set names no addresses");
}
