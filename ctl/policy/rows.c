/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "policy/flatten.h"
#include "policy/intern.h"

/* A list of segments for one class of one row; most rows share theirs with others. */
struct list {
	__u32 first, n; /* in segs */
};

struct row {
	__u32 lists[EG_CLASSES];
};

/* An overlay that was computed before. */
struct step {
	__u32 under, plen;
	__u32 first, n; /* in ordinals */
	__u32 row;
};

struct eg_rows {
	const struct eg_policy *policy;
	struct eg_seg *segs;
	size_t n_segs;
	struct list *lists;
	size_t n_lists;
	struct row *rows;
	size_t n_rows;
	struct step *steps;
	size_t n_steps;
	__u32 *ordinals;
	size_t n_ordinals;
	size_t packed; /* segments that need a place: lists of one are in the row itself */
	struct eg_intern by_segs, by_lists, by_step;
	struct eg_segs own, merged; /* scratch */
};

static int no_memory(struct eg_err *err)
{
	return eg_fail(err, -ENOMEM, "no memory to compile the policy");
}

static int too_many(struct eg_err *err)
{
	return eg_fail(err, -E2BIG,
		       "the policy combines addresses and ports in too many ways: "
		       "more than %d rows and port segments (EG_BLOCKS_MAX)",
		       EG_BLOCKS_MAX);
}

static size_t count_blocks(const struct eg_rows *r)
{
	return r->n_rows + (r->packed + EG_BLOCK_SEGS - 1) / EG_BLOCK_SEGS;
}

/* ---- lists ---- */

static bool list_equal(const void *things, __u32 id, const void *key)
{
	const struct eg_rows *r = things;
	const struct eg_segs *segs = key;
	const struct list *list = &r->lists[id];

	return list->n == segs->n && !memcmp(&r->segs[list->first], segs->v, segs->n * sizeof(*segs->v));
}

static int add_list(struct eg_rows *r, const struct eg_segs *segs, __u32 hash, __u32 *id)
{
	struct list *list = EG_VEC_ADD(r->lists, r->n_lists);
	size_t i;

	if (!list)
		return -ENOMEM;
	*list = (struct list){ (__u32)r->n_segs, (__u32)segs->n };
	for (i = 0; i < segs->n; i++) {
		struct eg_seg *seg = EG_VEC_ADD(r->segs, r->n_segs);

		if (!seg)
			return -ENOMEM;
		*seg = segs->v[i];
	}
	if (segs->n > 1)
		r->packed += segs->n;
	*id = (__u32)r->n_lists - 1;
	return eg_intern_add(&r->by_segs, hash, *id);
}

static int intern_list(struct eg_rows *r, const struct eg_segs *segs, __u32 *id)
{
	__u32 hash = eg_intern_hash(0, segs->v, segs->n * sizeof(*segs->v) / sizeof(__u32));

	if (eg_intern_find(&r->by_segs, hash, list_equal, r, segs, id))
		return 0;
	return add_list(r, segs, hash, id);
}

/* ---- rows ---- */

static bool row_equal(const void *things, __u32 id, const void *key)
{
	const struct eg_rows *r = things;

	return !memcmp(&r->rows[id], key, sizeof(struct row));
}

static int intern_row(struct eg_rows *r, const struct row *row, __u32 *id)
{
	__u32 hash = eg_intern_hash(0, row, EG_CLASSES);
	struct row *added;

	if (eg_intern_find(&r->by_lists, hash, row_equal, r, row, id))
		return 0;
	added = EG_VEC_ADD(r->rows, r->n_rows);
	if (!added)
		return -ENOMEM;
	*added = *row;
	*id = (__u32)r->n_rows - 1;
	return eg_intern_add(&r->by_lists, hash, *id);
}

/* ---- overlay ---- */

/* The step that is looked for, with its ordinals still in the caller's hands. */
struct step_key {
	struct step step;
	const __u32 *ordinals;
};

static bool step_equal(const void *things, __u32 id, const void *key)
{
	const struct eg_rows *r = things;
	const struct step_key *k = key;
	const struct step *step = &r->steps[id];

	return step->under == k->step.under && step->plen == k->step.plen && step->n == k->step.n &&
	       !memcmp(&r->ordinals[step->first], k->ordinals, step->n * sizeof(*k->ordinals));
}

static int add_step(struct eg_rows *r, const struct step_key *key, __u32 hash, __u32 row)
{
	struct step *step = EG_VEC_ADD(r->steps, r->n_steps);
	size_t i;

	if (!step)
		return -ENOMEM;
	*step = key->step;
	step->first = (__u32)r->n_ordinals;
	step->row = row;
	for (i = 0; i < step->n; i++) {
		__u32 *ordinal = EG_VEC_ADD(r->ordinals, r->n_ordinals);

		if (!ordinal)
			return -ENOMEM;
		*ordinal = key->ordinals[i];
	}
	return eg_intern_add(&r->by_step, hash, (__u32)r->n_steps - 1);
}

/* One class of a row: the list that results when the rules are laid over list "under". */
static int overlay_class(struct eg_rows *r, const struct step_key *key, enum eg_class class, __u32 under, __u32 *id)
{
	const struct list *list = &r->lists[under];
	int rc;

	rc = eg_flatten_rules(r->policy, key->ordinals, key->step.n, key->step.plen, class, &r->own);
	if (rc)
		return rc;
	*id = under;
	if (!r->own.n)
		return 0;
	rc = eg_flatten_max(&r->segs[list->first], list->n, r->own.v, r->own.n, &r->merged);
	return rc ? rc : intern_list(r, &r->merged, id);
}

