/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/claims.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/ranges.h"
#include "base/vec.h"

#define NO_LIST 0xffffffffu

/* Lists by number. */
struct ids {
	__u32 *v;
	size_t n;
};

struct maker {
	const struct eg_policy *policy;
	struct eg_claims *claims;
	__u32 *list_of;	       /* by set: its list, or NO_LIST */
	struct ids *vetoes_of; /* by set: what its "except" is made of, once "known" */
	bool *known;
	struct eg_err *err;
};

static int no_memory(struct eg_err *err)
{
	return eg_fail(err, -ENOMEM, "no memory to compile the policy");
}

static int add_id(struct ids *ids, __u32 id)
{
	__u32 *added = EG_VEC_ADD(ids->v, ids->n);

	if (!added)
		return -ENOMEM;
	*added = id;
	return 0;
}

static int add_ids(struct ids *ids, const struct ids *more)
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < more->n; i++)
		rc = add_id(ids, more->v[i]);
	return rc;
}

/* ---- what a list of words stands for ---- */

static int append(struct eg_prefix **v, size_t *n, const struct eg_prefix *more, size_t n_more)
{
	size_t i;

	for (i = 0; i < n_more; i++) {
		struct eg_prefix *added = EG_VEC_ADD(*v, *n);

		if (!added)
			return -ENOMEM;
		*added = more[i];
	}
	return 0;
}

static int resolve_set(const struct eg_policy *policy, const struct eg_set *set, struct eg_prefix **v, size_t *n)
{
	cleanup_free struct eg_prefix *to = NULL, *except = NULL;
	size_t n_to = 0, n_except = 0;
	int rc;

	rc = eg_claims_resolve(policy, &set->to, &to, &n_to);
	if (!rc)
		rc = eg_claims_resolve(policy, &set->except, &except, &n_except);
	return rc ? rc : eg_ranges_subtract(to, n_to, except, n_except, v, n);
}

static int collect(const struct eg_policy *policy, const struct eg_addrs *addrs, struct eg_prefix **v, size_t *n)
{
	static const struct eg_prefix everything[] = { { .family = 4 }, { .family = 6 } };
	size_t i;
	int rc;

	rc = append(v, n, addrs->v, addrs->n);
	if (!rc && addrs->any)
		rc = append(v, n, everything, 2);
	for (i = 0; !rc && i < addrs->n_words; i++) {
		cleanup_free struct eg_prefix *set = NULL;
		size_t n_set = 0;

		if (addrs->words[i].set == EG_NO_SET)
			continue;
		rc = resolve_set(policy, &policy->sets[addrs->words[i].set], &set, &n_set);
		if (!rc)
			rc = append(v, n, set, n_set);
	}
	return rc;
}

int eg_claims_resolve(const struct eg_policy *policy, const struct eg_addrs *addrs, struct eg_prefix **v, size_t *n)
{
	cleanup_free struct eg_prefix *all = NULL;
	size_t n_all = 0;

	if (collect(policy, addrs, &all, &n_all) || eg_ranges_canonical(all, &n_all))
		return -ENOMEM;
	*v = TAKE_PTR(all);
	*n = n_all;
	return 0;
}

/* ---- lists ---- */

static int add_list(struct maker *m, const struct eg_prefix *v, size_t n, bool any, __u32 *id)
{
	struct eg_claim_list *list = EG_VEC_ADD(m->claims->lists, m->claims->n_lists);

	if (!list)
		return -ENOMEM;
	list->v = v;
	list->n = n;
	list->any = any;
	*id = (__u32)m->claims->n_lists - 1;
	return 0;
}

static bool is_empty(const struct eg_addrs *addrs)
{
	return !addrs->any && !addrs->n;
}

/* The list of what a set names itself, made when it is first asked for. */
static int list_of_set(struct maker *m, __u32 set, __u32 *id)
{
	const struct eg_addrs *to = &m->policy->sets[set].to;
	int rc = 0;

	if (m->list_of[set] == NO_LIST)
		rc = add_list(m, to->v, to->n, to->any, &m->list_of[set]);
	*id = m->list_of[set];
	return rc;
}

/* ---- vetoes ---- */

