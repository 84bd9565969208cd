/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sets of addresses: by example, and against bitmaps of a universe of 16 IPv4 and 16 IPv6 addresses.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <time.h>

#include "base/ranges.h"

#define ROUNDS 20000
#define MANY 200000

static unsigned long long state = 42;

static unsigned int rnd(unsigned int below)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned int)(state >> 33) % below;
}

/* ---- by example ---- */

struct set {
	struct eg_prefix *v;
	size_t n;
};

/* "a b c", made canonical. The caller frees v. */
static struct set set(const char *text)
{
	char *copy = strdup(text), *save = NULL, *word, why[256];
	struct set s = { malloc((strlen(text) / 2 + 1) * sizeof(*s.v)), 0 };

	assert_non_null(copy);
	assert_non_null(s.v);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (eg_addr_parse_prefix(word, &s.v[s.n++], why, sizeof(why)))
			fail_msg("%s", why);
	}
	free(copy);
	assert_int_equal(eg_ranges_canonical(s.v, &s.n), 0);
	return s;
}

static void assert_set(const struct eg_prefix *v, size_t n, const char *expected)
{
	char buf[512] = "", one[EG_ADDR_TEXT];
	size_t i, used = 0;

	for (i = 0; i < n && used < sizeof(buf); i++)
		used += (size_t)snprintf(buf + used, sizeof(buf) - used, "%s%s", i ? " " : "",
					 eg_addr_text(&v[i], one));
	assert_string_equal(buf, expected);
}

static void sorts_drops_and_merges(void **unused)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "10.0.0.1", "10.0.0.1" },
		{ "10.0.0.1 10.0.0.1", "10.0.0.1" },
		{ "10.0.0.2 ::2 10.0.0.1 ::1", "10.0.0.1 10.0.0.2 ::1 ::2" },
		{ "10.1.0.0/16 10.0.0.0/8 10.0.0.0/9", "10.0.0.0/8" },
		{ "10.0.0.1 10.0.0.0", "10.0.0.0/31" },
		{ "10.0.0.3 10.0.0.0/31 10.0.0.2", "10.0.0.0/30" },
		{ "10.0.0.0/30 10.0.0.6 10.0.0.4/31 10.0.0.7 10.0.0.5", "10.0.0.0/29" },
		{ "128.0.0.0/1 0.0.0.0/1 8000::/1 ::/1", "0.0.0.0/0 ::/0" },
		{ "0.0.0.0/0 ::/0 10.0.0.1 ::1", "0.0.0.0/0 ::/0" },
		{ "10.0.0.0/24 10.0.2.0/24", "10.0.0.0/24 10.0.2.0/24" },
		{ "10.0.1.0/24 10.0.2.0/24", "10.0.1.0/24 10.0.2.0/24" },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct set s = set(cases[i][0]);

		assert_set(s.v, s.n, cases[i][1]);
		free(s.v);
	}
}

static void subtracts(void **unused)
{
	static const char *const cases[][3] = {
		{ "", "", "" },
		{ "", "10.0.0.0/8", "" },
		{ "10.0.0.0/8", "", "10.0.0.0/8" },
		{ "10.0.0.0/8", "10.0.0.0/8", "" },
		{ "10.0.0.0/9 10.192.0.0/10", "10.0.0.0/8", "" },
		{ "10.0.0.0/30", "10.0.0.2", "10.0.0.0/31 10.0.0.3" },
		{ "10.0.0.0/29", "10.0.0.0 10.0.0.7", "10.0.0.1 10.0.0.2/31 10.0.0.4/31 10.0.0.6" },
		{ "10.0.0.0/8", "9.0.0.0/8 10.128.0.0/9 11.0.0.0/8", "10.0.0.0/9" },
		{ "0.0.0.0/0", "::/0", "0.0.0.0/0" },
		{ "0.0.0.0/0 ::/0", "0.0.0.0/1 8000::/1", "128.0.0.0/1 ::/1" },
		{ "10.0.0.1 ::1", "0.0.0.0/0", "::1" },
		{ "2001:db8::/126", "2001:db8::1", "2001:db8:: 2001:db8::2/127" },
	};
	struct eg_prefix *out;
	size_t i, n;

	(void)unused;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct set a = set(cases[i][0]), b = set(cases[i][1]);

		assert_int_equal(eg_ranges_subtract(a.v, a.n, b.v, b.n, &out, &n), 0);
		assert_set(out, n, cases[i][2]);
		assert_int_equal(!out, !n);
		free(out);
		free(a.v);
		free(b.v);
	}
}

