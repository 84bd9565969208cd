/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "base/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define TEXT_SIZE 1024

/* A line is shown up to this many bytes, around the place in question. */
#define SHOWN_MAX 160
#define SHOWN_BEFORE 80

static bool same(const struct eg_diag *d, enum eg_severity severity, const char *file, struct eg_span at,
		 const char *text)
{
	return d->severity == severity && d->at.line == at.line && d->at.col == at.col && !strcmp(d->text, text) &&
	       !strcmp(d->file, file);
}

static void clear(struct eg_diag *d)
{
	free(d->text);
	free(d->hint);
	free(d->file);
	free(d->source_line);
}

static char *copy(const char *s)
{
	return s ? strdup(s) : NULL;
}

void eg_diag_add(struct eg_diags *d, enum eg_severity severity, const char *file, struct eg_span at,
		 const char *source_line, const char *hint, const char *fmt, ...)
{
	struct eg_diag *grown, *added;
	char text[TEXT_SIZE];
	va_list ap;
	size_t i;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (i = 0; i < d->n; i++) {
		if (same(&d->v[i], severity, file, at, text))
			return;
	}
	/* Counted even when there is no memory for the words: an error must never look like success. */
	if (severity == EG_ERROR)
		d->errors++;
	else
		d->warnings++;
	if (d->n == d->cap) {
		grown = realloc(d->v, (2 * d->cap + 8) * sizeof(*d->v));
		if (!grown)
			return;
		d->v = grown;
		d->cap = 2 * d->cap + 8;
	}
	added = &d->v[d->n];
	*added = (struct eg_diag){
		.severity = severity,
		.at = at,
		.text = strdup(text),
		.hint = copy(hint),
		.file = strdup(file),
		.source_line = copy(source_line),
	};
	if (added->file && added->text)
		d->n++;
	else
		clear(added);
}

static bool goes_before(const struct eg_diag *a, const struct eg_diag *b)
{
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line;
	return a->at.col < b->at.col;
}

static size_t gather_file(struct eg_diags *d, size_t first)
{
	size_t i, end = first + 1;
	struct eg_diag moved;

	for (i = first + 1; i < d->n; i++) {
		if (strcmp(d->v[i].file, d->v[first].file))
			continue;
		moved = d->v[i];
		memmove(&d->v[end + 1], &d->v[end], (i - end) * sizeof(*d->v));
		d->v[end++] = moved;
	}
	return end;
}

static void sort_range(struct eg_diag *v, size_t first, size_t end)
{
	struct eg_diag moved;
	size_t i, j;

	for (i = first + 1; i < end; i++) {
		moved = v[i];
		for (j = i; j > first && goes_before(&moved, &v[j - 1]); j--)
			v[j] = v[j - 1];
		v[j] = moved;
	}
}

void eg_diag_sort(struct eg_diags *d)
{
	size_t first, end;

	for (first = 0; first < d->n; first = end) {
		end = gather_file(d, first);
		sort_range(d->v, first, end);
	}
}

/* Whether the n bytes at p are a character that moves a terminal's cursor or worse: C0, DEL, C1. */
static bool is_control(const char *p, size_t n)
{
	unsigned char c = (unsigned char)p[0];

	if (n == 1)
		return c < 0x20 || c == 0x7f;
	return n == 2 && c == 0xc2 && (unsigned char)p[1] < 0xa0;
}

/* Policies come from strangers too: nothing of theirs reaches the terminal as a control character. */
static void put_safely(const char *p, size_t n, FILE *to)
{
	size_t len;

	while (n) {
		len = eg_str_utf8(p, n);
		if (!len || (is_control(p, len) && *p != '\t'))
			fputc('?', to);
		else
			fwrite(p, 1, len, to);
		len = len ? len : 1;
		p += len;
		n -= len;
	}
}

/* Spaces as wide as the n bytes at p, tabs kept so that the caret stands below its place. */
static void put_blank(const char *p, size_t n, char fill, FILE *to)
{
	size_t len;

	for (; n; p += len, n -= len) {
		len = eg_str_utf8(p, n);
		len = len ? len : 1;
		fputc(fill == ' ' && *p == '\t' ? '\t' : fill, to);
	}
}

static void put_line(const struct eg_diag *d, FILE *to)
{
	size_t len = strlen(d->source_line), at = d->at.col - 1, from = 0, end = len, marked;

	if (at > len)
		at = len;
	if (len > SHOWN_MAX) { /* a character that is cut in two shows as "?", and the caret counts alike */
		from = at > SHOWN_BEFORE ? at - SHOWN_BEFORE : 0;
		end = len - from > SHOWN_MAX ? from + SHOWN_MAX : len;
	}
	marked = d->at.len < end - at ? d->at.len : end - at;
	fprintf(to, "    %s", from ? "..." : "");
	put_safely(d->source_line + from, end - from, to);
	fprintf(to, "%s\n    %s", end < len ? "..." : "", from ? "   " : "");
	put_blank(d->source_line + from, at - from, ' ', to);
	fputc('^', to);
	if (marked > 1) {
		size_t first = eg_str_utf8(d->source_line + at, end - at);

		first = first ? first : 1;
		put_blank(d->source_line + at + first, marked > first ? marked - first : 0, '~', to);
	}
	fputc('\n', to);
}

void eg_diag_print(const struct eg_diag *d, FILE *to)
{
	put_safely(d->file, strlen(d->file), to);
	if (d->at.line)
		fprintf(to, ":%u:%u", d->at.line, d->at.col);
	fprintf(to, ": %s: ", d->severity == EG_ERROR ? "error" : "warning");
	put_safely(d->text, strlen(d->text), to);
	fputc('\n', to);
	if (d->source_line && d->at.col)
		put_line(d, to);
	if (d->hint) {
		fputs("hint: ", to);
		put_safely(d->hint, strlen(d->hint), to);
		fputc('\n', to);
	}
}

void eg_diags_free(struct eg_diags *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		clear(&d->v[i]);
	free(d->v);
	memset(d, 0, sizeof(*d));
}
