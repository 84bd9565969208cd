/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rule_text.c - the keys of [allow NAME] and [deny NAME].
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "policy/parse.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define NAME_CHARS LETTERS DIGITS "-_."
#define UNIX_PATH_MAX 107 /* sockaddr_un.sun_path with a NUL */

/* ---- to, except ---- */

static struct eg_addrs *current_to(struct eg_parse *p)
{
	return &eg_parse_rule(p)->to;
}

static struct eg_addrs *current_except(struct eg_parse *p)
{
	return &eg_parse_rule(p)->except;
}

static void take_to(struct eg_parse *p, const struct eg_word *word)
{
	eg_addrs_text_take(p, current_to, word);
}

static void take_except(struct eg_parse *p, const struct eg_word *word)
{
	eg_addrs_text_take(p, current_except, word);
}

/* ---- unix ---- */

static void take_unix(struct eg_parse *p, const struct eg_word *word)
{
	struct eg_rule *rule = eg_parse_rule(p);
	char **path;

	if (*word->text != '/' && *word->text != '@') {
		eg_source_error(p->src, word->at, NULL, "'%s' is neither an absolute path nor an @name", word->text);
		return;
	}
	if (strlen(word->text) > UNIX_PATH_MAX) {
		eg_source_error(p->src, word->at, NULL, "a socket path has at most %d bytes", UNIX_PATH_MAX);
		return;
	}
	if (!rule->n_unix)
		eg_parse_unsupported(p, word, "this version does not judge AF_UNIX sockets");
	p->unix_at = p->unix_at.line ? p->unix_at : p->key_at;
	path = EG_VEC_ADD(rule->unix_paths, rule->n_unix);
	if (path)
		*path = strdup(word->text);
	if (!path || !*path)
		p->src->oom = true;
}

/* ---- port ---- */

/* Returns false, with the error reported, unless 1 to 65535. digits: at least one. */
static bool read_port(struct eg_parse *p, const struct eg_word *word, const char *digits, __u16 *port)
{
	unsigned long value = strtoul(digits, NULL, 10); /* ULONG_MAX when too many of them */
	int len = (int)strspn(digits, DIGITS);

	*port = (__u16)value;
	if (value >= 1 && value <= 65535)
		return true;
	eg_source_error(p->src, word->at, NULL, "port %.*s is %s", len, digits, value ? "above 65535" : "below 1");
	return false;
}

static void add_range(struct eg_parse *p, struct eg_port_range range)
{
	struct eg_rule *rule = eg_parse_rule(p);
	struct eg_port_range *added = EG_VEC_ADD(rule->ports, rule->n_ports);

	if (added)
		*added = range;
	else
		p->src->oom = true;
}

/* "443" or "8000-8100" */
static void take_numbers(struct eg_parse *p, const struct eg_word *word, const char *dash)
{
	struct eg_port_range range = { 0, 0, EG_PROTO_TCP | EG_PROTO_UDP };

	if (!read_port(p, word, word->text, &range.lo) || !read_port(p, word, dash ? dash + 1 : word->text, &range.hi))
		return;
	if (range.lo > range.hi) {
		eg_source_error(p->src, word->at, NULL, "'%s' ends before it starts", word->text);
		return;
	}
	add_range(p, range);
}

static void take_service(struct eg_parse *p, const struct eg_word *word)
{
	struct eg_port_range ranges[2];
	struct eg_service_ref *ref;
	size_t i, n;

	if (!p->services_tried)
		eg_services_load(EG_SERVICES_FILE, &p->services, &p->services_err);
	p->services_tried = true;
	n = eg_services_find(&p->services, word->text, ranges);
	if (!n) {
		eg_source_error(p->src, word->at, p->services_err.code ? p->services_err.what : NULL,
				"'%s' is neither a port, nor a range, nor a name in %s", word->text, EG_SERVICES_FILE);
		return;
	}
	ref = EG_VEC_ADD(p->refs, p->n_refs);
	if (!ref) {
		p->src->oom = true;
		return;
	}
	*ref = (struct eg_service_ref){ *word, eg_parse_rule(p)->n_ports, n };
	for (i = 0; i < n; i++)
		add_range(p, ranges[i]);
}

static void take_port(struct eg_parse *p, const struct eg_word *word)
{
	const char *text = word->text, *dash = strchr(text, '-');
	size_t first = strspn(text, DIGITS);

	if (first && !text[first])
		take_numbers(p, word, NULL);
	else if (first && text + first == dash && dash[1] && !dash[1 + strspn(dash + 1, DIGITS)])
		take_numbers(p, word, dash);
	else if (strpbrk(text, " \t"))
		eg_source_error(p->src, word->at, "separate the elements of a list by commas", "'%s' is not a port",
				text);
	else if (!strpbrk(text, LETTERS)) /* RFC 6335 5.1: a service name has a letter */
		eg_source_error(p->src, word->at, NULL, "'%s' is neither a port nor a range", text);
	else
		take_service(p, word);
}

/* ---- proto ---- */

static void take_proto(struct eg_parse *p, const struct eg_word *word)
{
	static const char *const choices[] = { "tcp", "udp", "icmp", "any", NULL };
	int choice = eg_parse_choice(p, word, choices);

	if (choice < 0)
		p->damaged = true; /* what the rule covers is not known */
	else if (choice == 3)
		p->proto_any = true;
	else
		p->protos |= 1u << choice;
	if (choice != EG_CLASS_ICMP || p->icmp_at.line)
		return;
	p->icmp_at = word->at;
	eg_parse_unsupported(p, word, "ICMP is judged by packet, and this version does not check packets");
}

