/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/states.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "policy/intern.h"

/* A set of claims. */
struct ids {
	__u32 first, n; /* in eg_states.claim_ids */
};

struct state {
	__u32 under; /* the state it was made from; EG_STATE_NONE is its own */
	__u32 plen;
	__u32 first, n; /* in eg_states.lists: what was added */
	__u32 vetoed;	/* into eg_states.sets */
	__u32 row;
};

struct eg_states {
	const struct eg_policy *policy;
	const struct eg_claims *claims;
	struct eg_rows *rows;
	struct state *v;
	size_t n;
	__u32 *lists;
	size_t n_lists;
	struct ids *sets;
	size_t n_sets;
	__u32 *claim_ids;
	size_t n_claim_ids;
	__u32 *by_row; /* the first state of each row, plus 1 */
	size_t n_by_row;
	struct eg_intern by_step, by_set;
	__u32 *ordinals; /* scratch: one for each claim */
	__u32 *vetoed;	 /* the same */
};

static int no_memory(struct eg_err *err)
{
	return eg_fail(err, -ENOMEM, "no memory to compile the policy");
}

static int compare_ids(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return x < y ? -1 : x > y;
}

static size_t sort_unique(__u32 *v, size_t n)
{
	size_t i, kept = 0;

	if (n)
		qsort(v, n, sizeof(*v), compare_ids);
	for (i = 0; i < n; i++) {
		if (!kept || v[kept - 1] != v[i])
			v[kept++] = v[i];
	}
	return kept;
}

static bool contains(const __u32 *v, size_t n, __u32 id)
{
	return n && bsearch(&id, v, n, sizeof(*v), compare_ids);
}

static int append_ids(__u32 **v, size_t *n, const __u32 *more, size_t n_more)
{
	size_t i;

	for (i = 0; i < n_more; i++) {
		__u32 *added = EG_VEC_ADD(*v, *n);

		if (!added)
			return -ENOMEM;
		*added = more[i];
	}
	return 0;
}

/* ---- sets of vetoed claims ---- */

struct set_key {
	const __u32 *v;
	size_t n;
};

static bool set_equal(const void *things, __u32 id, const void *key)
{
	const struct eg_states *s = things;
	const struct set_key *k = key;

	return s->sets[id].n == k->n &&
	       (!k->n || !memcmp(&s->claim_ids[s->sets[id].first], k->v, k->n * sizeof(*k->v)));
}

static int intern_set(struct eg_states *s, const __u32 *v, size_t n, __u32 *id)
{
	const struct set_key key = { v, n };
	__u32 hash = eg_intern_hash(0, v, n);
	struct ids *added;

	if (eg_intern_find(&s->by_set, hash, set_equal, s, &key, id))
		return 0;
	added = EG_VEC_ADD(s->sets, s->n_sets);
	if (!added)
		return -ENOMEM;
	*added = (struct ids){ (__u32)s->n_claim_ids, (__u32)n };
	*id = (__u32)s->n_sets - 1;
	if (append_ids(&s->claim_ids, &s->n_claim_ids, v, n))
		return -ENOMEM;
	return eg_intern_add(&s->by_set, hash, *id);
}

size_t eg_states_vetoed(const struct eg_states *s, __u32 state, const __u32 **claims)
{
	const struct ids *set = &s->sets[s->v[state].vetoed];

	*claims = s->claim_ids + set->first;
	return set->n;
}

/* What a state vetoes with the lists of one prefix more. */
static int veto_more(struct eg_states *s, __u32 under, const __u32 *lists, size_t n, __u32 *id)
{
	const __u32 *before;
	size_t i, k, used = eg_states_vetoed(s, under, &before), had = used;

	*id = s->v[under].vetoed;
	if (used)
		memcpy(s->vetoed, before, used * sizeof(*before));
	for (i = 0; i < n; i++) {
		const struct eg_claim_list *list = &s->claims->lists[lists[i]];

		for (k = 0; k < list->n_vetoed; k++) {
			if (!contains(s->vetoed, had, list->vetoed[k]))
				s->vetoed[used++] = list->vetoed[k];
		}
		used = had = sort_unique(s->vetoed, used);
	}
	return intern_set(s, s->vetoed, used, id);
}

/* ---- rows ---- */

/* Lays the claims of some lists over a row, but those in vetoed or in drop. */
static int overlay(struct eg_states *s, __u32 under, const __u32 *lists, size_t n, unsigned int plen,
		   const struct set_key *vetoed, const struct set_key *drop, __u32 *row, struct eg_err *err)
{
	size_t i, k, used = 0;

	for (i = 0; i < n; i++) {
		const struct eg_claim_list *list = &s->claims->lists[lists[i]];

		for (k = 0; k < list->n_matches; k++) {
			__u32 claim = list->matches[k];

			if (!contains(vetoed->v, vetoed->n, claim) && !contains(drop->v, drop->n, claim))
				s->ordinals[used++] = s->claims->v[claim].rule;
		}
	}
	return eg_rows_overlay(s->rows, under, s->ordinals, sort_unique(s->ordinals, used), plen, row, err);
}

/* The row of everything from the outermost prefix to this state, without the claims in drop. */
static int rebuild(struct eg_states *s, __u32 state, const struct set_key *vetoed, const struct set_key *drop,
		   __u32 *row, struct eg_err *err)
{
	const struct state *st = &s->v[state];
	int rc;

	*row = EG_ROWS_NONE;
	if (state == EG_STATE_NONE)
		return 0;
	rc = rebuild(s, st->under, vetoed, drop, row, err);
	return rc ? rc : overlay(s, *row, &s->lists[st->first], st->n, st->plen, vetoed, drop, row, err);
}

