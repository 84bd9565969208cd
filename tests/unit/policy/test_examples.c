/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The example policies say what they expect of themselves, and their expectations hold them: whatever is taken out of
 * one, or loosened, is noticed.
 */
#include <glob.h>
#include <limits.h>

#include "ask.h"
#include "policy/lint.h"

#define EXAMPLES_MIN 10

/* ---- a machine to resolve sets on ---- */

static const char *const resolvers[] = { "192.0.2.53", NULL };
static const char *const subnets[] = { "192.0.2.0/24", "fe80::/64", NULL };
static const char *const gateways[] = { "203.0.113.254", NULL }; /* of a mobile network: in no subnet */
static const char *const own[] = { "192.0.2.100", "fe80::100", NULL };

static int get(void *user, enum eg_dynamic kind, struct eg_prefix **v, size_t *n, struct eg_err *err)
{
	static const char *const *const sets[] = {
		[EG_DYNAMIC_RESOLVERS] = resolvers,
		[EG_DYNAMIC_LOCAL_SUBNETS] = subnets,
		[EG_DYNAMIC_GATEWAY] = gateways,
		[EG_DYNAMIC_SELF] = own,
	};
	struct eg_prefix prefix;
	const char *const *text;
	char why[320];

	(void)user;
	(void)err;
	*v = NULL;
	*n = 0;
	for (text = sets[kind]; *text; text++) {
		assert_int_equal(eg_addr_parse_prefix(*text, &prefix, why, sizeof(why)), 0);
		assert_int_equal(eg_dynamic_add(v, n, prefix), 0);
	}
	eg_dynamic_settle(*v, n);
	return 0;
}

/* What depends on the machine stands in no [expect]: it is asked of this one. */
static const struct on_machine {
	const char *example;
	const char *flow;
	bool allow;
} on_machine[] = {
	{ "dns-only.ini", "udp:192.0.2.53:53", true },	  { "dns-only.ini", "tcp:192.0.2.53:53", true },
	{ "dns-only.ini", "tcp:192.0.2.53:443", false },  { "dns-only.ini", "udp:192.0.2.54:53", false },
	{ "no-lateral.ini", "tcp:192.0.2.7:22", false },  { "no-lateral.ini", "tcp:192.0.2.100:22", true },
	{ "no-lateral.ini", "tcp:[fe80::100]:22", true }, { "no-lateral.ini", "tcp:[fe80::101]:22", false },
	{ "laptop.ini", "tcp:192.0.2.7:445", false },	  { "laptop.ini", "tcp:203.0.113.254:80", false },
	{ "laptop.ini", "udp:192.0.2.53:53", true },	  { "laptop.ini", "tcp:192.0.2.53:53", true },
	{ "laptop.ini", "tcp:192.0.2.53:22", false },	  { "laptop.ini", "tcp:192.0.2.53:80", false },
};

/* ---- examples ---- */

static glob_t examples;

static const char *name_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* policies/, found from where this file is. */
static int find_examples(void **unused)
{
	const char *slash = strrchr(__FILE__, '/');
	char pattern[PATH_MAX];

	(void)unused;
	snprintf(pattern, sizeof(pattern), "%.*s/../../../policies/*.ini", (int)(slash - __FILE__), __FILE__);
	return glob(pattern, 0, NULL, &examples);
}

static int forget_examples(void **unused)
{
	(void)unused;
	globfree(&examples);
	return 0;
}

static void fail_with(const struct eg_diags *diags, const char *what)
{
	char *printed = ask_print(diags);

	print_error("%s", printed);
	free(printed);
	fail_msg("%s", what);
}

static struct eg_policy *load(const char *path)
{
	static const struct eg_dynamic_source machine = { .get = get };
	struct eg_diags diags = EG_DIAGS_INIT;
	struct eg_policy *policy = NULL;
	struct eg_err err = { 0 };

	if (eg_policy_load(path, &machine, &policy, &diags, &err) || diags.n)
		fail_with(&diags, path);
	eg_diags_free(&diags);
	return policy;
}

