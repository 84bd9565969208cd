/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "ask.h"
#include "policy/intern.h"

static bool never_equal(const void *things, __u32 id, const void *key)
{
	(void)things;
	(void)id;
	(void)key;
	return false;
}

/* Two things with one hash are rare, so nothing else here would notice what a miss does to the id. */
static void a_miss_leaves_the_id_alone_even_where_hashes_collide(void **unused)
{
	struct eg_intern table = { 0 };
	__u32 id = 7;

	(void)unused;
	assert_int_equal(eg_intern_add(&table, 42, 3), 0);
	assert_false(eg_intern_find(&table, 42, never_equal, NULL, NULL, &id));
	assert_int_equal(id, 7);
	eg_intern_free(&table);
}

/* A set that begins with number 0 is common. */
static void words_that_are_zero_count_in_the_hash(void **unused)
{
	static const __u32 words[] = { 0, 0, 5 };

	(void)unused;
	assert_int_not_equal(eg_intern_hash(0, words, 1), eg_intern_hash(0, words, 0));
	assert_int_not_equal(eg_intern_hash(0, words, 3), eg_intern_hash(0, words + 1, 2));
	assert_int_not_equal(eg_intern_hash(0, words + 1, 2), eg_intern_hash(0, words + 2, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_miss_leaves_the_id_alone_even_where_hashes_collide),
		cmocka_unit_test(words_that_are_zero_count_in_the_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
