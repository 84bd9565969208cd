/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * compile.c - from rules to tables.
 *
 *   pass 1  resolve        what each rule claims, by which list of prefixes (claims.c)
 *   pass 2  misses         "any", and then 0.0.0.0/0 and ::/0, make the states that no entry covers
 *   pass 3  collect        each family's prefixes, each with its list, sorted: a prefix comes right before those
 *                          inside it
 *   pass 4  inherit        one walk with a stack of the prefixes around: the state of a prefix is that of the
 *                          one around it with its own lists added (states.c); rows settle deny and allow (rows.c)
 *   pass 5  cross forms    what a veto in one form of an address leaves of the other (forms.c)
 *   pass 6  emit           an entry where the answer changes; rows and segments become blocks
 *
 * So every row is complete, the lookup needs no second step, and what overlaps, nests or denies is
 * settled here. Rejected: one bit vector of rules for each prefix, which is small at ten rules, and
 * at a thousand more than the verifier and a cache line take.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "policy/forms.h"
#include "policy/tables.h"

#define DEPTH_MAX 130 /* lengths of an IPv6 prefix, and the miss row */
#define V4_PLEN 96    /* what IPv4 counts more in eg_cell.word */

/* One prefix of one list. There may be millions. */
struct item {
	struct eg_prefix prefix;
	__u32 list;
};

/* A prefix at which the state is another one than around it. */
struct place {
	struct eg_prefix prefix;
	__u32 state, under;
};

struct family {
	__u8 number;
	__u32 miss; /* state */
	struct place *v;
	size_t n;
};

struct compiler {
	const struct eg_policy *policy;
	struct eg_claims claims;
	struct eg_rows *rows;
	struct eg_states *states;
	struct eg_forms *forms;
	struct family four, six;
	struct eg_tables *tables;
	__u32 *lists; /* scratch, one for each list */
	struct eg_err *err;
};

static int no_memory(struct compiler *c)
{
	return eg_fail(c->err, -ENOMEM, "no memory to compile the policy");
}

/* ---- pass 2 ---- */

static bool has_whole_family(const struct eg_claim_list *list, __u8 family)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (list->v[i].family == family && !list->v[i].len)
			return true;
	}
	return false;
}

/* The lists with "any" (family 0), or with a family's /0, added to a state. */
static int step_wide(struct compiler *c, __u32 under, __u8 family, unsigned int plen, __u32 *state)
{
	size_t i, n = 0;

	for (i = 0; i < c->claims.n_lists; i++) {
		const struct eg_claim_list *list = &c->claims.lists[i];

		if (family ? has_whole_family(list, family) : list->any)
			c->lists[n++] = (__u32)i;
	}
	return eg_states_step(c->states, under, c->lists, n, plen, state, c->err);
}

static int make_misses(struct compiler *c)
{
	__u32 any = EG_STATE_NONE;
	int rc;

	rc = step_wide(c, EG_STATE_NONE, 0, 0, &any);
	if (!rc)
		rc = step_wide(c, any, 4, V4_PLEN, &c->four.miss);
	if (!rc)
		rc = step_wide(c, any, 6, 0, &c->six.miss);
	return rc;
}

/* ---- pass 3 ---- */

/* Visits all prefixes of a family that are not the whole of it. items NULL: only counts. */
static size_t collect_items(const struct eg_claims *claims, __u8 family, struct item *items)
{
	size_t i, j, n = 0;

	for (i = 0; i < claims->n_lists; i++) {
		const struct eg_claim_list *list = &claims->lists[i];

		for (j = 0; j < list->n; j++) {
			if (list->v[j].family != family || !list->v[j].len)
				continue;
			if (items)
				items[n] = (struct item){ list->v[j], (__u32)i };
			n++;
		}
	}
	return n;
}

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = eg_addr_compare(&x->prefix, &y->prefix);

	if (order)
		return order;
	return x->list < y->list ? -1 : x->list > y->list;
}