/* Adds what is asked of this machine to the expectations of the file. */
static void expect_on_machine(struct eg_policy *policy, const char *example)
{
	size_t i, n = sizeof(on_machine) / sizeof(*on_machine);
	char why[320];

	policy->expects = realloc(policy->expects, (policy->n_expects + n) * sizeof(*policy->expects));
	assert_non_null(policy->expects);
	for (i = 0; i < n; i++) {
		struct eg_expectation *e = &policy->expects[policy->n_expects];

		if (strcmp(on_machine[i].example, example))
			continue;
		*e = (struct eg_expectation){ .allow = on_machine[i].allow };
		assert_int_equal(eg_flow_text_parse(on_machine[i].flow, &e->flow, why, sizeof(why)), 0);
		policy->n_expects++;
	}
}

/* The answers to all expectations, one character each. The caller frees. */
static char *answers(const struct eg_policy *policy)
{
	struct eg_tables *tables = ask_compile_policy(policy);
	char *text = calloc(policy->n_expects + 1, 1);
	struct eg_verdict verdict;
	size_t i;

	assert_non_null(text);
	for (i = 0; i < policy->n_expects; i++) {
		eg_explain_flow(tables, &policy->expects[i].flow.flow, &verdict);
		text[i] = verdict.allow ? 'a' : 'd';
	}
	eg_tables_free(tables);
	return text;
}

/* ---- they apply, and say what they expect ---- */

static void there_are_enough(void **unused)
{
	(void)unused;
	assert_true(examples.gl_pathc >= EXAMPLES_MIN);
}

static void nothing_is_warned_of_or_left_unenforced(void **unused)
{
	size_t i;

	(void)unused;
	for (i = 0; i < examples.gl_pathc; i++) {
		struct eg_policy *policy = load(examples.gl_pathv[i]);
		struct eg_tables *tables = ask_compile_policy(policy);
		struct eg_diags diags = EG_DIAGS_INIT;
		struct eg_err err = { 0 };

		eg_policy_report_unsupported(policy, EG_ERROR, &diags);
		assert_int_equal(eg_lint(policy, tables, &diags, &err), 0);
		if (diags.n)
			fail_with(&diags, examples.gl_pathv[i]);
		eg_tables_free(tables);
		eg_policy_free(policy);
	}
}

static void every_expectation_holds(void **unused)
{
	char flow[EG_FLOW_TEXT_SIZE];
	size_t i, k;

	(void)unused;
	for (i = 0; i < examples.gl_pathc; i++) {
		struct eg_policy *policy = load(examples.gl_pathv[i]);
		char *got;

		expect_on_machine(policy, name_of(examples.gl_pathv[i]));
		got = answers(policy);
		if (!strchr(got, 'a') || !strchr(got, 'd'))
			fail_msg("%s does not expect both of allow and deny", examples.gl_pathv[i]);
		for (k = 0; k < policy->n_expects; k++) {
			if ((got[k] == 'a') != policy->expects[k].allow)
				fail_msg("%s:%u: %s is answered otherwise", examples.gl_pathv[i],
					 policy->expects[k].at.line,
					 eg_flow_text_print(&policy->expects[k].flow, flow, sizeof(flow)));
		}
		free(got);
		eg_policy_free(policy);
	}
}

/* ---- and the expectations hold them ---- */

/* Counts down to the edit that is to be made. */
struct edit {
	size_t left;
	bool made;
	char what[256];
};

static bool is_due(struct edit *e, unsigned int line, const char *what)
{
	if (e->made || e->left--)
		return false;
	e->made = true;
	snprintf(e->what, sizeof(e->what), "line %u: %s", line, what);
	return true;
}

/* An address that no expectation asks for. */
static const struct eg_prefix nobody = { .family = 4, .len = 32, .addr = { 255, 255, 255, 255 } };

static void empty(struct eg_addrs *addrs)
{
	addrs->any = false;
	addrs->n = 0;
	addrs->n_words = 0;
}

