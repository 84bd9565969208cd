/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * parse.h - from INI lines to a policy: sections, keys, words. Private to the parser's files.
 *
 *   ini.c       a line: header, key, continuation
 *   parse.c     which section it is in, which key it is, the words of its value
 *   policy_text.c, rule_text.c, set_text.c, expect_text.c
 *               what a word means, one table of keys for each kind of section
 *   addrs_text.c   the words of an address list
 *   sets.c      names of sets, and the sets that are built in
 *
 * A new section is a row in parse.c's table, a new key a row in a table of keys.
 */
#ifndef EG_POLICY_PARSE_H
#define EG_POLICY_PARSE_H

#include "policy/ini.h"
#include "policy/intern.h"
#include "policy/policy.h"
#include "policy/services.h"

#define EG_PARSE_KEYS_MAX 16

struct eg_parse;

/* One value: all of a scalar, or one element of a list. */
struct eg_word {
	char text[EG_INI_LINE_MAX + 1];
	struct eg_span at;
};

struct eg_key {
	const char *name;
	bool list; /* comma-separated, repeatable */
	void (*take)(struct eg_parse *p, const struct eg_word *word);
};

/* A kind of section. */
struct eg_section {
	const char *name;
	bool named;		   /* [allow NAME]; else just [policy] */
	const struct eg_key *keys; /* ends with a name of NULL */
	void (*begin)(struct eg_parse *p, const struct eg_word *name);
	void (*end)(struct eg_parse *p, bool empty);
};

/* A service name of the rule, kept until its proto is known. */
struct eg_service_ref {
	struct eg_word word;
	size_t first, n; /* its elements of rule.ports */
};

struct eg_parse {
	struct eg_source *src;
	const struct eg_dynamic_source *dynamic; /* may be NULL */
	struct eg_policy *policy;
	struct eg_span policy_at; /* header of [policy]; line 0: none yet */
	struct eg_services services;
	bool header_lost; /* one that cannot be read, so nobody knows what is missing */
	bool services_tried;
	struct eg_err services_err;
	struct eg_intern set_names; /* policy->sets by name */

	/* the section */
	const struct eg_section *section;      /* NULL: keys are passed over */
	struct eg_span at;		       /* its header */
	unsigned int lines[EG_PARSE_KEYS_MAX]; /* by key: where it stands first; 0: nowhere */
	bool damaged;			       /* a line was left out: say nothing of what is missing */

	/* the key */
	const struct eg_key *key; /* NULL: continuations are passed over */
	struct eg_span key_at;
	size_t words;	      /* found so far */
	struct eg_span comma; /* one that waits for its element; line 0: none */

	/* the rule */
	unsigned int protos;
	bool proto_any;
	struct eg_span icmp_at, unix_at;
	struct eg_service_ref *refs; /* owned */
	size_t n_refs;

	/* the set */
	__u32 set; /* index into policy->sets */

	size_t written; /* prefixes of the whole policy */
};

/* Parses the lines of p->src into p->policy. Problems go to the source. */
void eg_parse_lines(struct eg_parse *p);

/* The rule of the section that is being read. */
struct eg_rule *eg_parse_rule(struct eg_parse *p);

/* The first line of a key of this section, 0 when it was not given. */
unsigned int eg_parse_line_of(const struct eg_parse *p, const char *key);

/*
 * The index of the word among choices, which end with NULL; -1 and an error, with a hint, when it
 * is none of them.
 */
int eg_parse_choice(struct eg_parse *p, const struct eg_word *word, const char *const choices[]);

/* Notes what cannot be enforced: "KEY = WORD", because why. */
void eg_parse_unsupported(struct eg_parse *p, const struct eg_word *word, const char *why);

/* "did you mean 'X'?", or NULL when nothing is near. Returns buf. */
const char *eg_parse_mean(const char *word, const char *const names[], char *buf, size_t size);

/* addrs_text.c */

/* Takes a word of an address list: into the one that list(p) gives, or an error. */
void eg_addrs_text_take(struct eg_parse *p, struct eg_addrs *(*list)(struct eg_parse *p), const struct eg_word *word);

/*
 * Takes the text of one address, prefix or range at "at" of src, which is p->src or that of a set file. Returns
 * whether it was one.
 */
bool eg_addrs_text_add(struct eg_parse *p, struct eg_source *src, struct eg_addrs *addrs, const char *text,
		       struct eg_span at);

/* Whether nothing more can be taken: EG_WRITTEN_MAX is reached, and reported. */
bool eg_addrs_text_full(const struct eg_parse *p);

/* sets.c */

/*
 * The index of the set that "@name" means, which may be one that is defined further down;
 * EG_NO_SET with the error reported, or without memory.
 */
__u32 eg_sets_use(struct eg_parse *p, const struct eg_word *word);

/* The set of a [set NAME] header; NULL with the error reported, or without memory. */
struct eg_set *eg_sets_define(struct eg_parse *p, const struct eg_word *name);

/* All lines are read: what is used and not defined, what contains itself. */
void eg_sets_check(struct eg_parse *p);

/* set_text.c */
extern const struct eg_key eg_set_text_keys[];
void eg_set_text_begin(struct eg_parse *p, const struct eg_word *name);
void eg_set_text_end(struct eg_parse *p, bool empty);

/* expect_text.c */
extern const struct eg_key eg_expect_text_keys[];
void eg_expect_text_begin(struct eg_parse *p, const struct eg_word *name);
void eg_expect_text_end(struct eg_parse *p, bool empty);

/* policy_text.c */
extern const struct eg_key eg_policy_text_keys[];
void eg_policy_text_end(struct eg_parse *p);

/* rule_text.c */
extern const struct eg_key eg_rule_text_keys[];
void eg_rule_text_begin(struct eg_parse *p, const struct eg_word *name, enum eg_cell_kind kind);
void eg_rule_text_end(struct eg_parse *p, bool empty);
void eg_rule_text_check_names(struct eg_parse *p);

#endif
