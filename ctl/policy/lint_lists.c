/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/lint_lists.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/ranges.h"
#include "base/vec.h"
#include "policy/claims.h"

#define PATIENCE (1u << 24) /* steps: some tenths of a second */
#define SORTING 16	    /* steps to put one prefix in order */
#define LOOKS 4		    /* how often the prefixes of all sets may be put in order */

static const struct eg_prefix everything[] = { { .family = 4 }, { .family = 6 } };

/* Returns whether there is patience for so many steps more. */
static bool spend(struct eg_lint_lists *l, size_t steps)
{
	if (steps > l->patience)
		return false;
	l->patience -= steps;
	return true;
}

/* ---- sets ---- */

static const struct eg_lint_set *weigh(struct eg_lint_lists *l, __u32 id);

static size_t weigh_words(struct eg_lint_lists *l, const struct eg_addrs *addrs, bool *plain, bool *dynamic)
{
	size_t i, sum = addrs->n + addrs->n_words + 1;

	for (i = 0; i < addrs->n_words; i++) {
		const struct eg_lint_set *set;

		if (addrs->words[i].set == EG_NO_SET)
			continue;
		set = weigh(l, addrs->words[i].set);
		sum = set->weight > SIZE_MAX / 4 - sum ? SIZE_MAX / 4 : sum + set->weight;
		*plain &= set->plain;
		*dynamic |= set->dynamic;
	}
	return sum;
}

static const struct eg_lint_set *weigh(struct eg_lint_lists *l, __u32 id)
{
	const struct eg_set *set = &l->policy->sets[id];
	struct eg_lint_set *known = &l->sets[id];

	if (known->weighed)
		return known;
	known->weighed = true;
	known->plain = !set->except.n_words;
	known->dynamic = set->dynamic;
	known->weight = weigh_words(l, &set->to, &known->plain, &known->dynamic);
	known->weight += weigh_words(l, &set->except, &known->plain, &known->dynamic);
	return known;
}

