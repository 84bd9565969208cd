/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/changes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/vec.h"

/* As the parser leaves a policy without the key. */
static const struct {
	const char *key;
	char *word;
} fallbacks[] = {
	{ "mode", "enforce" }, { "errno", "EACCES" },  { "existing", "keep" },	      { "unix-default", "allow" },
	{ "raw", "deny" },     { "backstop", "auto" }, { "passed-sockets", "allow" },
};

#define FALLBACKS (sizeof(fallbacks) / sizeof(*fallbacks))

static size_t find_fallback(const char *key)
{
	size_t i;

	for (i = 0; i < FALLBACKS && strcmp(fallbacks[i].key, key) != 0; i++)
		;
	return i;
}

const char *eg_changes_fallback(const char *key)
{
	size_t i = find_fallback(key);

	return i < FALLBACKS ? fallbacks[i].word : NULL;
}

/* ---- words ---- */

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The words of a that b does not have, in the order of a. */
static int subtract(const struct eg_outline_key *a, const struct eg_outline_key *b, struct eg_words *out)
{
	cleanup_free char **sorted = calloc(b->n + 1, sizeof(*sorted));
	const char **word;
	size_t i;

	if (!sorted)
		return -ENOMEM;
	if (b->n)
		memcpy(sorted, b->words, b->n * sizeof(*sorted));
	qsort(sorted, b->n, sizeof(*sorted), compare_words);
	for (i = 0; i < a->n; i++) {
		if (bsearch(&a->words[i], sorted, b->n, sizeof(*sorted), compare_words))
			continue;
		word = EG_VEC_ADD(out->v, out->n);
		if (!word)
			return -ENOMEM;
		*word = a->words[i];
	}
	return 0;
}

/* ---- keys ---- */

static bool is_policy(const struct eg_outline_section *section)
{
	return !strcmp(section->kind, "policy");
}

/* What is compared otherwise, or not at all. */
static bool passed_over(const struct eg_outline_section *section, const char *key)
{
	return is_policy(section) && (!strcmp(key, "name") || !strcmp(key, "cgroup"));
}

/* The key, or what stands for it where it is absent. *one serves for a fallback. */
static struct eg_outline_key key_of(const struct eg_outline_section *section, const char *name, char **one)
{
	static const struct eg_outline_key nothing;
	const struct eg_outline_key *key = section ? eg_outline_key(section, name) : NULL;
	size_t i = find_fallback(name);
	struct eg_outline_key absent = { .words = one, .n = 1 };

	if (key)
		return *key;
	if (!section || !is_policy(section) || i == FALLBACKS)
		return nothing;
	*one = fallbacks[i].word;
	return absent;
}

/* One of the sections may be NULL. */
static int compare_key(const struct eg_outline_section *was, const struct eg_outline_section *is, const char *name,
		       struct eg_changes *out)
{
	char *before_one, *after_one;
	struct eg_outline_key before = key_of(was, name, &before_one), after = key_of(is, name, &after_one);
	struct eg_change change = { .section = is ? is : was, .key = name }, *added;

	change.change = !was ? EG_CHANGE_ADDED : !is ? EG_CHANGE_REMOVED : EG_CHANGE_CHANGED;
	if (subtract(&before, &after, &change.removed) || subtract(&after, &before, &change.added)) {
		free(change.removed.v);
		free(change.added.v);
		return -ENOMEM;
	}
	if (!change.removed.n && !change.added.n)
		return 0;
	added = EG_VEC_ADD(out->v, out->n);
	if (!added) {
		free(change.removed.v);
		free(change.added.v);
		return -ENOMEM;
	}
	*added = change;
	return 0;
}

static int compare_sections(const struct eg_outline_section *was, const struct eg_outline_section *is,
			    struct eg_changes *out)
{
	size_t i;
	int r = 0;

	for (i = 0; !r && is && i < is->n_keys; i++) {
		if (!passed_over(is, is->keys[i].name))
			r = compare_key(was, is, is->keys[i].name, out);
	}
	for (i = 0; !r && was && i < was->n_keys; i++) {
		const char *name = was->keys[i].name;

		if (!passed_over(was, name) && (!is || !eg_outline_key(is, name)))
			r = compare_key(was, is, name, out);
	}
	return r;
}

/* ---- sections ---- */

static bool counts(const struct eg_outline_section *section)
{
	static const char *const kinds[] = { "policy", "allow", "deny", "set" };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!strcmp(section->kind, kinds[i]))
			return true;
	}
	return false;
}

int eg_changes_make(const struct eg_outline *was, const struct eg_outline *is, struct eg_changes *out,
		    struct eg_err *err)
{
	struct eg_changes changes = { 0 };
	size_t i;
	int r = 0;

	for (i = 0; !r && i < is->n; i++) {
		const struct eg_outline_section *s = &is->v[i];

		if (counts(s))
			r = compare_sections(was ? eg_outline_find(was, s->kind, s->name) : NULL, s, &changes);
	}
	for (i = 0; !r && was && i < was->n; i++) {
		const struct eg_outline_section *s = &was->v[i];

		if (counts(s) && !eg_outline_find(is, s->kind, s->name))
			r = compare_sections(s, NULL, &changes);
	}
	if (r) {
		eg_changes_free(&changes);
		return eg_fail(err, r, "out of memory");
	}
	*out = changes;
	return 0;
}

void eg_changes_free(struct eg_changes *changes)
{
	size_t i;

	for (i = 0; i < changes->n; i++) {
		free(changes->v[i].removed.v);
		free(changes->v[i].added.v);
	}
	free(changes->v);
	*changes = (struct eg_changes){ 0 };
}
