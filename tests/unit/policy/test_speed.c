/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Large policies: that they take seconds and not minutes. The bounds are generous, for slow machines
 * and sanitizers; a compiler that is quadratic misses them by far.
 */
#include <time.h>

#include "wellformed.h"

#define BOUND 5.0
#define HEAD "[policy]\ndefault = deny\n"

static unsigned long long state = 42;

static unsigned int rnd(unsigned int below)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned int)(state >> 33) % below;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void put_net4(FILE *to, unsigned int shortest)
{
	unsigned int len = shortest + rnd(33 - shortest), addr = (16 + rnd(200)) << 24 | rnd(1 << 24);

	addr &= len ? ~0u << (32 - len) : 0;
	fprintf(to, "  %u.%u.%u.%u/%u\n", addr >> 24, addr >> 16 & 255, addr >> 8 & 255, addr & 255, len);
}

static void put_net6(FILE *to)
{
	fprintf(to, "  2001:db8:%x:%x::/%u\n", rnd(65536), rnd(65536), 64 + rnd(65));
}

static struct eg_tables *compile_timed(const char *what, const char *text)
{
	double start = now(), parsed;
	struct eg_policy *policy = ask_parse(text);
	struct eg_tables *tables;

	parsed = now();
	tables = ask_compile_policy(policy);
	print_message("%s: %.3f s to parse %.1f MiB, %.3f s to compile: %zu+%zu+%zu+%zu entries, %zu blocks\n", what,
		      parsed - start, (double)policy->text_len / (1 << 20), now() - parsed, tables->n_hosts4,
		      tables->n_nets4, tables->n_hosts6, tables->n_nets6, tables->n_blocks);
	assert_true(now() - start < BOUND);
	wf_check(tables);
	eg_policy_free(policy);
	return tables;
}

static void a_feed_of_170000_prefixes_in_one_rule(void **unused)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	struct eg_tables *t;
	unsigned int i;

	(void)unused;
	fputs(HEAD "[deny feed]\nport = 1-1000, 2000\nto =\n", to);
	for (i = 0; i < 85000; i++) {
		put_net4(to, 12);
		put_net6(to);
	}
	fclose(to);
	t = compile_timed("feed", text);
	assert_true(t->n_blocks < 500); /* a row for each length, not for each prefix */
	free(text);
	eg_tables_free(t);
}

static void a_thousand_rules_of_mixed_prefixes_and_ports(void **unused)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	unsigned int i, j;

	(void)unused;
	fputs(HEAD, to);
	for (i = 0; i < 1000; i++) {
		fprintf(to, "[%s r%u]\nto =%s\n", rnd(2) ? "allow" : "deny", i, rnd(20) ? "" : " any,");
		for (j = 0; j < 10; j++) {
			put_net4(to, 8);
			put_net6(to);
		}
		for (j = 0; j < 3; j++) {
			unsigned int port = 1 + rnd(60000);

			fprintf(to, "port = %u, %u-%u\n", 1 + rnd(65535), port, port + rnd(5000));
		}
	}
	fclose(to);
	eg_tables_free(compile_timed("mixed", text));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_feed_of_170000_prefixes_in_one_rule),
		cmocka_unit_test(a_thousand_rules_of_mixed_prefixes_and_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
