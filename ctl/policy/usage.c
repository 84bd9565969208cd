/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/usage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/vec.h"

#define PORTS 65536u
#define SPANS_SHOWN 8

/*
 * Rows share lists of segments, so what is to be known of a list is found once. It goes by its first segment.
 */
struct maker {
	const struct eg_tables *tables;
	struct eg_usage *usage;
	__u32 *seen;   /* by rule: the last row that was looked at and has it, plus 1 */
	__u32 *places; /* by first segment: where its rules are in pool, plus 1 */
	__u8 *taken;   /* by first segment: classes whose ports are among the spans */
	__u32 *pool;   /* a number of rules, and those rules, again and again */
	size_t n_pool;
};

static const struct eg_seg *seg_at(const struct eg_tables *t, __u32 i)
{
	return &t->blocks[i / EG_BLOCK_SEGS].seg[i % EG_BLOCK_SEGS];
}

static int compare_ids(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return x < y ? -1 : x > y;
}

/* ---- answers ---- */

static void count_answers(struct maker *m)
{
	struct eg_usage *u = m->usage;
	const struct eg_tables *t = m->tables;
	int f;

	for (f = 0; f < 2; f++) {
		struct eg_entry entry = { .row = f ? t->miss6 : t->miss4 };

		do {
			u->rows[entry.row][f]++;
			u->families[entry.row] |= (__u8)(1 << f);
			u->n_answers[f]++;
		} while (eg_tables_next(t, f, &entry));
	}
}

static void note_rule(struct maker *m, __u32 row, __u32 rule)
{
	int f;

	if (m->seen[rule] == row + 1)
		return;
	m->seen[rule] = row + 1;
	for (f = 0; f < 2; f++)
		m->usage->answers[rule][f] += m->usage->rows[row][f];
}

/* The rules of a list of segments, each once. Returns their place in the pool, 0 without memory. */
static __u32 rules_of_list(struct maker *m, const struct eg_ports *ports)
{
	cleanup_free __u32 *rules = malloc(ports->count * sizeof(*rules));
	size_t i, n = 0, kept = 0;
	__u32 *added;

	if (!rules)
		return 0;
	for (i = 0; i < ports->count; i++) {
		__u32 word = seg_at(m->tables, ports->first + (__u32)i)->cell.word;

		if (word)
			rules[n++] = EG_CELL_ORDINAL(word);
	}
	qsort(rules, n, sizeof(*rules), compare_ids);
	for (i = 0; i < n; i++) {
		if (!kept || rules[kept - 1] != rules[i])
			rules[kept++] = rules[i];
	}
	for (i = 0; i <= kept; i++) {
		added = EG_VEC_ADD(m->pool, m->n_pool);
		if (!added)
			return 0;
		*added = i ? rules[i - 1] : (__u32)kept;
	}
	return (__u32)(m->n_pool - kept);
}

/* What is in force under "row" for one class, counted for the answers that have the row "answer". */
static int note_ports(struct maker *m, __u32 answer, const struct eg_ports *ports)
{
	__u32 i, *place;

	if (!ports->count) {
		if (ports->one.word)
			note_rule(m, answer, EG_CELL_ORDINAL(ports->one.word));
		return 0;
	}
	place = &m->places[ports->first];
	if (!*place)
		*place = rules_of_list(m, ports);
	if (!*place)
		return -ENOMEM;
	for (i = 0; i < m->pool[*place - 1]; i++)
		note_rule(m, answer, m->pool[*place + i]);
	return 0;
}

/* ---- ports ---- */

static int add_span(struct maker *m, __u32 word, int class, __u32 lo, __u32 end)
{
	struct eg_usage_span *span;

	if (!word)
		return 0;
	span = EG_VEC_ADD(m->usage->spans, m->usage->n_spans);
	if (!span)
		return -ENOMEM;
	*span = (struct eg_usage_span){ EG_CELL_ORDINAL(word), (__u16) class, (__u16)lo, (__u16)(end - 1) };
	return 0;
}

static int take_spans(struct maker *m, int class, const struct eg_ports *ports)
{
	__u32 i, end;

	if (!ports->count)
		return add_span(m, ports->one.word, class, 0, PORTS);
	if (m->taken[ports->first] & 1 << class)
		return 0;
	m->taken[ports->first] |= (__u8)(1 << class);
	for (i = 0; i < ports->count; i++) {
		const struct eg_seg *seg = seg_at(m->tables, ports->first + i);

		end = i + 1 < ports->count ? seg_at(m->tables, ports->first + i + 1)->from : PORTS;
		if (add_span(m, seg->cell.word, class, seg->from, end))
			return -ENOMEM;
	}
	return 0;
}

