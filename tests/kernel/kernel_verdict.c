/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_verdict.c - each way to name a destination, on each hook, gets the verdict of the policy.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "egprobe.h"
#include "egtest.h"
#include "egtool.h"

#define DENY_ALL "default = deny\n"
#define DOCS "203.0.113.0/24, 2001:db8::/32"

static void expect(struct eg_world *w, const char *rules, const struct eg_expect *rows, size_t n)
{
	eg_world_cgroup(w, "a");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", "%s", rules));
	eg_probe_expect(w, "a", rows, n, w->denied);
}

#define EXPECT(w, rules, rows) expect(w, rules, rows, EG_COUNT(rows))

/* ---- the hooks ---- */

static void test_hooks(struct eg_world *w)
{
	static const struct eg_expect rows[] = {
		{ { EG_TCP4, "203.0.113.7", 80 }, true },
		{ { EG_TCP4, "198.51.100.7", 80 }, false },
		{ { EG_TCP4, "203.0.113.7", 81 }, false },
		{ { EG_TCP6, "2001:db8::7", 80 }, true },
		{ { EG_TCP6, "2001:db9::7", 80 }, false },
		{ { EG_TCP6, "2001:db8::7", 81 }, false },
		{ { EG_UDP4, "203.0.113.7", 80 }, true },
		{ { EG_UDP4, "198.51.100.7", 80 }, false },
		{ { EG_UDP6, "2001:db8::7", 80 }, true },
		{ { EG_UDP6, "2001:db8::7", 79 }, false },
		{ { EG_SENDTO4, "203.0.113.7", 80 }, true },
		{ { EG_SENDTO4, "198.51.100.7", 80 }, false },
		{ { EG_SENDTO6, "2001:db8::7", 80 }, true },
		{ { EG_SENDTO6, "2001:db9::7", 80 }, false },
		{ { EG_SENDMSG, AF_INET, SOCK_DGRAM, IPPROTO_UDP, "203.0.113.7", 80 }, true },
		{ { EG_SENDMSG, AF_INET, SOCK_DGRAM, IPPROTO_UDP, "203.0.114.7", 80 }, false },
		{ { EG_SENDMSG, AF_INET6, SOCK_DGRAM, IPPROTO_UDP, "2001:db8::7", 80 }, true },
		{ { EG_SENDMSG, AF_INET6, SOCK_DGRAM, IPPROTO_UDP, "2001:db8::7", 82 }, false },
		{ { EG_SENDMMSG, AF_INET, SOCK_DGRAM, 0, "203.0.113.7", 80 }, true },
		{ { EG_SENDMMSG, AF_INET, SOCK_DGRAM, 0, "203.0.114.7", 80 }, false },
		{ { EG_SENDMMSG, AF_INET6, SOCK_DGRAM, 0, "2001:db9::7", 80 }, false },
	};

	EXPECT(w, DENY_ALL "[allow docs]\nto = " DOCS "\nport = 80\n", rows);
}

static void test_ways_to_connect(struct eg_world *w)
{
	static const struct eg_expect rows[] = {
		{ { EG_CONNECT_NB, AF_INET, SOCK_STREAM, 0, "203.0.113.7", 80 }, true },
		{ { EG_CONNECT_NB, AF_INET, SOCK_STREAM, 0, "198.51.100.7", 80 }, false },
		{ { EG_CONNECT_NB, AF_INET6, SOCK_STREAM, 0, "2001:db8::7", 80 }, true },
		{ { EG_CONNECT_NB, AF_INET6, SOCK_STREAM, 0, "2001:db9::7", 80 }, false },
		{ { EG_CONNECT_BOUND, AF_INET, SOCK_STREAM, 0, "203.0.113.7", 80 }, true },
		{ { EG_CONNECT_BOUND, AF_INET, SOCK_STREAM, 0, "198.51.100.7", 80 }, false },
		{ { EG_CONNECT_BOUND, AF_INET6, SOCK_DGRAM, 0, "2001:db9::7", 80 }, false },
		{ { EG_RECONNECT, AF_INET, SOCK_DGRAM, 0, "203.0.113.7", 80 }, true },
		{ { EG_RECONNECT, AF_INET, SOCK_DGRAM, 0, "198.51.100.7", 80 }, false },
		{ { EG_RECONNECT, AF_INET6, SOCK_STREAM, 0, "2001:db9::7", 80 }, false },
		{ { EG_FASTOPEN, AF_INET, SOCK_STREAM, 0, "203.0.113.7", 80 }, true },
		{ { EG_FASTOPEN, AF_INET, SOCK_STREAM, 0, "198.51.100.7", 80 }, false },
		{ { EG_FASTOPEN, AF_INET6, SOCK_STREAM, 0, "2001:db9::7", 80 }, false },
		{ { EG_CONNECTED_SENDTO, AF_INET, SOCK_DGRAM, 0, "203.0.113.7", 80 }, true },
		{ { EG_CONNECTED_SENDTO, AF_INET, SOCK_DGRAM, 0, "198.51.100.7", 80 }, false },
		{ { EG_CONNECTED_SENDTO, AF_INET6, SOCK_DGRAM, 0, "2001:db9::7", 80 }, false },
	};

	EXPECT(w, DENY_ALL "[allow docs]\nto = " DOCS "\nport = 80\n[allow local]\nto = 127.0.0.0/8, ::1\n", rows);
}

