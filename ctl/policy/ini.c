/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/ini.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

enum kind {
	BLANK,
	HEADER,
	KEY,
	MORE,
	WRONG,
};

struct reader {
	struct eg_source *src;
	const struct eg_ini_handler *handler;
	void *user;
	struct eg_ini_line line; /* the one in inih's hands */
	char section[EG_INI_NAME_MAX + 1];
	enum kind kind;	 /* of that line */
	bool in_section; /* after a good header */
	bool lost;	 /* after a wrong one: keys belong to nobody */
	bool in_key;	 /* an indented line continues something */
	bool key_lost;	 /* ... that was left out */
	bool filled;	 /* the section has a line */
	bool due;	 /* inih has to call back for this line */
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static struct eg_span span(const struct reader *r, size_t from, size_t to)
{
	return (struct eg_span){ r->src->line, (unsigned int)from + 1, (unsigned int)(to - from) };
}

/* Where the comment starts, or len. Both ";" and "#" need white space before, as "a;b" is a value. */
static size_t comment_start(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if ((text[i] == ';' || text[i] == '#') && (!i || is_space(text[i - 1])))
			return i;
	}
	return len;
}

/* Comments are looked at too: behind a lone CR an editor shows a line that nobody reads. */
static bool check_bytes(struct reader *r, const struct eg_source_line *raw)
{
	size_t i;

	for (i = 0; i < raw->len; i++) {
		unsigned char c = (unsigned char)raw->text[i];

		if (c == '\r')
			eg_source_error(r->src, span(r, i, i + 1), "lines end with LF or CR LF",
					"a carriage return that does not end the line");
		else if ((c < 0x20 && c != '\t') || c == 0x7f)
			eg_source_error(r->src, span(r, i, i + 1), NULL, "control character 0x%02x", c);
		else
			continue;
		return false;
	}
	return true;
}

/* Cuts comment and white space at the end, and copies what is left. False when it is too long. */
static bool copy_line(struct reader *r, const struct eg_source_line *raw)
{
	size_t len = comment_start(raw->text, raw->len);

	while (len && is_space(raw->text[len - 1]))
		len--;
	if (len > EG_INI_LINE_MAX) {
		eg_source_error(r->src, span(r, EG_INI_LINE_MAX, len), "split the list over indented lines",
				"the line has %zu bytes, %d is the limit", len, EG_INI_LINE_MAX);
		return false;
	}
	memcpy(r->line.text, raw->text, len);
	r->line.text[len] = '\0';
	r->line.len = len;
	return true;
}

/* Shrinks [from, to) to what is between the white space. */
static struct eg_span trimmed(const struct reader *r, size_t from, size_t to)
{
	while (from < to && is_space(r->line.text[from]))
		from++;
	while (to > from && is_space(r->line.text[to - 1]))
		to--;
	return span(r, from, to);
}

static bool check_name_length(struct reader *r, struct eg_span at, const char *what)
{
	if (at.len <= EG_INI_NAME_MAX)
		return true;
	eg_source_error(r->src, at, NULL, "a %s of %u bytes, %d is the limit", what, at.len, EG_INI_NAME_MAX);
	return false;
}

static enum kind split_header(struct reader *r)
{
	const char *text = r->line.text, *end = strchr(text, ']');
	size_t close;

	if (!end) {
		eg_source_error(r->src, span(r, 0, r->line.len), NULL, "a section header without ']'");
		return WRONG;
	}
	close = (size_t)(end - text);
	if (close + 1 < r->line.len) {
		eg_source_error(r->src, trimmed(r, close + 1, r->line.len),
				strchr(";#", end[1]) ? "a comment needs white space before it" : NULL,
				"text after the ']' of a section header");
		return WRONG;
	}
	r->line.name = span(r, 1, close);
	r->line.value = span(r, close, close);
	return check_name_length(r, r->line.name, "section header") ? HEADER : WRONG;
}

/* Whether the text starts like "key =". The value of a list never does. */
static size_t key_length(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz-");
	size_t gap = strspn(text + len, " \t");

	return len && text[len + gap] == '=' ? len : 0;
}

/* A line that starts with white space continues the value above, whatever it looks like. */
static enum kind split_more(struct reader *r)
{
	struct eg_span all = trimmed(r, 0, r->line.len);
	const char *text = eg_ini_at(&r->line, all);
	size_t key = key_length(text);

	if (*text == '[') {
		eg_source_error(r->src, all, "an indented line continues the value above it",
				"a section header must start in the first column");
		return WRONG;
	}
	if (key || !r->in_key) {
		all.len = key ? (unsigned int)key : all.len;
		eg_source_error(r->src, all, "an indented line continues the value above it",
				key ? "a key must start in the first column"
				    : "an indented line with nothing to continue");
		return WRONG;
	}
	r->line.name = span(r, 0, 0);
	r->line.value = all;
	return MORE;
}

/* "port: 443" is meant as a key, "fd00::2" as one more address. */
static const char *hint_separator(const struct reader *r, const char *text)
{
	if (strchr(text, ':') && strspn(text, "0123456789abcdefABCDEF:./") < strcspn(text, ":"))
		return "write '=' between key and value";
	return r->in_key ? "indent the line to continue the value above it" : NULL;
}

