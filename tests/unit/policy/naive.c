/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "naive.h"

#include <string.h>

#define FORMS_MAX 12

struct forms {
	struct naive_addr addr[FORMS_MAX];
	bool trusted[FORMS_MAX]; /* an allow rule may match it */
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

static void add_form(struct forms *forms, struct naive_addr addr, bool trusted)
{
	forms->addr[forms->n] = addr;
	forms->trusted[forms->n++] = trusted;
}

static bool starts(const unsigned char *b, const char *bytes, size_t n)
{
	return !memcmp(b, bytes, n);
}

/* The IPv4 addresses inside an IPv6 address, by the figures of the RFCs, in bytes. */
static void add_embedded(struct forms *f, const unsigned char *b)
{
	if (starts(b, "\x00\x64\xff\x9b\0\0\0\0\0\0\0\0", 12)) /* RFC 6052 2.1 */
		add_form(f, v4(b[12], b[13], b[14], b[15]), true);
	if (starts(b, "\x00\x64\xff\x9b\x00\x01", 6)) {		    /* RFC 8215, with the table of RFC 6052 2.2 */
		add_form(f, v4(b[6], b[7], b[9], b[10]), false);    /* PL 48 */
		add_form(f, v4(b[7], b[9], b[10], b[11]), false);   /* PL 56 */
		add_form(f, v4(b[9], b[10], b[11], b[12]), false);  /* PL 64 */
		add_form(f, v4(b[12], b[13], b[14], b[15]), false); /* PL 96 */
	}
	if (starts(b, "\x20\x02", 2)) /* RFC 3056 2 */
		add_form(f, v4(b[2], b[3], b[4], b[5]), false);
	if (starts(b, "\x20\x01\0\0", 4)) /* RFC 4380 4 */
		add_form(f, v4(b[12] ^ 0xffu, b[13] ^ 0xffu, b[14] ^ 0xffu, b[15] ^ 0xffu), false);
	if ((b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe) /* RFC 5214 6.1 */
		add_form(f, v4(b[12], b[13], b[14], b[15]), false);
	if (all_zero(b, 0, 12) && !(all_zero(b, 12, 15) && b[15] <= 1)) /* RFC 4291 2.5.5.1 */
		add_form(f, v4(b[12], b[13], b[14], b[15]), false);
}

static bool same_bits(const struct naive_addr *a, const struct naive_addr *b, int len)
{
	int i;

	for (i = 0; i < len; i++) {
		if ((a->b[i / 8] ^ b->b[i / 8]) & (0x80 >> i % 8))
			return false;
	}
	return true;
}

/* The length of the rule's longest prefix that covers the address, -1 when none does. */
static int match_address(const struct naive_rule *rule, const struct naive_addr *addr)
{
	int i, best = rule->any ? 0 : -1;

	for (i = 0; i < rule->n_to; i++) {
		bool v4_prefix = rule->to[i].len >= 96 && naive_is_v4(&rule->to[i].addr);

		if (v4_prefix != naive_is_v4(addr) || !same_bits(&rule->to[i].addr, addr, rule->to[i].len))
			continue;
		if (rule->to[i].len > best)
			best = rule->to[i].len;
	}
	return best;
}

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

/* The length of the match in any form that counts for this kind of rule; -1: no match. */
static int match(const struct naive_rule *rule, const struct naive_flow *flow, const struct forms *forms)
{
	int i, len, best = -1;

	if (!match_class(rule, flow->class) || !match_port(rule, flow->port))
		return -1;
	for (i = 0; i < forms->n; i++) {
		if (!rule->deny && !forms->trusted[i])
			continue;
		len = match_address(rule, &forms->addr[i]);
		if (len > best)
			best = len;
	}
	return best;
}

static struct naive_verdict best_of(const struct naive_policy *policy, const struct naive_flow *flow,
				    const struct forms *forms, bool deny)
{
	struct naive_verdict v = { .allow = !deny, .rule = -1, .plen = -1 };
	int i, len;

	for (i = 0; i < policy->n_rules; i++) {
		if (policy->rules[i].deny != deny)
			continue;
		len = match(&policy->rules[i], flow, forms);
		if (len > v.plen) {
			v.plen = len;
			v.rule = i;
		}
	}
	return v;
}

struct naive_verdict naive_decide(const struct naive_policy *policy, const struct naive_flow *flow)
{
	struct naive_addr native = canonical(flow->to);
	struct forms forms = { .n = 0 };
	struct naive_verdict v;

	add_form(&forms, native, true);
	if (!naive_is_v4(&native))
		add_embedded(&forms, native.b);
	v = best_of(policy, flow, &forms, true);
	if (v.rule < 0)
		v = best_of(policy, flow, &forms, false);
	if (v.rule < 0)
		v = (struct naive_verdict){ .allow = policy->default_allow, .rule = -1, .plen = 0 };
	return v;
}
