/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bench_compile.c - what it takes to parse and compile a policy, and how that grows.
 *
 * Each row is the smallest of several runs. "growth" is the time against the row before, divided by what n log n
 * of the work would be: the prefixes and rules that go in and the blocks that come out. 1 is n log n.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "policy/policy.h"
#include "policy/tables.h"

#define RUNS 3
#define SLACK 1.15 /* --check forgives a shared machine that much */

static struct {
	const char *only;
	bool quick, check;
} options;

static unsigned long long state;

static unsigned int rnd(unsigned int below)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned int)(state >> 33) % below;
}

static void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

static void die(const char *fmt, ...)
{
	va_list args;

	fputs("bench_compile: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* ---- policies ---- */

/* Of the shape of a threat feed: mostly hosts, some prefixes, a third of it IPv6. */
static void put_prefix(FILE *to, unsigned int shortest)
{
	unsigned int len = rnd(4) ? 32 : shortest + rnd(33 - shortest), addr = (16 + rnd(200)) << 24 | rnd(1 << 24);

	addr &= len ? ~0u << (32 - len) : 0;
	if (rnd(3))
		fprintf(to, "%u.%u.%u.%u/%u", addr >> 24, addr >> 16 & 255, addr >> 8 & 255, addr & 255, len);
	else
		fprintf(to, "2001:db8:%x:%x::/%u", rnd(65536), rnd(65536), 64 + rnd(65));
}

static void put_feed(FILE *to, size_t n)
{
	size_t i;

	fputs("[set feed]\naddress =\n", to);
	for (i = 0; i < n; i++) {
		fputs("  ", to);
		put_prefix(to, 12);
		fputs("\n", to);
	}
}

static void one_feed(FILE *to, size_t n)
{
	put_feed(to, n);
	fputs("[deny feed]\nto = @feed\nport = 1-1000, 2000\n[allow rest]\nto = any\n", to);
}

static void feed_with_holes(FILE *to, size_t n)
{
	put_feed(to, n);
	fputs("[allow rest]\nto = any\nexcept = @feed, @private\n", to);
}

static void feed_in_rules(FILE *to, size_t n)
{
	size_t i;

	put_feed(to, 20000);
	for (i = 0; i < n; i++)
		fprintf(to, "[deny r%zu]\nto = @feed\nport = %zu\n", i, i + 1);
}

static void mixed_rules(FILE *to, size_t n)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		fprintf(to, "[%s r%zu]\nto =%s\n", rnd(2) ? "allow" : "deny", i, rnd(20) ? "" : " any,");
		for (j = 0; j < 20; j++) {
			fputs("  ", to);
			put_prefix(to, 8);
			fputs("\n", to);
		}
		for (j = 0; j < 3; j++) {
			unsigned int port = 1 + rnd(60000);

			fprintf(to, "port = %u, %u-%u\n", 1 + rnd(65535), port, port + rnd(5000));
		}
	}
}

struct series {
	const char *name;
	void (*write)(FILE *to, size_t n);
	size_t sizes[6]; /* ends with 0 */
	size_t target_at;
	double target_ms; /* of the whole, at that size */
};

static const struct series all[] = {
	{ "one rule, set of prefixes", one_feed, { 10000, 40000, 170000, 680000, 2000000 }, 170000, 1000 },
	{ "any, except a set", feed_with_holes, { 10000, 40000, 170000, 680000 }, 0, 0 },
	{ "rules that use a set of 20k", feed_in_rules, { 10, 100, 1000 }, 0, 0 },
	{ "rules of mixed prefixes, ports", mixed_rules, { 125, 250, 500, 1000 }, 1000, 1000 },
};

static char *make_text(const struct series *series, size_t n, size_t *len)
{
	char *text = NULL;
	FILE *to = open_memstream(&text, len);

	if (!to)
		die("out of memory");
	state = 42;
	fputs("[policy]\nname = bench\ndefault = deny\n", to);
	series->write(to, n);
	if (fclose(to))
		die("out of memory");
	return text;
}

/* ---- measuring ---- */

struct result {
	double parse, compile; /* ms */
	double work;	       /* entries in, blocks out */
	size_t entries, blocks;
};

static void run_once(const char *text, size_t len, struct result *r)
{
	cleanup_policy struct eg_policy *policy = NULL;
	cleanup_tables struct eg_tables *tables = NULL;
	struct eg_diags diags = EG_DIAGS_INIT;
	struct eg_err err = EG_ERR_INIT;
	double start = now_ms(), parsed, done;

	if (eg_policy_parse("bench.ini", text, len, NULL, &policy, &diags, &err))
		die("%s", err.what);
	parsed = now_ms();
	if (eg_compile(policy, &tables, &err))
		die("%s", err.what);
	done = now_ms();
	eg_diags_free(&diags);
	r->entries = tables->n_hosts4 + tables->n_nets4 + tables->n_hosts6 + tables->n_nets6;
	r->blocks = tables->n_blocks;
	if (r->parse <= 0 || done - start < r->parse + r->compile) {
		r->parse = parsed - start;
		r->compile = done - parsed;
	}
}

static double n_log_n(double n)
{
	return n * log2(n + 2);
}

static bool measure(const struct series *series, size_t n, struct result *before)
{
	struct result r = { 0 };
	size_t len = 0, i;
	cleanup_free char *text = make_text(series, n, &len);
	double total;
	bool missed = false;

	for (i = 0; i < RUNS; i++)
		run_once(text, len, &r);
	total = r.parse + r.compile;
	r.work = (double)(n + r.entries + r.blocks);
	printf("%-32s %9zu %9.1f %9.1f %9zu %9zu", series->name, n, r.parse, r.compile, r.entries, r.blocks);
	if (before->work > 0)
		printf(" %7.2f", total / (before->parse + before->compile) / (n_log_n(r.work) / n_log_n(before->work)));
	else
		printf(" %7s", "");
	if (n == series->target_at) {
		missed = total > series->target_ms * SLACK;
		printf(" %7.0f  %s", series->target_ms, total <= series->target_ms ? "PASS" : "over");
	}
	printf("\n");
	*before = r;
	return missed;
}

static void read_options(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--quick"))
			options.quick = true;
		else if (!strcmp(argv[i], "--check"))
			options.check = true;
		else if (!strcmp(argv[i], "--only") && i + 1 < argc)
			options.only = argv[++i];
		else if ((!strcmp(argv[i], "--egressctl") || !strcmp(argv[i], "--against")) && i + 1 < argc)
			i++; /* for bench_connect: here nothing but the compiler runs, and it is linked */
		else
			die("usage: bench_compile [--quick] [--check] [--only TEXT]");
	}
}

int main(int argc, char **argv)
{
	bool missed = false;
	size_t i, k;

	read_options(argc, argv);
	printf("%-32s %9s %9s %9s %9s %9s %7s %7s\n", "parse and compile", "n", "parse ms", "comp. ms", "entries",
	       "blocks", "growth", "target");
	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct result before = { 0 };

		for (k = 0; k < 6 && all[i].sizes[k]; k++) {
			if ((options.only && !strstr(all[i].name, options.only)) ||
			    (options.quick && all[i].sizes[k] > 200000))
				continue;
			missed |= measure(&all[i], all[i].sizes[k], &before);
		}
	}
	return options.check && missed;
}