/* inih separates at ":" as well as at "=", which would cut an IPv6 address in two. */
static enum kind split_key(struct reader *r)
{
	const char *text = r->line.text;
	size_t end = strcspn(text, "=:");
	struct eg_span all = span(r, 0, r->line.len);

	if (text[end] != '=') {
		eg_source_error(r->src, all, hint_separator(r, text), "expected 'key = value'");
		return WRONG;
	}
	r->line.name = trimmed(r, 0, end);
	r->line.value = trimmed(r, end + 1, r->line.len);
	if (!r->line.name.len) {
		eg_source_error(r->src, all, NULL, "a value without a key");
		return WRONG;
	}
	if (!check_name_length(r, r->line.name, "key"))
		return WRONG;
	if (!r->in_section && !r->lost) {
		eg_source_error(r->src, r->line.name, NULL, "a key before the first section");
		return WRONG;
	}
	return KEY;
}

static enum kind classify(struct reader *r, const struct eg_source_line *raw)
{
	if (!check_bytes(r, raw) || !copy_line(r, raw))
		return WRONG;
	if (!r->line.len)
		return BLANK;
	if (is_space(r->line.text[0]))
		return split_more(r);
	return r->line.text[0] == '[' ? split_header(r) : split_key(r);
}

static void end_section(struct reader *r)
{
	if (r->in_section)
		r->handler->section_end(r->user, !r->filled);
	r->in_section = false;
	r->lost = false;
	r->in_key = false;
	r->key_lost = false;
	r->filled = false;
}

static bool looks_like_header(const struct eg_source_line *raw)
{
	size_t i = 0;

	while (i < raw->len && is_space(raw->text[i]))
		i++;
	return i < raw->len && raw->text[i] == '[';
}

/*
 * What hangs on a wrong line must not be taken for something else's. A line with a lone CR may be
 * several, and one of them a header.
 */
static void drop(struct reader *r, const struct eg_source_line *raw)
{
	bool header = looks_like_header(raw);

	if (!header) {
		r->filled = true;
		r->handler->left_out(r->user);
	}
	if (header || !r->in_section || memchr(raw->text, '\r', raw->len)) {
		end_section(r);
		r->lost = true;
		r->handler->left_out(r->user);
		return;
	}
	if (!raw->len || !is_space(raw->text[0])) {
		r->in_key = true;
		r->key_lost = true;
	}
}

/* Moves on to the next line. Returns whether it goes to inih. */
static bool advance(struct reader *r, const struct eg_source_line *raw)
{
	r->kind = classify(r, raw);
	switch (r->kind) {
	case HEADER:
		end_section(r);
		r->in_section = true;
		memcpy(r->section, eg_ini_at(&r->line, r->line.name), r->line.name.len);
		r->section[r->line.name.len] = '\0';
		r->handler->section(r->user, &r->line);
		return true;
	case KEY:
		r->filled = true;
		r->in_key = true;
		r->key_lost = false;
		break;
	case MORE:
		r->filled = true;
		break;
	case WRONG:
		drop(r, raw);
		return false;
	case BLANK:
		return false;
	}
	r->due = !r->lost && !r->key_lost;
	return r->due;
}

static void report_disagreement(struct reader *r)
{
	eg_source_error(r->src, span(r, 0, r->line.len), NULL, "inih reads this line otherwise: it cannot be trusted");
}

/* ini_reader: one line into inih's buffer. What was left out is a blank line to inih. */
static char *next_line(char *buf, int size, void *stream)
{
	struct reader *r = stream;
	struct eg_source_line raw;

	if (r->due) {
		r->due = false;
		report_disagreement(r);
	}
	if (!eg_source_next(r->src, &raw))
		return NULL;
	buf[0] = '\0';
	if (!advance(r, &raw))
		return buf;
	/* Another build of inih may have a smaller buffer; then the line is never called back: due. */
	if (r->line.len < (size_t)size)
		memcpy(buf, r->line.text, r->line.len + 1);
	return buf;
}

static bool equal(const struct reader *r, struct eg_span at, const char *text)
{
	return strlen(text) == at.len && !memcmp(eg_ini_at(&r->line, at), text, at.len);
}

/* ini_handler: inih has taken the line apart; we have too. */
static int take_line(void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;

	if (!r->due)
		return 1;
	r->due = false;
	if (strcmp(section, r->section) || !equal(r, r->line.value, value) ||
	    (r->kind == KEY && !equal(r, r->line.name, name)))
		report_disagreement(r);
	else if (r->kind == KEY)
		r->handler->key(r->user, &r->line);
	else
		r->handler->more(r->user, &r->line);
	return 1;
}

void eg_ini_read(struct eg_source *src, const struct eg_ini_handler *handler, void *user)
{
	struct reader r = { .src = src, .handler = handler, .user = user };

	if (ini_parse_stream(next_line, &r, take_line, &r) && !src->errors)
		report_disagreement(&r);
	if (r.due)
		report_disagreement(&r);
	end_section(&r);
}