/* ---- names of one address ---- */

static void test_mapped(struct eg_world *w)
{
	static const struct eg_expect rows[] = {
		{ { EG_TCP6, "::ffff:203.0.113.7", 80 }, true },
		{ { EG_TCP6, "::ffff:203.0.113.8", 80 }, false },
		{ { EG_TCP6, "::ffff:198.51.100.7", 80 }, false },
		{ { EG_UDP6, "::ffff:203.0.113.7", 80 }, true },
		{ { EG_UDP6, "::ffff:203.0.113.8", 80 }, false },
		{ { EG_SENDTO6, "::ffff:203.0.113.7", 80 }, true },
		{ { EG_SENDTO6, "::ffff:203.0.113.8", 80 }, false },
		{ { EG_SENDTO6, "::ffff:198.51.100.7", 80 }, false },
		{ { EG_SENDMSG, AF_INET6, SOCK_DGRAM, 0, "::ffff:203.0.113.8", 80 }, false },
		/* an AF_INET address on an AF_INET6 socket is a mapped one to udp_sendmsg */
		{ { EG_SENDTO6, "203.0.113.7", 80 }, true },
		{ { EG_SENDTO6, "203.0.113.8", 80 }, false },
		{ { EG_SENDTO_UNSPEC, AF_INET, SOCK_DGRAM, 0, "203.0.113.7", 80 }, true },
		{ { EG_SENDTO_UNSPEC, AF_INET, SOCK_DGRAM, 0, "203.0.113.8", 80 }, false },
		{ { EG_SENDTO_UNSPEC, AF_INET, SOCK_DGRAM, 0, "198.51.100.7", 80 }, false },
	};

	EXPECT(w, DENY_ALL "[allow net]\nto = 203.0.113.0/24\n[deny host]\nto = 203.0.113.8\n", rows);
}

/* ::/0 is native IPv6; a mapped address is none. */
static void test_mapped_is_not_ipv6(struct eg_world *w)
{
	static const struct eg_expect rows[] = {
		{ { EG_TCP6, "::ffff:203.0.113.7", 80 }, false },
		{ { EG_SENDTO6, "::ffff:203.0.113.7", 80 }, false },
		{ { EG_TCP6, "2001:db8::7", 80 }, true },
		{ { EG_TCP4, "203.0.113.7", 80 }, false },
	};

	EXPECT(w, DENY_ALL "[allow six]\nto = ::/0\n", rows);
}

static void test_unspecified(struct eg_world *w)
{
	static const struct eg_expect denied[] = {
		{ { EG_TCP4, "0.0.0.0", 80 }, false },
		{ { EG_TCP6, "::", 80 }, false },
		{ { EG_TCP6, "::ffff:0.0.0.0", 80 }, false },
		{ { EG_UDP4, "0.0.0.0", 80 }, false },
		{ { EG_UDP6, "::", 80 }, false },
		{ { EG_UDP6, "::ffff:0.0.0.0", 80 }, false },
		{ { EG_SENDTO4, "0.0.0.0", 80 }, false },
		{ { EG_SENDTO6, "::", 80 }, false },
		{ { EG_SENDTO6, "::ffff:0.0.0.0", 80 }, false },
		{ { EG_TCP4, "127.0.0.1", 80 }, false },
		{ { EG_TCP6, "::1", 80 }, false },
		{ { EG_TCP4, "203.0.113.7", 80 }, true },
	};
	struct eg_expect allowed[EG_COUNT(denied)];
	size_t i;

	EXPECT(w, "default = allow\n[deny local]\nto = 127.0.0.1, ::1\n", denied);
	for (i = 0; i < EG_COUNT(denied); i++) {
		allowed[i] = denied[i];
		allowed[i].passes = !denied[i].passes;
	}
	EXPECT(w, DENY_ALL "[allow local]\nto = 127.0.0.1, ::1\n", allowed);
}

