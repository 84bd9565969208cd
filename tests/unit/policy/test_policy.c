/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ask.h"

static void everything_that_is_left_out_has_its_default(void **unused)
{
	struct eg_policy *p = ask_parse("[policy]\ndefault = deny\n");

	(void)unused;
	assert_string_equal(p->name, "t");
	assert_string_equal(p->file, "t.ini");
	assert_int_equal(p->n_cgroups, 0);
	assert_false(p->default_allow);
	assert_int_equal(p->err, EACCES);
	assert_false(p->err_set);
	assert_false(p->raw_allow);
	assert_int_equal(p->mode, EG_MODE_ENFORCE);
	assert_int_equal(p->existing, EG_EXISTING_KEEP);
	assert_int_equal(p->backstop, EG_BACKSTOP_AUTO);
	assert_false(p->unix_default_deny);
	assert_false(p->passed_deny);
	assert_int_equal(p->n_rules, 0);
	assert_int_equal(p->n_unsupported, 0);
	eg_policy_free(p);
}

static void policy_keys_are_taken(void **unused)
{
	const char *text = "[policy]\n"
			   "name = web-1_x\n"
			   "cgroup = a.slice, /sys/fs/cgroup/b\n"
			   "cgroup =\n"
			   "  c d/e\n"
			   "default = allow\n"
			   "mode = enforce\n"
			   "errno = ECONNREFUSED\n"
			   "existing = keep\n"
			   "unix-default = allow\n"
			   "raw = allow\n"
			   "backstop = no\n"
			   "passed-sockets = allow\n";
	struct eg_policy *p = ask_parse(text);

	(void)unused;
	assert_string_equal(p->name, "web-1_x");
	assert_int_equal(p->n_cgroups, 3);
	assert_string_equal(p->cgroups[0].path, "a.slice");
	assert_string_equal(p->cgroups[1].path, "/sys/fs/cgroup/b");
	assert_string_equal(p->cgroups[2].path, "c d/e");
	assert_int_equal(p->cgroups[2].at.line, 5);
	assert_int_equal(p->cgroups[2].at.col, 3);
	assert_true(p->default_allow);
	assert_int_equal(p->err, ECONNREFUSED);
	assert_true(p->err_set);
	assert_true(p->raw_allow);
	assert_int_equal(p->backstop, EG_BACKSTOP_NO);
	assert_int_equal(p->n_unsupported, 0);
	assert_string_equal(p->text, text);
	assert_int_equal(p->text_len, strlen(text));
	eg_policy_free(p);
}

static void errno_values_are_positive_errnos(void **unused)
{
	static const struct {
		const char *text;
		int err;
	} cases[] = {
		{ "[policy]\ndefault=deny\nerrno = EACCES\n", EACCES },
		{ "[policy]\ndefault=deny\nerrno = EPERM\n", EPERM },
		{ "[policy]\ndefault=deny\nerrno = ENETUNREACH\n", ENETUNREACH },
		{ "[policy]\ndefault=deny\nerrno = EHOSTUNREACH\n", EHOSTUNREACH },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct eg_policy *p = ask_parse(cases[i].text);

		assert_int_equal(p->err, cases[i].err);
		assert_true(p->err_set);
		eg_policy_free(p);
	}
}

static void rules_keep_file_order_and_kind(void **unused)
{
	struct eg_policy *p = ask_parse("[allow b]\nport = 1\n"
					"[policy]\ndefault = deny\n"
					"[deny A.1_x]\nto = any\n");

	(void)unused;
	assert_int_equal(p->n_rules, 2);
	assert_string_equal(p->rules[0].name, "b");
	assert_int_equal(p->rules[0].kind, EG_CELL_ALLOW);
	assert_int_equal(p->rules[0].at.line, 1);
	assert_string_equal(p->rules[1].name, "A.1_x");
	assert_int_equal(p->rules[1].kind, EG_CELL_DENY);
	assert_int_equal(p->rules[1].at.line, 5);
	eg_policy_free(p);
}

static void a_rule_name_may_fill_its_limit(void **unused)
{
	struct eg_policy *p = ask_parse("[policy]\ndefault = deny\n"
					"[allow aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeee]\nto=any\n");

	(void)unused;
	assert_int_equal(strlen(p->rules[0].name), EG_RULE_NAME_SIZE - 1);
	eg_policy_free(p);
}