/* A canonical copy. */
static int copy_list(const struct eg_prefix *v, size_t n, bool any, struct eg_prefix **out, size_t *n_out)
{
	struct eg_prefix *copy = malloc((n + 2) * sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	if (n)
		memcpy(copy, v, n * sizeof(*copy));
	if (any) {
		memcpy(copy + n, everything, sizeof(everything));
		n += 2;
	}
	eg_ranges_canonical(copy, &n);
	*out = copy;
	*n_out = n;
	return 0;
}

/* Makes the list of a set. Returns -E2BIG when it would take too long. */
static int list_set(struct eg_lint_lists *l, __u32 id)
{
	const struct eg_set *set = &l->policy->sets[id];
	struct eg_addr_word word = { .set = id };
	const struct eg_addrs all = { .words = &word, .n_words = 1 };
	struct eg_lint_set *known = &l->sets[id];
	int rc;

	if (known->listed)
		return 0;
	if (weigh(l, id)->plain)
		rc = copy_list(set->to.v, set->to.n, set->to.any, &known->v, &known->n);
	else if (spend(l, known->weight * SORTING))
		rc = eg_claims_resolve(l->policy, &all, &known->v, &known->n);
	else
		rc = -E2BIG;
	known->listed = !rc;
	return rc;
}

int eg_lint_lists_make(const struct eg_policy *policy, struct eg_lint_lists *out)
{
	struct eg_lint_set *sets = calloc(policy->n_sets + 1, sizeof(*sets));
	size_t i;

	if (!sets)
		return -ENOMEM;
	*out = (struct eg_lint_lists){ .policy = policy, .sets = sets, .patience = PATIENCE };
	for (i = 0; i < policy->n_sets; i++)
		out->patience += policy->sets[i].to.n * SORTING * LOOKS;
	return 0;
}

void eg_lint_lists_free(struct eg_lint_lists *l)
{
	size_t i;

	for (i = 0; l->sets && i < l->policy->n_sets; i++)
		free(l->sets[i].v);
	free(l->sets);
}

/* ---- sums ---- */

static int add_list(struct eg_lint_sum *sum, const struct eg_prefix *v, size_t n)
{
	struct eg_lint_list *added;

	if (!n)
		return 0;
	added = EG_VEC_ADD(sum->v, sum->n);
	if (!added)
		return -ENOMEM;
	*added = (struct eg_lint_list){ v, n };
	return 0;
}

static int add_set(struct eg_lint_lists *l, __u32 id, struct eg_lint_sum *sum)
{
	const struct eg_addrs *to = &l->policy->sets[id].to;
	struct eg_lint_set *known = &l->sets[id];
	size_t i;
	int rc;

	if (known->visit == l->visits)
		return 0;
	known->visit = l->visits;
	rc = list_set(l, id);
	sum->unknown |= rc == -E2BIG;
	sum->dynamic |= weigh(l, id)->dynamic;
	if (rc)
		return rc == -E2BIG ? 0 : rc;
	rc = add_list(sum, known->v, known->n);
	for (i = 0; !rc && known->plain && i < to->n_words; i++) {
		if (to->words[i].set != EG_NO_SET)
			rc = add_set(l, to->words[i].set, sum);
	}
	return rc;
}

/* The prefixes v[0..n), "any", and the sets of some words. */
static int make_sum(struct eg_lint_lists *l, const struct eg_addrs *addrs, bool any, const struct eg_addr_word *words,
		    size_t n_words, struct eg_lint_sum *out)
{
	cleanup_lint_sum struct eg_lint_sum sum = { 0 };
	size_t i, n = addrs->n;
	int rc = 0;

	l->visits++;
	if (n || any)
		rc = copy_list(addrs->v, n, any, &sum.own, &n);
	rc = rc ? rc : add_list(&sum, sum.own, n);
	for (i = 0; !rc && i < n_words; i++) {
		if (words[i].set != EG_NO_SET)
			rc = add_set(l, words[i].set, &sum);
	}
	if (rc)
		return rc;
	*out = sum;
	sum = (struct eg_lint_sum){ 0 };
	return 0;
}

int eg_lint_lists_sum(struct eg_lint_lists *l, const struct eg_addrs *addrs, struct eg_lint_sum *out)
{
	return make_sum(l, addrs, addrs->any, addrs->words, addrs->n_words, out);
}

int eg_lint_lists_sum_word(struct eg_lint_lists *l, const struct eg_addrs *addrs, const struct eg_addr_word *word,
			   struct eg_lint_sum *out)
{
	const struct eg_addrs own = { .v = word->n ? addrs->v + word->first : NULL, .n = word->n };

	return make_sum(l, &own, !word->n && word->set == EG_NO_SET, word, 1, out);
}

void eg_lint_lists_free_sum(struct eg_lint_sum *sum)
{
	free(sum->v);
	free(sum->own);
}

bool eg_lint_lists_overlap(struct eg_lint_lists *l, const struct eg_lint_sum *a, const struct eg_lint_sum *b)
{
	size_t i, k;

	if (a->unknown || b->unknown)
		return true;
	for (i = 0; i < a->n; i++) {
		for (k = 0; k < b->n; k++) {
			const struct eg_lint_list *x = &a->v[i], *y = &b->v[k];
			size_t shorter = x->n < y->n ? x->n : y->n;

			if (!spend(l, shorter) || eg_ranges_overlap(x->v, x->n, y->v, y->n))
				return true;
			spend(l, shorter * SORTING); /* it went through all of both */
		}
	}
	return false;
}

bool eg_lint_lists_has(const struct eg_lint_sum *sum, __u8 family)
{
	size_t i;

	for (i = 0; i < sum->n; i++) {
		const struct eg_lint_list *list = &sum->v[i];

		if (list->v[family == 4 ? 0 : list->n - 1].family == family)
			return true; /* canonical: IPv4 stands first */
	}
	return sum->unknown;
}

int eg_lint_lists_of_rule(struct eg_lint_lists *l, const struct eg_rule *rule, struct eg_prefix **v, size_t *n)
{
	cleanup_free struct eg_prefix *to = NULL, *except = NULL;
	size_t n_to = 0, n_except = 0, weight;
	bool plain = true, dynamic = false; /* not asked for */

	weight = weigh_words(l, &rule->to, &plain, &dynamic) + weigh_words(l, &rule->except, &plain, &dynamic);
	if (!spend(l, weight * SORTING))
		return -E2BIG;
	if (eg_claims_resolve(l->policy, &rule->to, &to, &n_to) ||
	    eg_claims_resolve(l->policy, &rule->except, &except, &n_except))
		return -ENOMEM;
	return eg_ranges_subtract(to, n_to, except, n_except, v, n);
}
