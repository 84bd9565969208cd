/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/vec.h"

static void elements_keep_their_values_while_it_grows(void **unused)
{
	unsigned int *v = NULL, *added;
	size_t n = 0, i;

	(void)unused;
	for (i = 0; i < 1000; i++) {
		added = EG_VEC_ADD(v, n);
		assert_non_null(added);
		assert_int_equal(*added, 0);
		*added = (unsigned int)i;
	}
	assert_int_equal(n, 1000);
	for (i = 0; i < n; i++)
		assert_int_equal(v[i], i);
	free(v);
}

static void a_size_beyond_memory_leaves_the_vector(void **unused)
{
	char *v = malloc(1);

	(void)unused;
	assert_null(eg_vec_room(v, (SIZE_MAX >> 1) + 1, 1));
	free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_keep_their_values_while_it_grows),
		cmocka_unit_test(a_size_beyond_memory_leaves_the_vector),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