static void nothing_may_be_null(void **unused)
{
	struct set a = set("10.0.0.0/8");
	struct eg_prefix *out;
	size_t n = 0;

	(void)unused;
	assert_int_equal(eg_ranges_canonical(NULL, &n), 0);
	assert_int_equal(eg_ranges_subtract(a.v, a.n, NULL, 0, &out, &n), 0);
	assert_set(out, n, "10.0.0.0/8");
	free(out);
	assert_int_equal(eg_ranges_subtract(NULL, 0, a.v, a.n, &out, &n), 0);
	assert_set(out, n, "");
	assert_false(eg_ranges_overlap(a.v, a.n, NULL, 0));
	assert_false(eg_ranges_overlap(NULL, 0, a.v, a.n));
	assert_false(eg_ranges_contain(NULL, 0, a.v));
	free(a.v);
}

static void takes_a_host_out_of_everything(void **unused)
{
	struct set a = set("::/0 0.0.0.0/0"), b = set("::1 127.0.0.1");
	struct eg_prefix *out;
	size_t n;

	(void)unused;
	assert_int_equal(eg_ranges_subtract(a.v, a.n, b.v, b.n, &out, &n), 0);
	assert_int_equal(n, 32 + 128);
	assert_false(eg_ranges_overlap(out, n, b.v, b.n));
	free(out);
	free(a.v);
	free(b.v);
}

/* ---- against bitmaps ---- */

/* Any prefix of 10.0.0.0/28 and fd00::/124. */
static struct eg_prefix small_prefix(void)
{
	struct eg_prefix p = { .family = rnd(2) ? 4 : 6 };
	unsigned int bits = rnd(5), addr = rnd(16) & ~0u << (4 - bits);

	p.len = (__u8)((p.family == 4 ? 28 : 124) + bits);
	p.addr[0] = p.family == 4 ? 10 : 0xfd;
	p.addr[p.family == 4 ? 3 : 15] = (__u8)addr;
	return p;
}

/* A bit for each address: IPv4 in the low half. */
static uint32_t bitmap(const struct eg_prefix *v, size_t n)
{
	uint32_t map = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned int bits = v[i].family == 4 ? 32 : 128;
		unsigned int first = v[i].addr[bits / 8 - 1], at;

		for (at = first; at < first + (1u << (bits - v[i].len)); at++)
			map |= 1u << (at + (v[i].family == 4 ? 0 : 16));
	}
	return map;
}

/* Whether v has a prefix for all addresses of the block. */
static bool one_has(const uint32_t *maps, size_t n, uint32_t block)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!(block & ~maps[i]))
			return true;
	}
	return false;
}

/* Ascending, disjoint, and each block that could be a prefix lies in a single one. */
static void check_canonical(const struct eg_prefix *v, size_t n)
{
	uint32_t maps[32], map = bitmap(v, n), seen = 0;
	unsigned int size, at;
	size_t i;

	assert_in_range(n, 0, 32);
	for (i = 0; i < n; i++) {
		maps[i] = bitmap(&v[i], 1);
		assert_true(maps[i] > seen); /* the bits ascend as the addresses do */
		assert_int_equal(maps[i] & seen, 0);
		seen |= maps[i];
	}
	for (size = 1; size <= 16; size *= 2) {
		for (at = 0; at < 32; at += size) {
			uint32_t block = ((1u << size) - 1) << at;

			assert_true((block & ~map) || one_has(maps, n, block));
		}
	}
}

static size_t small_set(struct eg_prefix *v)
{
	size_t i, n = rnd(12);
	uint32_t map;

	for (i = 0; i < n; i++)
		v[i] = small_prefix();
	map = bitmap(v, n);
	assert_int_equal(eg_ranges_canonical(v, &n), 0);
	assert_int_equal(bitmap(v, n), map);
	check_canonical(v, n);
	return n;
}

