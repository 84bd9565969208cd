/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_division.c - wherever the division puts an address, in a hash that is asked length by length or in a trie,
 * the longest prefix decides, a shorter one is found where it misses, and a change of the division changes nothing.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "eglive.h"
#include "egprobe.h"
#include "egtest.h"
#include "egtool.h"

#define PARTS 4
#define PORT_ALL 999	/* allowed by each of the nested prefixes: the longest one counts */
#define PORT_NEST 1000	/* + n: allowed by the n-th of them, shortest first, and so in all within */
#define PORT_OTHER 2000 /* allowed by the prefixes beside them */

/*
 * What a policy has of one family: of each length so many prefixes. The first of each length lies within the first of
 * the length before; the others lie apart, none beside the other half of what would be a shorter one.
 */
struct division {
	struct part {
		unsigned int len[2]; /* IPv4, IPv6 */
		unsigned int n;
	} parts[PARTS];
	unsigned int hashed; /* how many of the lengths, longest first, the hash must have; the trie has the others */
};

enum {
	FEW_HOSTS,
	FEW_PREFIXES,
	FEW_MIXED,
	MOST_MIXED,
	LEAST_OF_TWO,
	MANY_HOSTS,
	MANY_PREFIXES,
	TWO_LENGTHS,
	THREE_LENGTHS,
	THREE_SHORT,
	FOUR_LENGTHS,
	FOUR_SHORT,
};

static const struct division divisions[] = {
	[FEW_HOSTS] = { { { { 32, 128 }, 3 } }, 1 },
	[FEW_PREFIXES] = { { { { 24, 56 }, 3 } }, 1 },
	[FEW_MIXED] = { { { { 16, 32 }, 2 }, { { 24, 48 }, 1 }, { { 25, 65 }, 3 }, { { 32, 128 }, 4 } }, 0 },
	[MOST_MIXED] = { { { { 24, 64 }, 32 }, { { 32, 128 }, 32 } }, 0 },
	[LEAST_OF_TWO] = { { { { 24, 64 }, 32 }, { { 32, 128 }, 33 } }, 2 },
	[MANY_HOSTS] = { { { { 32, 128 }, 100 } }, 1 },
	[MANY_PREFIXES] = { { { { 27, 61 }, 100 } }, 1 },
	[TWO_LENGTHS] = { { { { 20, 33 }, 50 }, { { 31, 127 }, 50 } }, 2 },
	[THREE_LENGTHS] = { { { { 16, 32 }, 30 }, { { 24, 64 }, 40 }, { { 32, 128 }, 50 } }, 3 },
	[THREE_SHORT] = { { { { 17, 31 }, 30 }, { { 18, 63 }, 40 }, { { 30, 97 }, 50 } }, 3 },
	[FOUR_LENGTHS] = { { { { 16, 32 }, 20 }, { { 20, 48 }, 20 }, { { 24, 64 }, 20 }, { { 32, 128 }, 20 } }, 1 },
	[FOUR_SHORT] = { { { { 16, 32 }, 20 }, { { 20, 48 }, 20 }, { { 24, 64 }, 20 }, { { 31, 127 }, 20 } }, 0 },
};

static unsigned int n_parts(const struct division *d)
{
	unsigned int n = 0;

	while (n < PARTS && d->parts[n].n)
		n++;
	return n;
}

/* ---- addresses ---- */

static const char *const bases[2] = { "203.0.113.77", "2a0b:1450:4009:81f:9a3c:6f77:1234:abcd" };

struct addr {
	__u8 bytes[16];
};

static struct addr base_of(bool six)
{
	struct addr a = { { 0 } };

	inet_pton(six ? AF_INET6 : AF_INET, bases[six], a.bytes);
	return a;
}

static struct addr flip(struct addr a, unsigned int bit)
{
	a.bytes[bit / 8] ^= (__u8)(0x80 >> bit % 8);
	return a;
}

static struct addr cut(struct addr a, unsigned int len)
{
	for (; len < 128; len++)
		a.bytes[len / 8] &= (__u8) ~(0x80 >> len % 8);
	return a;
}

/* The n-th prefix of that part beside the nested ones; its last bit is set. */
static struct addr other(const struct division *d, bool six, unsigned int part, unsigned int n)
{
	struct addr a = { { (__u8)((six ? 0x24 : 20) + part), (__u8)(2 * n) } };

	return flip(a, d->parts[part].len[six] - 1);
}

/* Within the n-th of the nested prefixes and none that is longer; n = -1: in none. */
static struct addr nested(const struct division *d, bool six, int n)
{
	struct addr a = base_of(six);

	return n + 1 < (int)n_parts(d) ? flip(a, d->parts[n + 1].len[six] - 1) : a;
}

static const char *text_of(struct addr a, bool six)
{
	char text[INET6_ADDRSTRLEN];

	return eg_world_str("%s", inet_ntop(six ? AF_INET6 : AF_INET, a.bytes, text, sizeof(text)));
}