/* ---- pass 4 ---- */

/* A prefix around the one at hand; depth 0 is the whole family. */
struct around {
	const struct eg_prefix *prefix;
	__u32 state;
};

/* Puts the lists of the prefix at items[0] into c->lists. Returns how many items those were. */
static size_t take_lists(struct compiler *c, const struct item *items, size_t n, size_t *n_lists)
{
	size_t i;

	*n_lists = 0;
	for (i = 0; i < n && !eg_addr_compare(&items[0].prefix, &items[i].prefix); i++) {
		if (!i || items[i].list != items[i - 1].list) /* a list may name a prefix twice */
			c->lists[(*n_lists)++] = items[i].list;
	}
	return i;
}

static int note_place(struct compiler *c, struct family *f, const struct eg_prefix *prefix, __u32 under, __u32 state)
{
	struct place *place;

	if (state == under)
		return 0;
	place = EG_VEC_ADD(f->v, f->n);
	if (!place)
		return no_memory(c);
	*place = (struct place){ *prefix, state, under };
	return eg_forms_see(c->forms, f->number, prefix, state, c->err);
}

static int walk(struct compiler *c, struct family *f, const struct item *items, size_t n)
{
	struct around stack[DEPTH_MAX] = { { NULL, f->miss } };
	size_t i, step, n_lists, depth = 0, prefixes = 0;
	int rc;

	for (i = 0; i < n; i += step) {
		const struct eg_prefix *p = &items[i].prefix;
		__u32 under, state;

		while (depth && !eg_addr_covers(stack[depth].prefix, p))
			depth--;
		under = stack[depth].state;
		step = take_lists(c, &items[i], n - i, &n_lists);
		rc = eg_states_step(c->states, under, c->lists, n_lists, p->len + (f->number == 4 ? V4_PLEN : 0u),
				    &state, c->err);
		if (rc)
			return rc;
		stack[++depth] = (struct around){ p, state };
		if (++prefixes > EG_PREFIXES_MAX)
			return eg_fail(c->err, -E2BIG, "more than %d IPv%d addresses and prefixes (EG_PREFIXES_MAX)",
				       EG_PREFIXES_MAX, f->number);
		rc = note_place(c, f, p, under, state);
		if (rc)
			return rc;
	}
	return 0;
}

static int walk_family(struct compiler *c, struct family *f)
{
	size_t n = collect_items(&c->claims, f->number, NULL);
	cleanup_free struct item *items = NULL;
	int rc = eg_forms_see(c->forms, f->number, NULL, f->miss, c->err);

	if (rc || !n)
		return rc;
	items = malloc(n * sizeof(*items));
	if (!items)
		return no_memory(c);
	collect_items(&c->claims, f->number, items);
	qsort(items, n, sizeof(*items), compare_items);
	return walk(c, f, items, n);
}

/* ---- pass 6 ---- */

static int add_entry4(struct eg_tables *t, const struct eg_prefix *p, __u32 row)
{
	struct eg_host4 *host;
	struct eg_net4 *net;

	if (p->len == 32) {
		host = EG_VEC_ADD(t->hosts4, t->n_hosts4);
		if (!host)
			return -ENOMEM;
		memcpy(&host->addr, p->addr, sizeof(host->addr));
		host->row = row;
		return 0;
	}
	net = EG_VEC_ADD(t->nets4, t->n_nets4);
	if (!net)
		return -ENOMEM;
	net->key.len = p->len;
	memcpy(&net->key.addr, p->addr, sizeof(net->key.addr));
	net->row = row;
	return 0;
}

