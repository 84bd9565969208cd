/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sets.c - names of sets, and the sets that are built in.
 *
 * A set may be used above the section that defines it, so a name gets its index at first sight, and what
 * nobody has defined is reported at the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "policy/parse.h"

#define SET_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
#define NAMES_MAX 64 /* of which "did you mean" thinks */

struct builtin {
	const char *name;
	const char *const *addrs; /* ends with NULL; NULL: asked for at run time */
	enum eg_dynamic dynamic;
};

/* RFC 1122 3.2.1.3, RFC 4291 2.5.3 */
static const char *const loopback[] = { "127.0.0.0/8", "::1", NULL };

/* RFC 1918, RFC 4193 */
static const char *const private[] = { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", NULL };

/* RFC 3927, RFC 4291 2.5.6 */
static const char *const link_local[] = { "169.254.0.0/16", "fe80::/10", NULL };

/* RFC 5771, RFC 4291 2.7 */
static const char *const multicast[] = { "224.0.0.0/4", "ff00::/8", NULL };

/*
 * Where clouds hand credentials to whoever can connect. Each line is the provider's own documentation:
 * adding one more can only close more, so what is not certain to be served elsewhere stays out.
 */
static const char *const metadata[] = {
	"169.254.169.254",    /* AWS, Azure, Google, Oracle, DigitalOcean, Hetzner, OpenStack, IBM: instance metadata */
	"fd00:ec2::254",      /* AWS EC2 "Use the Instance Metadata Service", IPv6 endpoint */
	"169.254.170.2",      /* AWS ECS "Task IAM role": container credentials */
	"169.254.170.23",     /* AWS EKS "Pod Identity": agent */
	"fd00:ec2::23",	      /* the same, IPv6 */
	"168.63.129.16",      /* Azure "What is IP address 168.63.129.16": WireServer */
	"fd20:ce::254",	      /* Google Compute Engine "metadata server", IPv6-only instances */
	"fd00:c1::a9fe:a9fe", /* Oracle Cloud "Instance Metadata Service", IPv6 endpoint */
	"fe80::a9fe:a9fe",    /* OpenStack Nova "Metadata service", IPv6 */
	"100.100.100.200",    /* Alibaba Cloud ECS "Instance metadata" */
	"169.254.0.23",	      /* Tencent Cloud "Viewing instance metadata", metadata.tencentyun.com */
	"169.254.42.42",      /* Scaleway "Instance metadata" */
	"fd00:42::42",	      /* the same, IPv6 */
	NULL,
};

static const struct builtin builtins[] = {
	{ "loopback", loopback, 0 },
	{ "private", private, 0 },
	{ "link-local", link_local, 0 },
	{ "multicast", multicast, 0 },
	{ "metadata", metadata, 0 },
	{ "resolvers", NULL, EG_DYNAMIC_RESOLVERS },
	{ "local-subnets", NULL, EG_DYNAMIC_LOCAL_SUBNETS },
	{ "gateway", NULL, EG_DYNAMIC_GATEWAY },
	{ "self", NULL, EG_DYNAMIC_SELF },
};

#define BUILTINS (sizeof(builtins) / sizeof(*builtins))

static const struct builtin *find_builtin(const char *name)
{
	size_t i;

	for (i = 0; i < BUILTINS; i++) {
		if (!strcmp(builtins[i].name, name))
			return &builtins[i];
	}
	return NULL;
}

/* ---- names ---- */

static bool name_equal(const void *things, __u32 id, const void *key)
{
	const struct eg_policy *policy = things;

	return !strcmp(policy->sets[id].name, key);
}

static bool valid_name(const char *name)
{
	size_t len = strlen(name);

	return len && len < EG_RULE_NAME_SIZE && strspn(name, SET_CHARS) == len;
}

/* The set of that name, made when it is new. EG_NO_SET: no memory. */
static __u32 find_or_add(struct eg_parse *p, const char *name, bool *added)
{
	char padded[EG_RULE_NAME_SIZE] = "";
	struct eg_set *set;
	__u32 hash, id;

	memcpy(padded, name, strlen(name));
	hash = eg_intern_hash(0, padded, sizeof(padded) / sizeof(__u32));
	*added = false;
	if (eg_intern_find(&p->set_names, hash, name_equal, p->policy, padded, &id))
		return id;
	id = (__u32)p->policy->n_sets;
	set = EG_VEC_ADD(p->policy->sets, p->policy->n_sets);
	if (!set || eg_intern_add(&p->set_names, hash, id)) {
		p->src->oom = true;
		return EG_NO_SET;
	}
	memcpy(set->name, padded, sizeof(padded));
	*added = true;
	return id;
}

/* ---- built in ---- */

static void fill_fixed(struct eg_parse *p, struct eg_set *set, const char *const *addrs)
{
	char why[128];

	for (; *addrs; addrs++) {
		struct eg_prefix *prefix = EG_VEC_ADD(set->to.v, set->to.n);

		if (!prefix || eg_addr_parse_prefix(*addrs, prefix, why, sizeof(why)))
			p->src->oom = true; /* the text is ours, so it can only be memory */
	}
}

static void fill_dynamic(struct eg_parse *p, struct eg_set *set, enum eg_dynamic kind, struct eg_span at)
{
	struct eg_err err = EG_ERR_INIT;

	set->dynamic = true;
	if (!p->dynamic)
		eg_source_error(p->src, at, NULL, "'@%s' is not known here: it is resolved on the machine", set->name);
	else if (p->dynamic->get(p->dynamic->user, kind, &set->to.v, &set->to.n, &err))
		eg_source_error(p->src, at, *err.hint ? err.hint : NULL, "cannot resolve '@%s': %s", set->name,
				err.what);
	else if (!set->to.n)
		eg_source_report(p->src, EG_WARNING, at, "it is resolved when the policy is applied, and never again",
				 "'@%s' is empty now", set->name);
}

__u32 eg_sets_use(struct eg_parse *p, const struct eg_word *word)
{
	const char *name = word->text + 1;
	const struct builtin *builtin = find_builtin(name);
	bool added;
	__u32 id;

	if (!valid_name(name)) {
		eg_source_error(p->src, word->at,
				strpbrk(name, " \t") ? "separate the elements of a list by commas" : NULL,
				"'%s' is not the name of a set: 1 to %d of letters, digits, - _ .", word->text,
				EG_RULE_NAME_SIZE - 1);
		return EG_NO_SET;
	}
	id = find_or_add(p, name, &added);
	if (id == EG_NO_SET)
		return id;
	p->policy->sets[id].used = true;
	if (added && builtin && builtin->addrs)
		fill_fixed(p, &p->policy->sets[id], builtin->addrs);
	else if (added && builtin)
		fill_dynamic(p, &p->policy->sets[id], builtin->dynamic, word->at);
	return id;
}

struct eg_set *eg_sets_define(struct eg_parse *p, const struct eg_word *name)
{
	struct eg_set *set;
	bool added;
	__u32 id;

	if (!valid_name(name->text)) {
		eg_source_error(p->src, name->at, NULL, "'%s' is not a set name: 1 to %d of letters, digits, - _ .",
				name->text, EG_RULE_NAME_SIZE - 1);
		return NULL;
	}
	if (find_builtin(name->text) || !strcmp(name->text, "any")) {
		eg_source_error(p->src, name->at, "choose another name", "'@%s' is built in", name->text);
		return NULL;
	}
	id = find_or_add(p, name->text, &added);
	if (id == EG_NO_SET)
		return NULL;
	set = &p->policy->sets[id];
	if (set->at.line) {
		eg_source_error(p->src, p->at, NULL, "set '%s' stands in line %u already", set->name, set->at.line);
		return NULL;
	}
	set->at = p->at;
	p->set = id;
	return set;
}

/* ---- when all is read ---- */

static const char *hint_set(const struct eg_parse *p, const char *name, char *buf, size_t size)
{
	const char *names[NAMES_MAX + 1];
	size_t i, n = 0;

	for (i = 0; i < BUILTINS; i++)
		names[n++] = builtins[i].name;
	names[n++] = "any";
	for (i = 0; i < p->policy->n_sets && n < NAMES_MAX; i++) {
		if (p->policy->sets[i].at.line)
			names[n++] = p->policy->sets[i].name;
	}
	names[n] = NULL;
	name = eg_str_closest(name, names);
	if (!name)
		return NULL;
	snprintf(buf, size, "did you mean '@%s'?", name);
	return buf;
}

static void check_words(struct eg_parse *p, const struct eg_addrs *addrs)
{
	char hint[128];
	size_t i;

	for (i = 0; i < addrs->n_words; i++) {
		const struct eg_addr_word *word = &addrs->words[i];
		const struct eg_set *set = word->set == EG_NO_SET ? NULL : &p->policy->sets[word->set];

		if (set && !set->at.line && !find_builtin(set->name))
			eg_source_error(p->src, word->at, hint_set(p, set->name, hint, sizeof(hint)),
					"there is no set '@%s'", set->name);
	}
}

enum mark {
	NEW,
	OPEN, /* on the way from the set that is looked at */
	DONE,
};

static void visit(struct eg_parse *p, __u32 id, unsigned char *marks);

static void visit_words(struct eg_parse *p, const struct eg_addrs *addrs, unsigned char *marks)
{
	size_t i;

	for (i = 0; i < addrs->n_words; i++) {
		const struct eg_addr_word *word = &addrs->words[i];

		if (word->set == EG_NO_SET)
			continue;
		if (marks[word->set] == OPEN)
			eg_source_error(p->src, word->at, NULL, "set '@%s' contains itself",
					p->policy->sets[word->set].name);
		else
			visit(p, word->set, marks);
	}
}

/* Depth first: a set that is met again on the way down contains itself. */
static void visit(struct eg_parse *p, __u32 id, unsigned char *marks)
{
	if (marks[id] != NEW)
		return;
	marks[id] = OPEN;
	visit_words(p, &p->policy->sets[id].to, marks);
	visit_words(p, &p->policy->sets[id].except, marks);
	marks[id] = DONE;
}

void eg_sets_check(struct eg_parse *p)
{
	unsigned char *marks = calloc(p->policy->n_sets + 1, 1);
	size_t i;

	if (!marks) {
		p->src->oom = true;
		return;
	}
	for (i = 0; i < p->policy->n_rules && !p->header_lost; i++) {
		check_words(p, &p->policy->rules[i].to);
		check_words(p, &p->policy->rules[i].except);
	}
	for (i = 0; i < p->policy->n_sets && !p->header_lost; i++) {
		check_words(p, &p->policy->sets[i].to);
		check_words(p, &p->policy->sets[i].except);
	}
	for (i = 0; i < p->policy->n_sets; i++)
		visit(p, (__u32)i, marks);
	free(marks);
}