/* Each carries 192.0.2.33 (c000:0221), which is denied, or 192.0.2.34, which is not. */
static void test_embedded_deny(struct eg_world *w)
{
	static const struct eg_expect rows[] = {
		{ { EG_TCP6, "64:ff9b::c000:221", 80 }, false },
		{ { EG_TCP6, "64:ff9b::c000:222", 80 }, true },
		{ { EG_UDP6, "64:ff9b::c000:221", 80 }, false },
		{ { EG_SENDTO6, "64:ff9b::c000:221", 80 }, false },
		{ { EG_TCP6, "64:ff9b:1::c000:221", 80 }, false },
		{ { EG_TCP6, "64:ff9b:1::c000:222", 80 }, true },
		{ { EG_TCP6, "64:ff9b:1:c000:2:2100::", 80 }, false }, /* /48 */
		{ { EG_TCP6, "64:ff9b:1:c0:0:221::", 80 }, false },    /* /56 */
		{ { EG_TCP6, "64:ff9b:1:0:c0:2:2100:0", 80 }, false }, /* /64 */
		{ { EG_TCP6, "2002:c000:221::1", 80 }, false },
		{ { EG_TCP6, "2002:c000:222::1", 80 }, true },
		{ { EG_SENDTO6, "2002:c000:221::1", 80 }, false },
		{ { EG_TCP6, "2001:0:1:2:3:4:3fff:fdde", 80 }, false }, /* Teredo: the complement */
		{ { EG_TCP6, "2001:0:1:2:3:4:3fff:fddd", 80 }, true },
		{ { EG_TCP6, "2001:db8::5efe:c000:221", 80 }, false },
		{ { EG_TCP6, "2001:db8::200:5efe:c000:221", 80 }, false },
		{ { EG_TCP6, "2001:db8::5efe:c000:222", 80 }, true },
		{ { EG_TCP6, "::192.0.2.33", 80 }, false },
		{ { EG_TCP6, "::192.0.2.34", 80 }, true },
	};

	EXPECT(w, "default = allow\n[deny host]\nto = 192.0.2.33\n", rows);
}

/* Only NAT64's well-known prefix leads where its IPv4 address says; anyone can own the others. */
static void test_embedded_allow(struct eg_world *w)
{
	static const struct eg_expect rows[] = {
		{ { EG_TCP6, "64:ff9b::c000:221", 80 }, true },
		{ { EG_TCP6, "64:ff9b::c000:222", 80 }, false },
		{ { EG_TCP6, "64:ff9b:1::c000:221", 80 }, false },
		{ { EG_TCP6, "2002:c000:221::1", 80 }, false },
		{ { EG_TCP6, "2001:0:1:2:3:4:3fff:fdde", 80 }, false },
		{ { EG_TCP6, "2001:db8::5efe:c000:221", 80 }, false },
		{ { EG_TCP6, "::192.0.2.33", 80 }, false },
		{ { EG_TCP4, "192.0.2.33", 80 }, true },
	};

	EXPECT(w, DENY_ALL "[allow host]\nto = 192.0.2.33\n", rows);
}

/* ---- rules ---- */

static void test_protocols(struct eg_world *w)
{
	static const struct eg_expect rows[] = {
		{ { EG_UDP4, "203.0.113.1", 443 }, true },     { { EG_TCP4, "203.0.113.1", 443 }, false },
		{ { EG_UDP6, "2001:db8:1::", 443 }, true },    { { EG_TCP6, "2001:db8:1::", 443 }, false },
		{ { EG_SENDTO4, "203.0.113.1", 443 }, true },  { { EG_SENDTO6, "2001:db8:1::", 443 }, true },
		{ { EG_TCP4, "203.0.113.2", 443 }, true },     { { EG_UDP4, "203.0.113.2", 443 }, false },
		{ { EG_TCP6, "2001:db8:2::", 443 }, true },    { { EG_UDP6, "2001:db8:2::", 443 }, false },
		{ { EG_SENDTO4, "203.0.113.2", 443 }, false }, { { EG_SENDTO6, "2001:db8:2::", 443 }, false },
		{ { EG_TCP4, "203.0.113.3", 443 }, true },     { { EG_UDP4, "203.0.113.3", 443 }, true },
		{ { EG_TCP4, "203.0.113.4", 443 }, true },     { { EG_TCP4, "203.0.113.4", 80 }, true },
		{ { EG_UDP4, "203.0.113.4", 443 }, false },
	};

	EXPECT(w,
	       DENY_ALL "[allow quic]\nto = 203.0.113.1, 2001:db8:1::\nproto = udp\nport = 443\n"
			"[allow web]\nto = 203.0.113.2, 2001:db8:2::\nproto = tcp\nport = 443\n"
			"[allow both]\nto = 203.0.113.3\nport = 443\n"
			"[allow tcp]\nto = 203.0.113.4\nproto = tcp\n",
	       rows);
}