static int overlay(struct eg_rows *r, const struct step_key *key, __u32 *row)
{
	struct row made;
	int i, rc;

	for (i = 0; i < EG_CLASSES; i++) {
		__u32 under = r->rows[key->step.under].lists[i];

		rc = overlay_class(r, key, (enum eg_class)i, under, &made.lists[i]);
		if (rc)
			return rc;
	}
	return intern_row(r, &made, row);
}

int eg_rows_overlay(struct eg_rows *rows, __u32 under, const __u32 *ordinals, size_t n, unsigned int plen, __u32 *row,
		    struct eg_err *err)
{
	struct step_key key = { { .under = under, .plen = plen, .n = (__u32)n }, ordinals };
	__u32 hash = eg_intern_hash(under ^ plen << 24, ordinals, n), id;

	if (!n) {
		*row = under;
		return 0;
	}
	if (eg_intern_find(&rows->by_step, hash, step_equal, rows, &key, &id)) {
		*row = rows->steps[id].row;
		return 0;
	}
	if (overlay(rows, &key, row) || add_step(rows, &key, hash, *row))
		return no_memory(err);
	return count_blocks(rows) > EG_BLOCKS_MAX ? too_many(err) : 0;
}

int eg_rows_new(const struct eg_policy *policy, struct eg_rows **out, struct eg_err *err)
{
	cleanup_rows struct eg_rows *r = calloc(1, sizeof(*r));
	struct eg_seg none = { 0 };
	struct eg_segs segs = { &none, 1, 1 };
	struct row row;
	__u32 id;
	int i;

	if (!r)
		return no_memory(err);
	r->policy = policy;
	if (intern_list(r, &segs, &id))
		return no_memory(err);
	for (i = 0; i < EG_CLASSES; i++)
		row.lists[i] = id;
	if (intern_row(r, &row, &id)) /* EG_ROWS_NONE, the first */
		return no_memory(err);
	*out = TAKE_PTR(r);
	return 0;
}

/* ---- blocks ---- */

#define NO_PLACE 0xffffffffu

/* Gives each list of several segments that one of the rows uses a place behind the rows. Returns the end. */
static size_t place_lists(const struct eg_rows *r, const __u32 *final, size_t n, __u32 *places)
{
	size_t i, j, at = n * EG_BLOCK_SEGS;

	memset(places, 0xff, r->n_lists * sizeof(*places));
	for (i = 0; i < n; i++) {
		for (j = 0; j < EG_CLASSES; j++) {
			__u32 list = r->rows[final[i]].lists[j];

			if (r->lists[list].n == 1 || places[list] != NO_PLACE)
				continue;
			places[list] = (__u32)at;
			at += r->lists[list].n;
		}
	}
	return (at + EG_BLOCK_SEGS - 1) / EG_BLOCK_SEGS;
}

static void emit_list(const struct eg_rows *r, const struct list *list, size_t at, struct eg_block *blocks)
{
	size_t i;

	for (i = 0; i < list->n; i++, at++)
		blocks[at / EG_BLOCK_SEGS].seg[at % EG_BLOCK_SEGS] = r->segs[list->first + i];
}

static void emit_row(const struct eg_rows *r, const struct row *row, const __u32 *places, struct eg_row *out)
{
	int i;

	for (i = 0; i < EG_CLASSES; i++) {
		const struct list *list = &r->lists[row->lists[i]];

		if (list->n == 1)
			out->ports[i] = (struct eg_ports){ .one = r->segs[list->first].cell };
		else
			out->ports[i] = (struct eg_ports){ .first = places[row->lists[i]], .count = list->n };
	}
}

static void emit_all(const struct eg_rows *r, const __u32 *final, size_t n, const __u32 *places, struct eg_tables *t)
{
	size_t i;

	for (i = 0; i < r->n_lists; i++) {
		if (places[i] != NO_PLACE)
			emit_list(r, &r->lists[i], places[i], t->blocks);
	}
	for (i = 0; i < n; i++) {
		emit_row(r, &r->rows[final[i]], places, &t->blocks[i].row);
		t->kinds[i] = EG_BLOCK_ROW;
	}
}

int eg_rows_emit(const struct eg_rows *rows, const __u32 *final, size_t n, const __u32 *words, size_t n_words,
		 struct eg_tables *tables, struct eg_err *err)
{
	cleanup_free __u32 *places = malloc(rows->n_lists * sizeof(*places));
	size_t i, behind;

	if (!places)
		return no_memory(err);
	behind = place_lists(rows, final, n, places);
	tables->n_blocks = behind + n_words / EG_BLOCK_WORDS;
	if (tables->n_blocks > EG_BLOCKS_MAX)
		return too_many(err);
	tables->blocks = calloc(tables->n_blocks, sizeof(*tables->blocks));
	tables->kinds = calloc(tables->n_blocks, sizeof(*tables->kinds));
	if (!tables->blocks || !tables->kinds)
		return no_memory(err);
	emit_all(rows, final, n, places, tables);
	for (i = 0; i < n_words; i++) {
		tables->blocks[behind + i / EG_BLOCK_WORDS].word[i % EG_BLOCK_WORDS] = words[i];
		tables->kinds[behind + i / EG_BLOCK_WORDS] = EG_BLOCK_OF_WORDS;
	}
	tables->vetoes = n_words ? (__u32)(behind * EG_BLOCK_WORDS) : 0;
	return 0;
}

void eg_rows_free(struct eg_rows *rows)
{
	if (!rows)
		return;
	free(rows->segs);
	free(rows->lists);
	free(rows->rows);
	free(rows->steps);
	free(rows->ordinals);
	free(rows->own.v);
	free(rows->merged.v);
	eg_intern_free(&rows->by_segs);
	eg_intern_free(&rows->by_lists);
	eg_intern_free(&rows->by_step);
	free(rows);
}
