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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_and_prints_the_same),	   cmocka_unit_test(refuses_what_is_not_strict),
		cmocka_unit_test(a_message_is_cut_to_its_buffer),  cmocka_unit_test(covers_counts_bits),
		cmocka_unit_test(orders_by_family_address_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