/* Whether a set is no more than the sum of what it names. */
static bool is_plain(const struct eg_policy *policy, const struct eg_set *set)
{
	size_t i;

	if (set->except.n_words)
		return false;
	for (i = 0; i < set->to.n_words; i++) {
		if (set->to.words[i].set != EG_NO_SET && !is_plain(policy, &policy->sets[set->to.words[i].set]))
			return false;
	}
	return true;
}

/* A set with an "except" of its own, inside an "except": what is left of it becomes a list. */
static int veto_by_rest(struct maker *m, const struct eg_set *set, struct ids *out)
{
	struct eg_prefix *v = NULL, **kept;
	size_t n = 0;
	__u32 id;
	int rc;

	rc = resolve_set(m->policy, set, &v, &n);
	if (rc)
		return rc;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): the elements are pointers */
	kept = EG_VEC_ADD(m->claims->made, m->claims->n_made);
	if (!kept) {
		free(v);
		return -ENOMEM;
	}
	*kept = v;
	rc = add_list(m, v, n, false, &id);
	return rc ? rc : add_id(out, id);
}

static int veto_by_set(struct maker *m, __u32 set, struct ids *out)
{
	const struct eg_addrs *to = &m->policy->sets[set].to;
	__u32 id;
	size_t i;
	int rc = 0;

	if (!is_plain(m->policy, &m->policy->sets[set]))
		return veto_by_rest(m, &m->policy->sets[set], out);
	if (!is_empty(to)) {
		rc = list_of_set(m, set, &id);
		rc = rc ? rc : add_id(out, id);
	}
	for (i = 0; !rc && i < to->n_words; i++) {
		if (to->words[i].set != EG_NO_SET)
			rc = veto_by_set(m, to->words[i].set, out);
	}
	return rc;
}

/* The lists that an "except" is made of. */
static int make_vetoes(struct maker *m, const struct eg_addrs *except, struct ids *out)
{
	__u32 id;
	size_t i;
	int rc = 0;

	if (!is_empty(except)) {
		rc = add_list(m, except->v, except->n, except->any, &id);
		rc = rc ? rc : add_id(out, id);
	}
	for (i = 0; !rc && i < except->n_words; i++) {
		if (except->words[i].set != EG_NO_SET)
			rc = veto_by_set(m, except->words[i].set, out);
	}
	return rc;
}

static int vetoes_of_set(struct maker *m, __u32 set, struct ids *out)
{
	int rc = 0;

	if (!m->known[set])
		rc = make_vetoes(m, &m->policy->sets[set].except, &m->vetoes_of[set]);
	m->known[set] = true;
	return rc ? rc : add_ids(out, &m->vetoes_of[set]);
}

/* ---- claims ---- */

static int compare_ids(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return x < y ? -1 : x > y;
}

static void sort_unique(struct ids *ids)
{
	size_t i, kept = 0;

	if (ids->n)
		qsort(ids->v, ids->n, sizeof(*ids->v), compare_ids);
	for (i = 0; i < ids->n; i++) {
		if (!kept || ids->v[kept - 1] != ids->v[i])
			ids->v[kept++] = ids->v[i];
	}
	ids->n = kept;
}

static int add_claim(struct maker *m, __u32 rule, __u32 list, const struct ids *vetoes)
{
	struct eg_claim *claim = NULL;
	struct ids own = { 0 };

	if (m->claims->n == EG_CLAIMS_MAX)
		return eg_fail(m->err, -E2BIG, "more than %d rules and sets that they name (EG_CLAIMS_MAX)",
			       EG_CLAIMS_MAX);
	if (!add_ids(&own, vetoes))
		claim = EG_VEC_ADD(m->claims->v, m->claims->n);
	if (!claim) {
		free(own.v);
		return no_memory(m->err);
	}
	sort_unique(&own);
	*claim = (struct eg_claim){ .rule = rule, .list = list, .vetoes = own.v, .n_vetoes = own.n };
	return 0;
}

static int claim_by_set(struct maker *m, __u32 rule, __u32 set, const struct ids *around);

