/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/forms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "policy/intern.h"

/* A veto that addresses of one family cast on the other: a set of claims. */
struct veto {
	__u32 *claims; /* owned, ascending */
	size_t n;
};

/* What one family casts, and what is known of its states. Number 0 is IPv4, 1 is IPv6. */
struct side {
	bool *crosses; /* by claim: whether its vetoes here matter to the other form */
	struct veto *vetoes;
	size_t n_vetoes;
	struct eg_intern by_veto;
	__u32 *casts; /* by state: its veto's number, from 1 on; 0: none */
	size_t n_casts;
	__u32 *finals; /* by state: its final row, plus 1 */
	size_t n_finals;
};

/* The rows of a veto class: its own, then one for each veto of the other side. */
struct final {
	__u32 row;
	__u32 cast;
	__u32 side;
	__u32 class; /* 0: none */
	__u32 first; /* in eg_forms.left, when there is a class */
};

struct eg_forms {
	const struct eg_policy *policy;
	const struct eg_claims *claims;
	struct eg_rows *rows;
	struct eg_states *states;
	struct side sides[2];
	bool closed; /* all states were seen */
	__u32 veto_all;
	struct final *finals;
	size_t n_finals;
	__u32 *left; /* final rows, by veto */
	size_t n_left;
	__u32 n_classes;
	struct eg_intern by_final;
	__u32 *scratch; /* one for each claim */
	__u32 *row;	/* the same for vetoes, once closed */
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

/* Sets v[i], which grows with zeros. */
static int set_at(__u32 **v, size_t *n, size_t i, __u32 value)
{
	while (*n <= i) {
		if (!EG_VEC_ADD(*v, *n))
			return -ENOMEM;
	}
	(*v)[i] = value;
	return 0;
}

static __u32 get_at(const __u32 *v, size_t n, size_t i)
{
	return i < n ? v[i] : 0;
}

/* ---- which vetoes matter ---- */

static bool list_has(const struct eg_claim_list *list, __u8 family)
{
	size_t i;

	for (i = 0; !list->any && i < list->n; i++) {
		if (list->v[i].family == family)
			return true;
	}
	return list->any;
}

/*
 * A veto by one form takes nothing away unless the rule matches the other form. Deny rules do not count: one
 * denies if any form matches it.
 */
static void find_crossing(struct eg_forms *f)
{
	size_t i;

	for (i = 0; i < f->claims->n; i++) {
		const struct eg_claim *claim = &f->claims->v[i];
		const struct eg_claim_list *list = &f->claims->lists[claim->list];

		if (!claim->n_vetoes || f->policy->rules[claim->rule].kind != EG_CELL_ALLOW)
			continue;
		f->sides[0].crosses[i] = list_has(list, 6);
		f->sides[1].crosses[i] = list_has(list, 4);
	}
}

/* IPv4 addresses have another form in all of IPv6, IPv6 ones a form that allows only in NAT64. */
static bool has_other_form(__u8 family, const struct eg_prefix *prefix)
{
	static const struct eg_prefix nat64 = { .family = 6, .len = 96, .addr = { 0, 0x64, 0xff, 0x9b } };

	return family == 4 || !prefix || eg_addr_covers(prefix, &nat64) || eg_addr_covers(&nat64, prefix);
}

struct veto_key {
	const __u32 *claims;
	size_t n;
};

static bool veto_equal(const void *things, __u32 id, const void *key)
{
	const struct side *side = things;
	const struct veto_key *k = key;

	return side->vetoes[id].n == k->n && !memcmp(side->vetoes[id].claims, k->claims, k->n * sizeof(*k->claims));
}

static int intern_veto(struct side *side, const __u32 *claims, size_t n, __u32 *number, struct eg_err *err)
{
	const struct veto_key key = { claims, n };
	__u32 hash = eg_intern_hash(0, claims, n), id = (__u32)side->n_vetoes;
	struct veto *added;

	if (!eg_intern_find(&side->by_veto, hash, veto_equal, side, &key, &id)) {
		if (id == EG_VETOES_MAX)
			return eg_fail(err, -E2BIG, "more than %d combinations of 'except' (EG_VETOES_MAX)",
				       EG_VETOES_MAX);
		added = EG_VEC_ADD(side->vetoes, side->n_vetoes);
		if (!added || eg_intern_add(&side->by_veto, hash, id))
			return no_memory(err);
		added->claims = malloc(n * sizeof(*claims));
		if (!added->claims)
			return no_memory(err);
		memcpy(added->claims, claims, n * sizeof(*claims));
		added->n = n;
	}
	*number = id + 1;
	return 0;
}

int eg_forms_see(struct eg_forms *f, __u8 family, const struct eg_prefix *prefix, __u32 state, struct eg_err *err)
{
	struct side *side = &f->sides[family == 6];
	const __u32 *vetoed;
	size_t i, n = eg_states_vetoed(f->states, state, &vetoed), used = 0;
	__u32 number;
	int rc;

	if (!n || !has_other_form(family, prefix) || get_at(side->casts, side->n_casts, state))
		return 0;
	for (i = 0; i < n; i++) {
		if (side->crosses[vetoed[i]])
			f->scratch[used++] = vetoed[i];
	}
	if (!used)
		return 0;
	rc = intern_veto(side, f->scratch, used, &number, err);
	if (rc)
		return rc;
	return set_at(&side->casts, &side->n_casts, state, number) ? no_memory(err) : 0;
}

/* ---- final rows ---- */

/* Several IPv4 addresses in one IPv6 address may cast different vetoes; then none of the claims is left. */
static int close_vetoes(struct eg_forms *f, struct eg_err *err)
{
	struct side *four = &f->sides[0];
	size_t i, k, most, used = 0;
	int rc = 0;

	f->closed = true;
	f->veto_all = (__u32)four->n_vetoes;
	for (i = 0; i < f->claims->n && four->n_vetoes > 1; i++) {
		for (k = 0; k < four->n_vetoes; k++) {
			if (bsearch(&(__u32){ (__u32)i }, four->vetoes[k].claims, four->vetoes[k].n, sizeof(__u32),
				    compare_ids))
				break;
		}
		if (k < four->n_vetoes)
			f->scratch[used++] = (__u32)i;
	}
	if (used)
		rc = intern_veto(four, f->scratch, used, &f->veto_all, err);
	if (rc)
		return rc;
	most = four->n_vetoes > f->sides[1].n_vetoes ? four->n_vetoes : f->sides[1].n_vetoes;
	f->row = malloc((most + 1) * sizeof(*f->row));
	return f->row ? 0 : no_memory(err);
}

/* A class has a word for each veto of either side, so that all have the same number. */
static size_t class_words(const struct eg_forms *f)
{
	size_t a = f->sides[0].n_vetoes, b = f->sides[1].n_vetoes;

	return 1 + (a > b ? a : b);
}

struct final_key {
	struct final final;
	const __u32 *left;
	size_t n;
};

static bool final_equal(const void *things, __u32 id, const void *key)
{
	const struct eg_forms *f = things;
	const struct final_key *k = key;
	const struct final *final = &f->finals[id];

	if (final->row != k->final.row || !final->class != !k->n)
		return false;
	return !k->n || (final->cast == k->final.cast && final->side == k->final.side &&
			 !memcmp(&f->left[final->first], k->left, k->n * sizeof(*k->left)));
}

static int intern_final(struct eg_forms *f, const struct final_key *key, __u32 *id, struct eg_err *err)
{
	__u32 hash = eg_intern_hash(key->final.row, key->left, key->n);
	struct final *added;
	size_t i;

	if (eg_intern_find(&f->by_final, hash, final_equal, f, key, id))
		return 0;
	if (f->n_finals + f->n_classes * class_words(f) / EG_BLOCK_WORDS > EG_BLOCKS_MAX)
		return eg_fail(
			err, -E2BIG,
			"the policy combines 'except' and forms of addresses in too many ways: more than %d rows "
			"(EG_BLOCKS_MAX)",
			EG_BLOCKS_MAX);
	added = EG_VEC_ADD(f->finals, f->n_finals);
	if (!added)
		return no_memory(err);
	*added = key->final;
	added->first = (__u32)f->n_left;
	added->class = key->n ? ++f->n_classes : 0;
	*id = (__u32)f->n_finals - 1;
	for (i = 0; i < key->n; i++) {
		if (set_at(&f->left, &f->n_left, f->n_left, key->left[i]))
			return no_memory(err);
	}
	return eg_intern_add(&f->by_final, hash, *id) ? no_memory(err) : 0;
}

static int plain(struct eg_forms *f, __u32 row, __u32 *id, struct eg_err *err)
{
	const struct final_key key = { .final.row = row };

	return intern_final(f, &key, id, err);
}

static int make_final(struct eg_forms *f, __u32 side, __u32 state, __u32 *id, struct eg_err *err)
{
	const struct side *other = &f->sides[!side];
	struct final_key key = { .final = { .row = eg_states_row(f->states, state), .side = side }, .left = f->row };
	bool changes = false;
	size_t v;
	int rc = 0;

	key.final.cast = get_at(f->sides[side].casts, f->sides[side].n_casts, state);
	for (v = 0; !rc && v < other->n_vetoes; v++) {
		rc = eg_states_without(f->states, state, other->vetoes[v].claims, other->vetoes[v].n, &f->row[v], err);
		changes |= f->row[v] != key.final.row;
	}
	if (rc || (!changes && !key.final.cast))
		return rc ? rc : plain(f, key.final.row, id, err);
	for (v = 0; !rc && v < other->n_vetoes; v++)
		rc = plain(f, f->row[v], &f->row[v], err);
	key.n = other->n_vetoes;
	if (!key.n) /* it casts a veto, and none is cast on it */
		rc = rc ? rc : plain(f, key.final.row, &f->row[key.n++], err);
	return rc ? rc : intern_final(f, &key, id, err);
}

int eg_forms_final(struct eg_forms *f, __u8 family, __u32 state, __u32 *row, struct eg_err *err)
{
	struct side *side = &f->sides[family == 6];
	__u32 known = get_at(side->finals, side->n_finals, state);
	int rc = f->closed ? 0 : close_vetoes(f, err);

	if (rc)
		return rc;
	*row = known - 1;
	if (known)
		return 0;
	rc = make_final(f, family == 6, state, row, err);
	if (rc)
		return rc;
	return set_at(&side->finals, &side->n_finals, state, *row + 1) ? no_memory(err) : 0;
}

/* ---- emit ---- */

static void emit_class(const struct eg_forms *f, const struct final *final, __u32 id, __u32 *words)
{
	__u32 *word = &words[final->class * class_words(f)];
	size_t v, n = f->sides[!final->side].n_vetoes;

	word[0] = final->cast;
	for (v = 1; v < class_words(f); v++)
		word[v] = v <= n ? f->left[final->first + v - 1] : id;
}

int eg_forms_emit(struct eg_forms *f, struct eg_tables *tables, struct eg_err *err)
{
	size_t i, n = f->n_classes ? (f->n_classes + 1) * class_words(f) : 0;
	size_t n_words = (n + EG_BLOCK_WORDS - 1) / EG_BLOCK_WORDS * EG_BLOCK_WORDS;
	cleanup_free __u32 *words = calloc(n_words + 1, sizeof(*words));
	cleanup_free __u32 *rows = malloc((f->n_finals + 1) * sizeof(*rows));

	tables->veto_class = calloc(f->n_finals + 1, sizeof(*tables->veto_class));
	if (!words || !rows || !tables->veto_class)
		return no_memory(err);
	for (i = 0; i < f->n_finals; i++) {
		rows[i] = f->finals[i].row;
		tables->veto_class[i] = f->finals[i].class;
		if (f->finals[i].class)
			emit_class(f, &f->finals[i], (__u32)i, words);
	}
	tables->n_rows = f->n_finals;
	tables->veto_words = n ? (__u32)class_words(f) : 0;
	tables->veto_all = n ? f->veto_all : 0;
	return eg_rows_emit(f->rows, rows, f->n_finals, words, n_words, tables, err);
}

int eg_forms_new(const struct eg_policy *policy, const struct eg_claims *claims, struct eg_rows *rows,
		 struct eg_states *states, struct eg_forms **out, struct eg_err *err)
{
	struct eg_forms *f = calloc(1, sizeof(*f));
	int i;

	if (!f)
		return no_memory(err);
	f->policy = policy;
	f->claims = claims;
	f->rows = rows;
	f->states = states;
	f->scratch = malloc((claims->n + 1) * sizeof(*f->scratch));
	for (i = 0; i < 2; i++)
		f->sides[i].crosses = calloc(claims->n + 1, sizeof(bool));
	if (!f->scratch || !f->sides[0].crosses || !f->sides[1].crosses) {
		eg_forms_free(f);
		return no_memory(err);
	}
	find_crossing(f);
	*out = f;
	return 0;
}

void eg_forms_free(struct eg_forms *f)
{
	size_t i, k;

	if (!f)
		return;
	for (i = 0; i < 2; i++) {
		for (k = 0; k < f->sides[i].n_vetoes; k++)
			free(f->sides[i].vetoes[k].claims);
		free(f->sides[i].vetoes);
		eg_intern_free(&f->sides[i].by_veto);
		free(f->sides[i].crosses);
		free(f->sides[i].casts);
		free(f->sides[i].finals);
	}
	free(f->finals);
	free(f->left);
	free(f->scratch);
	free(f->row);
	eg_intern_free(&f->by_final);
	free(f);
}
