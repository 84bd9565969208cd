/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * usage.h - compiled tables from the side of the rules: in which answers each one decides, and over what.
 *
 * An answer is an entry of an address table, or what stands for all other addresses of a family.
 */
#ifndef EG_POLICY_USAGE_H
#define EG_POLICY_USAGE_H

#include "policy/tables.h"

/* Families by number, as they index arrays here. */
enum eg_usage_family {
	EG_USAGE_IPV4 = 0,
	EG_USAGE_IPV6 = 1,
};

/* Ports that a rule decides in some answer, both ends included. */
struct eg_usage_span {
	__u32 rule;
	__u16 class; /* enum eg_class */
	__u16 lo, hi;
};

struct eg_usage {
	__u32 (*answers)[2];	     /* by rule: answers of each family in which it decides something (owned) */
	struct eg_usage_span *spans; /* by rule, class and port, disjoint (owned) */
	size_t n_spans;
	size_t *first;	    /* by rule, and one more: its first span (owned) */
	__u32 (*rows)[2];   /* by row: answers of each family that have it (owned) */
	__u8 *families;	    /* by row: 1 << family where it is an answer, or is left of one under a veto (owned) */
	__u32 n_answers[2]; /* of each family */
};

/* Returns 0 and *out (free with eg_usage_free), or -ENOMEM. */
int eg_usage_make(const struct eg_tables *tables, struct eg_usage *out);

#define EG_USAGE_PROTOS 24

/* "tcp,udp" for the classes whose bits are set, "any" for all. Returns buf, which has EG_USAGE_PROTOS bytes. */
char *eg_usage_protos(unsigned int classes, char *buf);

#define EG_USAGE_TEXT 512

/* "tcp,udp 53, 8000-8100; icmp" or "everything": what a rule decides, long lists cut. Returns buf, which has
 * EG_USAGE_TEXT bytes. */
char *eg_usage_text(const struct eg_usage *usage, __u32 rule, char *buf);

void eg_usage_free(struct eg_usage *usage);

#define cleanup_usage __attribute__((cleanup(eg_usage_free)))

#endif