const struct eg_key eg_rule_text_keys[] = {
	{ "to", true, take_to },     { "except", true, take_except }, { "unix", true, take_unix },
	{ "port", true, take_port }, { "proto", true, take_proto },   { NULL, false, NULL },
};

/* ---- the rule ---- */

static void check_name(struct eg_parse *p, struct eg_rule *rule, const struct eg_word *name)
{
	size_t len = strlen(name->text);

	if (!len)
		return; /* reported with the header */
	if (len >= EG_RULE_NAME_SIZE || strspn(name->text, NAME_CHARS) != len)
		eg_source_error(p->src, name->at, NULL, "'%s' is not a rule name: 1 to %d of letters, digits, - _ .",
				name->text, EG_RULE_NAME_SIZE - 1);
	else
		memcpy(rule->name, name->text, len + 1);
}

void eg_rule_text_begin(struct eg_parse *p, const struct eg_word *name, enum eg_cell_kind kind)
{
	struct eg_rule *rule = NULL;

	p->protos = 0;
	p->proto_any = false;
	p->icmp_at.line = p->unix_at.line = 0;
	p->n_refs = 0;
	if (p->policy->n_rules == EG_RULES_MAX)
		eg_source_error(p->src, p->at, NULL, "more than %d rules (EG_RULES_MAX)", EG_RULES_MAX);
	else
		rule = EG_VEC_ADD(p->policy->rules, p->policy->n_rules);
	if (!rule) {
		p->src->oom = p->policy->n_rules < EG_RULES_MAX;
		p->section = NULL;
		return;
	}
	rule->kind = kind;
	rule->at = p->at;
	check_name(p, rule, name);
}

/* A unix rule is one of its own kind: of the other keys none has a meaning for it. */
static bool check_unix(struct eg_parse *p)
{
	static const char *const others[] = { "to", "port", "proto", "except" };
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (!eg_parse_line_of(p, others[i]))
			continue;
		eg_source_error(p->src, p->unix_at, "make it a rule of its own", "'unix' and '%s' in one rule",
				others[i]);
		return false;
	}
	return true;
}

/* A service counts for the protocols it is listed for; with none of the rule's it would match nothing. */
static void check_services(struct eg_parse *p, const struct eg_rule *rule)
{
	size_t i, j;

	for (i = 0; i < p->n_refs; i++) {
		const struct eg_service_ref *ref = &p->refs[i];
		unsigned int protos = 0;

		for (j = ref->first; j < ref->first + ref->n && j < rule->n_ports; j++)
			protos |= rule->ports[j].protos;
		if (!(protos & rule->protos))
			eg_source_error(p->src, ref->word.at, "write the number", "%s lists '%s' for %s only",
					EG_SERVICES_FILE, ref->word.text, protos & EG_PROTO_TCP ? "tcp" : "udp");
	}
}

static void settle_protos(struct eg_parse *p, struct eg_rule *rule)
{
	bool ports = eg_parse_line_of(p, "port");

	if (ports && p->icmp_at.line)
		eg_source_error(p->src, p->icmp_at, "make it a rule of its own",
				"icmp has no ports, and line %u names some", eg_parse_line_of(p, "port"));
	rule->protos = p->protos;
	if (!p->protos || p->proto_any)
		rule->protos = ports ? EG_PROTO_TCP | EG_PROTO_UDP : EG_PROTO_ALL;
	if (!p->damaged)
		check_services(p, rule);
}

void eg_rule_text_end(struct eg_parse *p, bool empty)
{
	struct eg_rule *rule = eg_parse_rule(p);

	if (empty) {
		eg_source_error(p->src, p->at, "write 'to = any' for a rule that covers everything",
				"an empty rule section");
		return;
	}
	if (p->unix_at.line && check_unix(p))
		return;
	if (!eg_parse_line_of(p, "to"))
		rule->to.any = true;
	settle_protos(p, rule);
}

/* ---- names ---- */

static const struct eg_rule *const *as_rule(const void *p)
{
	return p;
}

static int compare_names(const void *a, const void *b)
{
	const struct eg_rule *x = *as_rule(a), *y = *as_rule(b);
	int order = strcmp(x->name, y->name);

	if (order)
		return order;
	return x < y ? -1 : x > y;
}

void eg_rule_text_check_names(struct eg_parse *p)
{
	const struct eg_policy *policy = p->policy;
	const struct eg_rule **sorted, *first;
	size_t i;

	if (!policy->n_rules)
		return;
	sorted = malloc(policy->n_rules * sizeof(const struct eg_rule *));
	if (!sorted) {
		p->src->oom = true;
		return;
	}
	for (i = 0; i < policy->n_rules; i++)
		sorted[i] = &policy->rules[i];
	qsort(sorted, policy->n_rules, sizeof(const struct eg_rule *), compare_names);
	for (i = 1, first = sorted[0]; i < policy->n_rules; i++) {
		if (*sorted[i]->name && !strcmp(sorted[i]->name, first->name))
			eg_source_error(p->src, sorted[i]->at, NULL, "rule '%s' stands in line %u already",
					sorted[i]->name, first->at.line);
		else
			first = sorted[i];
	}
	free(sorted);
}
