/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "base/addr.h"

static void parses_and_prints_the_same(void **unused)
{
	static const struct {
		const char *text, *printed;
		int family, len;
	} cases[] = {
		{ "10.0.0.1", "10.0.0.1", 4, 32 },
		{ "10.0.0.1/32", "10.0.0.1", 4, 32 },
		{ "0.0.0.0/0", "0.0.0.0/0", 4, 0 },
		{ "10.0.0.0/8", "10.0.0.0/8", 4, 8 },
		{ "255.255.255.254/31", "255.255.255.254/31", 4, 31 },
		{ "::/0", "::/0", 6, 0 },
		{ "2001:DB8::/32", "2001:db8::/32", 6, 32 },
		{ "2001:db8::1", "2001:db8::1", 6, 128 },
		{ "64:ff9b::10.0.0.1", "64:ff9b::a00:1", 6, 128 },
		{ "::ffff:10.0.0.1", "10.0.0.1", 4, 32 },
		{ "::ffff:10.0.0.0/104", "10.0.0.0/8", 4, 8 },
		{ "::ffff:0:0/96", "0.0.0.0/0", 4, 0 },
		{ "::fffe:0:0/95", "::fffe:0:0/95", 6, 95 },
		{ "::/80", "::/80", 6, 80 },
	};
	char why[256], buf[EG_ADDR_TEXT];
	struct eg_prefix p;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(eg_addr_parse_prefix(cases[i].text, &p, why, sizeof(why)), 0);
		assert_int_equal(p.family, cases[i].family);
		assert_int_equal(p.len, cases[i].len);
		assert_string_equal(eg_addr_text(&p, buf), cases[i].printed);
	}
}

static void refuses_what_is_not_strict(void **unused)
{
	static const char *const bad[] = {
		"",
		"/",
		"/8",
		"10",
		"10.0.0",
		"10.0.0.0.0",
		"010.0.0.1",
		"0x0a.0.0.1",
		"10.0.0.256",
		" 10.0.0.1",
		"10.0.0.1 ",
		"10.0.0.1/",
		"10.0.0.1/-1",
		"10.0.0.1/+8",
		"10.0.0.1/ 8",
		"10.0.0.0/08",
		"10.0.0.0/8/8",
		"10.0.0.0/33",
		"10.0.0.0/999",
		"10.0.0.0/4294967304",
		":::",
		"1::2::3",
		"fe80::1%eth0",
		"fe80::1%eth0/64",
		"[::1]",
		"::/129",
		"10.0.0.1/31",
		"::1/127",
		"::ffff:0:0/95",
		"12345::",
		"::10.0.0.256",
		"1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111",
	};
	struct eg_prefix p, before;
	char why[256];
	size_t i;

	(void)unused;
	memset(&before, 0xa5, sizeof(before));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		p = before;
		why[0] = '\0';
		assert_int_equal(eg_addr_parse_prefix(bad[i], &p, why, sizeof(why)), -EINVAL);
		assert_memory_equal(&p, &before, sizeof(p));
		assert_non_null(strstr(why, bad[i]));
	}
}

