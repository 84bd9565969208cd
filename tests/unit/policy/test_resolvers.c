/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "policy/dynamic.h"
#include "policy/resolvers.h"

static char path[] = "/tmp/eg_resolvers_XXXXXX";

static void write_file(const char *text, size_t len)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* What a set holds, blank after each. */
static void expect_list(const struct eg_prefix *v, size_t n, const char *want)
{
	char got[4096] = "", text[EG_ADDR_TEXT];
	size_t i;

	for (i = 0; i < n; i++) {
		strcat(got, eg_addr_text(&v[i], text));
		strcat(got, " ");
	}
	assert_string_equal(got, want);
}

static void expect_from(const char *file, const char *want)
{
	struct eg_prefix *v = NULL;
	struct eg_err err = { 0 };
	size_t n = 0;

	assert_int_equal(eg_resolvers_load(file, &v, &n, &err), 0);
	assert_int_equal(err.code, 0);
	assert_string_equal(err.what, "");
	expect_list(v, n, want);
	free(v);
}

static void expect(const char *text, const char *want)
{
	write_file(text, strlen(text));
	expect_from(path, want);
}

static void every_server_is_read_sorted_and_once(void **unused)
{
	(void)unused;
	expect("search example.org\nnameserver 192.0.2.9\nnameserver 2001:db8::9\noptions ndots:2\n"
	       "nameserver 192.0.2.1\nnameserver 192.0.2.9\nnameserver 198.51.100.1\nnameserver 2001:DB8:0::9",
	       "192.0.2.1 192.0.2.9 198.51.100.1 2001:db8::9 ");
}

/* Each beside 192.0.2.1, which is always found. */
static void a_line_counts_where_glibc_lets_it_count(void **unused)
{
	static const struct {
		const char *line, *adds;
	} cases[] = {
		{ "nameserver\t\t 192.0.2.2", "192.0.2.2 " },
		{ "nameserver 192.0.2.2 ; comment", "192.0.2.2 " },
		{ "nameserver 192.0.2.2\t# comment", "192.0.2.2 " },
		{ "nameserver 2001:db8::2 # comment", "2001:db8::2 " },
		{ "nameserver fe80::2%eth0", "fe80::2 " },
		{ "nameserver fe80::2%no-such-link x", "fe80::2 " },
		{ "nameserver 192.514", "192.0.2.2 " },
		{ "nameserver 0300.0.02.0x2", "192.0.2.2 " },
		{ "nameserver ::ffff:192.0.2.2", "192.0.2.2 " },
		{ "nameserver ::ffff:192.0.2.1", "" },
		{ "# nameserver 192.0.2.2", "" },
		{ ";nameserver 192.0.2.2", "" },
		{ " nameserver 192.0.2.2", "" },
		{ "Nameserver 192.0.2.2", "" },
		{ "nameservers 192.0.2.2", "" },
		{ "nameserver: 192.0.2.2", "" },
		{ "nameserver192.0.2.2", "" },
		{ "nameserver\r192.0.2.2", "" },
		{ "nameserver", "" },
		{ "nameserver \t", "" },
		{ "nameserver 192.0.2.2#comment", "" },
		{ "nameserver 192.0.2.2/32", "" },
		{ "nameserver 192.0.2.256", "" },
		{ "nameserver 192.0.2.2,192.0.2.3", "" },
		{ "nameserver [2001:db8::2]", "" },
		{ "nameserver [2001:db8::2]:53", "" },
		{ "nameserver 192.0.2.2\r", "" },
		{ "nameserver 192.0.2.2\v", "" },
		{ "nameserver 192.0.2.2\f9", "" },
		{ "nameserver 192.0.2.2%eth0", "" },
		{ "nameserver 2001:db8::2\r", "" },
		{ "nameserver %eth0", "" },
		{ "nameserver resolver.example.org", "" },
		{ "nameserver 2001:db8:1:2:3:4:5:6:7:8:9:a:b:c:d:e:f:0:1:2:3:4:5:6:7:8:9", "" },
	};
	char text[256], want[128];
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(text, sizeof(text), "nameserver 192.0.2.1\n%s\n", cases[i].line);
		snprintf(want, sizeof(want), "192.0.2.1 %s", cases[i].adds);
		expect(text, want);
		snprintf(text, sizeof(text), "%s\nnameserver 192.0.2.1", cases[i].line);
		expect(text, want);
	}
}