static int add_entry6(struct eg_tables *t, const struct eg_prefix *p, __u32 row)
{
	struct eg_host6 *host;
	struct eg_net6 *net;

	if (p->len == 128) {
		host = EG_VEC_ADD(t->hosts6, t->n_hosts6);
		if (!host)
			return -ENOMEM;
		memcpy(host->addr, p->addr, sizeof(host->addr));
		host->row = row;
		return 0;
	}
	net = EG_VEC_ADD(t->nets6, t->n_nets6);
	if (!net)
		return -ENOMEM;
	net->key.len = p->len;
	memcpy(net->key.addr, p->addr, sizeof(net->key.addr));
	net->row = row;
	return 0;
}

static int emit_family(struct compiler *c, const struct family *f)
{
	size_t i;
	int rc;

	for (i = 0; i < f->n; i++) {
		const struct place *p = &f->v[i];
		__u32 row, under;

		rc = eg_forms_final(c->forms, f->number, p->state, &row, c->err);
		rc = rc ? rc : eg_forms_final(c->forms, f->number, p->under, &under, c->err);
		if (rc)
			return rc;
		if (row == under)
			continue;
		if (f->number == 4 ? add_entry4(c->tables, &p->prefix, row) : add_entry6(c->tables, &p->prefix, row))
			return no_memory(c);
	}
	return 0;
}

static int emit(struct compiler *c)
{
	int rc = eg_forms_final(c->forms, 4, c->four.miss, &c->tables->miss4, c->err);

	if (!rc)
		rc = eg_forms_final(c->forms, 6, c->six.miss, &c->tables->miss6, c->err);
	if (!rc)
		rc = emit_family(c, &c->four);
	if (!rc)
		rc = emit_family(c, &c->six);
	return rc ? rc : eg_forms_emit(c->forms, c->tables, c->err);
}

/* ---- all ---- */

static __u32 make_flags(const struct eg_policy *policy)
{
	__u32 flags = 0;

	if (policy->default_allow)
		flags |= EG_GEN_DEFAULT_ALLOW;
	if (policy->raw_allow)
		flags |= EG_GEN_RAW_ALLOW;
	return flags;
}

static int prepare(struct compiler *c)
{
	int rc = eg_claims_make(c->policy, &c->claims, c->err);

	if (rc)
		return rc;
	c->lists = malloc((c->claims.n_lists + 1) * sizeof(*c->lists));
	if (!c->lists)
		return no_memory(c);
	rc = eg_rows_new(c->policy, &c->rows, c->err);
	if (!rc)
		rc = eg_states_new(c->policy, &c->claims, c->rows, &c->states, c->err);
	if (!rc)
		rc = eg_forms_new(c->policy, &c->claims, c->rows, c->states, &c->forms, c->err);
	return rc;
}

static int run_passes(struct compiler *c)
{
	int rc = prepare(c);

	if (!rc)
		rc = make_misses(c);
	if (!rc)
		rc = walk_family(c, &c->four);
	if (!rc)
		rc = walk_family(c, &c->six);
	return rc ? rc : emit(c);
}

static void clear(struct compiler *c)
{
	eg_forms_free(c->forms);
	eg_states_free(c->states);
	eg_rows_free(c->rows);
	eg_claims_free(&c->claims);
	free(c->four.v);
	free(c->six.v);
	free(c->lists);
}

int eg_compile(const struct eg_policy *policy, struct eg_tables **out, struct eg_err *err)
{
	cleanup_tables struct eg_tables *tables = calloc(1, sizeof(*tables));
	struct compiler c = { .policy = policy, .tables = tables, .four.number = 4, .six.number = 6, .err = err };
	int rc;

	if (!tables)
		return no_memory(&c);
	if (policy->n_rules > EG_RULES_MAX)
		return eg_fail(err, -E2BIG, "more than %d rules (EG_RULES_MAX)", EG_RULES_MAX);
	rc = run_passes(&c);
	clear(&c);
	if (rc)
		return rc;
	tables->flags = make_flags(policy);
	tables->n_rules = policy->n_rules;
	*out = TAKE_PTR(tables);
	return 0;
}