static void a_message_is_cut_to_its_buffer(void **unused)
{
	struct eg_prefix p;
	char why[8];

	(void)unused;
	assert_int_equal(eg_addr_parse_prefix("10.0.0.0/33", &p, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "'10.0.0");
}

static struct eg_prefix prefix(const char *text)
{
	struct eg_prefix p;
	char why[128];

	assert_int_equal(eg_addr_parse_prefix(text, &p, why, sizeof(why)), 0);
	return p;
}

static bool covers(const char *outer, const char *inner)
{
	struct eg_prefix o = prefix(outer), i = prefix(inner);

	return eg_addr_covers(&o, &i);
}

static void covers_counts_bits(void **unused)
{
	(void)unused;
	assert_true(covers("10.0.0.0/8", "10.255.0.0/16"));
	assert_true(covers("10.0.0.0/8", "10.0.0.0/8"));
	assert_true(covers("0.0.0.0/0", "255.255.255.255"));
	assert_true(covers("10.128.0.0/9", "10.128.0.1"));
	assert_false(covers("10.128.0.0/9", "10.127.255.255"));
	assert_false(covers("10.0.0.0/16", "10.0.0.0/8"));
	assert_false(covers("::/0", "10.0.0.0/8"));
	assert_true(covers("2001:db8::/33", "2001:db8:7fff::/48"));
	assert_false(covers("2001:db8::/33", "2001:db8:8000::/48"));
}

static void orders_by_family_address_length(void **unused)
{
	static const char *const sorted[] = { "0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/9", "10.0.0.0",
					      "10.0.0.1",  "::/0",	 "::1" };
	size_t i, j;

	(void)unused;
	for (i = 0; i < sizeof(sorted) / sizeof(*sorted); i++) {
		for (j = 0; j < sizeof(sorted) / sizeof(*sorted); j++) {
			struct eg_prefix a = prefix(sorted[i]), b = prefix(sorted[j]);
			int order = eg_addr_compare(&a, &b);

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
	}
}

/* "a, b, c": what the range is made of. */
static const char *range_text(const char *text, char *buf, size_t size)
{
	struct eg_prefix *v = NULL;
	char why[256] = "", one[EG_ADDR_TEXT];
	size_t i, n = 0, used = 0;

	if (eg_addr_parse_range(text, &v, &n, why, sizeof(why)))
		fail_msg("%s", why);
	for (i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? ", " : "", eg_addr_text(&v[i], one));
	free(v);
	return buf;
}

static void a_range_is_the_fewest_prefixes(void **unused)
{
	static const struct {
		const char *text, *prefixes;
	} cases[] = {
		{ "10.0.0.1-10.0.0.1", "10.0.0.1" },
		{ "10.0.0.1-10.0.0.2", "10.0.0.1, 10.0.0.2" },
		{ "10.0.0.2-10.0.0.3", "10.0.0.2/31" },
		{ "10.0.0.0-10.255.255.255", "10.0.0.0/8" },
		{ "10.0.0.255-10.0.2.0", "10.0.0.255, 10.0.1.0/24, 10.0.2.0" },
		{ "198.51.100.10-198.51.100.20",
		  "198.51.100.10/31, 198.51.100.12/30, 198.51.100.16/30, 198.51.100.20" },
		{ "0.0.0.0-255.255.255.255", "0.0.0.0/0" },
		{ "255.255.255.255-255.255.255.255", "255.255.255.255" },
		{ "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0" },
		{ "2001:db8::1-2001:DB8::4", "2001:db8::1, 2001:db8::2/127, 2001:db8::4" },
		{ "2001:db8::ffff:ffff-2001:db8::1:0:0", "2001:db8::ffff:ffff, 2001:db8::1:0:0" },
		{ "::ffff:10.0.0.0-::ffff:10.0.0.4", "10.0.0.0/30, 10.0.0.4" },
	};
	char buf[256];
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_string_equal(range_text(cases[i].text, buf, sizeof(buf)), cases[i].prefixes);
}

static void the_longest_lists_have_62_and_254_prefixes(void **unused)
{
	struct eg_prefix *v = NULL;
	char why[256];
	size_t n = 0;

	(void)unused;
	assert_int_equal(eg_addr_parse_range("0.0.0.1-255.255.255.254", &v, &n, why, sizeof(why)), 0);
	assert_int_equal(n, 62);
	assert_int_equal(eg_addr_parse_range("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", &v, &n, why, sizeof(why)),
			 0);
	assert_int_equal(n, 62 + 254); /* behind what was there */
	assert_int_equal(v[0].family, 4);
	assert_int_equal(v[62].family, 6);
	free(v);
}

/* Ascending, disjoint, no two that are one, and of the last bytes 0 to 63 exactly lo to hi. */
static void check_range(const struct eg_prefix *v, size_t n, unsigned int lo, unsigned int hi, size_t last_byte)
{
	unsigned int at = lo;
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned int size = 1u << (8 * (last_byte + 1) - v[i].len);

		assert_int_equal(v[i].addr[last_byte], at);
		assert_int_equal(at % size, 0);
		if (i && v[i - 1].len == v[i].len)
			assert_int_not_equal(at % (2 * size), size);
		at += size;
	}
	assert_int_equal(at, hi + 1);
}

static void every_small_range_is_exact(void **unused)
{
	unsigned int lo, hi;

	(void)unused;
	for (lo = 0; lo < 64; lo++) {
		for (hi = lo; hi < 64; hi++) {
			struct eg_prefix *v = NULL;
			char text[64], why[256];
			size_t n = 0, n4;

			snprintf(text, sizeof(text), "10.0.0.%u-10.0.0.%u", lo, hi);
			assert_int_equal(eg_addr_parse_range(text, &v, &n, why, sizeof(why)), 0);
			check_range(v, n, lo, hi, 3);
			n4 = n;
			snprintf(text, sizeof(text), "fd00::%x-fd00::%x", lo, hi);
			assert_int_equal(eg_addr_parse_range(text, &v, &n, why, sizeof(why)), 0);
			check_range(v + n4, n - n4, lo, hi, 15);
			free(v);
		}
	}
}

static void refuses_what_is_no_range(void **unused)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "not a range" },
		{ "10.0.0.1", "not a range" },
		{ "-", "lacks one end" },
		{ "10.0.0.1-", "lacks one end" },
		{ "-10.0.0.1", "lacks one end" },
		{ "10.0.0.1 - 10.0.0.2", "white space" },
		{ "10.0.0.1-10.0.0.2\t", "white space" },
		{ "10.0.0.1-20", "'20' is not an IP address" },
		{ "010.0.0.1-10.0.0.2", "'010.0.0.1' is not an IP address" },
		{ "10.0.0.1-10.0.0.2-10.0.0.3", "'10.0.0.2-10.0.0.3' is not an IP address" },
		{ "a.example-b.example", "'a.example' is not an IP address" },
		{ "10.0.0.0/24-10.0.1.0/24", "range of prefixes" },
		{ "fe80::1%eth0-fe80::2%eth0", "zone" },
		{ "10.0.0.2-10.0.0.1", "ends before it starts" },
		{ "2001:db8::2-2001:db8::1", "ends before it starts" },
		{ "10.0.0.1-2001:db8::1", "an IPv4 and an IPv6 end" },
		{ "2001:db8::1-10.0.0.1", "an IPv4 and an IPv6 end" },
		{ "::ffff:10.0.0.1-10.0.0.2", "IPv4-mapped" },
		{ "::-::ffff:10.0.0.2", "IPv4-mapped" },
		{ "::ffff:10.0.0.1-2001:db8::1", "IPv4-mapped" },
		{ "1111:1111:1111:1111:1111:1111:1111:11111111:1111:1111:1111:1111:1111:1111:1111-::1",
		  "not an IP address" },
	};
	struct eg_prefix kept = prefix("192.0.2.0/24"), *v = malloc(sizeof(*v));
	char why[256];
	size_t i, n = 1;

	(void)unused;
	assert_non_null(v);
	*v = kept;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(eg_addr_parse_range(bad[i].text, &v, &n, why, sizeof(why)), -EINVAL);
		assert_int_equal(n, 1);
		assert_memory_equal(v, &kept, sizeof(kept));
		assert_non_null(strstr(why, bad[i].text));
		assert_non_null(strstr(why, bad[i].why));
	}
	free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_and_prints_the_same),
		cmocka_unit_test(refuses_what_is_not_strict),
		cmocka_unit_test(a_message_is_cut_to_its_buffer),
		cmocka_unit_test(covers_counts_bits),
		cmocka_unit_test(orders_by_family_address_length),
		cmocka_unit_test(a_range_is_the_fewest_prefixes),
		cmocka_unit_test(the_longest_lists_have_62_and_254_prefixes),
		cmocka_unit_test(every_small_range_is_exact),
		cmocka_unit_test(refuses_what_is_no_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