static void lists_add_up_over_lines_and_keys(void **unused)
{
	struct eg_policy *p = ask_parse("[policy]\ndefault = deny\n"
					"[allow a]\n"
					"to = 10.0.0.1, 10.0.0.2,  ; one\n"
					"\n"
					"# a comment in between\n"
					"\t10.0.0.3 # two\n"
					"  10.0.0.4\n"
					"port = 1\n"
					"to =\n"
					"  fd00::/8\n"
					"port = 2-3\n");
	const struct eg_rule *r = &p->rules[0];
	char buf[EG_ADDR_TEXT];

	(void)unused;
	assert_int_equal(r->to.n, 5);
	assert_string_equal(eg_addr_text(&r->to.v[2], buf), "10.0.0.3");
	assert_string_equal(eg_addr_text(&r->to.v[4], buf), "fd00::/8");
	assert_false(r->to.any);
	assert_int_equal(r->n_ports, 2);
	assert_int_equal(r->ports[1].lo, 2);
	assert_int_equal(r->ports[1].hi, 3);
	eg_policy_free(p);
}

static void protos_follow_from_proto_and_port(void **unused)
{
	static const struct {
		const char *keys;
		unsigned int protos;
	} cases[] = {
		{ "to = any", EG_PROTO_ALL },	      { "port = 1", EG_PROTO_TCP | EG_PROTO_UDP },
		{ "proto = any", EG_PROTO_ALL },      { "proto = any\nport = 1", EG_PROTO_TCP | EG_PROTO_UDP },
		{ "proto = tcp", EG_PROTO_TCP },      { "proto = udp, tcp", EG_PROTO_TCP | EG_PROTO_UDP },
		{ "proto = tcp, any", EG_PROTO_ALL }, { "port = 1\nproto = udp", EG_PROTO_UDP },
		{ "proto = icmp", EG_PROTO_ICMP },
	};
	char text[128];
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct eg_policy *p;

		snprintf(text, sizeof(text), "[policy]\ndefault = deny\n[allow a]\n%s\n", cases[i].keys);
		p = ask_parse(text);
		assert_int_equal(p->rules[0].protos, cases[i].protos);
		assert_true(p->rules[0].to.any);
		eg_policy_free(p);
	}
}

static void crlf_and_a_BOM_are_fine(void **unused)
{
	struct eg_policy *p = ask_parse("\357\273\277[policy]\r\ndefault = deny\r\n\r\n"
					"[allow a]\r\nto = 10.0.0.1,\r\n  10.0.0.2\r\n");

	(void)unused;
	assert_int_equal(p->rules[0].to.n, 2);
	eg_policy_free(p);
}

static void a_line_may_fill_inihs_buffer(void **unused)
{
	char text[512] = "[policy]\ndefault = deny\ncgroup = ";
	size_t n = strlen(text);
	struct eg_policy *p;

	(void)unused;
	memset(text + n, 'x', 190); /* and "cgroup = " makes 199 */
	strcpy(text + n + 190, " ; a comment does not count, however long it is: xxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
	p = ask_parse(text);
	assert_int_equal(strlen(p->cgroups[0].path), 190);
	eg_policy_free(p);
}

static void what_comes_later_parses_and_is_noted(void **unused)
{
	struct eg_policy *p = ask_parse("[policy]\ndefault = deny\n"
					"mode = audit\nexisting = report\nunix-default = deny\n"
					"backstop = yes\npassed-sockets = deny\n"
					"[allow a]\nproto = tcp, icmp\n"
					"[deny b]\nunix = /run/x, @y\nunix = /z\n");
	static const char *const what[] = { "mode = audit",   "existing = report",     "unix-default = deny",
					    "backstop = yes", "passed-sockets = deny", "proto = icmp",
					    "unix = /run/x" };
	size_t i;

	(void)unused;
	assert_int_equal(p->n_unsupported, sizeof(what) / sizeof(*what));
	for (i = 0; i < p->n_unsupported; i++)
		assert_string_equal(p->unsupported[i].what, what[i]);
	assert_int_equal(p->mode, EG_MODE_AUDIT);
	assert_int_equal(p->existing, EG_EXISTING_REPORT);
	assert_int_equal(p->backstop, EG_BACKSTOP_YES);
	assert_true(p->unix_default_deny);
	assert_true(p->passed_deny);
	assert_int_equal(p->rules[1].n_unix, 3);
	assert_string_equal(p->rules[1].unix_paths[2], "/z");
	assert_false(p->rules[1].to.any);
	eg_policy_free(p);
}

static void what_is_noted_is_reported_at_its_place(void **unused)
{
	struct eg_policy *p = ask_parse("[policy]\ndefault = deny\nmode = audit\n");
	struct eg_diags diags = EG_DIAGS_INIT;
	char *printed;

	(void)unused;
	eg_policy_report_unsupported(p, EG_WARNING, &diags);
	printed = ask_print(&diags);
	assert_string_equal(printed,
			    "t.ini:3:8: warning: 'mode = audit' is not supported: this version has no audit mode\n"
			    "    mode = audit\n"
			    "           ^~~~~\n");
	assert_int_equal(diags.errors, 0);
	free(printed);
	eg_diags_free(&diags);
	eg_policy_free(p);
}

static void too_many_errors_end_with_a_last_word(void **unused)
{
	struct eg_diags diags = EG_DIAGS_INIT;
	struct eg_policy *p = NULL;
	struct eg_err err = { 0 };
	char text[4096] = "[policy]\ndefault = deny\n";
	int i;

	(void)unused;
	for (i = 0; i < 150; i++)
		strcat(text, "no = 1\n");
	assert_int_equal(eg_policy_parse("t.ini", text, strlen(text), NULL, &p, &diags, &err), -EINVAL);
	assert_int_equal(diags.n, 101);
	assert_string_equal(diags.v[100].text, "too many errors, from here on they are not shown");
	assert_int_equal(diags.v[100].at.line, 103);
	assert_string_equal(err.what, "t.ini: 150 errors");
	assert_int_equal(err.status, EG_EXIT_POLICY);
	eg_diags_free(&diags);
}

static void a_file_name_that_is_no_name_needs_the_key(void **unused)
{
	static const struct {
		const char *file, *name;
	} cases[] = {
		{ "web.ini", "web" },
		{ "/etc/x/web.ini", "web" },
		{ "web", "web" },
		{ "web.conf", NULL },
		{ "Web.ini", NULL },
		{ ".ini", NULL },
		{ "dir/", NULL },
		{ "a.b.ini", NULL },
		{ "0123456789012345678901234567890.ini", "0123456789012345678901234567890" },
		{ "01234567890123456789012345678901.ini", NULL },
	};
	const char *text = "[policy]\ndefault = deny\n";
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct eg_diags diags = EG_DIAGS_INIT;
		struct eg_policy *p = NULL;
		struct eg_err err = { 0 };
		int rc = eg_policy_parse(cases[i].file, text, strlen(text), NULL, &p, &diags, &err);

		assert_int_equal(rc, cases[i].name ? 0 : -EINVAL);
		if (cases[i].name)
			assert_string_equal(p->name, cases[i].name);
		else
			assert_non_null(strstr(diags.v[0].text, "no 'name', and the file name '"));
		eg_policy_free(p);
		eg_diags_free(&diags);
	}
}