/* ---- the policy ---- */

static const char *rule_of(bool six, unsigned int part)
{
	return eg_world_str("nest%d-%u", six ? 6 : 4, part);
}

static void write_family(FILE *f, const struct division *d, bool six)
{
	unsigned int i, n, len;

	for (i = 0; i < n_parts(d); i++) {
		len = d->parts[i].len[six];
		fprintf(f, "[allow %s]\nto = %s/%u\nport = %d, %u\n", rule_of(six, i),
			text_of(cut(base_of(six), len), six), len, PORT_ALL, PORT_NEST + i);
	}
	fprintf(f, "[allow other%d]\nport = %d\n", six ? 6 : 4, PORT_OTHER);
	for (i = 0; i < n_parts(d); i++) {
		for (n = 1; n < d->parts[i].n; n++)
			fprintf(f, "to = %s/%u\n", text_of(other(d, six, i, n), six), d->parts[i].len[six]);
	}
}

static void apply(struct eg_world *w, const struct division *four, const struct division *six)
{
	cleanup_free char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	EG_NEED(f, "out of memory");
	fprintf(f, "default = deny\n");
	write_family(f, four, false);
	write_family(f, six, true);
	fclose(f);
	eg_tool_apply(w, eg_world_policy(w, "p", "a", "%s", text));
}

/* ---- the verdicts ---- */

static void expect(struct eg_world *w, struct addr a, bool six, int type, unsigned int port, bool passes)
{
	struct eg_expect row = { { EG_CONNECT, six ? AF_INET6 : AF_INET, type, 0, "", port }, passes };

	snprintf(row.probe.addr, sizeof(row.probe.addr), "%s", text_of(a, six));
	eg_probe_expect(w, "a", &row, 1, w->denied);
}

/* As the form that embeds it, since that is looked up elsewhere in the programs. */
static void expect_nat64(struct eg_world *w, struct addr four, unsigned int port, bool passes)
{
	struct addr a = { { 0, 0x64, 0xff, 0x9b } };

	memcpy(a.bytes + 12, four.bytes, 4);
	expect(w, a, true, SOCK_STREAM, port, passes);
}

static void expect_nest(struct eg_world *w, const struct division *d, bool six)
{
	int at, k, n = (int)n_parts(d);

	for (at = -1; at < n; at++) {
		struct addr a = nested(d, six, at);

		expect(w, a, six, SOCK_STREAM, PORT_ALL, at >= 0);
		expect(w, a, six, SOCK_STREAM, PORT_OTHER, false);
		for (k = 0; k < n; k++) {
			expect(w, a, six, SOCK_DGRAM, PORT_NEST + (unsigned int)k, k <= at);
			if (!six)
				expect_nat64(w, a, PORT_NEST + (unsigned int)k, k <= at);
		}
	}
}

static void expect_others(struct eg_world *w, const struct division *d, bool six)
{
	unsigned int i, k, whole = six ? 128 : 32;

	for (i = 0; i < n_parts(d); i++) {
		const unsigned int ends[] = { 1, d->parts[i].n - 1 }, len = d->parts[i].len[six];

		for (k = 0; k < EG_COUNT(ends) && d->parts[i].n > 1; k++) {
			struct addr a = other(d, six, i, ends[k]);

			expect(w, a, six, SOCK_DGRAM, PORT_OTHER, true);
			expect(w, a, six, SOCK_STREAM, PORT_NEST, false);
			expect(w, flip(a, len - 1), six, SOCK_DGRAM, PORT_OTHER, false);
			if (len < whole)
				expect(w, flip(a, whole - 1), six, SOCK_DGRAM, PORT_OTHER, true);
		}
	}
}

/* Of the nested rules the one with the longest prefix is counted. To be called once, after expect_nest. */
static void expect_counted(struct eg_world *w, const struct division *d, bool six)
{
	unsigned int k, n = n_parts(d);

	for (k = 0; k < n; k++) {
		long long want = 1 + (long long)(n - k) * (six ? 1 : 2);
		long long got = eg_tool_hits(w, "p", eg_world_str("allow %s", rule_of(six, k)));

		EG_CHECK(got == want, "%s: %lld hits instead of %lld", rule_of(six, k), got, want);
	}
}

/* ---- what was made ---- */

static unsigned int probed(const struct eg_gen *gen, bool six, unsigned int i)
{
	return six ? gen->probe6[i].len : gen->probe4[i].len;
}

/* As many entries as the parts in that range have; no table at all where that is none. */
static void expect_table(const struct eg_world *w, const struct division *d, const char *name, __u32 field,
			 unsigned int from, unsigned int to)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info), want = 0;
	cleanup_close int fd = -1;

	for (; from < to; from++)
		want += d->parts[from].n;
	if (!EG_CHECK(!field == !want, "%s is%s there, for %u entries", name, field ? "" : " not", want) || !field)
		return;
	fd = eg_live_table(w, name, field);
	EG_CHECK(!bpf_obj_get_info_by_fd(fd, &info, &len) && info.max_entries == want, "%s has %u entries, not %u",
		 name, info.max_entries, want);
}

