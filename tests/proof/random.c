/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "random.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct random_source random_seeded(void)
{
	const char *seed = getenv("EG_TEST_SEED");
	struct random_source from = { .state = seed ? strtoull(seed, NULL, 10) : RANDOM_SEED };

	printf("# EG_TEST_SEED=%llu\n", from.state);
	fflush(stdout); /* the process may end by _exit */
	return from;
}

unsigned int random_below(struct random_source *from, unsigned int below)
{
	if (!from->bytes) {
		from->state = from->state * 6364136223846793005ull + 1442695040888963407ull;
		return (unsigned int)(from->state >> 33) % below;
	}
	if (!from->n)
		return 0;
	from->n--;
	return *from->bytes++ % below;
}

/* ---- addresses ---- */

static struct naive_addr v4_of(unsigned int a, unsigned int b, unsigned int c, unsigned int d)
{
	return (struct naive_addr){
		{ [10] = 0xff, 0xff, (unsigned char)a, (unsigned char)b, (unsigned char)c, (unsigned char)d }
	};
}

static struct naive_addr pick_v4(struct random_source *from)
{
	unsigned int low = random_below(from, 8);

	switch (random_below(from, 8)) {
	case 0:
		return v4_of(192, 0, 2, 8 + low);
	case 1:
		return v4_of(127, 0, 0, low);
	case 2:
		return v4_of(0, 0, 0, low);
	case 3:
		return v4_of(255, 255, 255, 248 + low);
	case 4:
		return v4_of(245, 255, 255, 248 + low); /* 10.0.0.x as Teredo writes it */
	}
	return v4_of(10, 0, 0, low);
}

static struct naive_addr pick_v6(struct random_source *from)
{
	static const struct naive_addr bases[] = {
		{ { 0x20, 0x01, 0x0d, 0xb8 } },
		{ { 0x20, 0x01, 0x0d, 0xb8 } },
		{ { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1 } },
		{ { 0 } },
		{ { 0, 0x64, 0xff, 0x9b } },
		{ { 0, 0x64, 0xff, 0x9b, 0, 1 } },
		{ { 0x20, 0x02 } },
		{ { 0xfe, 0x80 } },
		{ { 0xff, 0xff, 0xff, 0xff } },
	};
	struct naive_addr addr = bases[random_below(from, COUNT(bases))];

	addr.b[15] = (unsigned char)random_below(from, 8);
	return addr;
}

static void put_bytes(struct naive_addr *addr, const unsigned char *v4, int a, int b, int c, int d)
{
	addr->b[a] = v4[0];
	addr->b[b] = v4[1];
	addr->b[c] = v4[2];
	addr->b[d] = v4[3];
}

/* Writes an IPv4 address into an IPv6 one, in one of the forms; what was there before stays, where it can. */
static struct naive_addr embed(struct naive_addr in, const unsigned char *v4, unsigned int form)
{
	unsigned char not_v4[4] = { v4[0] ^ 0xff, v4[1] ^ 0xff, v4[2] ^ 0xff, v4[3] ^ 0xff };

	if (form < 2) /* NAT64 is what most use */
		in = (struct naive_addr){ { 0, 0x64, 0xff, 0x9b } };
	else if (form < 6)
		memcpy(in.b, "\0\x64\xff\x9b\0\1", 6);
	switch (form) {
	case 0:
	case 1:
	case 2:
		put_bytes(&in, v4, 12, 13, 14, 15);
		break;
	case 3:
		put_bytes(&in, v4, 9, 10, 11, 12);
		break;
	case 4:
		put_bytes(&in, v4, 7, 9, 10, 11);
		break;
	case 5:
		put_bytes(&in, v4, 6, 7, 9, 10);
		break;
	case 6:
		in.b[0] = 0x20;
		in.b[1] = 0x02;
		put_bytes(&in, v4, 2, 3, 4, 5);
		break;
	case 7:
		memcpy(in.b, "\x20\x01\0\0", 4);
		put_bytes(&in, not_v4, 12, 13, 14, 15);
		break;
	case 8:
		memcpy(in.b + 8, v4[3] & 1 ? "\0\0\x5e\xfe" : "\2\0\x5e\xfe", 4);
		put_bytes(&in, v4, 12, 13, 14, 15);
		break;
	default:
		in = (struct naive_addr){ { 0 } };
		put_bytes(&in, v4, 12, 13, 14, 15);
	}
	return in;
}

#define EMBED_FORMS 10