static void only_regular_files_of_sane_size_are_read(void **unused)
{
	char dir[] = "/tmp/eg_test_XXXXXX", path[64];
	struct eg_diags diags = EG_DIAGS_INIT;
	struct eg_policy *p = NULL;
	struct eg_err err = { 0 };
	FILE *f;

	(void)unused;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/web.ini", dir);
	assert_int_equal(eg_policy_load(dir, NULL, &p, &diags, &err), -EINVAL);
	assert_non_null(strstr(err.what, ": not a regular file"));
	assert_int_equal(eg_policy_load(path, NULL, &p, &diags, &err), -ENOENT);
	assert_non_null(strstr(err.what, "cannot open: No such file"));
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(eg_policy_load(path, NULL, &p, &diags, &err), -EINVAL); /* and does not wait */
	unlink(path);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("[policy]\ndefault = deny\n", f);
	fclose(f);
	assert_int_equal(eg_policy_load(path, NULL, &p, &diags, &err), 0);
	assert_string_equal(p->name, "web");
	eg_policy_free(p);
	assert_int_equal(truncate(path, (64 << 20) + 1), 0);
	assert_int_equal(eg_policy_load(path, NULL, &p, &diags, &err), -EFBIG);
	assert_non_null(strstr(err.what, "larger than 64 MiB"));
	assert_int_equal(diags.n, 0);
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_that_is_left_out_has_its_default),
		cmocka_unit_test(policy_keys_are_taken),
		cmocka_unit_test(errno_values_are_positive_errnos),
		cmocka_unit_test(rules_keep_file_order_and_kind),
		cmocka_unit_test(a_rule_name_may_fill_its_limit),
		cmocka_unit_test(lists_add_up_over_lines_and_keys),
		cmocka_unit_test(protos_follow_from_proto_and_port),
		cmocka_unit_test(crlf_and_a_BOM_are_fine),
		cmocka_unit_test(a_line_may_fill_inihs_buffer),
		cmocka_unit_test(what_comes_later_parses_and_is_noted),
		cmocka_unit_test(what_is_noted_is_reported_at_its_place),
		cmocka_unit_test(too_many_errors_end_with_a_last_word),
		cmocka_unit_test(a_file_name_that_is_no_name_needs_the_key),
		cmocka_unit_test(only_regular_files_of_sane_size_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
