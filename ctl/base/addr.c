/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/vec.h"

#define MAPPED_BITS 96

static int refuse(char *why, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int refuse(char *why, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, size, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static unsigned int family_bits(__u8 family)
{
	return family == 4 ? 32 : 128;
}

/* Clears what lies beyond the first len bits. */
static void mask(struct eg_prefix *p)
{
	unsigned int i, bits = family_bits(p->family);

	for (i = p->len; i < bits; i++)
		p->addr[i / 8] &= (__u8) ~(0x80 >> i % 8);
}

/* Reads "0" to "999" without sign, blanks or leading zeros. Returns -1 for anything else. */
static int read_len(const char *s)
{
	int len = 0;

	if (!*s || strlen(s) > 3 || (s[0] == '0' && s[1]))
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		len = 10 * len + (*s - '0');
	}
	return len;
}

/* An IPv4-mapped prefix is the IPv4 prefix: the kernel sends such packets as IPv4. */
static void unmap(struct eg_prefix *p)
{
	static const __u8 mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (p->family != 6 || p->len < MAPPED_BITS || memcmp(p->addr, mapped, sizeof(mapped)))
		return;
	p->family = 4;
	p->len = (__u8)(p->len - MAPPED_BITS);
	memmove(p->addr, p->addr + sizeof(mapped), 4);
	memset(p->addr + 4, 0, sizeof(p->addr) - 4);
}

/* Without the length. inet_pton is strict: four octets, no octal, no short forms. */
static bool read_address(const char *text, size_t len, struct eg_prefix *p)
{
	char host[INET6_ADDRSTRLEN + 1];

	if (!len || len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	if (inet_pton(AF_INET, host, p->addr) == 1)
		p->family = 4;
	else if (inet_pton(AF_INET6, host, p->addr) == 1)
		p->family = 6;
	else
		return false;
	return true;
}

/* The address before the slash. */
static int parse_address(const char *text, size_t len, struct eg_prefix *p, char *why, size_t why_size)
{
	if (memchr(text, '%', len))
		return refuse(why, why_size, "'%s' has a zone: a zone has no meaning here", text);
	if (!read_address(text, len, p))
		return refuse(why, why_size, "'%s' is not an IP address or prefix", text);
	return 0;
}

int eg_addr_parse_prefix(const char *text, struct eg_prefix *out, char *why, size_t why_size)
{
	const char *slash = text + strcspn(text, "/");
	struct eg_prefix p = { 0 }, masked;
	char proper[EG_ADDR_TEXT];
	int len;

	if (parse_address(text, (size_t)(slash - text), &p, why, why_size))
		return -EINVAL;
	len = *slash ? read_len(slash + 1) : (int)family_bits(p.family);
	if (len < 0)
		return refuse(why, why_size, "'%s' has a prefix length that is not a number", text);
	if ((unsigned int)len > family_bits(p.family))
		return refuse(why, why_size, "'%s' has a prefix length above %u", text, family_bits(p.family));
	p.len = (__u8)len;
	masked = p;
	mask(&masked);
	if (memcmp(&masked, &p, sizeof(p))) {
		unmap(&masked);
		return refuse(why, why_size, "'%s' has bits set beyond its prefix, write %s", text,
			      eg_addr_text(&masked, proper));
	}
	unmap(&p);
	*out = p;
	return 0;
}

/* ---- ranges ---- */

/* One end of the range in text, as a host prefix. *mapped: it was written as an IPv4-mapped address. */
static int parse_end(const char *text, const char *end, size_t len, struct eg_prefix *p, bool *mapped, char *why,
		     size_t why_size)
{
	if (!len)
		return refuse(why, why_size, "'%s' lacks one end of the range", text);
	if (!read_address(end, len, p))
		return refuse(why, why_size, "'%s' is not a range: '%.*s' is not an IP address", text, (int)len, end);
	p->len = (__u8)family_bits(p->family);
	*mapped = p->family == 6;
	unmap(p);
	*mapped = *mapped && p->family == 4;
	return 0;
}

static int parse_ends(const char *text, struct eg_prefix *lo, struct eg_prefix *hi, char *why, size_t why_size)
{
	const char *dash = strchr(text, '-');
	bool lo_mapped, hi_mapped;

	if (!dash)
		return refuse(why, why_size, "'%s' is not a range of IP addresses", text);
	if (strpbrk(text, " \t"))
		return refuse(why, why_size, "'%s' has white space: write the range without", text);
	if (strchr(text, '%'))
		return refuse(why, why_size, "'%s' has a zone: a zone has no meaning here", text);
	if (strchr(text, '/'))
		return refuse(why, why_size, "'%s' is a range of prefixes: write its first and its last address", text);
	if (parse_end(text, text, (size_t)(dash - text), lo, &lo_mapped, why, why_size) ||
	    parse_end(text, dash + 1, strlen(dash + 1), hi, &hi_mapped, why, why_size))
		return -EINVAL;
	if (lo_mapped != hi_mapped)
		return refuse(why, why_size, "'%s' has one end that is IPv4-mapped and one that is not", text);
	if (lo->family != hi->family)
		return refuse(why, why_size, "'%s' has an IPv4 and an IPv6 end", text);
	if (memcmp(lo->addr, hi->addr, sizeof(lo->addr)) > 0)
		return refuse(why, why_size, "'%s' ends before it starts", text);
	return 0;
}

/* The largest prefix that starts at the address lo and ends at hi or before. */
static struct eg_prefix largest(const struct eg_prefix *lo, const struct eg_prefix *hi)
{
	struct eg_prefix p = *lo, wider, last;

	for (wider = p; p.len; p = wider) {
		wider.len--;
		if (wider.addr[wider.len / 8] & 0x80 >> wider.len % 8)
			break;
		last = eg_addr_last(&wider);
		if (memcmp(last.addr, hi->addr, sizeof(last.addr)) > 0)
			break;
	}
	return p;
}

static int add_between(struct eg_prefix lo, const struct eg_prefix *hi, struct eg_prefix **v, size_t *n)
{
	struct eg_prefix p, *added;

	for (;;) {
		p = largest(&lo, hi);
		added = EG_VEC_ADD(*v, *n);
		if (!added)
			return -ENOMEM;
		*added = p;
		lo = eg_addr_last(&p);
		if (!memcmp(lo.addr, hi->addr, sizeof(lo.addr)))
			return 0;
		eg_addr_next(&lo);
	}
}

int eg_addr_parse_range(const char *text, struct eg_prefix **v, size_t *n, char *why, size_t why_size)
{
	struct eg_prefix lo = { 0 }, hi = { 0 };
	size_t before = *n;

	if (parse_ends(text, &lo, &hi, why, why_size))
		return -EINVAL;
	if (!add_between(lo, &hi, v, n))
		return 0;
	*n = before;
	snprintf(why, why_size, "no memory");
	return -ENOMEM;
}

/* ---- text and order ---- */

void eg_addr_canonical(struct eg_prefix *p)
{
	mask(p);
	unmap(p);
}

struct eg_prefix eg_addr_last(const struct eg_prefix *p)
{
	struct eg_prefix last = *p;
	unsigned int i, bits = family_bits(p->family);

	for (i = p->len; i < bits; i++)
		last.addr[i / 8] |= (__u8)(0x80 >> i % 8);
	last.len = (__u8)bits;
	return last;
}

bool eg_addr_next(struct eg_prefix *host)
{
	unsigned int i = family_bits(host->family) / 8;

	while (i && !++host->addr[i - 1])
		i--;
	return i;
}

const char *eg_addr_text(const struct eg_prefix *p, char *buf)
{
	size_t used;

	if (!inet_ntop(p->family == 4 ? AF_INET : AF_INET6, p->addr, buf, INET6_ADDRSTRLEN))
		buf[0] = '\0'; /* impossible: the family is one of the two and the buffer fits both */
	used = strlen(buf);
	if (p->len < family_bits(p->family))
		snprintf(buf + used, EG_ADDR_TEXT - used, "/%u", p->len);
	return buf;
}

int eg_addr_compare(const void *a, const void *b)
{
	const struct eg_prefix *x = a, *y = b;
	int order;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	order = memcmp(x->addr, y->addr, sizeof(x->addr));
	return order ? order : (int)x->len - (int)y->len;
}

bool eg_addr_covers(const struct eg_prefix *outer, const struct eg_prefix *inner)
{
	unsigned int whole = outer->len / 8, rest = outer->len % 8;

	if (outer->family != inner->family || outer->len > inner->len)
		return false;
	if (memcmp(outer->addr, inner->addr, whole))
		return false;
	return !rest || (outer->addr[whole] ^ inner->addr[whole]) >> (8 - rest) == 0;
}