/* Some have two IPv4 addresses in them, or more. */
static struct naive_addr pick_addr(struct random_source *from)
{
	unsigned int kind = random_below(from, 8), i, n = kind == 7 ? 2 : 1;
	struct naive_addr addr = pick_v6(from);

	if (kind < 3)
		addr = pick_v4(from);
	for (i = 0; kind > 4 && i < n; i++)
		addr = embed(addr, pick_v4(from).b + 12, random_below(from, EMBED_FORMS));
	if (!random_below(from, 12))
		addr.b[random_below(from, 16)] ^= (unsigned char)(1u << random_below(from, 8));
	return addr;
}

static struct naive_addr next_to(struct naive_addr addr, bool after)
{
	int i;

	for (i = 15; i >= 0; i--) {
		addr.b[i] = (unsigned char)(addr.b[i] + (after ? 1 : -1));
		if (addr.b[i] != (after ? 0 : 0xff))
			break;
	}
	return addr;
}

/* ---- lists of addresses ---- */

/* Mostly long prefixes, as only they can tell neighbours apart. */
static int pick_len(struct random_source *from, bool v4)
{
	switch (random_below(from, 8)) {
	case 0:
		return v4 ? 96 + (int)random_below(from, 33) : (int)random_below(from, 129);
	case 1:
		return v4 ? 96 : 0;
	case 2:
		return 128;
	case 3:
		return v4 ? 104 : 96;
	}
	return 121 + (int)random_below(from, 8);
}

static bool is_unspecified(const struct naive_addr *addr)
{
	static const struct naive_addr zero;

	return !memcmp(addr->b + (naive_is_v4(addr) ? 12 : 0), zero.b, naive_is_v4(addr) ? 4 : 16);
}

static int compare(const struct naive_addr *a, const struct naive_addr *b)
{
	return memcmp(a->b, b->b, 16);
}

/* 0.0.0.0 and :: alone are refused in policies, since nothing is judged as that. */
static struct naive_elem pick_prefix(struct random_source *from)
{
	struct naive_addr addr = pick_addr(from);
	struct naive_elem e = { .kind = NAIVE_RANGE, .v4 = naive_is_v4(&addr) };
	int len = pick_len(from, e.v4);

	e.lo = naive_first(addr, len);
	e.hi = naive_last(addr, len);
	e.v4 = e.v4 && len >= 96;
	if (!compare(&e.lo, &e.hi) && is_unspecified(&e.lo))
		e.lo.b[15] = e.hi.b[15] = 5;
	return e;
}

static struct naive_elem pick_range(struct random_source *from)
{
	struct naive_elem e = { .kind = NAIVE_RANGE };
	unsigned char low;

	e.lo = pick_addr(from);
	e.hi = random_below(from, 4) ? e.lo : pick_addr(from);
	low = (unsigned char)random_below(from, 16);
	e.hi.b[15] = (unsigned char)(e.lo.b[15] + low >= e.lo.b[15] ? e.lo.b[15] + low : 255);
	e.v4 = naive_is_v4(&e.lo);
	if (compare(&e.lo, &e.hi) > 0 || e.v4 != naive_is_v4(&e.hi) ||
	    (!compare(&e.lo, &e.hi) && is_unspecified(&e.lo)))
		return pick_prefix(from);
	return e;
}

static void pick_list(struct random_source *from, struct naive_list *list, int n, int first_set, int n_sets)
{
	list->n = n;
	for (n = 0; n < list->n; n++) {
		unsigned int kind = random_below(from, 16);

		if (kind == 0)
			list->v[n] = (struct naive_elem){ .kind = NAIVE_ANY };
		else if (kind < 6 && first_set < n_sets)
			list->v[n] = (struct naive_elem){
				.kind = NAIVE_SET,
				.set = first_set + (int)random_below(from, (unsigned int)(n_sets - first_set))
			};
		else
			list->v[n] = kind < 9 ? pick_range(from) : pick_prefix(from);
	}
}

static void pick_except(struct random_source *from, struct naive_list *list, int first_set, int n_sets)
{
	pick_list(from, list, random_below(from, 5) < 3 ? 0 : 1 + (int)random_below(from, 2), first_set, n_sets);
}

/* Two sets at each depth, which contain none but deeper ones. */
static void pick_set(struct random_source *from, struct naive_policy *policy, int i)
{
	struct naive_set *set = &policy->sets[i];

	pick_list(from, &set->to, 1 + (int)random_below(from, 3), i / 2 * 2 + 2, policy->n_sets);
	pick_except(from, &set->except, i / 2 * 2 + 2, policy->n_sets);
	set->in_file = !random_below(from, 8);
}