static void agrees_with_bitmaps(void **unused)
{
	struct eg_prefix a[12], b[12], p, *out;
	unsigned int round, overlaps = 0, contained = 0;

	(void)unused;
	for (round = 0; round < ROUNDS; round++) {
		size_t na = small_set(a), nb = small_set(b), n;
		uint32_t in_a = bitmap(a, na), in_b = bitmap(b, nb), in_p;

		assert_int_equal(eg_ranges_subtract(a, na, b, nb, &out, &n), 0);
		assert_int_equal(bitmap(out, n), in_a & ~in_b);
		check_canonical(out, n);
		free(out);
		assert_int_equal(eg_ranges_overlap(a, na, b, nb), (in_a & in_b) != 0);
		overlaps += (in_a & in_b) != 0;
		p = small_prefix();
		in_p = bitmap(&p, 1);
		assert_int_equal(eg_ranges_contain(a, na, &p), !(in_p & ~in_a));
		contained += !(in_p & ~in_a);
	}
	/* both answers were asked for */
	assert_in_range(overlaps, ROUNDS / 10, ROUNDS - ROUNDS / 10);
	assert_in_range(contained, ROUNDS / 10, ROUNDS - ROUNDS / 10);
}

/* ---- many ---- */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* All /32 of 10.0.0.0 on and all /128 of fd00:: on, in some order. */
static void fill_shuffled(struct eg_prefix *v, unsigned int n)
{
	unsigned int i, j;

	for (i = 0; i < n; i++) {
		unsigned int at = i / 2, low = i % 2 ? 13 : 1;

		v[i] = (struct eg_prefix){ .family = i % 2 ? 6 : 4, .len = i % 2 ? 128 : 32 };
		v[i].addr[0] = i % 2 ? 0xfd : 10;
		v[i].addr[low] = (__u8)(at >> 16);
		v[i].addr[low + 1] = (__u8)(at >> 8);
		v[i].addr[low + 2] = (__u8)at;
	}
	for (i = n; i > 1; i--) {
		struct eg_prefix tmp = v[i - 1];

		j = rnd(i);
		v[i - 1] = v[j];
		v[j] = tmp;
	}
}

/* Bounds are for slow machines and sanitizers; what is quadratic misses them by far. */
static void handles_200000_prefixes_in_no_time(void **unused)
{
	struct eg_prefix *v = malloc(MANY * sizeof(*v)), *odd = malloc(MANY * sizeof(*odd)), *out;
	struct set all = set("10.0.0.0/8 fd00::/16");
	size_t n = MANY, n_odd = 0, n_out, i;
	double start = now(), canonical;

	(void)unused;
	assert_non_null(v);
	assert_non_null(odd);
	fill_shuffled(v, MANY);
	for (i = 0; i < MANY; i++) {
		if (v[i].addr[v[i].family == 4 ? 3 : 15] & 1)
			odd[n_odd++] = v[i];
	}
	start = now();
	eg_ranges_canonical(v, &n);
	canonical = now() - start;
	assert_true(n < 32);
	assert_int_equal(n_odd, MANY / 2);
	eg_ranges_canonical(odd, &n_odd);
	assert_int_equal(n_odd, MANY / 2); /* nothing to merge */
	start = now();
	assert_int_equal(eg_ranges_subtract(all.v, all.n, odd, n_odd, &out, &n_out), 0);
	assert_false(eg_ranges_overlap(out, n_out, odd, n_odd));
	for (i = 0; i < n_odd; i++)
		assert_true(eg_ranges_contain(v, n, &odd[i]));
	print_message("%d prefixes: canonical in %.3f s; subtracted, compared, looked up in %.3f s\n", MANY, canonical,
		      now() - start);
	assert_true(canonical < 2.0);
	assert_true(now() - start < 2.0);
	free(out);
	free(odd);
	free(v);
	free(all.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_drops_and_merges), cmocka_unit_test(subtracts),
		cmocka_unit_test(nothing_may_be_null),	  cmocka_unit_test(takes_a_host_out_of_everything),
		cmocka_unit_test(agrees_with_bitmaps),	  cmocka_unit_test(handles_200000_prefixes_in_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
