/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/lint_reach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/vec.h"

#define DEPTH_MAX 130 /* lengths of an IPv6 prefix, and the whole family */

/* ---- stretches ---- */

struct entry {
	struct eg_prefix prefix;
	__u32 row;
};

/* The n-th host, or the n-th shorter prefix; false behind the last. */
static bool host_at(const struct eg_tables *t, __u8 family, size_t n, struct entry *e)
{
	if (n == (family == 4 ? t->n_hosts4 : t->n_hosts6))
		return false;
	*e = (struct entry){ .prefix = { .family = family, .len = family == 4 ? 32 : 128 } };
	if (family == 4)
		memcpy(e->prefix.addr, &t->hosts4[n].addr, sizeof(t->hosts4[n].addr));
	else
		memcpy(e->prefix.addr, t->hosts6[n].addr, sizeof(t->hosts6[n].addr));
	e->row = family == 4 ? t->hosts4[n].row : t->hosts6[n].row;
	return true;
}

static bool net_at(const struct eg_tables *t, __u8 family, size_t n, struct entry *e)
{
	if (n == (family == 4 ? t->n_nets4 : t->n_nets6))
		return false;
	*e = (struct entry){ .prefix.family = family };
	if (family == 4)
		memcpy(e->prefix.addr, &t->nets4[n].key.addr, sizeof(t->nets4[n].key.addr));
	else
		memcpy(e->prefix.addr, t->nets6[n].key.addr, sizeof(t->nets6[n].key.addr));
	e->prefix.len = (__u8)(family == 4 ? t->nets4[n].key.len : t->nets6[n].key.len);
	e->row = family == 4 ? t->nets4[n].row : t->nets6[n].row;
	return true;
}

/* A prefix that the walk is inside of. */
struct layer {
	struct eg_prefix last;
	__u32 row;
};

struct walk {
	struct eg_lint_family *out;
	struct layer stack[DEPTH_MAX];
	size_t depth;
	struct eg_prefix at; /* the first address without a stretch */
	bool full;	     /* there is none */
};

/* What begins at w->at belongs to the innermost prefix. */
static int add_stretch(struct walk *w)
{
	struct eg_lint_family *out = w->out;
	__u32 row = w->stack[w->depth - 1].row;
	struct eg_lint_stretch *added;

	if (out->n && out->v[out->n - 1].row == row)
		return 0;
	added = EG_VEC_ADD(out->v, out->n);
	if (!added)
		return -ENOMEM;
	memcpy(added->from, w->at.addr, sizeof(added->from));
	added->row = row;
	return 0;
}

/* Leaves the prefixes that end before p; NULL: all. */
static int leave(struct walk *w, const struct eg_prefix *p)
{
	for (; w->depth; w->depth--) {
		const struct eg_prefix *last = &w->stack[w->depth - 1].last;

		if (p && memcmp(last->addr, p->addr, sizeof(p->addr)) >= 0)
			break;
		if (w->full || memcmp(w->at.addr, last->addr, sizeof(last->addr)) > 0)
			continue;
		if (add_stretch(w))
			return -ENOMEM;
		w->at = *last;
		w->full = !eg_addr_next(&w->at);
	}
	return 0;
}

static int enter(struct walk *w, const struct entry *e)
{
	if (leave(w, &e->prefix))
		return -ENOMEM;
	if (memcmp(w->at.addr, e->prefix.addr, sizeof(w->at.addr)) < 0) {
		if (add_stretch(w))
			return -ENOMEM;
		memcpy(w->at.addr, e->prefix.addr, sizeof(w->at.addr));
	}
	w->stack[w->depth++] = (struct layer){ eg_addr_last(&e->prefix), e->row };
	return 0;
}

/* Goes through hosts and prefixes in their common order, what covers before what is covered. */
static int lay_flat(const struct eg_tables *t, __u8 family, __u32 miss, struct eg_lint_family *out)
{
	const struct eg_prefix whole = { .family = family };
	struct walk w = { .out = out, .at = { .family = family, .len = family == 4 ? 32 : 128 } };
	struct entry host, net;
	size_t hosts = 0, nets = 0;
	bool more_hosts, more_nets;
	int rc = 0;

	w.stack[w.depth++] = (struct layer){ eg_addr_last(&whole), miss };
	for (;;) {
		more_hosts = host_at(t, family, hosts, &host);
		more_nets = net_at(t, family, nets, &net);
		if (rc || (!more_hosts && !more_nets))
			break;
		if (!more_nets || (more_hosts && eg_addr_compare(&host.prefix, &net.prefix) < 0)) {
			rc = enter(&w, &host);
			hosts++;
		} else {
			rc = enter(&w, &net);
			nets++;
		}
	}
	return rc ? rc : leave(&w, NULL);
}

/* ---- rules that are named ---- */

static const struct eg_seg *seg_at(const struct eg_tables *t, __u32 at)
{
	return &t->blocks[at / EG_BLOCK_SEGS].seg[at % EG_BLOCK_SEGS];
}

static void mark_cell(struct eg_lint_reach *r, const struct eg_cell *cell)
{
	if (cell->word)
		r->named[EG_CELL_ORDINAL(cell->word)] = true;
}

/* segs: by place of its first segment, whether a list was seen. Many rows may share a long one. */
static void mark_row(struct eg_lint_reach *r, __u32 row, bool *segs)
{
	__u32 i, k;

	if (r->rows[row])
		return;
	r->rows[row] = true;
	for (i = 0; i < EG_CLASSES; i++) {
		const struct eg_ports *ports = &r->tables->blocks[row].row.ports[i];

		if (!ports->count)
			mark_cell(r, &ports->one);
		for (k = 0; k < ports->count && !segs[ports->first]; k++)
			mark_cell(r, &seg_at(r->tables, ports->first + k)->cell);
		if (ports->count)
			segs[ports->first] = true;
	}
}

