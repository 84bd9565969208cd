/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/diag.h"

static void print(const struct eg_diags *d, char *buf, size_t size)
{
	FILE *to = fmemopen(buf, size, "w");
	size_t i;

	assert_non_null(to);
	for (i = 0; i < d->n; i++)
		eg_diag_print(&d->v[i], to);
	fclose(to);
}

static struct eg_span at(unsigned int line, unsigned int col, unsigned int len)
{
	return (struct eg_span){ line, col, len };
}

static void a_problem_shows_its_place_line_and_caret(void **unused)
{
	struct eg_diags d = EG_DIAGS_INIT;
	char buf[512];

	(void)unused;
	eg_diag_add(&d, EG_ERROR, "web.ini", at(7, 6, 11), "to = 10.0.0.0/33", NULL,
		    "'%s' has a prefix length above 32", "10.0.0.0/33");
	print(&d, buf, sizeof(buf));
	assert_string_equal(buf, "web.ini:7:6: error: '10.0.0.0/33' has a prefix length above 32\n"
				 "    to = 10.0.0.0/33\n"
				 "         ^~~~~~~~~~~\n");
	eg_diags_free(&d);
}

static void hints_and_warnings_are_marked(void **unused)
{
	struct eg_diags d = EG_DIAGS_INIT;
	char buf[512];

	(void)unused;
	eg_diag_add(&d, EG_WARNING, "a.ini", at(1, 1, 0), NULL, "did you mean 'port'?", "odd");
	print(&d, buf, sizeof(buf));
	assert_string_equal(buf, "a.ini:1:1: warning: odd\nhint: did you mean 'port'?\n");
	assert_int_equal(d.warnings, 1);
	assert_int_equal(d.errors, 0);
	eg_diags_free(&d);
}

static void none_is_reported_twice(void **unused)
{
	struct eg_diags d = EG_DIAGS_INIT;

	(void)unused;
	eg_diag_add(&d, EG_ERROR, "a.ini", at(1, 1, 1), "x", NULL, "bad");
	eg_diag_add(&d, EG_ERROR, "a.ini", at(1, 1, 1), "x", NULL, "bad");
	assert_int_equal(d.n, 1);
	assert_int_equal(d.errors, 1);
	eg_diag_add(&d, EG_ERROR, "a.ini", at(1, 2, 1), "x", NULL, "bad");
	eg_diag_add(&d, EG_ERROR, "a.ini", at(1, 1, 1), "x", NULL, "worse");
	eg_diag_add(&d, EG_ERROR, "b.ini", at(1, 1, 1), "x", NULL, "bad");
	eg_diag_add(&d, EG_WARNING, "a.ini", at(1, 1, 1), "x", NULL, "bad");
	assert_int_equal(d.n, 5);
	assert_int_equal(d.errors, 4);
	eg_diags_free(&d);
}

static void sorting_keeps_files_together_and_in_order(void **unused)
{
	struct eg_diags d = EG_DIAGS_INIT;

	(void)unused;
	eg_diag_add(&d, EG_ERROR, "b.ini", at(9, 1, 1), NULL, NULL, "2");
	eg_diag_add(&d, EG_ERROR, "a.ini", at(3, 1, 1), NULL, NULL, "5");
	eg_diag_add(&d, EG_ERROR, "b.ini", at(1, 7, 1), NULL, NULL, "1");
	eg_diag_add(&d, EG_ERROR, "a.ini", at(2, 5, 1), NULL, NULL, "4");
	eg_diag_add(&d, EG_ERROR, "b.ini", at(1, 2, 1), NULL, NULL, "0");
	eg_diag_add(&d, EG_ERROR, "a.ini", at(2, 1, 1), NULL, NULL, "3");
	eg_diag_add(&d, EG_ERROR, "a.ini", at(3, 1, 1), NULL, NULL, "6");
	eg_diag_sort(&d);
	for (size_t i = 0; i < d.n; i++)
		assert_int_equal(d.v[i].text[0], '0' + (int)i);
	eg_diags_free(&d);
}

static void nothing_of_the_file_moves_the_cursor(void **unused)
{
	struct eg_diags d = EG_DIAGS_INIT;
	char buf[512];

	(void)unused;
	eg_diag_add(&d, EG_ERROR, "\033[2Jx.ini", at(1, 5, 1), "a\r\007\x7f\302\233\377b", "\033", "'%s'", "\033]0;t");
	print(&d, buf, sizeof(buf));
	assert_string_equal(buf, "?[2Jx.ini:1:5: error: '?]0;t'\n"
				 "    a?????b\n"
				 "        ^\n"
				 "hint: ?\n");
	eg_diags_free(&d);
}

static void a_long_line_is_shown_around_the_place(void **unused)
{
	struct eg_diags d = EG_DIAGS_INIT;
	char line[1001], buf[2048], *shown, *caret;

	(void)unused;
	memset(line, 'x', 1000);
	line[1000] = '\0';
	memcpy(line + 500, "HERE", 4);
	eg_diag_add(&d, EG_ERROR, "a.ini", at(1, 501, 4), line, NULL, "bad");
	print(&d, buf, sizeof(buf));
	shown = strchr(buf, '\n') + 1;
	caret = strchr(shown, '\n') + 1;
	assert_true(caret - shown < 200);
	assert_int_equal(strchr(caret, '^') - caret, strstr(shown, "HERE") - shown);
	eg_diags_free(&d);
}

static void a_long_line_of_no_characters_is_no_harm(void **unused)
{
	struct eg_diags d = EG_DIAGS_INIT;
	char line[301], buf[2048], *shown, *caret;
	unsigned int col;

	(void)unused;
	memset(line, 0xb4, 300);
	line[300] = '\0';
	for (col = 1; col <= 301; col += 25)
		eg_diag_add(&d, EG_ERROR, "a.ini", at(1, col, 300), line, NULL, "bad");
	for (col = 0; col < d.n; col++) {
		struct eg_diags one = { .v = &d.v[col], .n = 1 };

		print(&one, buf, sizeof(buf));
		shown = strchr(buf, '\n') + 1;
		caret = strchr(shown, '\n') + 1;
		assert_true(strchr(caret, '^') - caret <= caret - shown);
		assert_true(strlen(caret) <= (size_t)(caret - shown) + 1);
	}
	eg_diags_free(&d);
}

static void a_place_beyond_the_line_is_harmless(void **unused)
{
	struct eg_diags d = EG_DIAGS_INIT;
	char buf[512];

	(void)unused;
	eg_diag_add(&d, EG_ERROR, "a.ini", at(1, 100, 50), "short", NULL, "bad");
	print(&d, buf, sizeof(buf));
	assert_string_equal(buf, "a.ini:1:100: error: bad\n    short\n         ^\n");
	eg_diags_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_problem_shows_its_place_line_and_caret),
		cmocka_unit_test(hints_and_warnings_are_marked),
		cmocka_unit_test(none_is_reported_twice),
		cmocka_unit_test(sorting_keeps_files_together_and_in_order),
		cmocka_unit_test(nothing_of_the_file_moves_the_cursor),
		cmocka_unit_test(a_long_line_is_shown_around_the_place),
		cmocka_unit_test(a_long_line_of_no_characters_is_no_harm),
		cmocka_unit_test(a_place_beyond_the_line_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