/* Whether one of the claims matches in a state. */
static bool matches_one(const struct eg_states *s, __u32 state, const struct set_key *claims)
{
	const __u32 *vetoed;
	size_t i, k, n_vetoed = eg_states_vetoed(s, state, &vetoed);

	for (; state != EG_STATE_NONE; state = s->v[state].under) {
		for (i = 0; i < s->v[state].n; i++) {
			const struct eg_claim_list *list = &s->claims->lists[s->lists[s->v[state].first + i]];

			for (k = 0; k < list->n_matches; k++) {
				if (contains(claims->v, claims->n, list->matches[k]) &&
				    !contains(vetoed, n_vetoed, list->matches[k]))
					return true;
			}
		}
	}
	return false;
}

static int make_row(struct eg_states *s, __u32 under, const __u32 *lists, size_t n, unsigned int plen, __u32 set,
		    __u32 *row, struct eg_err *err)
{
	const struct set_key vetoed = { s->claim_ids + s->sets[set].first, s->sets[set].n }, none = { NULL, 0 };
	int rc = 0;

	*row = s->v[under].row;
	if (set != s->v[under].vetoed && matches_one(s, under, &vetoed))
		rc = rebuild(s, under, &vetoed, &none, row, err);
	return rc ? rc : overlay(s, *row, lists, n, plen, &vetoed, &none, row, err);
}

__u32 eg_states_row(const struct eg_states *s, __u32 state)
{
	return s->v[state].row;
}

int eg_states_without(struct eg_states *s, __u32 state, const __u32 *claims, size_t n, __u32 *row, struct eg_err *err)
{
	const struct set_key drop = { claims, n };
	struct set_key vetoed;

	*row = s->v[state].row;
	if (!matches_one(s, state, &drop))
		return 0;
	vetoed.n = eg_states_vetoed(s, state, &vetoed.v);
	return rebuild(s, state, &vetoed, &drop, row, err);
}

/* ---- steps ---- */

struct step_key {
	__u32 under, plen;
	const __u32 *lists;
	size_t n;
};

static bool step_equal(const void *things, __u32 id, const void *key)
{
	const struct eg_states *s = things;
	const struct step_key *k = key;
	const struct state *st = &s->v[id];

	return st->under == k->under && st->plen == k->plen && st->n == k->n &&
	       (!k->n || !memcmp(&s->lists[st->first], k->lists, k->n * sizeof(*k->lists)));
}

static int note_row(struct eg_states *s, __u32 row, __u32 state)
{
	while (s->n_by_row <= row) {
		if (!EG_VEC_ADD(s->by_row, s->n_by_row))
			return -ENOMEM;
	}
	if (!s->by_row[row])
		s->by_row[row] = state + 1;
	return 0;
}

static int add_state(struct eg_states *s, const struct step_key *key, __u32 vetoed, __u32 row, __u32 *id)
{
	__u32 hash = eg_intern_hash(key->under ^ key->plen << 24, key->lists, key->n);
	struct state *st = EG_VEC_ADD(s->v, s->n);

	if (!st)
		return -ENOMEM;
	*id = (__u32)s->n - 1;
	*st = (struct state){ .under = key->under,
			      .plen = key->plen,
			      .first = (__u32)s->n_lists,
			      .n = (__u32)key->n,
			      .vetoed = vetoed,
			      .row = row };
	if (append_ids(&s->lists, &s->n_lists, key->lists, key->n) || note_row(s, row, *id))
		return -ENOMEM;
	return eg_intern_add(&s->by_step, hash, *id);
}

/* Where nothing is vetoed, all states of one row are alike: the first stands for all, for fewer steps. */
static __u32 representative(const struct eg_states *s, __u32 state)
{
	return s->claims->vetoes ? state : s->by_row[s->v[state].row] - 1;
}

int eg_states_step(struct eg_states *s, __u32 under, const __u32 *lists, size_t n, unsigned int plen, __u32 *state,
		   struct eg_err *err)
{
	const struct step_key key = { representative(s, under), plen, lists, n };
	__u32 hash = eg_intern_hash(key.under ^ plen << 24, lists, n), vetoed, row;
	int rc;

	*state = under = key.under;
	if (!n || eg_intern_find(&s->by_step, hash, step_equal, s, &key, state))
		return 0;
	if (veto_more(s, under, lists, n, &vetoed))
		return no_memory(err);
	rc = make_row(s, under, lists, n, plen, vetoed, &row, err);
	if (rc)
		return rc;
	return add_state(s, &key, vetoed, row, state) ? no_memory(err) : 0;
}

int eg_states_new(const struct eg_policy *policy, const struct eg_claims *claims, struct eg_rows *rows,
		  struct eg_states **out, struct eg_err *err)
{
	cleanup_states struct eg_states *s = calloc(1, sizeof(*s));
	const struct step_key none = { 0 };
	__u32 id;

	if (!s)
		return no_memory(err);
	s->policy = policy;
	s->claims = claims;
	s->rows = rows;
	s->ordinals = malloc((claims->n + 1) * sizeof(*s->ordinals));
	s->vetoed = malloc((2 * claims->n + 1) * sizeof(*s->vetoed));
	if (!s->ordinals || !s->vetoed || intern_set(s, NULL, 0, &id) || add_state(s, &none, id, EG_ROWS_NONE, &id))
		return no_memory(err);
	*out = TAKE_PTR(s);
	return 0;
}

void eg_states_free(struct eg_states *s)
{
	if (!s)
		return;
	free(s->v);
	free(s->lists);
	free(s->sets);
	free(s->claim_ids);
	free(s->by_row);
	free(s->ordinals);
	free(s->vetoed);
	eg_intern_free(&s->by_step);
	eg_intern_free(&s->by_set);
	free(s);
}
