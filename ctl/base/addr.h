/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * addr.h - IP addresses and prefixes in text and bytes.
 */
#ifndef EG_BASE_ADDR_H
#define EG_BASE_ADDR_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* A prefix. addr in network order, IPv4 in the first four bytes and the rest 0, host bits 0. */
struct eg_prefix {
	__u8 family; /* 4 or 6 */
	__u8 len;    /* 0-32 or 0-128 */
	__u8 addr[16];
};

#define EG_ADDR_TEXT 64

/*
 * Parses "10.0.0.1", "10.0.0.0/8", "2001:db8::/32". An IPv4-mapped IPv6 address or prefix of 96 bits
 * or more becomes its IPv4 form. Strict: no octal, no short forms, no zone, no host bits.
 * Returns 0 and fills *out; -EINVAL and a message in why[] (no file, no quotes of the whole line)
 * with *out untouched.
 */
int eg_addr_parse_prefix(const char *text, struct eg_prefix *out, char *why, size_t why_size);

/*
 * Parses "LO-HI", both inclusive and single addresses of one family, as strict as above and without blanks.
 * Two IPv4-mapped ends are their IPv4 form; one alone is refused. Appends to the vector *v, *n (base/vec.h)
 * the fewest prefixes that make up exactly the range, ascending: at most 62 of IPv4, 254 of IPv6.
 * Returns 0; -EINVAL or -ENOMEM and a message in why[], with nothing appended (*v may have moved).
 */
int eg_addr_parse_range(const char *text, struct eg_prefix **v, size_t *n, char *why, size_t why_size);

/* The prefix as text; a full-length one without "/len". buf has EG_ADDR_TEXT bytes. Returns buf. */
const char *eg_addr_text(const struct eg_prefix *p, char *buf);

/* Makes of bytes what parsing makes of text: host bits cleared, IPv4-mapped as IPv4. family and len are valid. */
void eg_addr_canonical(struct eg_prefix *p);

/* Orders by family, address, then length (shorter first). For qsort. */
int eg_addr_compare(const void *a, const void *b);

/* The last address of p, as a host prefix. */
struct eg_prefix eg_addr_last(const struct eg_prefix *p);

/* Moves a host prefix to the next address. Returns false when there is none: then it is the first one. */
bool eg_addr_next(struct eg_prefix *host);

/* Whether outer covers inner (same family, all of inner's addresses). */
bool eg_addr_covers(const struct eg_prefix *outer, const struct eg_prefix *inner);

#endif
