/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/flatten.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define PORTS 65536u

/* A rule's claim on ports lo to hi. */
struct claim {
	__u32 lo, hi;
	struct eg_cell cell;
};

static int reserve(struct eg_segs *out, size_t n)
{
	struct eg_seg *v;

	if (n <= out->cap)
		return 0;
	v = realloc(out->v, 2 * n * sizeof(*v));
	if (!v)
		return -ENOMEM;
	out->v = v;
	out->cap = 2 * n;
	return 0;
}

/* Appends, unless it says the same as the one before. There is room. */
static void append(struct eg_segs *out, __u32 from, struct eg_cell cell)
{
	if (out->n && out->v[out->n - 1].cell.word == cell.word)
		return;
	out->v[out->n++] = (struct eg_seg){ .from = (__u16)from, .cell = cell };
}

static struct eg_cell rule_cell(const struct eg_rule *rule, __u32 ordinal, unsigned int plen)
{
	return (struct eg_cell){ EG_CELL_WORD(rule->kind, plen, ordinal), EG_HIT_FIRST_RULE + ordinal };
}

static size_t count_claims(const struct eg_policy *policy, const __u32 *ordinals, size_t n)
{
	size_t i, sum = 0;

	for (i = 0; i < n; i++)
		sum += policy->rules[ordinals[i]].n_ports + 1;
	return sum;
}

/* Pass 1: what each rule claims of this class. */
static size_t collect(const struct eg_policy *policy, const __u32 *ordinals, size_t n, unsigned int plen,
		      enum eg_class class, struct claim *claims)
{
	unsigned int bit = 1u << class;
	size_t i, j, used = 0;

	for (i = 0; i < n; i++) {
		const struct eg_rule *rule = &policy->rules[ordinals[i]];
		struct eg_cell cell = rule_cell(rule, ordinals[i], plen);

		if (!(rule->protos & bit))
			continue;
		if (!rule->n_ports)
			claims[used++] = (struct claim){ 0, PORTS - 1, cell };
		for (j = 0; j < rule->n_ports; j++) {
			if (rule->ports[j].protos & bit)
				claims[used++] = (struct claim){ rule->ports[j].lo, rule->ports[j].hi, cell };
		}
	}
	return used;
}

static int compare_claims(const void *a, const void *b)
{
	__u32 x = ((const struct claim *)a)->cell.word, y = ((const struct claim *)b)->cell.word;

	return x > y ? -1 : x < y;
}

static int compare_ports(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return x < y ? -1 : x > y;
}

/* Pass 2: the ports where anything can change, ascending, from 0. Returns how many. */
static size_t find_edges(const struct claim *claims, size_t n, __u32 *edges)
{
	size_t i, used = 0, kept = 0;

	edges[used++] = 0;
	for (i = 0; i < n; i++) {
		edges[used++] = claims[i].lo;
		edges[used++] = claims[i].hi + 1;
	}
	qsort(edges, used, sizeof(*edges), compare_ports);
	for (i = 0; i < used && edges[i] < PORTS; i++) {
		if (!kept || edges[kept - 1] != edges[i])
			edges[kept++] = edges[i];
	}
	return kept;
}

static size_t edge_at(const __u32 *edges, size_t n, __u32 port)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (edges[mid] < port)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The first segment from i on that no claim has yet. Shortens the way for the next one. */
static size_t next_free(size_t *next, size_t i)
{
	while (next[i] != i) {
		next[i] = next[next[i]];
		i = next[i];
	}
	return i;
}

/*
 * Pass 3: the strongest claim goes first and takes what it wants; later ones get what is left. Each
 * segment is painted once, so that many rules over many ports stay n log n.
 */
static int paint(const struct claim *claims, size_t n, const __u32 *edges, size_t n_edges, struct eg_cell *cells)
{
	cleanup_free size_t *next = malloc((n_edges + 1) * sizeof(*next));
	size_t i, at, end;

	if (!next)
		return -ENOMEM;
	for (i = 0; i <= n_edges; i++)
		next[i] = i;
	for (i = 0; i < n; i++) {
		end = edge_at(edges, n_edges, claims[i].hi + 1);
		for (at = next_free(next, edge_at(edges, n_edges, claims[i].lo)); at < end; at = next_free(next, at)) {
			cells[at] = claims[i].cell;
			next[at] = at + 1;
		}
	}
	return 0;
}

static int flatten_claims(struct claim *claims, size_t n, struct eg_segs *out)
{
	cleanup_free __u32 *edges = malloc((2 * n + 1) * sizeof(*edges));
	cleanup_free struct eg_cell *cells = NULL;
	size_t i, n_edges;

	if (!edges)
		return -ENOMEM;
	qsort(claims, n, sizeof(*claims), compare_claims);
	n_edges = find_edges(claims, n, edges);
	cells = calloc(n_edges, sizeof(*cells));
	if (!cells || paint(claims, n, edges, n_edges, cells) || reserve(out, n_edges))
		return -ENOMEM;
	for (i = 0; i < n_edges; i++)
		append(out, edges[i], cells[i]);
	return 0;
}

int eg_flatten_rules(const struct eg_policy *policy, const __u32 *ordinals, size_t n, unsigned int plen,
		     enum eg_class class, struct eg_segs *out)
{
	cleanup_free struct claim *claims = malloc((count_claims(policy, ordinals, n) + 1) * sizeof(*claims));
	size_t n_claims;

	out->n = 0;
	if (!claims)
		return -ENOMEM;
	n_claims = collect(policy, ordinals, n, plen, class, claims);
	return n_claims ? flatten_claims(claims, n_claims, out) : 0;
}

int eg_flatten_max(const struct eg_seg *a, size_t na, const struct eg_seg *b, size_t nb, struct eg_segs *out)
{
	size_t i = 0, j = 0;
	__u32 from = 0, next_a, next_b;

	out->n = 0;
	if (reserve(out, na + nb))
		return -ENOMEM;
	while (from < PORTS) {
		append(out, from, a[i].cell.word > b[j].cell.word ? a[i].cell : b[j].cell);
		next_a = i + 1 < na ? a[i + 1].from : PORTS;
		next_b = j + 1 < nb ? b[j + 1].from : PORTS;
		from = next_a < next_b ? next_a : next_b;
		i += next_a == from;
		j += next_b == from;
	}
	return 0;
}
