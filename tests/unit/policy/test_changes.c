/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Two policy texts compared by their words.
 */
#include "ask.h"
#include "policy/changes.h"

static struct eg_outline outline_of(const char *text)
{
	struct eg_outline outline;
	struct eg_err err = EG_ERR_INIT;

	if (eg_outline_make(text, strlen(text), &outline, &err))
		fail_msg("%s", err.what);
	return outline;
}

static void print_words(FILE *to, const char *sign, const struct eg_words *words)
{
	size_t i;

	for (i = 0; i < words->n; i++)
		fprintf(to, " %s%s", sign, words->v[i]);
}

/* One line a change: "changed allow dns port -53 +853". was NULL: nothing is loaded. */
static void assert_changes(const char *was, const char *is, const char *expected)
{
	static const char *const changes[] = { "added", "removed", "changed" };
	struct eg_outline before = outline_of(was ? was : ""), after = outline_of(is);
	struct eg_changes all;
	struct eg_err err = EG_ERR_INIT;
	char *text = NULL;
	size_t len = 0, i;
	FILE *to = open_memstream(&text, &len);

	assert_int_equal(eg_changes_make(was ? &before : NULL, &after, &all, &err), 0);
	for (i = 0; i < all.n; i++) {
		const struct eg_change *c = &all.v[i];

		fprintf(to, "%s %s%s%s %s", changes[c->change], c->section->kind, *c->section->name ? " " : "",
			c->section->name, c->key);
		print_words(to, "-", &c->removed);
		print_words(to, "+", &c->added);
		fputc('\n', to);
	}
	fclose(to);
	assert_string_equal(text, expected);
	free(text);
	eg_changes_free(&all);
	eg_outline_free(&before);
	eg_outline_free(&after);
}

static void an_outline_has_the_words_of_all_lines_of_a_key(void **unused)
{
	struct eg_outline outline = outline_of("; first\n[policy]\nname = x\n[ allow  dns ]\nto = 10.0.0.1, @a ; c\n"
					       "  , fd00::1\nport = 53\nto = 10.0.0.2\n");
	const struct eg_outline_section *dns = eg_outline_find(&outline, "allow", "dns");
	const struct eg_outline_key *to;

	(void)unused;
	assert_int_equal(outline.n, 2);
	assert_non_null(dns);
	assert_int_equal(dns->line, 4);
	assert_int_equal(dns->n_keys, 2);
	to = eg_outline_key(dns, "to");
	assert_int_equal(to->n, 4);
	assert_string_equal(to->words[0], "10.0.0.1");
	assert_string_equal(to->words[1], "@a");
	assert_string_equal(to->words[2], "fd00::1");
	assert_string_equal(to->words[3], "10.0.0.2");
	assert_null(eg_outline_key(dns, "proto"));
	assert_null(eg_outline_find(&outline, "deny", "dns"));
	assert_non_null(eg_outline_find(&outline, "policy", ""));
	eg_outline_free(&outline);
}

static void against_nothing_everything_is_new(void **unused)
{
	(void)unused;
	assert_changes(NULL,
		       "[policy]\nname = x\ncgroup = /a\ndefault = deny\nerrno = EACCES\n[set s]\naddress = 10.0.0.1\n"
		       "[allow a]\nto = @s\nport = 1, 2\n[expect]\nallow = tcp:10.0.0.1:1\n",
		       "added policy default +deny\nadded policy errno +EACCES\nadded set s address +10.0.0.1\n"
		       "added allow a to +@s\nadded allow a port +1 +2\n");
}

static void order_and_layout_change_nothing(void **unused)
{
	(void)unused;
	assert_changes("[policy]\ndefault = deny\n[allow a]\nto = 10.0.0.1, 10.0.0.2\n[deny b]\nto = 10.0.0.3\n",
		       "; moved\n[deny b]\nto = 10.0.0.3 ; c\n[allow a]\nto = 10.0.0.2\nto = 10.0.0.1\n"
		       "[policy]\ndefault=deny\n",
		       "");
}