static void test_ports(struct eg_world *w)
{
	static const struct eg_expect rows[] = {
		{ { EG_TCP4, "203.0.113.1", 442 }, false },   { { EG_TCP4, "203.0.113.1", 443 }, true },
		{ { EG_TCP4, "203.0.113.1", 444 }, false },   { { EG_TCP4, "203.0.113.1", 7999 }, false },
		{ { EG_TCP4, "203.0.113.1", 8000 }, true },   { { EG_TCP4, "203.0.113.1", 8050 }, true },
		{ { EG_TCP4, "203.0.113.1", 8055 }, false },  { { EG_TCP4, "203.0.113.1", 8100 }, true },
		{ { EG_TCP4, "203.0.113.1", 8101 }, false },  { { EG_TCP4, "203.0.113.1", 65535 }, true },
		{ { EG_TCP4, "203.0.113.1", 65534 }, false }, { { EG_TCP4, "203.0.113.1", 1 }, true },
		{ { EG_TCP4, "203.0.113.1", 2 }, false },     { { EG_UDP6, "2001:db8::1", 8100 }, true },
		{ { EG_UDP6, "2001:db8::1", 8101 }, false },  { { EG_SENDTO4, "203.0.113.1", 8055 }, false },
	};

	EXPECT(w,
	       DENY_ALL "[allow ports]\nto = " DOCS "\nport = 443, 8000-8100, 1, 65535\n"
			"[deny one]\nport = 8055\n",
	       rows);
}

static void test_precedence(struct eg_world *w)
{
	static const struct eg_expect rows[] = {
		{ { EG_TCP4, "203.0.113.66", 80 }, false }, /* its own allow rule is narrower and comes first */
		{ { EG_TCP4, "203.0.113.64", 80 }, false },
		{ { EG_TCP4, "203.0.113.63", 80 }, true },
		{ { EG_TCP4, "203.0.113.200", 80 }, false }, /* within the deny, beside every allow of a host */
		{ { EG_TCP4, "203.0.113.1", 80 }, true },
		{ { EG_TCP4, "198.51.100.1", 80 }, true }, /* the default */
		{ { EG_TCP6, "2001:db8::66", 80 }, false },
		{ { EG_TCP6, "2001:db8:1::67", 80 }, true },
		{ { EG_TCP6, "2001:db9::1", 80 }, true },
	};

	EXPECT(w,
	       "default = allow\n"
	       "[allow narrow]\nto = 203.0.113.66, 2001:db8::66\n"
	       "[deny wide]\nto = 203.0.113.64/26, 203.0.113.200\n"
	       "[deny wide6]\nto = 2001:db8::/48\n",
	       rows);
}

static void test_defaults(struct eg_world *w)
{
	static const struct eg_expect allow[] = {
		{ { EG_TCP4, "203.0.113.1", 80 }, false },  { { EG_TCP4, "203.0.113.2", 80 }, true },
		{ { EG_TCP6, "2001:db8::1", 80 }, true },   { { EG_SENDTO4, "203.0.113.1", 9 }, false },
		{ { EG_SENDTO6, "2001:db8::1", 9 }, true },
	};
	static const struct eg_expect deny[] = {
		{ { EG_TCP4, "203.0.113.1", 80 }, false }, { { EG_TCP4, "203.0.113.2", 80 }, false },
		{ { EG_TCP6, "2001:db8::1", 80 }, false }, { { EG_SENDTO4, "203.0.113.1", 9 }, false },
		{ { EG_TCP4, "127.0.0.1", 80 }, false },   { { EG_TCP6, "::1", 80 }, false },
	};

	EXPECT(w, "default = allow\n[deny one]\nto = 203.0.113.1\n", allow);
	EXPECT(w, DENY_ALL, deny);
}

