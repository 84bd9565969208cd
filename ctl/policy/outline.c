/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "policy/outline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/vec.h"

struct reader {
	struct eg_outline *outline;
	size_t key; /* of the last section, being read */
	bool oom;
};

static struct eg_outline_section *last_section(const struct reader *r)
{
	return &r->outline->v[r->outline->n - 1];
}

/* ---- lines ---- */

static void copy_name(char *to, const char *from, size_t len)
{
	memcpy(to, from, len); /* eg_ini_read has seen to it that names fit */
	to[len] = '\0';
}

static void on_section(void *user, const struct eg_ini_line *line)
{
	struct reader *r = user;
	const char *at = eg_ini_at(line, line->name), *end = at + line->name.len;
	struct eg_outline_section *section = EG_VEC_ADD(r->outline->v, r->outline->n);
	size_t gap;

	if (!section) {
		r->oom = true;
		return;
	}
	section->line = line->name.line;
	at += strspn(at, " \t");
	gap = strcspn(at, " \t]");
	copy_name(section->kind, at, gap);
	at += gap;
	at += strspn(at, " \t");
	while (end > at && strchr(" \t", end[-1]))
		end--;
	copy_name(section->name, at, end > at ? (size_t)(end - at) : 0);
}

static void on_section_end(void *user, bool empty)
{
	(void)user;
	(void)empty;
}

static void add_word(struct reader *r, const char *from, size_t len)
{
	struct eg_outline_key *key = &last_section(r)->keys[r->key];
	char **word = EG_VEC_ADD(key->words, key->n);

	if (word)
		*word = strndup(from, len);
	if (!word || !*word)
		r->oom = true;
}

static void on_more(void *user, const struct eg_ini_line *line)
{
	const char *at = line->value.len ? eg_ini_at(line, line->value) : "";
	struct reader *r = user;

	if (r->oom)
		return;
	while (*at) { /* the value goes up to the end of the line */
		size_t from = strspn(at, " \t,"), len = strcspn(at + from, ","), trimmed = len;

		while (trimmed && strchr(" \t", at[from + trimmed - 1]))
			trimmed--;
		if (trimmed)
			add_word(r, at + from, trimmed);
		at += from + len;
	}
}

static void on_key(void *user, const struct eg_ini_line *line)
{
	struct reader *r = user;
	struct eg_outline_section *section;
	struct eg_outline_key *key;
	char name[EG_INI_NAME_MAX + 1];

	if (r->oom)
		return;
	section = last_section(r);
	copy_name(name, eg_ini_at(line, line->name), line->name.len);
	for (r->key = 0; r->key < section->n_keys; r->key++) {
		if (!strcmp(section->keys[r->key].name, name))
			break;
	}
	if (r->key == section->n_keys) {
		key = EG_VEC_ADD(section->keys, section->n_keys);
		if (key)
			strcpy(key->name, name);
		else
			r->oom = true;
	}
	on_more(r, line);
}

static void on_left_out(void *user)
{
	(void)user;
}

/* ---- sections by name ---- */

static int compare_names(const struct eg_outline_section *a, const char *kind, const char *name)
{
	int order = strcmp(a->kind, kind);

	return order ? order : strcmp(a->name, name);
}

static int compare_indexes(const void *a, const void *b, void *user)
{
	const struct eg_outline_section *v = user, *x = &v[*(const __u32 *)a], *y = &v[*(const __u32 *)b];
	int order = compare_names(x, y->kind, y->name);

	return order ? order : x > y ? 1 : -1;
}

static int sort_sections(struct eg_outline *outline)
{
	size_t i;

	outline->sorted = calloc(outline->n + 1, sizeof(*outline->sorted));
	if (!outline->sorted)
		return -ENOMEM;
	for (i = 0; i < outline->n; i++)
		outline->sorted[i] = (__u32)i;
	if (outline->n)
		qsort_r(outline->sorted, outline->n, sizeof(*outline->sorted), compare_indexes, outline->v);
	return 0;
}

const struct eg_outline_section *eg_outline_find(const struct eg_outline *outline, const char *kind, const char *name)
{
	size_t lo = 0, hi = outline->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (compare_names(&outline->v[outline->sorted[mid]], kind, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == outline->n || compare_names(&outline->v[outline->sorted[lo]], kind, name) != 0)
		return NULL;
	return &outline->v[outline->sorted[lo]];
}

const struct eg_outline_key *eg_outline_key(const struct eg_outline_section *section, const char *name)
{
	size_t i;

	for (i = 0; i < section->n_keys; i++) {
		if (!strcmp(section->keys[i].name, name))
			return &section->keys[i];
	}
	return NULL;
}

/* ---- all ---- */

int eg_outline_make(const char *text, size_t len, struct eg_outline *out, struct eg_err *err)
{
	static const struct eg_ini_handler handler = { on_section, on_section_end, on_key, on_more, on_left_out };
	struct eg_diags unheard = EG_DIAGS_INIT; /* this is not the place to judge the text */
	struct eg_outline outline = { 0 };
	struct reader r = { .outline = &outline };
	struct eg_source src;

	if (eg_source_init(&src, "", text, len, &unheard))
		eg_ini_read(&src, &handler, &r);
	eg_diags_free(&unheard);
	if (r.oom || src.oom || sort_sections(&outline)) {
		eg_outline_free(&outline);
		return eg_fail(err, -ENOMEM, "out of memory");
	}
	*out = outline;
	return 0;
}

static void clear_key(struct eg_outline_key *key)
{
	size_t i;

	for (i = 0; i < key->n; i++)
		free(key->words[i]);
	free(key->words);
}

void eg_outline_free(struct eg_outline *outline)
{
	size_t i, k;

	for (i = 0; i < outline->n; i++) {
		for (k = 0; k < outline->v[i].n_keys; k++)
			clear_key(&outline->v[i].keys[k]);
		free(outline->v[i].keys);
	}
	free(outline->v);
	free(outline->sorted);
	*outline = (struct eg_outline){ 0 };
}