static void expect_made(const struct eg_world *w, const struct division *d, bool six)
{
	const struct eg_gen *gen = eg_live_gen(w);
	unsigned int i, want, n = n_parts(d);

	for (i = 0; i < EG_PROBES; i++) {
		want = i < d->hashed ? d->parts[n - 1 - i].len[six] : 0;
		EG_CHECK(probed(gen, six, i) == want, "probe %u of IPv%d: length %u instead of %u", i, six ? 6 : 4,
			 probed(gen, six, i), want);
	}
	expect_table(w, d, six ? "hash6" : "hash4", six ? gen->hash6 : gen->hash4, n - d->hashed, n);
	expect_table(w, d, six ? "trie6" : "trie4", six ? gen->trie6 : gen->trie4, 0, n - d->hashed);
}

static void expect_all(struct eg_world *w, const struct division *d, bool six)
{
	expect_made(w, d, six);
	expect_nest(w, d, six);
	expect_others(w, d, six);
}

/* ---- the tests ---- */

static void divide(struct eg_world *w, int which)
{
	const struct division *d = &divisions[which];
	int six;

	eg_world_cgroup(w, "a");
	apply(w, d, d);
	for (six = 0; six < 2; six++) {
		expect_all(w, d, six);
		expect_counted(w, d, six);
	}
	EG_CHECK(!eg_tool_faults(w, EG_REASON_BROKEN), "%lld faults", eg_tool_faults(w, EG_REASON_BROKEN));
}

#define DIVISION(name, which) \
	static void name(struct eg_world *w) \
	{ \
		divide(w, which); \
	}

DIVISION(test_few_hosts, FEW_HOSTS)
DIVISION(test_few_prefixes, FEW_PREFIXES)
DIVISION(test_few_mixed, FEW_MIXED)
DIVISION(test_most_mixed, MOST_MIXED)
DIVISION(test_least_of_two, LEAST_OF_TWO)
DIVISION(test_many_hosts, MANY_HOSTS)
DIVISION(test_many_prefixes, MANY_PREFIXES)
DIVISION(test_two_lengths, TWO_LENGTHS)
DIVISION(test_three_lengths, THREE_LENGTHS)
DIVISION(test_three_short, THREE_SHORT)
DIVISION(test_four_lengths, FOUR_LENGTHS)
DIVISION(test_four_short, FOUR_SHORT)

/* Trie, several probes, one probe and both: each follows each other. The families are divided each for itself. */
static void test_from_one_to_another(struct eg_world *w)
{
	static const int order[] = { FEW_MIXED,	   THREE_LENGTHS, FOUR_SHORT,	FOUR_LENGTHS,  FEW_MIXED,
				     MANY_HOSTS,   TWO_LENGTHS,	  FOUR_LENGTHS, THREE_LENGTHS, MANY_HOSTS,
				     FOUR_LENGTHS, MANY_HOSTS,	  FEW_MIXED };
	size_t i, n = EG_COUNT(order);

	eg_world_cgroup(w, "a");
	for (i = 0; i < n; i++) {
		const struct division *four = &divisions[order[i]], *six = &divisions[order[n - 1 - i]];

		apply(w, four, six);
		expect_all(w, four, false);
		expect_all(w, six, true);
	}
	EG_CHECK(!eg_tool_faults(w, EG_REASON_BROKEN), "%lld faults", eg_tool_faults(w, EG_REASON_BROKEN));
}

static const struct eg_test tests[] = {
	{ "a few hosts are in the hash alone", test_few_hosts, 0 },
	{ "a few prefixes of one length are in the hash alone", test_few_prefixes, 0 },
	{ "a few of mixed lengths are in the trie alone", test_few_mixed, 0 },
	{ "64 of mixed lengths are in the trie alone", test_most_mixed, 0 },
	{ "65 of two lengths are in the hash alone", test_least_of_two, 0 },
	{ "many hosts are in the hash alone", test_many_hosts, 0 },
	{ "many prefixes of one length are in the hash alone", test_many_prefixes, 0 },
	{ "many of two lengths are in the hash alone", test_two_lengths, 0 },
	{ "many of three lengths, hosts among them, are in the hash alone", test_three_lengths, 0 },
	{ "many of three lengths without hosts are in the hash alone", test_three_short, 0 },
	{ "of many of four lengths the hosts are in the hash, the prefixes in the trie", test_four_lengths, 0 },
	{ "many of four lengths without hosts are in the trie alone", test_four_short, 0 },
	{ "a policy changes from each division to each other", test_from_one_to_another, 0 },
};

EG_TEST_MAIN(tests)
