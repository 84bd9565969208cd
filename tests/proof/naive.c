/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "naive.h"

#include <stdlib.h>
#include <string.h>

#define FORMS_MAX 12
#define WAYS_MAX 1024

/* ---- the forms of a destination ---- */

struct forms {
	struct naive_addr addr[FORMS_MAX]; /* the native one first */
	int nat64;			   /* which one is that of 64:ff9b::/96; 0: none */
	int n;
};

static struct naive_addr v4(unsigned int a, unsigned int b, unsigned int c, unsigned int d)
{
	struct naive_addr addr = { { [10] = 0xff, [11] = 0xff } };

	addr.b[12] = (unsigned char)a;
	addr.b[13] = (unsigned char)b;
	addr.b[14] = (unsigned char)c;
	addr.b[15] = (unsigned char)d;
	return addr;
}

bool naive_is_v4(const struct naive_addr *addr)
{
	struct naive_addr mapped = v4(0, 0, 0, 0);

	return !memcmp(addr->b, mapped.b, 12);
}

static bool all_zero(const unsigned char *b, int from, int to)
{
	for (; from < to; from++) {
		if (b[from])
			return false;
	}
	return true;
}

/* "0.0.0.0 and :: (also mapped) are judged as 127.0.0.1 and ::1" */
static struct naive_addr canonical(struct naive_addr addr)
{
	if (naive_is_v4(&addr) && all_zero(addr.b, 12, 16))
		return v4(127, 0, 0, 1);
	if (all_zero(addr.b, 0, 16))
		addr.b[15] = 1;
	return addr;
}

static void add_form(struct forms *forms, struct naive_addr addr)
{
	forms->addr[forms->n++] = addr;
}

static bool starts(const unsigned char *b, const char *bytes, size_t n)
{
	return !memcmp(b, bytes, n);
}

