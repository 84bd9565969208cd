/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * write.h - compiled tables for people: each rule beside what became of it, then the answer for every address.
 *
 * The same tables give the same text, be they just compiled or read back from the kernel.
 */
#ifndef EG_POLICY_WRITE_H
#define EG_POLICY_WRITE_H

#include <stdio.h>

#include "base/out.h"
#include "policy/tables.h"

/* What is written. Nothing is owned. */
struct eg_listing {
	const char *name; /* of the policy */
	const struct eg_tables *tables;
	const struct eg_rule_info *rules; /* by ordinal: name, kind and line count */
	int err;			  /* positive errno of a denied call */
	const char *text;		  /* the policy as written; NULL: it is lost, and rules are named only */
	size_t text_len;
};

/* The rules of a policy as a listing wants them. Returns 0 and *out (owned by the caller), or -ENOMEM. */
int eg_write_rules(const struct eg_policy *policy, struct eg_rule_info **out);

/* Writes the listing as text. Returns 0 or -ENOMEM; whether "to" took it all is for the caller to see. */
int eg_write_text(const struct eg_listing *listing, FILE *to);

/* The same as members of the object that is open. Returns 0 or -ENOMEM. */
int eg_write_out(const struct eg_listing *listing, struct eg_out *out);

/* ---- what both have in common ---- */

#define EG_WRITE_MATCH 16

/*
 * How far the rule of a cell matched: "/24", "any" where it has none, "/24 or /120" where IPv4 and IPv6 share the
 * answer. families: as eg_usage.families. Returns buf, which has EG_WRITE_MATCH bytes.
 */
char *eg_write_match(__u32 word, unsigned int families, char *buf);

/* "4-1": a veto by an address of that family (enum eg_usage_family), by its number. Returns buf, of the same size. */
char *eg_write_veto(int family, __u32 number, char *buf);

#endif