/* ---- rules ---- */

static int pick_port(struct random_source *from)
{
	static const int ports[] = { 1, 2, 52, 53, 54, 80, 443, 65534, 65535 };

	return ports[random_below(from, COUNT(ports))];
}

static void pick_ports(struct random_source *from, struct naive_rule *rule)
{
	int i;

	rule->n_ports = random_below(from, 2) ? 0 : 1 + (int)random_below(from, NAIVE_PORTS);
	for (i = 0; i < rule->n_ports; i++) {
		int a = pick_port(from), b = random_below(from, 2) ? a : pick_port(from);

		rule->ports[i].lo = a < b ? a : b;
		rule->ports[i].hi = a < b ? b : a;
	}
}

static void pick_protos(struct random_source *from, const struct random_options *options, struct naive_rule *rule)
{
	rule->tcp = !random_below(from, 3);
	rule->udp = !random_below(from, 3);
	rule->icmp = !random_below(from, 4) && !rule->n_ports && !(options && options->no_icmp);
	rule->any_proto = !random_below(from, 6);
}

void random_policy(struct random_source *from, const struct random_options *options, struct naive_policy *policy)
{
	int i;

	memset(policy, 0, sizeof(*policy));
	policy->default_allow = random_below(from, 2);
	policy->n_sets = (int)random_below(from, 2) * (int)random_below(from, NAIVE_SETS + 1);
	for (i = 0; i < policy->n_sets; i++)
		pick_set(from, policy, i);
	policy->n_rules = (int)random_below(from, NAIVE_RULES + 1);
	for (i = 0; i < policy->n_rules; i++) {
		struct naive_rule *rule = &policy->rules[i];

		rule->deny = !random_below(from, 3);
		pick_list(from, &rule->to, (int)random_below(from, NAIVE_ELEMS + 1), 0, policy->n_sets);
		pick_except(from, &rule->except, 0, policy->n_sets);
		pick_ports(from, rule);
		pick_protos(from, options, rule);
	}
}

/* ---- flows ---- */

static const struct naive_list *pick_any_list(struct random_source *from, const struct naive_policy *policy)
{
	unsigned int rules = (unsigned int)policy->n_rules,
		     i = random_below(from, rules + (unsigned int)policy->n_sets);

	if (i < rules)
		return random_below(from, 3) ? &policy->rules[i].to : &policy->rules[i].except;
	return random_below(from, 3) ? &policy->sets[i - rules].to : &policy->sets[i - rules].except;
}

/* An end of a range of the policy, or what is next to it. */
static struct naive_addr pick_edge(struct random_source *from, const struct naive_policy *policy)
{
	const struct naive_list *list = policy->n_rules + policy->n_sets ? pick_any_list(from, policy) : NULL;
	const struct naive_elem *e;

	if (!list || !list->n)
		return pick_addr(from);
	e = &list->v[random_below(from, (unsigned int)list->n)];
	if (e->kind != NAIVE_RANGE)
		return pick_addr(from);
	switch (random_below(from, 6)) {
	case 0:
		return next_to(e->lo, false);
	case 1:
		return next_to(e->hi, true);
	case 2:
	case 3:
		return e->hi;
	}
	return e->lo;
}

static struct naive_addr pick_destination(struct random_source *from, const struct naive_policy *policy)
{
	struct naive_addr addr = random_below(from, 3) ? pick_edge(from, policy) : pick_addr(from);
	struct naive_addr other;

	if (!naive_is_v4(&addr) || random_below(from, 2))
		return addr;
	other = random_below(from, 2) ? pick_v6(from) : pick_edge(from, policy);
	addr = embed(other, addr.b + 12, random_below(from, EMBED_FORMS));
	if (naive_is_v4(&other))
		addr = embed(addr, other.b + 12, random_below(from, EMBED_FORMS));
	return addr;
}

void random_flow(struct random_source *from, const struct naive_policy *policy, struct naive_flow *flow)
{
	flow->to = pick_destination(from, policy);
	flow->class = (enum naive_class)random_below(from, 4);
	flow->port = 0;
	if (flow->class == NAIVE_TCP || flow->class == NAIVE_UDP)
		flow->port = random_below(from, 20) ? pick_port(from) : 0;
}