static int claim_by_words(struct maker *m, __u32 rule, const struct eg_addrs *addrs, const struct ids *vetoes)
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < addrs->n_words; i++) {
		if (addrs->words[i].set != EG_NO_SET)
			rc = claim_by_set(m, rule, addrs->words[i].set, vetoes);
	}
	return rc;
}

static int claim_by_set(struct maker *m, __u32 rule, __u32 set, const struct ids *around)
{
	const struct eg_addrs *to = &m->policy->sets[set].to;
	struct ids vetoes = { 0 };
	__u32 list;
	int rc = 0;

	if (add_ids(&vetoes, around) || vetoes_of_set(m, set, &vetoes))
		rc = no_memory(m->err);
	if (!rc && !is_empty(to)) {
		rc = list_of_set(m, set, &list) ? no_memory(m->err) : 0;
		rc = rc ? rc : add_claim(m, rule, list, &vetoes);
	}
	rc = rc ? rc : claim_by_words(m, rule, to, &vetoes);
	free(vetoes.v);
	return rc;
}

static int claim_by_rule(struct maker *m, __u32 ordinal)
{
	const struct eg_rule *rule = &m->policy->rules[ordinal];
	struct ids vetoes = { 0 };
	__u32 list;
	int rc;

	rc = make_vetoes(m, &rule->except, &vetoes) ? no_memory(m->err) : 0;
	if (!rc && !is_empty(&rule->to)) {
		rc = add_list(m, rule->to.v, rule->to.n, rule->to.any, &list) ? no_memory(m->err) : 0;
		rc = rc ? rc : add_claim(m, ordinal, list, &vetoes);
	}
	rc = rc ? rc : claim_by_words(m, ordinal, &rule->to, &vetoes);
	free(vetoes.v);
	return rc;
}

/* Tells each list which claims it makes and which it vetoes. */
static int link_lists(struct eg_claims *c)
{
	size_t i, j;

	for (i = 0; i < c->n; i++) {
		const struct eg_claim *claim = &c->v[i];
		struct eg_claim_list *list = &c->lists[claim->list];
		__u32 *added = EG_VEC_ADD(list->matches, list->n_matches);

		if (!added)
			return -ENOMEM;
		*added = (__u32)i;
		for (j = 0; j < claim->n_vetoes; j++) {
			list = &c->lists[claim->vetoes[j]];
			added = EG_VEC_ADD(list->vetoed, list->n_vetoed);
			if (!added)
				return -ENOMEM;
			*added = (__u32)i;
			c->vetoes = true;
		}
	}
	return 0;
}

static int make_all(struct maker *m)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < m->policy->n_sets; i++)
		m->list_of[i] = NO_LIST;
	for (i = 0; !rc && i < m->policy->n_rules; i++) {
		if (!m->policy->rules[i].n_unix)
			rc = claim_by_rule(m, (__u32)i);
	}
	if (!rc && link_lists(m->claims))
		rc = no_memory(m->err);
	return rc;
}

int eg_claims_make(const struct eg_policy *policy, struct eg_claims *out, struct eg_err *err)
{
	cleanup_free __u32 *list_of = calloc(policy->n_sets + 1, sizeof(*list_of));
	cleanup_free struct ids *vetoes_of = calloc(policy->n_sets + 1, sizeof(*vetoes_of));
	cleanup_free bool *known = calloc(policy->n_sets + 1, sizeof(*known));
	struct eg_claims claims = { 0 };
	struct maker m = { policy, &claims, list_of, vetoes_of, known, err };
	size_t i;
	int rc;

	if (!list_of || !vetoes_of || !known)
		return no_memory(err);
	rc = make_all(&m);
	for (i = 0; i < policy->n_sets; i++)
		free(vetoes_of[i].v);
	if (rc)
		eg_claims_free(&claims);
	else
		*out = claims;
	return rc;
}

void eg_claims_free(struct eg_claims *claims)
{
	size_t i;

	for (i = 0; i < claims->n; i++)
		free(claims->v[i].vetoes);
	for (i = 0; i < claims->n_lists; i++) {
		free(claims->lists[i].matches);
		free(claims->lists[i].vetoed);
	}
	for (i = 0; i < claims->n_made; i++)
		free(claims->made[i]);
	free(claims->v);
	free(claims->lists);
	free(claims->made);
}