static void a_rule_changes_by_the_words_of_its_keys(void **unused)
{
	(void)unused;
	assert_changes("[allow a]\nto = 10.0.0.1, 10.0.0.2\nport = 53\nproto = udp\n",
		       "[allow a]\nto = 10.0.0.2, 10.0.0.3\nport = 53\nexcept = 10.0.0.9\n",
		       "changed allow a to -10.0.0.1 +10.0.0.3\nchanged allow a except +10.0.0.9\n"
		       "changed allow a proto -udp\n");
}

static void rules_and_sets_come_and_go_by_kind_and_name(void **unused)
{
	(void)unused;
	assert_changes("[set x]\naddress = 10.0.0.1\n[allow a]\nto = @x\n[deny z]\nunix = /run/z\n",
		       "[set y]\naddress = 10.0.0.1\n[deny a]\nto = @y\n",
		       "added set y address +10.0.0.1\nadded deny a to +@y\nremoved set x address -10.0.0.1\n"
		       "removed allow a to -@x\nremoved deny z unix -/run/z\n");
}

static void a_setting_that_is_not_written_is_what_it_is_by_default(void **unused)
{
	(void)unused;
	assert_changes("[policy]\ndefault = deny\n", "[policy]\ndefault = deny\nerrno = EACCES\nmode = enforce\n", "");
	assert_changes("[policy]\ndefault = deny\nraw = allow\n", "[policy]\ndefault = allow\nerrno = EPERM\n",
		       "changed policy default -deny +allow\nchanged policy errno -EACCES +EPERM\n"
		       "changed policy raw -allow +deny\n");
}

static void name_and_cgroups_are_not_compared_by_words(void **unused)
{
	(void)unused;
	assert_changes("[policy]\nname = a\ncgroup = /a\ndefault = deny\n", "[policy]\ndefault = deny\ncgroup = a\n",
		       "");
}

/* Whether the parser takes the word as what it assumes without the key: all but the places and texts is equal. */
static void assert_is_default(const char *key, const char *word)
{
	static const char head[] = "[policy]\nname = x\ndefault = deny\n";
	struct eg_policy *without = ask_parse(head), *with;
	char text[256];

	snprintf(text, sizeof(text), "%s%s = %s\n", head, key, word);
	with = ask_parse(text);
	assert_int_equal(with->mode, without->mode);
	assert_int_equal(with->err, without->err);
	assert_int_equal(with->existing, without->existing);
	assert_int_equal(with->unix_default_deny, without->unix_default_deny);
	assert_int_equal(with->raw_allow, without->raw_allow);
	assert_int_equal(with->backstop, without->backstop);
	assert_int_equal(with->passed_deny, without->passed_deny);
	assert_int_equal(with->n_unsupported, 0);
	eg_policy_free(with);
	eg_policy_free(without);
}

static void the_defaults_are_those_of_the_parser(void **unused)
{
	static const char *const keys[] = { "mode", "errno",	"existing",	 "unix-default",
					    "raw",  "backstop", "passed-sockets" };
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		assert_non_null(eg_changes_fallback(keys[i]));
		assert_is_default(keys[i], eg_changes_fallback(keys[i]));
	}
	assert_null(eg_changes_fallback("default"));
	assert_null(eg_changes_fallback("to"));
}

static void a_text_that_no_longer_parses_can_be_compared(void **unused)
{
	(void)unused;
	assert_changes("[set s]\nfile = gone.txt\n[allow a]\nto = @s\nold-key = 1\n[allow]\n]junk\n",
		       "[set s]\nfile = new.txt\n[allow a]\nto = @s\n",
		       "changed set s file -gone.txt +new.txt\nchanged allow a old-key -1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_outline_has_the_words_of_all_lines_of_a_key),
		cmocka_unit_test(against_nothing_everything_is_new),
		cmocka_unit_test(order_and_layout_change_nothing),
		cmocka_unit_test(a_rule_changes_by_the_words_of_its_keys),
		cmocka_unit_test(rules_and_sets_come_and_go_by_kind_and_name),
		cmocka_unit_test(a_setting_that_is_not_written_is_what_it_is_by_default),
		cmocka_unit_test(name_and_cgroups_are_not_compared_by_words),
		cmocka_unit_test(the_defaults_are_those_of_the_parser),
		cmocka_unit_test(a_text_that_no_longer_parses_can_be_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