/* The IPv4 addresses inside an IPv6 address, by the figures of the RFCs, in bytes. */
static void add_embedded(struct forms *f, const unsigned char *b)
{
	if (starts(b, "\x00\x64\xff\x9b\0\0\0\0\0\0\0\0", 12)) { /* RFC 6052 2.1 */
		f->nat64 = f->n;
		add_form(f, v4(b[12], b[13], b[14], b[15]));
	}
	if (starts(b, "\x00\x64\xff\x9b\x00\x01", 6)) {	     /* RFC 8215, with the table of RFC 6052 2.2 */
		add_form(f, v4(b[6], b[7], b[9], b[10]));    /* PL 48 */
		add_form(f, v4(b[7], b[9], b[10], b[11]));   /* PL 56 */
		add_form(f, v4(b[9], b[10], b[11], b[12]));  /* PL 64 */
		add_form(f, v4(b[12], b[13], b[14], b[15])); /* PL 96 */
	}
	if (starts(b, "\x20\x02", 2)) /* RFC 3056 2 */
		add_form(f, v4(b[2], b[3], b[4], b[5]));
	if (starts(b, "\x20\x01\0\0", 4)) /* RFC 4380 4 */
		add_form(f, v4(b[12] ^ 0xffu, b[13] ^ 0xffu, b[14] ^ 0xffu, b[15] ^ 0xffu));
	if ((b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe) /* RFC 5214 6.1 */
		add_form(f, v4(b[12], b[13], b[14], b[15]));
	if (all_zero(b, 0, 12) && !(all_zero(b, 12, 15) && b[15] <= 1)) /* RFC 4291 2.5.5.1 */
		add_form(f, v4(b[12], b[13], b[14], b[15]));
}

static struct forms forms_of(const struct naive_flow *flow)
{
	struct naive_addr native = canonical(flow->to);
	struct forms forms = { .n = 0 };

	add_form(&forms, native);
	if (!naive_is_v4(&native))
		add_embedded(&forms, native.b);
	return forms;
}

/* ---- what a list of addresses covers ---- */

struct naive_addr naive_first(struct naive_addr addr, int len)
{
	if (len < 128)
		addr.b[len / 8] &= (unsigned char)~(0xff >> len % 8);
	for (len = len / 8 + 1; len < 16; len++)
		addr.b[len] = 0;
	return addr;
}

struct naive_addr naive_last(struct naive_addr addr, int len)
{
	if (len < 128)
		addr.b[len / 8] |= (unsigned char)(0xff >> len % 8);
	for (len = len / 8 + 1; len < 16; len++)
		addr.b[len] = 0xff;
	return addr;
}

static bool is_in_range(const struct naive_elem *e, const struct naive_addr *addr)
{
	return e->v4 == naive_is_v4(addr) && memcmp(addr->b, e->lo.b, 16) >= 0 && memcmp(addr->b, e->hi.b, 16) <= 0;
}

/*
 * The prefix length "as written" of an address in a range. The fewest prefixes that make it up are its largest
 * aligned blocks, so it is that of the largest block around the address that the range has whole.
 */
static int piece_length(const struct naive_elem *e, const struct naive_addr *addr)
{
	int len = 128, least = e->v4 ? 96 : 0;

	while (len > least && memcmp(naive_first(*addr, len - 1).b, e->lo.b, 16) >= 0 &&
	       memcmp(naive_last(*addr, len - 1).b, e->hi.b, 16) <= 0)
		len--;
	return len;
}

static bool covers(const struct naive_policy *policy, const struct naive_list *list, const struct naive_addr *addr)
{
	int i;

	for (i = 0; i < list->n; i++) {
		const struct naive_elem *e = &list->v[i];
		const struct naive_set *set = &policy->sets[e->set];

		if (e->kind == NAIVE_ANY || (e->kind == NAIVE_RANGE && is_in_range(e, addr)))
			return true;
		if (e->kind == NAIVE_SET && covers(policy, &set->to, addr) && !covers(policy, &set->except, addr))
			return true;
	}
	return false;
}

/* Where a list that covers an IPv4 address begins to do so: at the start of all, or of a range, or behind one. */
static bool covers_at_edge_of(const struct naive_policy *policy, const struct naive_list *list,
			      const struct naive_list *edges)
{
	struct naive_addr at;
	int i, k;

	for (i = 0; i < edges->n; i++) {
		if (edges->v[i].kind != NAIVE_RANGE || !edges->v[i].v4)
			continue;
		if (covers(policy, list, &edges->v[i].lo))
			return true;
		at = edges->v[i].hi;
		for (k = 15; k >= 12 && !++at.b[k]; k--)
			;
		if (k >= 12 && covers(policy, list, &at))
			return true;
	}
	return false;
}

static bool covers_any_v4(const struct naive_policy *policy, const struct naive_list *list)
{
	const struct naive_addr zero = v4(0, 0, 0, 0);
	int i;

	if (covers(policy, list, &zero) || covers_at_edge_of(policy, list, list))
		return true;
	for (i = 0; i < policy->n_sets; i++) {
		if (covers_at_edge_of(policy, list, &policy->sets[i].to) ||
		    covers_at_edge_of(policy, list, &policy->sets[i].except))
			return true;
	}
	return false;
}

/* ---- ways: how a rule comes to an address ---- */

/*
 * A rule and a path through sets within each other, to one list. Its own elements, sets aside, count there, and
 * what is in an except on the way does not.
 */
struct way {
	int rule;
	const struct naive_list *list;
	const struct naive_list *excepts[1 + NAIVE_DEPTH];
	int n_excepts;
};

struct ways {
	const struct naive_policy *policy;
	struct way v[WAYS_MAX];
	int n;
};

static void add_ways(struct ways *ways, struct way way)
{
	int i;

	if (ways->n == WAYS_MAX || way.n_excepts > 1 + NAIVE_DEPTH)
		abort();
	ways->v[ways->n++] = way;
	for (i = 0; i < way.list->n; i++) {
		const struct naive_elem *e = &way.list->v[i];
		struct way next = way;

		if (e->kind != NAIVE_SET)
			continue;
		next.list = &ways->policy->sets[e->set].to;
		next.excepts[next.n_excepts++] = &ways->policy->sets[e->set].except;
		add_ways(ways, next);
	}
}

static void add_rule(struct ways *ways, int ordinal)
{
	static const struct naive_list any = { .v = { { .kind = NAIVE_ANY } }, .n = 1 };
	const struct naive_rule *rule = &ways->policy->rules[ordinal];
	struct way way = { .rule = ordinal, .list = rule->to.n ? &rule->to : &any };

	way.excepts[way.n_excepts++] = &rule->except;
	add_ways(ways, way);
}

static void add_rules(struct ways *ways, bool deny)
{
	int i;

	for (i = 0; i < ways->policy->n_rules; i++) {
		if (ways->policy->rules[i].deny == deny)
			add_rule(ways, i);
	}
}

/* The length of the longest prefix on this way's list that covers the address, -1 when none does. */
static int longest(const struct way *way, const struct naive_addr *addr)
{
	int i, len, best = -1;

	for (i = 0; i < way->list->n; i++) {
		const struct naive_elem *e = &way->list->v[i];

		len = -1;
		if (e->kind == NAIVE_ANY)
			len = 0;
		else if (e->kind == NAIVE_RANGE && is_in_range(e, addr))
			len = piece_length(e, addr);
		if (len > best)
			best = len;
	}
	return best;
}

static bool excepts(const struct ways *ways, const struct way *way, const struct naive_addr *addr)
{
	int i;

	for (i = 0; i < way->n_excepts; i++) {
		if (covers(ways->policy, way->excepts[i], addr))
			return true;
	}
	return false;
}

static bool excepts_any_form(const struct ways *ways, const struct way *way, const struct forms *forms)
{
	int i;

	for (i = 0; i < forms->n; i++) {
		if (excepts(ways, way, &forms->addr[i]))
			return true;
	}
	return false;
}

static bool excepts_any_v4(const struct ways *ways, const struct way *way)
{
	int i;

	for (i = 0; i < way->n_excepts; i++) {
		if (covers_any_v4(ways->policy, way->excepts[i]))
			return true;
	}
	return false;
}

/* ---- the documented corner ---- */

static bool has_v6(const struct way *way)
{
	int i;

	for (i = 0; i < way->list->n; i++) {
		if (way->list->v[i].kind == NAIVE_ANY || (way->list->v[i].kind == NAIVE_RANGE && !way->list->v[i].v4))
			return true;
	}
	return false;
}

/* Which ways of allow rules the address is excepted on. Returns whether there are any. */
static bool excepted_ways(const struct ways *allows, const struct naive_addr *addr, bool which[WAYS_MAX])
{
	bool any = false;
	int i;

	for (i = 0; i < allows->n; i++) {
		which[i] = has_v6(&allows->v[i]) && excepts(allows, &allows->v[i], addr);
		any |= which[i];
	}
	return any;
}

/* Whether two embedded IPv4 addresses of the destination are excepted on ways that are not the same. */
static bool excepted_differently(const struct ways *allows, const struct forms *forms)
{
	bool first[WAYS_MAX], other[WAYS_MAX], found = false;
	int i;

	for (i = 1; i < forms->n; i++) {
		if (!excepted_ways(allows, &forms->addr[i], found ? other : first))
			continue;
		if (found && memcmp(first, other, (size_t)allows->n * sizeof(*first)))
			return true;
		found = true;
	}
	return false;
}

/* ---- rules ---- */

static bool match_port(const struct naive_rule *rule, int port)
{
	int i;

	for (i = 0; i < rule->n_ports; i++) {
		if (port >= rule->ports[i].lo && port <= rule->ports[i].hi)
			return true;
	}
	return !rule->n_ports;
}

static bool match_class(const struct naive_rule *rule, enum naive_class class)
{
	bool open = rule->any_proto || !(rule->tcp || rule->udp || rule->icmp);

	switch (class) {
	case NAIVE_TCP:
		return open || rule->tcp;
	case NAIVE_UDP:
		return open || rule->udp;
	case NAIVE_ICMP:
		return (open || rule->icmp) && !rule->n_ports;
	case NAIVE_OTHER:
		return open && !rule->n_ports;
	}
	return false;
}

static bool speaks_of(const struct naive_policy *policy, const struct way *way, const struct naive_flow *flow)
{
	const struct naive_rule *rule = &policy->rules[way->rule];

	return match_class(rule, flow->class) && match_port(rule, flow->port);
}

/* "the longest prefix as written, then the lowest line" */
static void weigh(struct naive_verdict *best, const struct way *way, int len)
{
	if (len > best->plen || (len >= 0 && len == best->plen && way->rule < best->rule)) {
		best->plen = len;
		best->rule = way->rule;
	}
}

/* "a deny rule matches if any form does" */
static void weigh_denies(const struct ways *denies, const struct naive_flow *flow, const struct forms *forms,
			 struct naive_verdict *best)
{
	int i, f;

	for (i = 0; i < denies->n; i++) {
		const struct way *way = &denies->v[i];

		for (f = 0; f < forms->n && speaks_of(denies->policy, way, flow); f++) {
			if (!excepts(denies, way, &forms->addr[f]))
				weigh(best, way, longest(way, &forms->addr[f]));
		}
	}
}

/* "an allow rule if the native or the 64:ff9b::/96 form does and no form is in its except" */
static void weigh_allows(const struct ways *allows, const struct naive_flow *flow, const struct forms *forms,
			 struct naive_verdict *best)
{
	bool corner = excepted_differently(allows, forms);
	int i;

	for (i = 0; i < allows->n; i++) {
		const struct way *way = &allows->v[i];

		if (!speaks_of(allows->policy, way, flow) || excepts_any_form(allows, way, forms))
			continue;
		if (!corner || !excepts_any_v4(allows, way))
			weigh(best, way, longest(way, &forms->addr[0]));
		if (forms->nat64)
			weigh(best, way, longest(way, &forms->addr[forms->nat64]));
	}
}

struct naive_verdict naive_decide(const struct naive_policy *policy, const struct naive_flow *flow)
{
	struct naive_verdict v = { .allow = false, .rule = -1, .plen = -1 };
	struct forms forms = forms_of(flow);
	struct ways ways;

	ways.policy = policy;
	ways.n = 0;
	add_rules(&ways, true);
	weigh_denies(&ways, flow, &forms, &v);
	if (v.rule >= 0)
		return v;
	v.allow = true;
	ways.n = 0;
	add_rules(&ways, false);
	weigh_allows(&ways, flow, &forms, &v);
	if (v.rule >= 0)
		return v;
	return (struct naive_verdict){ .allow = policy->default_allow, .rule = -1, .plen = 0 };
}
