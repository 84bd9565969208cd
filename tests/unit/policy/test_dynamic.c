/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/dynamic.h"

struct raw {
	struct eg_prefix p;
	const char *text;
};

static const struct raw raws[] = {
	{ { 4, 24, { 192, 0, 2, 77 } }, "192.0.2.0/24" },
	{ { 4, 32, { 192, 0, 2, 77 } }, "192.0.2.77" },
	{ { 4, 0, { 192, 0, 2, 77 } }, "0.0.0.0/0" },
	{ { 4, 31, { 192, 0, 2, 77 } }, "192.0.2.76/31" },
	{ { 6, 64, { 0xfe, 0x80, [15] = 7 } }, "fe80::/64" },
	{ { 6, 128, { 0xfe, 0x80, [15] = 7 } }, "fe80::7" },
	{ { 6, 128, { [10] = 0xff, 0xff, 192, 0, 2, 77 } }, "192.0.2.77" },
	{ { 6, 120, { [10] = 0xff, 0xff, 192, 0, 2, 77 } }, "192.0.2.0/24" },
	{ { 6, 96, { [10] = 0xff, 0xff, 192, 0, 2, 77 } }, "0.0.0.0/0" },
	{ { 6, 95, { [10] = 0xff, 0xff, 192, 0, 2, 77 } }, "::fffe:0:0/95" },
	{ { 6, 128, { [10] = 0xff, 0xfe, 192, 0, 2, 77 } }, "::fffe:c000:24d" },
};

#define RAWS (sizeof(raws) / sizeof(*raws))

static void what_is_added_becomes_canonical(void **unused)
{
	struct eg_prefix *v = NULL;
	char text[EG_ADDR_TEXT];
	size_t i, n = 0;

	(void)unused;
	for (i = 0; i < RAWS; i++) {
		assert_int_equal(eg_dynamic_add(&v, &n, raws[i].p), 0);
		assert_int_equal(n, i + 1);
		assert_string_equal(eg_addr_text(&v[i], text), raws[i].text);
	}
	free(v);
}

static void what_is_settled_is_sorted_and_there_once(void **unused)
{
	static const char *const want[] = { "0.0.0.0/0",     "192.0.2.0/24",	"192.0.2.76/31", "192.0.2.77",
					    "::fffe:0:0/95", "::fffe:c000:24d", "fe80::/64",	 "fe80::7" };
	struct eg_prefix *v = NULL;
	char text[EG_ADDR_TEXT];
	size_t i, n = 0;

	(void)unused;
	for (i = 0; i < 3 * RAWS; i++)
		assert_int_equal(eg_dynamic_add(&v, &n, raws[i * 7 % RAWS].p), 0);
	eg_dynamic_settle(v, &n);
	assert_int_equal(n, sizeof(want) / sizeof(*want));
	for (i = 0; i < n; i++)
		assert_string_equal(eg_addr_text(&v[i], text), want[i]);
	free(v);
}

static void nothing_settles_to_nothing(void **unused)
{
	size_t n = 0;

	(void)unused;
	eg_dynamic_settle(NULL, &n);
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_added_becomes_canonical),
		cmocka_unit_test(what_is_settled_is_sorted_and_there_once),
		cmocka_unit_test(nothing_settles_to_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
