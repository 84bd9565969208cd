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

#include "base/err.h"

static void fail_sets_the_message_and_returns_the_code(void **unused)
{
	struct eg_err err = EG_ERR_INIT;

	(void)unused;
	assert_int_equal(eg_fail(&err, -EINVAL, "port %u is above 65535", 70000u), -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_string_equal(err.what, "port 70000 is above 65535");
}

static void wrap_puts_the_context_in_front(void **unused)
{
	struct eg_err err = EG_ERR_INIT;

	(void)unused;
	eg_fail(&err, -ENOENT, "no such cgroup");
	assert_int_equal(eg_wrap(&err, "policy '%s'", "ci"), -ENOENT);
	assert_string_equal(err.what, "policy 'ci': no such cgroup");
	eg_wrap(&err, "apply");
	assert_string_equal(err.what, "apply: policy 'ci': no such cgroup");
}

static void wrap_of_an_unset_error_is_EIO(void **unused)
{
	struct eg_err err = EG_ERR_INIT;

	(void)unused;
	assert_int_equal(eg_wrap(&err, "reading"), -EIO);
	assert_string_equal(err.what, "reading");
}

static void long_messages_are_cut_not_overrun(void **unused)
{
	struct eg_err err = EG_ERR_INIT;
	char text[2000];

	(void)unused;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	eg_fail(&err, -EINVAL, "%s", text);
	assert_int_equal(strlen(err.what), sizeof(err.what) - 1);
	eg_wrap(&err, "%s", text);
	assert_int_equal(strlen(err.what), sizeof(err.what) - 1);
	eg_err_hint(&err, "%s", text);
	assert_int_equal(strlen(err.hint), sizeof(err.hint) - 1);
	eg_err_stays(&err, "%s", text);
	assert_int_equal(strlen(err.stays), sizeof(err.stays) - 1);
}

static void the_rest_is_set_beside_the_message(void **unused)
{
	struct eg_err err = EG_ERR_INIT;

	(void)unused;
	eg_err_status(&err, EG_EXIT_KERNEL);
	eg_err_stays(&err, "generation %d stays in force", 3);
	eg_err_hint(&err, "see %s", "doctor");
	assert_int_equal(err.status, EG_EXIT_KERNEL);
	assert_string_equal(err.stays, "generation 3 stays in force");
	assert_string_equal(err.hint, "see doctor");
	assert_string_equal(err.what, "");
}

static void no_error_object_is_fine(void **unused)
{
	(void)unused;
	assert_int_equal(eg_fail(NULL, -EPERM, "x"), -EPERM);
	assert_int_equal(eg_wrap(NULL, "x"), -EIO);
	eg_err_status(NULL, EG_EXIT_USAGE);
	eg_err_stays(NULL, "x");
	eg_err_hint(NULL, "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fail_sets_the_message_and_returns_the_code),
		cmocka_unit_test(wrap_puts_the_context_in_front),
		cmocka_unit_test(wrap_of_an_unset_error_is_EIO),
		cmocka_unit_test(long_messages_are_cut_not_overrun),
		cmocka_unit_test(the_rest_is_set_beside_the_message),
		cmocka_unit_test(no_error_object_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
