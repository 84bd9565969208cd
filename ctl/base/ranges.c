/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "base/ranges.h"

#include <errno.h>
#include <stdlib.h>

#include "base/vec.h"

/* The prefix of one bit more. high: the upper half. */
static struct eg_prefix half(struct eg_prefix p, bool high)
{
	if (high)
		p.addr[p.len / 8] |= (__u8)(0x80 >> p.len % 8);
	p.len++;
	return p;
}

/* Whether lo and hi, disjoint and in this order, are the halves of a prefix. */
static bool halves(const struct eg_prefix *lo, const struct eg_prefix *hi)
{
	struct eg_prefix whole = *lo;

	if (!lo->len || lo->len != hi->len)
		return false;
	whole.len--;
	return eg_addr_covers(&whole, hi);
}

int eg_ranges_canonical(struct eg_prefix *v, size_t *n)
{
	size_t i, kept = 0;

	if (!*n)
		return 0;
	qsort(v, *n, sizeof(*v), eg_addr_compare);
	for (i = 0; i < *n; i++) {
		/* What covers v[i] comes before it, and is the last one kept: those are disjoint. */
		if (kept && eg_addr_covers(&v[kept - 1], &v[i]))
			continue;
		v[kept++] = v[i];
		for (; kept > 1 && halves(&v[kept - 2], &v[kept - 1]); kept--)
			v[kept - 2].len--;
	}
	*n = kept;
	return 0;
}

/* The way through what is taken away, b[at] next, and the result. */
struct carving {
	const struct eg_prefix *b;
	size_t nb, at;
	struct eg_prefix *v;
	size_t n;
};

/*
 * Keeps of p what b does not cover; b[at] lies in p or behind it.
 * Calls itself at most 128 deep: each time with a longer prefix.
 */
static int carve(struct carving *c, const struct eg_prefix *p)
{
	struct eg_prefix part, *added;

	if (c->at == c->nb || !eg_addr_covers(p, &c->b[c->at])) {
		added = EG_VEC_ADD(c->v, c->n);
		if (!added)
			return -ENOMEM;
		*added = *p;
		return 0;
	}
	if (c->b[c->at].len == p->len) {
		c->at++;
		return 0;
	}
	part = half(*p, false);
	if (carve(c, &part))
		return -ENOMEM;
	part = half(*p, true);
	return carve(c, &part);
}

/* Passes what ends before p. Returns whether b covers all of p. */
static bool reach(struct carving *c, const struct eg_prefix *p)
{
	for (; c->at < c->nb; c->at++) {
		if (eg_addr_covers(&c->b[c->at], p))
			return true;
		if (eg_addr_compare(&c->b[c->at], p) > 0)
			return false;
	}
	return false;
}

int eg_ranges_subtract(const struct eg_prefix *a, size_t na, const struct eg_prefix *b, size_t nb,
		       struct eg_prefix **out, size_t *n_out)
{
	struct carving c = { .b = b, .nb = nb };
	size_t i;

	for (i = 0; i < na; i++) {
		if (reach(&c, &a[i]) || !carve(&c, &a[i]))
			continue;
		free(c.v);
		return -ENOMEM;
	}
	*out = c.v;
	*n_out = c.n;
	return 0;
}

/*
 * The first element from i on that may overlap p: the last one that is not behind p, or the one after it. In steps
 * that double, so that a long list is leapt over as fast as a short one is walked.
 */
static size_t leap(const struct eg_prefix *v, size_t n, size_t i, const struct eg_prefix *p)
{
	size_t step, lo = i, hi, mid;

	for (step = 1; lo + step < n && eg_addr_compare(&v[lo + step], p) <= 0; step *= 2)
		lo += step;
	hi = lo + step < n ? lo + step : n;
	while (hi - lo > 1) {
		mid = lo + (hi - lo) / 2;
		if (eg_addr_compare(&v[mid], p) <= 0)
			lo = mid;
		else
			hi = mid;
	}
	return lo > i ? lo : i + 1;
}

bool eg_ranges_overlap(const struct eg_prefix *a, size_t na, const struct eg_prefix *b, size_t nb)
{
	size_t i = 0, j = 0;

	while (i < na && j < nb) {
		if (eg_addr_covers(&a[i], &b[j]) || eg_addr_covers(&b[j], &a[i]))
			return true;
		if (eg_addr_compare(&a[i], &b[j]) < 0)
			i = leap(a, na, i, &b[j]);
		else
			j = leap(b, nb, j, &a[i]);
	}
	return false;
}

bool eg_ranges_contain(const struct eg_prefix *v, size_t n, const struct eg_prefix *p)
{
	size_t lo = 0, hi = n;

	/* Halves are merged, so one prefix covers all of p or none does; it is the last that is not behind p. */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (eg_addr_compare(&v[mid], p) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && eg_addr_covers(&v[lo - 1], p);
}