static void a_nul_hides_the_rest_of_its_line_only(void **unused)
{
	static const char text[] = "nameserver 192.0.2.1\0 x\nname\0server 192.0.2.2\nnameserver \0 192.0.2.3\n"
				   "\0nameserver 192.0.2.4\nnameserver 192.0.2.5\n";

	(void)unused;
	write_file(text, sizeof(text) - 1);
	expect_from(path, "192.0.2.1 192.0.2.5 ");
}

static void an_address_of_nobody_is_the_loopback(void **unused)
{
	(void)unused;
	expect("nameserver 0.0.0.0\n", "127.0.0.1 ");
	expect("nameserver 0\n", "127.0.0.1 ");
	expect("nameserver ::\n", "::1 ");
	expect("nameserver ::ffff:0.0.0.0\n", "127.0.0.1 ");
	expect("nameserver 0.0.0.0\nnameserver 127.0.0.1\nnameserver ::1\nnameserver ::\n", "127.0.0.1 ::1 ");
	expect("nameserver 127.0.0.53\n", "127.0.0.53 ");
}

static void without_a_server_it_is_the_local_one(void **unused)
{
	(void)unused;
	expect("", "127.0.0.1 ");
	expect("\n\n", "127.0.0.1 ");
	expect("search example.org\nnameserver nonsense\n", "127.0.0.1 ");
	unlink(path);
	expect_from(path, "127.0.0.1 ");
	assert_int_equal(symlink("/nonexistent/resolv.conf", path), 0);
	expect_from(path, "127.0.0.1 ");
	unlink(path);
	write_file("", 0);
	expect_from("/dev/null/resolv.conf", "127.0.0.1 ");
}

static void refuse(const char *file, int code, const char *what)
{
	struct eg_prefix one, *v = &one;
	struct eg_err err = { 0 };
	size_t n = 7;

	assert_int_equal(eg_resolvers_load(file, &v, &n, &err), code);
	assert_string_equal(err.what, what);
	assert_int_equal(eg_resolvers_load(file, &v, &n, NULL), code);
	assert_ptr_equal(v, &one);
	assert_int_equal(n, 7);
}

static void what_cannot_be_read_is_an_error_not_a_default(void **unused)
{
	char what[128];

	(void)unused;
	refuse("/tmp", -EINVAL, "/tmp: not a regular file");
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(what, sizeof(what), "%s: not a regular file", path);
	refuse(path, -EINVAL, what);
	unlink(path);
	assert_int_equal(symlink(strrchr(path, '/') + 1, path), 0);
	snprintf(what, sizeof(what), "%s: cannot open: Too many levels of symbolic links", path);
	refuse(path, -ELOOP, what);
	unlink(path);
	write_file("", 0);
}

static void many_servers_are_read(void **unused)
{
	const size_t count = 1000;
	struct eg_prefix *v = NULL;
	struct eg_err err = { 0 };
	size_t i, n = 0;
	FILE *f;

	(void)unused;
	f = fopen(path, "we");
	assert_non_null(f);
	for (i = 0; i < count; i++)
		fprintf(f, "nameserver 10.0.%zu.%zu\n", i * 7 % count / 256, i * 7 % count % 256);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(eg_resolvers_load(path, &v, &n, &err), 0);
	assert_int_equal(n, count);
	for (i = 0; i < n; i++)
		assert_int_equal(v[i].addr[2] * 256 + v[i].addr[3], i);
	free(v);
}

static int make_file(void **unused)
{
	int fd = mkstemp(path);

	(void)unused;
	return fd < 0 || close(fd);
}

static int remove_file(void **unused)
{
	(void)unused;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_server_is_read_sorted_and_once),
		cmocka_unit_test(a_line_counts_where_glibc_lets_it_count),
		cmocka_unit_test(a_nul_hides_the_rest_of_its_line_only),
		cmocka_unit_test(an_address_of_nobody_is_the_loopback),
		cmocka_unit_test(without_a_server_it_is_the_local_one),
		cmocka_unit_test(what_cannot_be_read_is_an_error_not_a_default),
		cmocka_unit_test(many_servers_are_read),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