static int compare_spans(const void *a, const void *b)
{
	const struct eg_usage_span *x = a, *y = b;

	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

/* Sorts, joins what overlaps or touches, and notes where each rule's begin. */
static void settle_spans(struct eg_usage *u, size_t n_rules)
{
	struct eg_usage_span *v = u->spans;
	size_t i, kept = 0, rule = 0;

	if (u->n_spans)
		qsort(v, u->n_spans, sizeof(*v), compare_spans);
	for (i = 0; i < u->n_spans; i++) {
		struct eg_usage_span *last = kept ? &v[kept - 1] : NULL;

		if (last && last->rule == v[i].rule && last->class == v[i].class && v[i].lo <= last->hi + 1u) {
			last->hi = v[i].hi > last->hi ? v[i].hi : last->hi;
			continue;
		}
		while (rule <= v[i].rule)
			u->first[rule++] = kept;
		v[kept++] = v[i];
	}
	while (rule <= n_rules)
		u->first[rule++] = kept;
	u->n_spans = kept;
}

/* ---- all ---- */

static int take_row(struct maker *m, __u32 answer, __u32 row)
{
	int i, rc = 0;

	m->usage->families[row] |= m->usage->families[answer];
	for (i = 0; !rc && i < EG_CLASSES; i++) {
		const struct eg_ports *ports = &m->tables->blocks[row].row.ports[i];

		rc = note_ports(m, answer, ports);
		rc = rc ? rc : take_spans(m, i, ports);
	}
	return rc;
}

/* An answer's own row, and what is left of it under each veto where that is another one. */
static int take_answer(struct maker *m, __u32 row)
{
	const struct eg_tables *t = m->tables;
	__u32 v, left;
	int rc = take_row(m, row, row);

	for (v = 1; !rc && t->veto_class[row] && v < t->veto_words; v++) {
		left = eg_tables_veto(t, row, v);
		if (memcmp(&t->blocks[left], &t->blocks[row], sizeof(t->blocks[row])))
			rc = take_row(m, row, left);
	}
	return rc;
}

static int alloc(struct maker *m, struct eg_usage *u)
{
	size_t n_segs = m->tables->n_blocks * EG_BLOCK_SEGS;

	u->answers = calloc(m->tables->n_rules + 1, sizeof(*u->answers));
	u->first = calloc(m->tables->n_rules + 1, sizeof(*u->first));
	u->rows = calloc(m->tables->n_rows + 1, sizeof(*u->rows));
	u->families = calloc(m->tables->n_rows + 1, sizeof(*u->families));
	m->seen = calloc(m->tables->n_rules + 1, sizeof(*m->seen));
	m->places = calloc(n_segs, sizeof(*m->places));
	m->taken = calloc(n_segs, sizeof(*m->taken));
	return u->answers && u->first && u->rows && u->families && m->seen && m->places && m->taken ? 0 : -ENOMEM;
}

int eg_usage_make(const struct eg_tables *tables, struct eg_usage *out)
{
	struct eg_usage usage = { 0 };
	struct maker m = { .tables = tables, .usage = &usage };
	int rc = alloc(&m, &usage);
	__u32 row;

	if (!rc)
		count_answers(&m);
	for (row = 0; !rc && row < tables->n_rows; row++) {
		if (usage.rows[row][0] || usage.rows[row][1])
			rc = take_answer(&m, row);
	}
	if (!rc)
		settle_spans(&usage, tables->n_rules);
	free(m.seen);
	free(m.places);
	free(m.taken);
	free(m.pool);
	if (rc)
		eg_usage_free(&usage);
	else
		*out = usage;
	return rc;
}

/* ---- text ---- */

char *eg_usage_protos(unsigned int classes, char *buf)
{
	static const char *const names[EG_CLASSES] = { "tcp", "udp", "icmp", "other" };
	size_t used = 0;
	int i;

	if (classes == EG_PROTO_ALL)
		return strcpy(buf, "any");
	for (i = 0; i < EG_CLASSES; i++) {
		if (classes >> i & 1)
			used += (size_t)snprintf(buf + used, EG_USAGE_PROTOS - used, "%s%s", used ? "," : "", names[i]);
	}
	return buf;
}

/* The spans of one class of a rule. */
static const struct eg_usage_span *spans_of(const struct eg_usage *u, __u32 rule, int class, size_t *n)
{
	size_t at = u->first[rule], end = u->first[rule + 1];

	while (at < end && u->spans[at].class < class)
		at++;
	for (*n = 0; at + *n < end && u->spans[at + *n].class == class; (*n)++)
		;
	return u->spans + at;
}

static bool same_ports(const struct eg_usage *u, __u32 rule, int a, int b)
{
	size_t na, nb, i;
	const struct eg_usage_span *x = spans_of(u, rule, a, &na), *y = spans_of(u, rule, b, &nb);

	for (i = 0; na == nb && i < na; i++) {
		if (x[i].lo != y[i].lo || x[i].hi != y[i].hi)
			return false;
	}
	return na == nb;
}

/* " 53, 8000-8100", or nothing for all ports. */
static void put_ports(const struct eg_usage_span *spans, size_t n, FILE *to)
{
	size_t i;

	if (n == 1 && spans[0].hi - spans[0].lo + 1u == PORTS)
		return;
	for (i = 0; i < n && i < SPANS_SHOWN; i++) {
		fprintf(to, "%s %u", i ? "," : "", spans[i].lo);
		if (spans[i].hi != spans[i].lo)
			fprintf(to, "-%u", spans[i].hi);
	}
	if (n > SPANS_SHOWN)
		fprintf(to, ", and %zu more", n - SPANS_SHOWN);
}

char *eg_usage_text(const struct eg_usage *usage, __u32 rule, char *buf)
{
	cleanup_fclose FILE *to = fmemopen(buf, EG_USAGE_TEXT, "w");
	char protos[EG_USAGE_PROTOS];
	unsigned int done = 0, same;
	int i, k;
	size_t n;

	buf[0] = '\0';
	for (i = 0; to && i < EG_CLASSES; i++) {
		const struct eg_usage_span *spans = spans_of(usage, rule, i, &n);

		if (done >> i & 1 || !n)
			continue;
		for (k = i, same = 0; k < EG_CLASSES; k++)
			same |= same_ports(usage, rule, i, k) ? 1u << k : 0;
		eg_usage_protos(same, protos);
		fprintf(to, "%s%s", done ? "; " : "", same == EG_PROTO_ALL ? "everything" : protos);
		put_ports(spans, n, to);
		done |= same;
	}
	return buf;
}

void eg_usage_free(struct eg_usage *usage)
{
	free(usage->answers);
	free(usage->spans);
	free(usage->first);
	free(usage->rows);
	free(usage->families);
	memset(usage, 0, sizeof(*usage));
}
