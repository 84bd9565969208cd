/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where it goes: the policy, or the file of a set. */
struct sink {
	FILE *to;
	const char *key; /* NULL: a file, an address a line */
	bool begun;	 /* the key stands already */
};

static void put_word(struct sink *sink, const char *word)
{
	if (!sink->key)
		fprintf(sink->to, "%s\n", word);
	else if (sink->begun)
		fprintf(sink->to, ",\n  %s", word);
	else
		fprintf(sink->to, "%s = %s", sink->key, word);
	sink->begun = true;
}

static void put_end(struct sink *sink)
{
	if (sink->key && sink->begun)
		fputs("\n", sink->to);
}

/* The length of the prefix that the range is, -1: it is none. */
static int prefix_of(const struct naive_elem *e)
{
	int len;

	for (len = e->v4 ? 96 : 0; len <= 128; len++) {
		if (!memcmp(naive_first(e->lo, len).b, e->lo.b, 16) && !memcmp(naive_last(e->lo, len).b, e->hi.b, 16))
			return len;
	}
	return -1;
}

static const char *address(const struct naive_addr *addr, bool as_v4, char *buf)
{
	return inet_ntop(as_v4 ? AF_INET : AF_INET6, addr->b + (as_v4 ? 12 : 0), buf, INET6_ADDRSTRLEN);
}

/* IPv4 is written as such or mapped, whichever, as both mean the same; a prefix now and then as a range. */
static void put_range(struct sink *sink, const struct naive_elem *e, int i)
{
	bool as_v4 = e->v4 && (e->lo.b[15] + i) % 3;
	char lo[INET6_ADDRSTRLEN], hi[INET6_ADDRSTRLEN], word[2 * INET6_ADDRSTRLEN + 8];
	int len = prefix_of(e);

	address(&e->lo, as_v4, lo);
	address(&e->hi, as_v4, hi);
	if (len < 0 || (e->hi.b[15] + i) % 5 == 4)
		snprintf(word, sizeof(word), "%s-%s", lo, hi);
	else if (len == 128)
		snprintf(word, sizeof(word), "%s", lo);
	else
		snprintf(word, sizeof(word), "%s/%d", lo, as_v4 ? len - 96 : len);
	put_word(sink, word);
}

static void put_elem(struct sink *sink, const struct naive_elem *e, int i)
{
	char word[16];

	if (e->kind == NAIVE_RANGE) {
		put_range(sink, e, i);
		return;
	}
	snprintf(word, sizeof(word), "@s%d", e->set);
	put_word(sink, e->kind == NAIVE_ANY ? "any" : word);
}

static void put_list(FILE *to, const char *key, const struct naive_list *list)
{
	struct sink sink = { .to = to, .key = key };
	int i;

	for (i = 0; i < list->n; i++)
		put_elem(&sink, &list->v[i], i);
	put_end(&sink);
}

static void put_file(const struct naive_list *list, const char *path)
{
	struct sink sink = { .to = fopen(path, "we") };
	int i;

	if (!sink.to)
		abort();
	for (i = 0; i < list->n; i++) {
		if (list->v[i].kind == NAIVE_RANGE)
			put_elem(&sink, &list->v[i], i);
	}
	fclose(sink.to);
}

static void put_set(FILE *to, const struct naive_set *set, int i, const char *dir)
{
	struct naive_list inside = { .n = 0 };
	char path[64];
	int k;

	fprintf(to, "[set s%d]\n", i);
	if (set->in_file && dir) {
		snprintf(path, sizeof(path), "%s/s%d", dir, i);
		put_file(&set->to, path);
		fprintf(to, "file = %s\n", path);
		for (k = 0; k < set->to.n; k++) {
			if (set->to.v[k].kind != NAIVE_RANGE)
				inside.v[inside.n++] = set->to.v[k];
		}
		put_list(to, "address", &inside);
	} else {
		put_list(to, "address", &set->to);
	}
	put_list(to, "except", &set->except);
}

static void put_protos(FILE *to, const struct naive_rule *rule)
{
	static const char *const names[] = { "tcp", "udp", "icmp", "any" };
	const bool set[] = { rule->tcp, rule->udp, rule->icmp, rule->any_proto };
	struct sink sink = { .to = to, .key = "proto" };
	int i;

	for (i = 0; i < 4; i++) {
		if (set[i])
			put_word(&sink, names[i]);
	}
	put_end(&sink);
}

/* An empty section is refused, so one that says nothing says "to = any". */
static void put_rule(FILE *to, const struct naive_rule *rule, int ordinal)
{
	bool says = rule->n_ports || rule->except.n || rule->tcp || rule->udp || rule->icmp || rule->any_proto;
	int i;

	fprintf(to, "[%s r%d]\n", rule->deny ? "deny" : "allow", ordinal);
	put_list(to, "to", &rule->to);
	if (!rule->to.n && !says)
		fputs("to = any\n", to);
	put_list(to, "except", &rule->except);
	for (i = 0; i < rule->n_ports; i++) {
		fprintf(to, "port = %d", rule->ports[i].lo);
		if (rule->ports[i].hi != rule->ports[i].lo)
			fprintf(to, "-%d", rule->ports[i].hi);
		fputs("\n", to);
	}
	put_protos(to, rule);
}

char *text_policy(const struct naive_policy *policy, const char *head, const char *dir)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	int i;

	if (!to)
		abort();
	fprintf(to, "[policy]\ndefault = %s\n%s", policy->default_allow ? "allow" : "deny", head);
	for (i = 0; i < policy->n_rules || i < policy->n_sets; i++) {
		if (i < policy->n_sets && !policy->sets[i].hidden && i % 2)
			put_set(to, &policy->sets[i], i, dir);
		if (i < policy->n_rules)
			put_rule(to, &policy->rules[i], i);
		if (i < policy->n_sets && !policy->sets[i].hidden && !(i % 2))
			put_set(to, &policy->sets[i], i, dir);
	}
	fclose(to);
	return text;
}

const char *text_flow(const struct naive_flow *flow, char *buf)
{
	static const char *const protos[] = { "tcp", "udp", "icmp", "other" };
	char addr[INET6_ADDRSTRLEN], port[8] = "";

	if (flow->class == NAIVE_TCP || flow->class == NAIVE_UDP)
		snprintf(port, sizeof(port), ":%u", (unsigned int)flow->port & 0xffff);
	snprintf(buf, TEXT_FLOW_SIZE, "%s:[%s]%s", protos[flow->class], address(&flow->to, false, addr), port);
	return buf;
}

const char *text_verdict(const struct naive_verdict *verdict, char *buf)
{
	const char *word = verdict->allow ? "allowed" : "denied";

	if (verdict->rule < 0)
		snprintf(buf, TEXT_FLOW_SIZE, "%s by default", word);
	else
		snprintf(buf, TEXT_FLOW_SIZE, "%s by r%d, plen %d", word, verdict->rule, verdict->plen);
	return buf;
}
