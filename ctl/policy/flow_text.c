/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/flow_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define DIGITS "0123456789"
#define HEX_CHARS DIGITS "abcdefABCDEF"
#define BLANKS " \t\r\n"
#define PROTO_UNIX EG_CLASSES /* in protos, behind the classes */

static const char *const protos[] = { "tcp", "udp", "icmp", "other", "unix", NULL };

/* The text being read and where its problem is told. */
struct reading {
	const char *text;
	char *why;
	size_t why_size;
};

static int refuse(const struct reading *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int refuse(const struct reading *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->why, r->why_size, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static bool has_ports(unsigned int class)
{
	return class == EG_CLASS_TCP || class == EG_CLASS_UDP;
}

/* ---- the parts ---- */

/* Why word, which does not name a protocol, does not. */
static int refuse_proto(const struct reading *r, const char *word)
{
	const char *closest = eg_str_closest(word, protos);

	if (!*r->text)
		return refuse(r, "an empty flow: write one like tcp:192.0.2.1:443");
	if (closest)
		return refuse(r, "'%s': no protocol '%s', did you mean '%s:...'?", r->text, word, closest);
	if (!word[strspn(word, HEX_CHARS "[.")])
		return refuse(r, "'%s' has no protocol: write tcp:, udp:, icmp: or other: before the address", r->text);
	if (*word == '/' || *word == '@')
		return refuse(r, "'%s' has no protocol: write unix:%s", r->text, r->text);
	return refuse(r, "'%s' does not start with tcp:, udp:, icmp:, other: or unix:", r->text);
}

/* Reads "tcp:" and points *dest behind it. Returns the class, PROTO_UNIX, or -EINVAL. */
static int read_proto(const struct reading *r, const char **dest)
{
	size_t len = strcspn(r->text, ":");
	char word[64];
	int i;

	snprintf(word, sizeof(word), "%.*s", (int)len, r->text);
	*dest = r->text + len + (r->text[len] == ':');
	for (i = 0; protos[i]; i++) {
		if (!strcmp(word, protos[i]))
			return i;
	}
	return refuse_proto(r, word);
}

static int read_path(const struct reading *r, const char *path, struct eg_flow_text *out)
{
	if (*path != '/' && *path != '@')
		return refuse(r, "'%s': '%s' is neither an absolute path nor an @name", r->text, path);
	if (!strcmp(path, "@"))
		return refuse(r, "'%s' has an empty name", r->text);
	if (strlen(path) >= sizeof(out->unix_path))
		return refuse(r, "a socket path has at most %zu bytes", sizeof(out->unix_path) - 1);
	out->is_unix = true;
	strcpy(out->unix_path, path);
	return 0;
}

static int read_port(const struct reading *r, const char *port, struct eg_flow *flow)
{
	unsigned long value;

	if (!*port)
		return refuse(r, "'%s' lacks a port", r->text);
	if (port[strspn(port, DIGITS)] || (port[0] == '0' && port[1]))
		return refuse(r, "'%s': '%s' is not a port, write a number from 1 to 65535", r->text, port);
	value = strtoul(port, NULL, 10); /* ULONG_MAX when too many digits */
	if (value < 1 || value > 65535)
		return refuse(r, "'%s': port %s is %s", r->text, port, value ? "above 65535" : "below 1");
	flow->port = (__u16)value;
	return 0;
}

/* Why host, which is not an IP address, is not. */
static int refuse_host(const struct reading *r, const char *host)
{
	if (!*host)
		return refuse(r, "'%s' lacks an address", r->text);
	if (strpbrk(host, BLANKS))
		return refuse(r, "'%s' has white space", r->text);
	if (strchr(host, '%'))
		return refuse(r, "'%s' has a zone: a zone has no meaning here", r->text);
	if (strchr(host, '/'))
		return refuse(r, "'%s' has a prefix length: a flow goes to one address", r->text);
	if (*host == '@')
		return refuse(r, "'%s' names a set: a flow goes to one address", r->text);
	if (host[strspn(host, HEX_CHARS ".:")])
		return refuse(r, "'%s': host names are not resolved: write an address", r->text);
	return refuse(r, "'%s': '%s' is not an IP address", r->text, host);
}

static int read_host(const struct reading *r, const char *from, size_t len, bool brackets, struct eg_flow *flow)
{
	char host[EG_FLOW_TEXT_SIZE];
	__u32 addr[4];

	snprintf(host, sizeof(host), "%.*s", (int)len, from); /* too long an address stays too long when cut */
	if (inet_pton(AF_INET6, host, addr) == 1)
		eg_flow_make6(flow, addr);
	else if (inet_pton(AF_INET, host, addr) != 1)
		return refuse_host(r, host);
	else if (brackets)
		return refuse(r, "'%s': only an IPv6 address stands in brackets", r->text);
	else
		eg_flow_make4(flow, addr[0]);
	return 0;
}

/* ---- the destination ---- */

/* What follows the address: ":443", or nothing. */
static int read_tail(const struct reading *r, const char *tail, struct eg_flow *flow)
{
	const char *proto = protos[flow->class];

	if (!has_ports(flow->class) && *tail)
		return refuse(r, "'%s' has a port: flows of '%s' have none", r->text, proto);
	if (!has_ports(flow->class))
		return 0;
	if (!*tail)
		return refuse(r, "'%s' lacks a port: write %s:443", r->text, r->text);
	return read_port(r, tail + 1, flow);
}

static int read_bracketed(const struct reading *r, const char *dest, struct eg_flow *flow)
{
	const char *end = strchr(dest, ']');

	if (!end)
		return refuse(r, "'%s' lacks a ']'", r->text);
	if (end[1] && end[1] != ':')
		return refuse(r, "'%s' goes on behind the ']'", r->text);
	if (read_host(r, dest + 1, (size_t)(end - dest) - 1, true, flow))
		return -EINVAL;
	return read_tail(r, end + 1, flow);
}

/* Only an IPv6 address has a second colon and none but hexadecimal digits before the first. */
static bool is_ipv6(const char *dest)
{
	const char *colon = dest + strspn(dest, HEX_CHARS);

	return *colon == ':' && strchr(colon + 1, ':');
}

static int read_bare(const struct reading *r, const char *dest, struct eg_flow *flow)
{
	size_t len = is_ipv6(dest) ? strlen(dest) : strcspn(dest, ":");

	if (is_ipv6(dest) && has_ports(flow->class))
		return refuse(r, "'%s': an IPv6 address before a port stands in brackets, like %s:[2001:db8::1]:443",
			      r->text, protos[flow->class]);
	if (read_host(r, dest, len, false, flow))
		return -EINVAL;
	return read_tail(r, dest + len, flow);
}

int eg_flow_text_parse(const char *text, struct eg_flow_text *out, char *why, size_t why_size)
{
	struct reading r = { text, why, why_size };
	struct eg_flow_text flow = { 0 };
	const char *dest;
	int rc, proto = read_proto(&r, &dest);

	if (proto < 0)
		return proto;
	flow.flow.class = proto == PROTO_UNIX ? 0 : (__u8)proto;
	if (proto == PROTO_UNIX)
		rc = read_path(&r, dest, &flow);
	else if (*dest == '[')
		rc = read_bracketed(&r, dest, &flow.flow);
	else
		rc = read_bare(&r, dest, &flow.flow);
	if (!rc)
		*out = flow;
	return rc;
}

char *eg_flow_text_print(const struct eg_flow_text *text, char *buf, size_t size)
{
	const struct eg_flow *flow = &text->flow;
	char host[INET6_ADDRSTRLEN] = "", port[8] = "";

	if (text->is_unix) {
		snprintf(buf, size, "unix:%s", text->unix_path);
		return buf;
	}
	inet_ntop(flow->family == 4 ? AF_INET : AF_INET6, flow->addr, host, sizeof(host));
	if (has_ports(flow->class))
		snprintf(port, sizeof(port), ":%u", flow->port);
	snprintf(buf, size, flow->family == 4 ? "%s:%s%s" : "%s:[%s]%s", protos[flow->class], host, port);
	return buf;
}