/* ---- sockets that no hook can judge by destination ---- */

struct socket_row {
	int family, type, protocol;
	bool judged; /* may be made under any policy */
	bool raw;    /* may be made with raw = allow */
};

static void expect_sockets(struct eg_world *w, bool raw_allowed)
{
	static const struct socket_row rows[] = {
		{ AF_INET, SOCK_STREAM, IPPROTO_TCP, true, true },
		{ AF_INET6, SOCK_STREAM, 0, true, true },
		{ AF_INET, SOCK_DGRAM, IPPROTO_UDP, true, true },
		{ AF_INET6, SOCK_DGRAM, 0, true, true },
		{ AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, false, false },
		{ AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE, false, false },
		{ AF_INET, SOCK_STREAM, IPPROTO_SCTP, false, false },
		{ AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP, false, false },
		{ AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP, false, false },
		{ AF_INET, SOCK_RAW, IPPROTO_ICMP, false, true },
		{ AF_INET, SOCK_RAW, IPPROTO_RAW, false, true },
		{ AF_INET, SOCK_RAW, IPPROTO_TCP, false, true },
		{ AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, false, true },
		{ AF_INET, SOCK_DGRAM, IPPROTO_ICMP, false, true },
		{ AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, false, true },
	};
	size_t i;

	for (i = 0; i < EG_COUNT(rows); i++) {
		struct eg_probe p = { EG_SOCKET, rows[i].family, rows[i].type, rows[i].protocol, "0.0.0.0", 0 };
		int outside = eg_probe_outside(&p), got = eg_probe_try(w, "a", &p, NULL);
		bool passes = rows[i].judged || (raw_allowed && rows[i].raw);

		if (outside == EPROTONOSUPPORT || outside == ESOCKTNOSUPPORT)
			EG_CHECK(got, "%s exists with a policy, and not without", eg_net_words(&p));
		else
			EG_CHECK(!outside && got == (passes ? 0 : w->denied), "%s: %s, without a policy: %s",
				 eg_net_words(&p), strerror(got), strerror(outside));
	}
}

static void test_sockets_denied(struct eg_world *w)
{
	eg_world_cgroup(w, "a");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", DENY_ALL "[allow all]\nto = any\n"));
	expect_sockets(w, false);
}

static void test_raw_allow(struct eg_world *w)
{
	eg_world_cgroup(w, "a");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", DENY_ALL "raw = allow\n[allow all]\nto = any\n"));
	expect_sockets(w, true);
}

static void test_mptcp(struct eg_world *w)
{
	static const struct eg_expect rows[] = {
		{ { EG_CONNECT, AF_INET, SOCK_STREAM, IPPROTO_MPTCP, "203.0.113.7", 80 }, true },
		{ { EG_CONNECT, AF_INET, SOCK_STREAM, IPPROTO_MPTCP, "198.51.100.7", 80 }, false },
		{ { EG_CONNECT_NB, AF_INET, SOCK_STREAM, IPPROTO_MPTCP, "198.51.100.7", 80 }, false },
		{ { EG_CONNECT, AF_INET6, SOCK_STREAM, IPPROTO_MPTCP, "2001:db8::7", 80 }, true },
		{ { EG_CONNECT, AF_INET6, SOCK_STREAM, IPPROTO_MPTCP, "2001:db9::7", 80 }, false },
		{ { EG_CONNECT, AF_INET6, SOCK_STREAM, IPPROTO_MPTCP, "::ffff:198.51.100.7", 80 }, false },
	};
	const struct eg_probe p = { EG_SOCKET, AF_INET, SOCK_STREAM, IPPROTO_MPTCP, "0.0.0.0", 0 };
	int r = eg_probe_outside(&p);

	if (r == EPROTONOSUPPORT || r == ENOPROTOOPT)
		eg_test_skip("this kernel has no MPTCP");
	EXPECT(w, DENY_ALL "[allow docs]\nto = " DOCS "\nproto = tcp\nport = 80\n", rows);
}

/* ---- the errno ---- */

static void test_errno_default(struct eg_world *w)
{
	static const struct eg_expect rows[] = { { { EG_TCP4, "203.0.113.1", 80 }, false },
						 { { EG_TCP6, "2001:db8::1", 80 }, false },
						 { { EG_SENDTO4, "203.0.113.1", 80 }, false } };
	struct utsname name;
	int major = 0, minor = 0;

	EG_NEED(!uname(&name) && sscanf(name.release, "%d.%d", &major, &minor) == 2, "uname");
	EG_CHECK(major * 100 + minor < 601 || w->denied == EACCES, "%s gives %s", name.release, strerror(w->denied));
	eg_world_cgroup(w, "a");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", DENY_ALL));
	eg_probe_expect(w, "a", rows, EG_COUNT(rows), w->denied);
}