static void edit_words(struct edit *e, struct eg_addrs *addrs, const char *what)
{
	size_t i, k;

	for (i = 0; i < addrs->n_words; i++) {
		struct eg_addr_word *word = &addrs->words[i];

		if (!is_due(e, word->at.line, what))
			continue;
		if (word->set == EG_NO_SET && !word->n)
			addrs->any = false;
		word->set = EG_NO_SET;
		for (k = 0; k < word->n; k++)
			addrs->v[word->first + k] = nobody;
	}
}

static void edit_rule(struct edit *e, struct eg_rule *rule)
{
	const unsigned int both = EG_PROTO_TCP | EG_PROTO_UDP;
	size_t i;

	if (is_due(e, rule->at.line, "the rule is gone"))
		empty(&rule->to);
	edit_words(e, &rule->to, "an element of 'to' is gone");
	edit_words(e, &rule->except, "an element of 'except' is gone");
	if (rule->n_ports && is_due(e, rule->at.line, "any port does"))
		rule->n_ports = 0;
	for (i = 0; i < rule->n_ports; i++) {
		if (is_due(e, rule->at.line, "a port or a range is gone"))
			rule->ports[i].lo = rule->ports[i].hi = 1;
		if (rule->ports[i].lo != rule->ports[i].hi && is_due(e, rule->at.line, "a range is its first port"))
			rule->ports[i].hi = rule->ports[i].lo;
	}
	if ((rule->protos & both) == both || !(rule->protos & both) || !is_due(e, rule->at.line, "tcp or udp does"))
		return;
	rule->protos |= both;
	for (i = 0; i < rule->n_ports; i++)
		rule->ports[i].protos = EG_PROTO_TCP | EG_PROTO_UDP;
}

static void edit_set(struct edit *e, struct eg_set *set)
{
	size_t i, of_words = 0;

	edit_words(e, &set->to, "an address is gone");
	edit_words(e, &set->except, "an element of 'except' is gone");
	for (i = 0; i < set->to.n_words; i++)
		of_words += set->to.words[i].n;
	for (i = of_words; i < set->to.n; i++) { /* what the words are made of comes first in the examples */
		if (is_due(e, set->at.line, "a line of the file is gone"))
			set->to.v[i] = nobody;
	}
}

static bool make_edit(struct eg_policy *policy, size_t number, struct edit *e)
{
	size_t i;

	*e = (struct edit){ .left = number };
	for (i = 0; i < policy->n_rules; i++)
		edit_rule(e, &policy->rules[i]);
	for (i = 0; i < policy->n_sets; i++) {
		if (policy->sets[i].at.line)
			edit_set(e, &policy->sets[i]);
	}
	return e->made;
}

/*
 * Whether an expectation is answered otherwise after the edit, under the default of the policy or under the other
 * one: a deny rule may be there for the day when more is allowed.
 */
static bool is_noticed(const char *path, size_t number, struct edit *e)
{
	bool noticed = false;
	int i;

	for (i = 0; i < 2; i++) {
		struct eg_policy *policy = load(path);
		char *before, *after;

		expect_on_machine(policy, name_of(path));
		policy->default_allow ^= i;
		before = answers(policy);
		make_edit(policy, number, e);
		after = answers(policy);
		noticed |= strcmp(before, after) != 0;
		free(before);
		free(after);
		eg_policy_free(policy);
	}
	return noticed;
}

static void whatever_is_taken_out_or_loosened_is_noticed(void **unused)
{
	size_t i, number, missed = 0;
	struct edit e;

	(void)unused;
	for (i = 0; i < examples.gl_pathc; i++) {
		const char *path = examples.gl_pathv[i];

		for (number = 0;; number++) {
			bool noticed = is_noticed(path, number, &e);

			if (!e.made)
				break;
			if (!noticed)
				print_error("%s, %s, and no expectation notices\n", path, e.what);
			missed += !noticed;
		}
		assert_true(number >= 3);
	}
	assert_int_equal(missed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_are_enough),
		cmocka_unit_test(nothing_is_warned_of_or_left_unenforced),
		cmocka_unit_test(every_expectation_holds),
		cmocka_unit_test(whatever_is_taken_out_or_loosened_is_noticed),
	};

	return cmocka_run_group_tests(tests, find_examples, forget_examples);
}
