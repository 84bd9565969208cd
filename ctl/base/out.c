/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "base/out.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define DEPTH 8
#define COLUMNS 16

struct eg_out {
	json_t *open[DEPTH]; /* open[0] is the root and owned; the others are borrowed from it */
	int depth;
	bool failed;
};

struct eg_out *eg_out_new(void)
{
	struct eg_out *out = calloc(1, sizeof(*out));

	if (!out)
		return NULL;
	out->open[0] = json_object();
	if (!out->open[0]) {
		free(out);
		return NULL;
	}
	eg_out_int(out, "schema", 1);
	return out;
}

void eg_out_free(struct eg_out *out)
{
	if (!out)
		return;
	json_decref(out->open[0]);
	free(out);
}

static void add(struct eg_out *out, const char *key, json_t *value)
{
	json_t *at = out->open[out->depth];

	if (!value || (json_is_object(at) ? json_object_set_new(at, key, value) : json_array_append_new(at, value)))
		out->failed = true;
}

/* Paths and names come from files and from other people's programs. */
static json_t *text(char *s)
{
	json_t *value = json_string(s);
	char *p;

	if (value)
		return value;
	for (p = s; *p; p++) {
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	}
	return json_string(s);
}

void eg_out_str(struct eg_out *out, const char *key, const char *fmt, ...)
{
	cleanup_free char *s = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&s, fmt, args);
	va_end(args);
	if (n < 0)
		s = NULL;
	add(out, key, s ? text(s) : NULL);
}

void eg_out_int(struct eg_out *out, const char *key, long long value)
{
	add(out, key, json_integer(value));
}

void eg_out_bool(struct eg_out *out, const char *key, bool value)
{
	add(out, key, json_boolean(value));
}

void eg_out_null(struct eg_out *out, const char *key)
{
	add(out, key, json_null());
}

static void open_new(struct eg_out *out, const char *key, json_t *value)
{
	add(out, key, value);
	if (out->depth + 1 < DEPTH && value)
		out->open[++out->depth] = value;
	else
		out->failed = true;
}

void eg_out_list(struct eg_out *out, const char *key)
{
	open_new(out, key, json_array());
}

void eg_out_item(struct eg_out *out)
{
	open_new(out, NULL, json_object());
}

void eg_out_end(struct eg_out *out)
{
	if (out->depth)
		out->depth--;
}

/* ---- as text ---- */

static char *cell_text(const json_t *value)
{
	char *s = NULL;

	if (json_is_string(value))
		return strdup(json_string_value(value));
	if (json_is_boolean(value))
		return strdup(json_is_true(value) ? "yes" : "no");
	if (json_is_integer(value))
		return asprintf(&s, "%lld", (long long)json_integer_value(value)) < 0 ? NULL : s;
	return strdup("-");
}

static void print_padded(const char *s, size_t width, bool last, FILE *to)
{
	fprintf(to, "%s", s);
	if (last)
		fputc('\n', to);
	else
		fprintf(to, "%*s", (int)(width - strlen(s) + 2), "");
}

static size_t widths_of(const json_t *list, const char **keys, size_t *widths)
{
	size_t n = 0, i, c;
	const json_t *row;
	const char *key;
	json_t *value;

	json_object_foreach(json_array_get(list, 0), key, value) {
		if (n == COLUMNS || json_is_array(value))
			continue;
		keys[n] = key;
		widths[n++] = strlen(key);
	}
	json_array_foreach(list, i, row) {
		for (c = 0; c < n; c++) {
			cleanup_free char *s = cell_text(json_object_get(row, keys[c]));

			if (s && strlen(s) > widths[c])
				widths[c] = strlen(s);
		}
	}
	return n;
}

static void print_table(const json_t *list, FILE *to)
{
	const char *keys[COLUMNS];
	size_t widths[COLUMNS], n = widths_of(list, keys, widths), i, c;
	const json_t *row;

	for (c = 0; c < n; c++) {
		char head[64];

		for (i = 0; keys[c][i] && i < sizeof(head) - 1; i++)
			head[i] = (char)(keys[c][i] == '_' ? ' ' : toupper((unsigned char)keys[c][i]));
		head[i] = 0;
		print_padded(head, widths[c], c + 1 == n, to);
	}
	json_array_foreach(list, i, row) {
		for (c = 0; c < n; c++) {
			cleanup_free char *s = cell_text(json_object_get(row, keys[c]));

			print_padded(s ? s : "?", widths[c], c + 1 == n, to);
		}
	}
}

static void print_text(const json_t *root, FILE *to)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)root, key, value) {
		cleanup_free char *s = NULL;

		if (!strcmp(key, "schema"))
			continue;
		if (json_is_array(value)) {
			if (json_array_size(value))
				print_table(value, to);
			continue;
		}
		s = cell_text(value);
		fprintf(to, "%s: %s\n", key, s ? s : "?");
	}
}

int eg_out_print(const struct eg_out *out, bool json, FILE *to)
{
	if (out->failed)
		return -ENOMEM;
	if (!json)
		print_text(out->open[0], to);
	else if (json_dumpf(out->open[0], to, JSON_PRESERVE_ORDER | JSON_COMPACT) || fputc('\n', to) == EOF)
		return -EIO;
	return fflush(to) || ferror(to) ? -EIO : 0;
}
