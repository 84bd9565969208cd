/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "ask.h"

/* Each name that is new makes room for a set, and the lists of the sets before move with them. */
static void a_set_may_name_many_that_follow(void **unused)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	struct eg_policy *p;
	int i;

	(void)unused;
	assert_non_null(to);
	fputs("[policy]\ndefault = deny\n[set all]\naddress = 192.0.2.1\n", to);
	for (i = 0; i < 100; i++)
		fprintf(to, "address = @s%d\nexcept = @t%d, 192.0.2.%d\n", i, i, i);
	for (i = 0; i < 100; i++)
		fprintf(to, "[set s%d]\naddress = 10.0.0.%d\n[set t%d]\naddress = 10.1.0.%d\n", i, i, i, i);
	fputs("[allow all]\nto = @all\n", to);
	fclose(to);
	p = ask_parse(text);
	assert_int_equal(p->n_sets, 201);
	assert_string_equal(p->sets[0].name, "all");
	assert_int_equal(p->sets[0].to.n, 1);
	assert_int_equal(p->sets[0].to.n_words, 101);
	assert_int_equal(p->sets[0].except.n, 100);
	assert_int_equal(p->sets[0].except.n_words, 200);
	eg_policy_free(p);
	free(text);
}

/* Two claims, of which one address ends both and another only the second, are two vetoes, not one. */
static void different_excepts_of_embedded_addresses_are_told_apart(void **unused)
{
	struct eg_tables *t = ask_compile("[policy]\ndefault = deny\n[allow a]\nexcept = 127.0.0.6\n"
					  "[allow b]\nto = 2001:db8::1\nexcept = 0.0.0.0/0\n");

	(void)unused;
	assert_false(ask(t, EG_CLASS_UDP, "64:ff9b:1:7f00:0:600::", 80).allow);
	assert_false(ask(t, EG_CLASS_UDP, "2002:7f00:6::1", 80).allow);
	assert_true(ask(t, EG_CLASS_UDP, "2002:7f00:7::1", 80).allow);
	eg_tables_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_set_may_name_many_that_follow),
		cmocka_unit_test(different_excepts_of_embedded_addresses_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
