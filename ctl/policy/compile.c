/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * compile.c - from rules to tables.
 *
 *   pass 1  the rules without a prefix, and those of 0.0.0.0/0 and ::/0, make the miss rows
 *   pass 2  each family's prefixes are collected, each with its rule, and sorted: a prefix comes
 *           right before those inside it
 *   pass 3  one walk with a stack of the prefixes around: the row of a prefix is the row of the one
 *           around it with its own rules laid over (rows.c); where that changes nothing, no entry
 *   pass 4  rows and segments become blocks
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
#include "policy/rows.h"
#include "policy/tables.h"

#define DEPTH_MAX 130 /* lengths of an IPv6 prefix, and the miss row */
#define V4_PLEN 96    /* what IPv4 counts more in eg_cell.word */

/* One prefix of one rule. There may be millions. */
struct item {
	struct eg_prefix prefix;
	__u32 rule;
};

/* A prefix around the one at hand. */
struct around {
	const struct eg_prefix *prefix; /* NULL: the whole family */
	__u32 row;
};

struct compiler {
	const struct eg_policy *policy;
	struct eg_rows *rows;
	struct eg_tables *tables;
	__u32 *ordinals; /* scratch, one for each rule */
	struct eg_err *err;
};

static int no_memory(struct compiler *c)
{
	return eg_fail(c->err, -ENOMEM, "no memory to compile the policy");
}

/* ---- pass 1 ---- */

static bool has_whole_family(const struct eg_rule *rule, __u8 family)
{
	size_t i;

	for (i = 0; i < rule->n_to; i++) {
		if (rule->to[i].family == family && !rule->to[i].len)
			return true;
	}
	return false;
}

/* The rules of "any" (family 0), or of a family's /0, laid over a row. */
static int overlay_wide(struct compiler *c, __u32 under, __u8 family, unsigned int plen, __u32 *row)
{
	size_t i, n = 0;

	for (i = 0; i < c->policy->n_rules; i++) {
		const struct eg_rule *rule = &c->policy->rules[i];

		if (rule->n_unix)
			continue;
		if (family ? has_whole_family(rule, family) : rule->any)
			c->ordinals[n++] = (__u32)i;
	}
	return eg_rows_overlay(c->rows, under, c->ordinals, n, plen, row, c->err);
}

static int make_misses(struct compiler *c)
{
	__u32 any = EG_ROWS_NONE;
	int rc;

	rc = overlay_wide(c, EG_ROWS_NONE, 0, 0, &any);
	if (!rc)
		rc = overlay_wide(c, any, 4, V4_PLEN, &c->tables->miss4);
	if (!rc)
		rc = overlay_wide(c, any, 6, 0, &c->tables->miss6);
	return rc;
}

/* ---- pass 2 ---- */

/* Visits all prefixes of a family that are not the whole of it. items NULL: only counts. */
static size_t collect_items(const struct eg_policy *policy, __u8 family, struct item *items)
{
	size_t i, j, n = 0;

	for (i = 0; i < policy->n_rules; i++) {
		const struct eg_rule *rule = &policy->rules[i];

		for (j = 0; j < rule->n_to && !rule->n_unix; j++) {
			if (rule->to[j].family != family || !rule->to[j].len)
				continue;
			if (items)
				items[n] = (struct item){ rule->to[j], (__u32)i };
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
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* ---- pass 3 ---- */

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

/* Puts the rules of the prefix at items[0] into c->ordinals. Returns how many items those were. */
static size_t take_rules(struct compiler *c, const struct item *items, size_t n, size_t *n_rules)
{
	size_t i;

	*n_rules = 0;
	for (i = 0; i < n && !eg_addr_compare(&items[0].prefix, &items[i].prefix); i++) {
		if (!i || items[i].rule != items[i - 1].rule) /* a rule may name a prefix twice */
			c->ordinals[(*n_rules)++] = items[i].rule;
	}
	return i;
}

static int walk(struct compiler *c, __u8 family, const struct item *items, size_t n, __u32 miss)
{
	struct around stack[DEPTH_MAX] = { { NULL, miss } };
	size_t i, step, n_rules, depth = 0, prefixes = 0;
	int rc;

	for (i = 0; i < n; i += step) {
		const struct eg_prefix *p = &items[i].prefix;
		__u32 under, row;

		while (depth && !eg_addr_covers(stack[depth].prefix, p))
			depth--;
		under = stack[depth].row;
		step = take_rules(c, &items[i], n - i, &n_rules);
		rc = eg_rows_overlay(c->rows, under, c->ordinals, n_rules, p->len + (family == 4 ? V4_PLEN : 0u), &row,
				     c->err);
		if (rc)
			return rc;
		stack[++depth] = (struct around){ p, row };
		if (++prefixes > EG_PREFIXES_MAX)
			return eg_fail(c->err, -E2BIG, "more than %d IPv%d addresses and prefixes (EG_PREFIXES_MAX)",
				       EG_PREFIXES_MAX, family);
		if (row == under)
			continue;
		if (family == 4 ? add_entry4(c->tables, p, row) : add_entry6(c->tables, p, row))
			return no_memory(c);
	}
	return 0;
}

static int compile_family(struct compiler *c, __u8 family, __u32 miss)
{
	size_t n = collect_items(c->policy, family, NULL);
	cleanup_free struct item *items = NULL;

	if (!n)
		return 0;
	items = malloc(n * sizeof(*items));
	if (!items)
		return no_memory(c);
	collect_items(c->policy, family, items);
	qsort(items, n, sizeof(*items), compare_items);
	return walk(c, family, items, n, miss);
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

static int run_passes(struct compiler *c)
{
	int rc;

	rc = make_misses(c);
	if (!rc)
		rc = compile_family(c, 4, c->tables->miss4);
	if (!rc)
		rc = compile_family(c, 6, c->tables->miss6);
	if (!rc)
		rc = eg_rows_emit(c->rows, c->tables, c->err);
	return rc;
}

int eg_compile(const struct eg_policy *policy, struct eg_tables **out, struct eg_err *err)
{
	cleanup_tables struct eg_tables *tables = calloc(1, sizeof(*tables));
	cleanup_free __u32 *ordinals = malloc((policy->n_rules + 1) * sizeof(*ordinals));
	cleanup_rows struct eg_rows *rows = NULL;
	struct compiler c = { .policy = policy, .tables = tables, .ordinals = ordinals, .err = err };
	int rc;

	if (!tables || !ordinals)
		return no_memory(&c);
	if (policy->n_rules > EG_RULES_MAX)
		return eg_fail(err, -E2BIG, "more than %d rules (EG_RULES_MAX)", EG_RULES_MAX);
	rc = eg_rows_new(policy, &rows, err);
	if (rc)
		return rc;
	c.rows = rows;
	rc = run_passes(&c);
	if (rc)
		return rc;
	tables->flags = make_flags(policy);
	tables->n_rules = policy->n_rules;
	*out = TAKE_PTR(tables);
	return 0;
}
