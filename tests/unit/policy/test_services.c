/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <unistd.h>

#include "ask.h"
#include "policy/services.h"

static const char *const file = "# comment\n"
				"http\t\t80/tcp\t\twww www-http\t# WorldWideWeb\n"
				"domain 53/tcp\n"
				"domain 53/udp\n"
				"split 1000/tcp\n"
				"split 1001/udp second\n"
				"split 1002/tcp\n"
				"sctponly 99/sctp\n"
				"\n"
				"bad\n"
				"bad 0/tcp\n"
				"bad 65536/tcp\n"
				"bad 12x/tcp\n"
				"bad /tcp\n"
				"crlf 7/udp\r\n"
				"last 65535/udp";

static void load(struct eg_services *s)
{
	char path[] = "/tmp/eg_services_XXXXXX";
	struct eg_err err = { 0 };
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, file, strlen(file)), (int)strlen(file));
	close(fd);
	assert_int_equal(eg_services_load(path, s, &err), 0);
	unlink(path);
}

static void names_and_aliases_are_found(void **unused)
{
	static const struct {
		const char *name;
		size_t n;
		struct eg_port_range want[2];
	} cases[] = {
		{ "http", 1, { { 80, 80, EG_PROTO_TCP } } },
		{ "www", 1, { { 80, 80, EG_PROTO_TCP } } },
		{ "www-http", 1, { { 80, 80, EG_PROTO_TCP } } },
		{ "domain", 1, { { 53, 53, EG_PROTO_TCP | EG_PROTO_UDP } } },
		{ "split", 2, { { 1000, 1000, EG_PROTO_TCP }, { 1001, 1001, EG_PROTO_UDP } } },
		{ "second", 1, { { 1001, 1001, EG_PROTO_UDP } } },
		{ "crlf", 1, { { 7, 7, EG_PROTO_UDP } } },
		{ "last", 1, { { 65535, 65535, EG_PROTO_UDP } } },
		{ "HTTP", 0, { { 0, 0, 0 } } },
		{ "sctponly", 0, { { 0, 0, 0 } } },
		{ "bad", 0, { { 0, 0, 0 } } },
		{ "WorldWideWeb", 0, { { 0, 0, 0 } } },
	};
	struct eg_port_range got[2];
	struct eg_services s = { 0 };
	size_t i, j;

	(void)unused;
	load(&s);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(eg_services_find(&s, cases[i].name, got), cases[i].n);
		for (j = 0; j < cases[i].n; j++) {
			assert_int_equal(got[j].lo, cases[i].want[j].lo);
			assert_int_equal(got[j].hi, cases[i].want[j].hi);
			assert_int_equal(got[j].protos, cases[i].want[j].protos);
		}
	}
	eg_services_free(&s);
}

static void a_missing_file_is_an_error_and_finds_nothing(void **unused)
{
	struct eg_services s = { 0 };
	struct eg_port_range got[2];
	struct eg_err err = { 0 };

	(void)unused;
	assert_true(eg_services_load("/nonexistent", &s, &err) < 0);
	assert_string_equal(err.what, "/nonexistent: cannot open: No such file or directory");
	assert_int_equal(eg_services_find(&s, "http", got), 0);
}

static void need_system_file(void)
{
	if (access(EG_SERVICES_FILE, R_OK))
		skip();
}

static void a_service_counts_for_the_protocols_it_is_listed_for(void **unused)
{
	struct eg_tables *t;

	(void)unused;
	need_system_file();
	t = ask_compile("[policy]\ndefault = deny\n[allow a]\nport = ssh, domain, 99\n");
	assert_true(ask(t, EG_CLASS_TCP, "10.0.0.1", 22).allow);
	assert_false(ask(t, EG_CLASS_UDP, "10.0.0.1", 22).allow);
	assert_true(ask(t, EG_CLASS_TCP, "10.0.0.1", 53).allow);
	assert_true(ask(t, EG_CLASS_UDP, "10.0.0.1", 53).allow);
	assert_true(ask(t, EG_CLASS_UDP, "10.0.0.1", 99).allow);
	eg_tables_free(t);
}

static void a_service_that_would_match_nothing_is_refused(void **unused)
{
	const char *text = "[policy]\ndefault = deny\n[allow a]\nport = domain, ssh, no-such-service\nproto = udp\n";
	struct eg_diags diags = EG_DIAGS_INIT;
	struct eg_policy *p = NULL;
	struct eg_err err = { 0 };
	char *printed;

	(void)unused;
	need_system_file();
	assert_true(eg_policy_parse("t.ini", text, strlen(text), NULL, &p, &diags, &err) < 0);
	printed = ask_print(&diags);
	assert_string_equal(printed, "t.ini:4:16: error: /etc/services lists 'ssh' for tcp only\n"
				     "    port = domain, ssh, no-such-service\n"
				     "                   ^~~\n"
				     "hint: write the number\n"
				     "t.ini:4:21: error: 'no-such-service' is neither a port, nor a range, "
				     "nor a name in /etc/services\n"
				     "    port = domain, ssh, no-such-service\n"
				     "                        ^~~~~~~~~~~~~~~\n");
	free(printed);
	eg_diags_free(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_aliases_are_found),
		cmocka_unit_test(a_missing_file_is_an_error_and_finds_nothing),
		cmocka_unit_test(a_service_counts_for_the_protocols_it_is_listed_for),
		cmocka_unit_test(a_service_that_would_match_nothing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
