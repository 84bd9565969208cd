/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random policies against the naive evaluator of tests/proof, flow by flow. A disagreement prints the policy, cut
 * down to what it needs, and the flow. EG_TEST_SEED tries another million; EG_TEST_POLICIES more of them.
 */
#include "agree.h"
#include "random.h"
#include "text.h"
#include "wellformed.h"

#include <unistd.h>

#define POLICIES 5000
#define FLOWS 200

static char dir[] = "/tmp/egressctl-random-XXXXXX"; /* files of sets */

struct tally {
	unsigned long flows, by_rule, by_deny;
};

static void compare_flows(const struct naive_policy *policy, const struct eg_tables *tables, struct random_source *from,
			  struct tally *tally)
{
	struct naive_verdict want;
	struct eg_verdict got;
	struct naive_flow flow;
	int i;

	for (i = 0; i < FLOWS; i++) {
		random_flow(from, policy, &flow);
		want = naive_decide(policy, &flow);
		got = agree_ask(tables, &flow);
		tally->flows++;
		tally->by_rule += want.rule >= 0;
		tally->by_deny += want.rule >= 0 && !want.allow;
		if (agree_verdicts(&got, &want))
			continue;
		agree_complain(policy, &flow);
		fail_msg("the tables disagree with the naive evaluator");
	}
}

static void tables_agree_with_the_naive_evaluator(void **unused)
{
	const char *more = getenv("EG_TEST_POLICIES");
	unsigned long i, policies = more ? strtoul(more, NULL, 10) : POLICIES;
	struct random_source from = random_seeded();
	struct tally tally = { 0 };
	struct naive_policy policy;
	struct eg_tables *tables;
	char *text;

	(void)unused;
	for (i = 0; i < policies; i++) {
		random_policy(&from, NULL, &policy);
		text = text_policy(&policy, "", dir);
		tables = agree_compile(text);
		wf_check(tables);
		compare_flows(&policy, tables, &from, &tally);
		eg_tables_free(tables);
		free(text);
	}
	print_message("%lu flows, %lu denied by a rule, %lu allowed by one\n", tally.flows, tally.by_deny,
		      tally.by_rule - tally.by_deny);
	assert_true(tally.by_deny > tally.flows / 10);
	assert_true(tally.by_rule - tally.by_deny > tally.flows / 10);
}

static int make_dir(void **unused)
{
	(void)unused;
	return !mkdtemp(dir);
}

static int remove_dir(void **unused)
{
	char path[sizeof(dir) + 8];
	int i;

	(void)unused;
	for (i = 0; i < NAIVE_SETS; i++) {
		snprintf(path, sizeof(path), "%s/s%d", dir, i);
		unlink(path);
	}
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_agree_with_the_naive_evaluator),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