/* The row itself, and those that are left of it when another form of the address vetoes. */
static void mark_answers(struct eg_lint_reach *r, __u32 row, bool *segs)
{
	const struct eg_tables *t = r->tables;
	__u32 i, at = t->vetoes + t->veto_class[row] * t->veto_words;

	if (r->rows[row])
		return;
	mark_row(r, row, segs);
	for (i = 1; t->veto_class[row] && i < t->veto_words; i++)
		mark_row(r, t->blocks[(at + i) / EG_BLOCK_WORDS].word[(at + i) % EG_BLOCK_WORDS], segs);
}

static int find_named(struct eg_lint_reach *r)
{
	cleanup_free bool *segs = calloc(r->tables->n_blocks * EG_BLOCK_SEGS, sizeof(*segs));
	size_t i;

	r->named = calloc(r->tables->n_rules + 1, sizeof(*r->named));
	r->rows = calloc(r->tables->n_rows + 1, sizeof(*r->rows));
	if (!segs || !r->named || !r->rows)
		return -ENOMEM;
	for (i = 0; i < r->four.n; i++)
		mark_answers(r, r->four.v[i].row, segs);
	for (i = 0; i < r->six.n; i++)
		mark_answers(r, r->six.v[i].row, segs);
	return 0;
}

int eg_lint_reach_make(const struct eg_tables *tables, struct eg_lint_reach *out)
{
	struct eg_lint_reach r = { .tables = tables };

	if (lay_flat(tables, 4, tables->miss4, &r.four) || lay_flat(tables, 6, tables->miss6, &r.six) ||
	    find_named(&r)) {
		eg_lint_reach_free(&r);
		return -ENOMEM;
	}
	*out = r;
	return 0;
}

void eg_lint_reach_free(struct eg_lint_reach *r)
{
	free(r->four.v);
	free(r->six.v);
	free(r->named);
	free(r->rows);
}

/* ---- who decides ---- */

#define NOBODY 0xffffffffu

struct asking {
	struct eg_lint_reach *reach;
	const struct eg_rule *rule;
	__u32 decider; /* ordinal, NOBODY so far */
	bool several;
};

static void hear(struct asking *a, const struct eg_cell *cell)
{
	__u32 ordinal = cell->word ? EG_CELL_ORDINAL(cell->word) : NOBODY;

	a->several |= ordinal == NOBODY || (a->decider != NOBODY && a->decider != ordinal);
	a->decider = ordinal;
}

/* The segments of a list that have ports from lo to hi. */
static void hear_range(struct asking *a, const struct eg_ports *ports, __u32 lo, __u32 hi)
{
	const struct eg_tables *t = a->reach->tables;
	__u32 low = 0, high = ports->count, mid;

	while (high - low > 1) {
		mid = low + (high - low) / 2;
		if (seg_at(t, ports->first + mid)->from <= lo)
			low = mid;
		else
			high = mid;
	}
	for (; !a->several && low < ports->count && seg_at(t, ports->first + low)->from <= hi; low++)
		hear(a, &seg_at(t, ports->first + low)->cell);
}

static void hear_class(struct asking *a, const struct eg_ports *ports, unsigned int bit)
{
	const struct eg_rule *rule = a->rule;
	const struct eg_port_range all = { 0, 65535, (__u8)bit };
	const struct eg_port_range *ranges = rule->n_ports ? rule->ports : &all;
	size_t i, n = rule->n_ports ? rule->n_ports : 1;

	for (i = 0; !a->several && i < n; i++) {
		if (!(ranges[i].protos & bit))
			continue;
		if (ports->count)
			hear_range(a, ports, ranges[i].lo, ranges[i].hi);
		else
			hear(a, &ports->one);
	}
}

static void hear_row(struct asking *a, __u32 row)
{
	int i;

	if (a->reach->rows[row])
		return;
	a->reach->rows[row] = true;
	for (i = 0; i < EG_CLASSES; i++) {
		if (a->rule->protos & 1u << i)
			hear_class(a, &a->reach->tables->blocks[row].row.ports[i], 1u << i);
	}
}

/* The stretch that an address lies in. */
static size_t stretch_of(const struct eg_lint_family *f, const __u8 *addr)
{
	size_t lo = 0, hi = f->n, mid;

	while (hi - lo > 1) {
		mid = lo + (hi - lo) / 2;
		if (memcmp(f->v[mid].from, addr, sizeof(f->v[mid].from)) <= 0)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

bool eg_lint_reach_decider(struct eg_lint_reach *reach, const struct eg_rule *rule, const struct eg_prefix *v, size_t n,
			   __u32 *ordinal)
{
	struct asking a = { reach, rule, NOBODY, false };
	size_t i, k;

	memset(reach->rows, 0, reach->tables->n_rows * sizeof(*reach->rows));
	for (i = 0; i < n; i++) {
		const struct eg_lint_family *f = v[i].family == 4 ? &reach->four : &reach->six;
		struct eg_prefix last = eg_addr_last(&v[i]);

		for (k = stretch_of(f, v[i].addr); k < f->n; k++) {
			if (memcmp(f->v[k].from, last.addr, sizeof(last.addr)) > 0 || a.several)
				break;
			hear_row(&a, f->v[k].row);
		}
	}
	if (a.several || a.decider == NOBODY)
		return false;
	*ordinal = a.decider;
	return true;
}