static void test_errno_chosen(struct eg_world *w)
{
	static const struct {
		const char *name;
		int value;
	} rows[] = { { "EACCES", EACCES },
		     { "EPERM", EPERM },
		     { "ECONNREFUSED", ECONNREFUSED },
		     { "ENETUNREACH", ENETUNREACH },
		     { "EHOSTUNREACH", EHOSTUNREACH } };
	unsigned int port;
	cleanup_close int fd __attribute__((unused)) = eg_net_listen(SOCK_STREAM, "::", 0, &port);
	const struct eg_expect expected[] = {
		{ { EG_TCP4, "203.0.113.1", port }, false },	     { { EG_TCP6, "2001:db8::1", port }, false },
		{ { EG_SENDTO4, "203.0.113.1", 80 }, false },	     { { EG_SENDTO6, "2001:db8::1", 80 }, false },
		{ { EG_SENDTO6, "::ffff:203.0.113.1", 80 }, false }, { { EG_UDP6, "::ffff:203.0.113.1", 80 }, false },
	};
	size_t i;

	eg_world_cgroup(w, "a");
	for (i = 0; i < EG_COUNT(rows); i++) {
		const char *policy = eg_world_policy(w, "p", "a", DENY_ALL "errno = %s\n", rows[i].name);

		if (w->denied == EPERM && rows[i].value != EPERM) {
			eg_tool_fails(w, NULL, 5, "cannot give errno", EG_ARGS("apply", policy));
			continue;
		}
		eg_tool_apply(w, policy);
		eg_probe_expect(w, "a", expected, EG_COUNT(expected), rows[i].value);
	}
}

static void test_at_once(struct eg_world *w)
{
	static const struct eg_probe probes[] = {
		{ EG_TCP4, "203.0.113.1", 80 },
		{ EG_TCP6, "2001:db8::1", 80 },
		{ EG_CONNECT_NB, AF_INET, SOCK_STREAM, 0, "203.0.113.1", 80 },
		{ EG_SENDTO4, "203.0.113.1", 80 },
	};
	size_t i, k;

	eg_world_cgroup(w, "a");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", DENY_ALL));
	for (i = 0; i < EG_COUNT(probes); i++) {
		long best = -1, ns = 0;

		/* the machine may be busy: the quickest of several counts */
		for (k = 0; k < 20; k++) {
			EG_CHECK(eg_probe_try(w, "a", &probes[i], &ns) == w->denied, "not denied");
			best = best < 0 || ns < best ? ns : best;
		}
		EG_CHECK(best < 5000000, "%s took %ld us", eg_net_words(&probes[i]), best / 1000);
	}
}

static const struct eg_test tests[] = {
	{ "every hook judges by family, address, port", test_hooks, 0 },
	{ "every way to connect or send is judged", test_ways_to_connect, 0 },
	{ "a mapped address is judged as its IPv4 address", test_mapped, 0 },
	{ "a rule for ::/0 does not open mapped addresses", test_mapped_is_not_ipv6, 0 },
	{ "0.0.0.0 and :: are judged as the loopback", test_unspecified, 0 },
	{ "a denied IPv4 address is denied in every form that embeds it", test_embedded_deny, 0 },
	{ "an allowed IPv4 address is allowed as NAT64 and in no other form", test_embedded_allow, 0 },
	{ "a UDP rule does not open TCP, nor a TCP rule UDP", test_protocols, 0 },
	{ "port ranges end where they say", test_ports, 0 },
	{ "deny beats a narrower allow", test_precedence, 0 },
	{ "what no rule matches gets the default", test_defaults, 0 },
	{ "sockets without a judgeable destination are not made", test_sockets_denied, 0 },
	{ "raw = allow opens raw and ping sockets alone", test_raw_allow, 0 },
	{ "MPTCP is judged as TCP", test_mptcp, 0 },
	{ "a denied call returns EACCES, or EPERM before 6.1", test_errno_default, 0 },
	{ "a denied call returns the errno of the policy", test_errno_chosen, 0 },
	{ "a denied call fails at once", test_at_once, 0 },
};

EG_TEST_MAIN(tests)
