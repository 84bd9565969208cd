/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/str.h"

static void distance_counts_edits(void **unused)
{
	(void)unused;
	assert_int_equal(eg_str_distance("", ""), 0);
	assert_int_equal(eg_str_distance("port", "port"), 0);
	assert_int_equal(eg_str_distance("", "port"), 4);
	assert_int_equal(eg_str_distance("ports", "port"), 1);
	assert_int_equal(eg_str_distance("prot", "port"), 1); /* a swap is one slip of the fingers */
	assert_int_equal(eg_str_distance("kitten", "sitting"), 3);
	assert_int_equal(eg_str_distance("ca", "abc"), 3); /* no edit inside a swap */
}

static void distance_of_long_words_is_their_length(void **unused)
{
	char a[101];

	(void)unused;
	memset(a, 'a', 100);
	a[100] = '\0';
	assert_int_equal(eg_str_distance(a, "a"), 100);
	assert_int_equal(eg_str_distance("a", a), 100);
	a[63] = '\0';
	assert_int_equal(eg_str_distance(a, a), 0);
}

static void closest_hints_only_at_what_is_near(void **unused)
{
	static const char *const names[] = { "tcp", "udp", "icmp", "any", "existing", NULL };

	(void)unused;
	assert_string_equal(eg_str_closest("tpc", names), "tcp");
	assert_string_equal(eg_str_closest("TCP", names), "tcp");
	assert_string_equal(eg_str_closest("exisitng", names), "existing");
	assert_string_equal(eg_str_closest("exstng", names), "existing");
	assert_null(eg_str_closest("sctp", names));
	assert_null(eg_str_closest("on", names));
	assert_null(eg_str_closest("", names));
}

static void utf8_knows_its_bounds(void **unused)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {
		{ "a", 1 },
		{ "\303\274", 2 },
		{ "\342\202\254", 3 },
		{ "\360\237\230\200", 4 },
		{ "\200", 0 },
		{ "\300\200", 0 },
		{ "\301\277", 0 },
		{ "\340\237\277", 0 },
		{ "\340\240\200", 3 },
		{ "\355\237\277", 3 },
		{ "\355\240\200", 0 },
		{ "\360\217\277\277", 0 },
		{ "\364\217\277\277", 4 },
		{ "\364\220\200\200", 0 },
		{ "\365\200\200\200", 0 },
		{ "\303", 0 },
		{ "\342\202", 0 },
		{ "\342\202a", 0 },
		{ "\303a", 0 },
		{ "\377", 0 },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(eg_str_utf8(cases[i].text, strlen(cases[i].text)), cases[i].len);
	assert_int_equal(eg_str_utf8("a", 0), 0);
	assert_int_equal(eg_str_utf8("\342\202\254", 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distance_counts_edits),
		cmocka_unit_test(distance_of_long_words_is_their_length),
		cmocka_unit_test(closest_hints_only_at_what_is_near),
		cmocka_unit_test(utf8_knows_its_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
