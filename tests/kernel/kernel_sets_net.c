/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_sets_net.c - @self, @local-subnets, @gateway and @resolvers are what the kernel has, no less and no more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "eglink.h"
#include "egtest.h"
#include "net/sets_net.h"

#define SELF EG_DYNAMIC_SELF
#define SUBNETS EG_DYNAMIC_LOCAL_SUBNETS
#define GATEWAY EG_DYNAMIC_GATEWAY

static const char *const names[] = {
	[EG_DYNAMIC_RESOLVERS] = "@resolvers", [SUBNETS] = "@local-subnets", [GATEWAY] = "@gateway", [SELF] = "@self"
};

static void get(enum eg_dynamic kind, struct eg_prefix **v, size_t *n)
{
	struct eg_err err = EG_ERR_INIT;
	int r = eg_sets_net_get(NULL, kind, v, n, &err);

	EG_NEED(!r, "%s: %d, %s", names[kind], r, err.what);
	EG_CHECK(!err.code, "%s: is known, but the error says %s", names[kind], err.what);
	EG_CHECK(*n || !*v, "%s: an empty set has memory", names[kind]);
}

/* want: separated by blanks, in the order of eg_addr_compare. */
static void expect(enum eg_dynamic kind, const char *want)
{
	char got[4096] = "", text[EG_ADDR_TEXT];
	struct eg_prefix *v = NULL;
	size_t i, n = 0;

	get(kind, &v, &n);
	for (i = 0; i < n; i++) {
		strcat(got, *got ? " " : "");
		strcat(got, eg_addr_text(&v[i], text));
	}
	EG_CHECK(!strcmp(got, want), "%s is '%s', not '%s'", names[kind], got, want);
	free(v);
}

static void begin(void)
{
	eg_link_begin();
	eg_link_pair("v0", "v1");
	eg_link_up("lo", true);
	eg_link_up("v0", true);
	eg_link_up("v1", true);
}

static void add(const char *link, const char *address)
{
	eg_link_address(EG_LINK_ADD, link, address, NULL, RT_SCOPE_UNIVERSE);
}

static void route(struct eg_link_route r)
{
	eg_link_route(EG_LINK_ADD, &r);
}

/* ---- addresses ---- */

static void test_empty(struct eg_world *w)
{
	static const enum eg_dynamic kinds[] = { SELF, SUBNETS, GATEWAY };
	size_t i, k;

	(void)w;
	eg_link_begin();
	for (k = 0; k < 3; k++) {
		for (i = 0; i < EG_COUNT(kinds); i++)
			expect(kinds[i], "");
		if (k == 0)
			eg_link_up("lo", true);
		if (k == 1)
			eg_link_pair("v0", "v1");
	}
}

static void test_addresses(struct eg_world *w)
{
	(void)w;
	begin();
	add("v0", "192.0.2.5/24");
	add("v0", "192.0.2.6/24");
	add("v0", "192.0.2.7/26");
	add("v1", "192.0.2.8/24");
	add("v1", "10.1.2.3/8");
	add("v1", "169.254.7.7/16");
	add("v1", "203.0.113.1/31");
	add("v0", "203.0.113.9/32");
	add("v0", "2001:db8::5/64");
	add("v1", "2001:db8:1:2:3:4:5:6/33");
	add("v1", "2001:db8:ffff::1/128");
	add("v0", "fd00::1/127");
	expect(SELF, "10.1.2.3 169.254.7.7 192.0.2.5 192.0.2.6 192.0.2.7 192.0.2.8 203.0.113.1 203.0.113.9 "
		     "2001:db8::5 2001:db8:1:2:3:4:5:6 2001:db8:ffff::1 fd00::1");
	expect(SUBNETS, "10.0.0.0/8 169.254.0.0/16 192.0.2.0/24 192.0.2.0/26 203.0.113.0/31 "
			"2001:db8::/33 2001:db8::/64 fd00::/127");
	eg_link_address(EG_LINK_REMOVE, "v1", "10.1.2.3/8", NULL, RT_SCOPE_UNIVERSE);
	eg_link_address(EG_LINK_REMOVE, "v0", "192.0.2.5/24", NULL, RT_SCOPE_UNIVERSE);
	expect(SUBNETS, "169.254.0.0/16 192.0.2.0/24 192.0.2.0/26 203.0.113.0/31 "
			"2001:db8::/33 2001:db8::/64 fd00::/127");
	expect(GATEWAY, "");
}

/* What is on the loopback is this host's, and nobody else is there. */
static void test_loopback(struct eg_world *w)
{
	(void)w;
	begin();
	eg_link_address(EG_LINK_ADD, "lo", "127.0.0.53/8", NULL, RT_SCOPE_HOST);
	add("lo", "192.0.2.1/32");
	add("lo", "198.51.100.1/24");
	add("lo", "2001:db8::1/128");
	add("lo", "2001:db8:1::1/64");
	add("v0", "127.1.0.1/16");
	route((struct eg_link_route){ .to = "10.0.0.0/8", .hops = { { "lo", NULL } }, .scope = RT_SCOPE_LINK });
	route((struct eg_link_route){ .to = "127.9.0.0/16", .hops = { { "v0", NULL } }, .scope = RT_SCOPE_LINK });
	expect(SELF, "192.0.2.1 198.51.100.1 2001:db8::1 2001:db8:1::1");
	expect(SUBNETS, "");
}

static bool link_local_is_there(void *arg)
{
	struct eg_prefix *v = NULL;
	size_t n = 0;

	(void)arg;
	get(SELF, &v, &n);
	free(v);
	return n;
}

static void test_link_local(struct eg_world *w)
{
	static const unsigned char mac[6] = { 0x02, 0, 0, 0, 0, 0x07 };

	(void)w;
	eg_link_begin();
	eg_link_pair("v0", "v1");
	eg_link_automatic("v0", mac);
	eg_link_up("v0", true);
	eg_link_up("v1", true);
	EG_CHECK(eg_world_wait(10, link_local_is_there, NULL), "no link-local address");
	expect(SELF, "fe80::ff:fe00:7");
	expect(SUBNETS, "fe80::/64");
	expect(GATEWAY, "");
}

/* IPv6 has the address's own subnet there, too: the kernel routes both to the link. */
static void test_peers(struct eg_world *w)
{
	(void)w;
	begin();
	eg_link_address(EG_LINK_ADD, "v0", "192.0.2.1", "192.0.2.2/32", RT_SCOPE_UNIVERSE);
	eg_link_address(EG_LINK_ADD, "v0", "10.7.0.1", "10.8.0.9/24", RT_SCOPE_UNIVERSE);
	eg_link_address(EG_LINK_ADD, "v1", "2001:db8::1", "2001:db8::2/128", RT_SCOPE_UNIVERSE);
	eg_link_address(EG_LINK_ADD, "v1", "2001:db8:1::1", "2001:db8:2::2/64", RT_SCOPE_UNIVERSE);
	expect(SELF, "10.7.0.1 192.0.2.1 2001:db8::1 2001:db8:1::1");
	expect(SUBNETS, "10.8.0.0/24 192.0.2.2 2001:db8::2 2001:db8:1::/64 2001:db8:2::/64");
}

static void test_down(struct eg_world *w)
{
	(void)w;
	eg_link_begin();
	eg_link_pair("v0", "v1");
	add("v0", "192.0.2.5/24");
	add("v0", "2001:db8::5/64");
	expect(SELF, "192.0.2.5 2001:db8::5");
	expect(SUBNETS, "192.0.2.0/24 2001:db8::/64");
	eg_link_up("v0", true);
	eg_link_up("v1", true);
	expect(SELF, "192.0.2.5 2001:db8::5");
	expect(SUBNETS, "192.0.2.0/24 2001:db8::/64");
	route((struct eg_link_route){ .to = "0.0.0.0/0", .hops = { { "v0", "192.0.2.9" } } });
	expect(GATEWAY, "192.0.2.9");
	eg_link_up("v0", false); /* takes the routes away, and IPv6 addresses */
	expect(SELF, "192.0.2.5");
	expect(SUBNETS, "192.0.2.0/24");
	expect(GATEWAY, "");
}

/* ---- routes ---- */

static void test_link_routes(struct eg_world *w)
{
	static const struct eg_link_route yes[] = {
		{ .to = "198.51.100.0/24", .hops = { { "v0", NULL } }, .scope = RT_SCOPE_LINK },
		{ .to = "198.18.0.0/15", .hops = { { "v1", NULL } } }, /* whatever its scope says */
		{ .to = "10.0.0.0/8", .hops = { { "v1", NULL } }, .scope = RT_SCOPE_LINK },
		{ .to = "203.0.113.7/32", .hops = { { "v1", NULL } }, .scope = RT_SCOPE_LINK },
		{ .to = "172.16.0.0/16", .hops = { { "v0", NULL }, { "v1", NULL } }, .scope = RT_SCOPE_LINK },
		{ .to = "2001:db8:1::/48", .hops = { { "v0", NULL } } },
		{ .to = "2001:db8:2::7/128", .hops = { { "v0", NULL } } },
		{ .to = "2001:db8:3::/64", .hops = { { "v0", NULL } }, .protocol = RTPROT_KERNEL },
	};
	static const struct eg_link_route no[] = {
		{ .to = "198.51.101.0/24", .hops = { { "v0", "192.0.2.9" } } },
		{ .to = "198.51.102.0/24", .hops = { { "v0", NULL } }, .scope = RT_SCOPE_LINK, .table = 77 },
		{ .to = "198.51.103.0/24", .type = RTN_UNREACHABLE },
		{ .to = "198.51.104.0/24", .hops = { { "v0", NULL } }, .wrapped = "192.0.2.9" },
		{ .to = "198.51.105.0/24", .hops = { { "v0", "192.0.2.9" }, { "v0", "192.0.2.10" } } },
		{ .to = "0.0.0.0/1", .hops = { { "v0", NULL } }, .scope = RT_SCOPE_LINK },
		{ .to = "128.0.0.0/1", .hops = { { "v0", NULL } }, .scope = RT_SCOPE_LINK },
		{ .to = "0.0.0.0/0", .hops = { { "v0", NULL } }, .scope = RT_SCOPE_LINK },
		{ .to = "224.0.0.0/8", .hops = { { "v0", NULL } }, .scope = RT_SCOPE_LINK },
		{ .to = "255.255.255.255/32", .hops = { { "v0", NULL } }, .scope = RT_SCOPE_LINK },
		{ .to = "2001:db8:9::/48", .hops = { { "v0", "2001:db8::9" } } },
		{ .to = "2001:db8:a::/48", .hops = { { "v0", NULL } }, .table = 77 },
		{ .to = "2001:db8:b::/48", .type = RTN_BLACKHOLE },
		{ .to = "2000::/3", .hops = { { "v0", NULL } } },
		{ .to = "::/0", .hops = { { "v0", NULL } } },
		{ .to = "ff05::/16", .hops = { { "v0", NULL } } },
	};
	size_t i;

	(void)w;
	begin();
	add("v0", "192.0.2.5/24");
	add("v0", "2001:db8::5/64");
	for (i = 0; i < EG_COUNT(no); i++)
		route(no[i]);
	expect(SUBNETS, "192.0.2.0/24 2001:db8::/64");
	for (i = 0; i < EG_COUNT(yes); i++)
		route(yes[i]);
	expect(SUBNETS, "10.0.0.0/8 172.16.0.0/16 192.0.2.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.7 "
			"2001:db8::/64 2001:db8:1::/48 2001:db8:2::7 2001:db8:3::/64");
	expect(SELF, "192.0.2.5 2001:db8::5");
	expect(GATEWAY, "");
}

static void test_gateways(struct eg_world *w)
{
	static const struct eg_link_route no[] = {
		{ .to = "10.0.0.0/8", .hops = { { "v0", "192.0.2.100" } } },
		{ .to = "0.0.0.0/1", .hops = { { "v0", "192.0.2.101" } } },
		{ .to = "0.0.0.0/0", .hops = { { "v0", NULL } }, .metric = 900, .scope = RT_SCOPE_LINK },
		{ .to = "0.0.0.0/0", .type = RTN_UNREACHABLE, .metric = 901 },
		{ .to = "0.0.0.0/0", .hops = { { "v0", "192.0.2.102" } }, .table = RT_TABLE_LOCAL },
		{ .to = "2000::/3", .hops = { { "v0", "2001:db8::64" } } },
		{ .to = "::/0", .hops = { { "v0", NULL } }, .metric = 900 },
		{ .to = "::/0", .type = RTN_UNREACHABLE, .metric = 901 },
	};
	static const struct eg_link_route yes[] = {
		{ .to = "0.0.0.0/0", .hops = { { "v0", "192.0.2.9" } }, .metric = 1 },
		{ .to = "0.0.0.0/0", .hops = { { "v0", "192.0.2.9" } }, .metric = 2 }, /* the same again */
		{ .to = "0.0.0.0/0", .hops = { { "v0", "192.0.2.1" } }, .metric = 3, .table = 77 },
		{ .to = "0.0.0.0/0", .hops = { { "v0", "192.0.2.2" } }, .metric = 4, .table = 70000 },
		{ .to = "0.0.0.0/0", .hops = { { "v0", "192.0.2.3" }, { "v0", "192.0.2.4" } }, .metric = 5 },
		{ .to = "0.0.0.0/0", .hops = { { "v0", "fe80::41" } }, .metric = 6 },
		{ .to = "0.0.0.0/0", .hops = { { "v0", "192.0.2.5" }, { "v0", "fe80::42" } }, .metric = 7 },
		{ .to = "0.0.0.0/0", .hops = { { "v0", "192.0.2.6" } }, .metric = 8, .wrapped = "192.0.2.7" },
		{ .to = "::/0", .hops = { { "v0", "fe80::9" } }, .metric = 1 },
		{ .to = "::/0", .hops = { { "v0", "fe80::9" } }, .metric = 2 },
		{ .to = "::/0", .hops = { { "v0", "2001:db8::9" } }, .metric = 3, .table = 77 },
		{ .to = "::/0", .hops = { { "v0", "fe80::1" }, { "v0", "fe80::2" } }, .metric = 4 },
		{ .to = "::/0", .hops = { { "v0", "fe80::3" } }, .metric = 5, .from = "2001:db8::/64" },
	};
	size_t i;

	(void)w;
	begin();
	add("v0", "192.0.2.77/24");
	add("v0", "2001:db8::5/64");
	for (i = 0; i < EG_COUNT(no); i++)
		route(no[i]);
	expect(GATEWAY, "");
	route(yes[0]);
	expect(GATEWAY, "192.0.2.9");
	for (i = 1; i < EG_COUNT(yes); i++)
		route(yes[i]);
	expect(GATEWAY, "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.9 "
			"2001:db8::9 fe80::1 fe80::2 fe80::3 fe80::9 fe80::41 fe80::42");
	expect(SELF, "192.0.2.77 2001:db8::5");
	expect(SUBNETS, "192.0.2.0/24 2001:db8::/64");
	for (i = 0; i < EG_COUNT(yes); i++)
		eg_link_route(EG_LINK_REMOVE, &yes[i]);
	expect(GATEWAY, "");
}

/* With and without the kernel's repeating in the route what the object says. */
static void test_nexthop_objects(struct eg_world *w)
{
	static const unsigned int group[] = { 3, 1, 0 }, nothing[] = { 5, 0 };

	(void)w;
	begin();
	add("v0", "192.0.2.77/24");
	add("v0", "2001:db8::5/64");
	eg_link_nexthop(1, "v0", "192.0.2.1");
	eg_link_nexthop(2, "v0", "fe80::2");
	eg_link_nexthop(3, "v0", "192.0.2.3");
	eg_link_nexthop(4, "v1", NULL);
	eg_link_nexthop_blackhole(5, AF_INET);
	eg_link_nexthop_blackhole(6, AF_INET6);
	eg_link_nexthop_group(7, nothing);
	eg_link_nexthop_group(9, group);
	eg_link_nexthop(10, "v0", "192.0.2.10"); /* used by nothing */
	route((struct eg_link_route){ .to = "0.0.0.0/0", .nexthop = 9 });
	route((struct eg_link_route){ .to = "0.0.0.0/0", .nexthop = 2, .metric = 1 });
	route((struct eg_link_route){ .to = "0.0.0.0/0", .nexthop = 5, .metric = 2 });
	route((struct eg_link_route){ .to = "::/0", .nexthop = 2 });
	route((struct eg_link_route){ .to = "198.51.100.0/24", .nexthop = 4 });
	route((struct eg_link_route){ .to = "198.51.101.0/24", .nexthop = 1 });
	route((struct eg_link_route){ .to = "198.51.102.0/24", .nexthop = 5 });
	route((struct eg_link_route){ .to = "198.51.103.0/24", .nexthop = 9 });
	route((struct eg_link_route){ .to = "198.51.104.0/24", .nexthop = 7 });
	route((struct eg_link_route){ .to = "2001:db8:9::/48", .nexthop = 2 });
	route((struct eg_link_route){ .to = "2001:db8:a::/48", .nexthop = 6 });
	expect(GATEWAY, "192.0.2.1 192.0.2.3 fe80::2");
	expect(SUBNETS, "192.0.2.0/24 198.51.100.0/24 2001:db8::/64");
	eg_link_sysctl("ipv4/nexthop_compat_mode", "0");
	expect(GATEWAY, "192.0.2.1 192.0.2.3 fe80::2");
	expect(SUBNETS, "192.0.2.0/24 198.51.100.0/24 2001:db8::/64");
}

static void test_many(struct eg_world *w)
{
	const unsigned int count = 2000;
	struct eg_prefix *v = NULL;
	unsigned int i;
	size_t n = 0;

	(void)w;
	begin();
	for (i = 0; i < count; i++) {
		add("v0", eg_world_str("10.%u.%u.1/24", i / 256, i % 256));
		route((struct eg_link_route){ .to = "0.0.0.0/0",
					      .hops = { { "v0", eg_world_str("10.%u.%u.2", i / 256, i % 256) } },
					      .metric = i + 1 });
	}
	for (i = 0; i < 3; i++) {
		static const enum eg_dynamic kinds[] = { SELF, SUBNETS, GATEWAY };

		get(kinds[i], &v, &n);
		EG_CHECK(n == count, "%s: %zu instead of %u", names[kinds[i]], n, count);
		free(v);
		v = NULL;
	}
}

/* ---- changes meanwhile ---- */

#define FLEETING 20

static const char *address(bool stable, int family, unsigned int i)
{
	if (family == 4)
		return eg_world_str("%u.%u.%u.1/24", stable ? 10 : 20, i / 256, i % 256);
	return eg_world_str("fd%02x:0:0:%x::1/64", stable ? 1 : 2, i);
}

/*
 * IPv4 addresses of the link are listed before others, of IPv6 the last added is listed first: so what comes and
 * goes is in front of what stays, and shifts it while it is being listed. Rests from time to time if "rests".
 */
static void flutter(bool rests)
{
	const struct timespec rest = { .tv_nsec = eg_test_matrix() ? 500000000 : 30000000 };
	const char *all[2 * FLEETING];
	unsigned int i, k;

	for (i = 0; i < FLEETING; i++) {
		all[2 * i] = address(false, 4, i);
		all[2 * i + 1] = address(false, 6, i);
	}
	for (k = 0;; k++) {
		for (i = 0; i < 2 * FLEETING; i++)
			eg_link_address(k % 2 ? EG_LINK_REMOVE : EG_LINK_ADD, "v0", all[i], NULL, RT_SCOPE_LINK);
		if (rests && k % 2)
			nanosleep(&rest, NULL);
	}
}

/* So many addresses of each family, and one gateway. Returns the process that adds and removes more. */
static pid_t begin_changes(unsigned int stable, bool rests)
{
	unsigned int i;
	pid_t pid;

	begin();
	for (i = 0; i < stable; i++) {
		add("v0", address(true, 4, i));
		add("v0", address(true, 6, i));
	}
	route((struct eg_link_route){ .to = "0.0.0.0/0", .hops = { { "v0", "10.0.0.2" } } });
	route((struct eg_link_route){ .to = "::/0", .hops = { { "v0", "fd01::2" } } });
	pid = fork();
	EG_NEED(pid >= 0, "fork: %s", strerror(errno));
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		flutter(rests);
	}
	return pid;
}

static void end_changes(pid_t pid)
{
	EG_CHECK(!waitpid(pid, NULL, WNOHANG), "nothing changed meanwhile");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* What stays is all there, and what else is there is one of those that come and go. */
static void check_steady(enum eg_dynamic kind, const struct eg_prefix *v, size_t n, size_t want)
{
	size_t i, stable = 0, fleeting = 0;

	for (i = 0; i < n; i++) {
		const __u8 which = v[i].addr[v[i].family == 4 ? 0 : 1];

		stable += which == (v[i].family == 4 ? 10 : 1);
		fleeting += which == (v[i].family == 4 ? 20 : 2);
	}
	EG_CHECK(stable == want, "%s: %zu of %zu that stay", names[kind], stable, want);
	EG_CHECK(stable + fleeting == n && fleeting <= 2 * FLEETING, "%s: %zu that come and go, %zu in all",
		 names[kind], fleeting, n);
}

static void test_changes(struct eg_world *w)
{
	static const enum eg_dynamic kinds[] = { SELF, SUBNETS, GATEWAY };
	const unsigned int stable = 40;
	unsigned long i, rounds = eg_test_scale(600);
	pid_t pid = begin_changes(stable, false);
	size_t k, n = 0;

	(void)w;
	for (i = 0; i < rounds; i++) {
		for (k = 0; k < EG_COUNT(kinds); k++) {
			struct eg_prefix *v = NULL;

			get(kinds[k], &v, &n);
			check_steady(kinds[k], v, n, kinds[k] == GATEWAY ? 2 : 2 * stable);
			free(v);
		}
	}
	end_changes(pid);
}

/* Too many to be read at once: it may take too long until they rest, and then the answer is an error. */
static void test_many_changes(struct eg_world *w)
{
	static const enum eg_dynamic kinds[] = { SELF, SUBNETS, GATEWAY };
	const unsigned int stable = 500;
	unsigned long i, known = 0, rounds = eg_test_matrix() ? 10 : 50;
	pid_t pid = begin_changes(stable, true);
	struct eg_err err = EG_ERR_INIT;
	struct eg_prefix *v;
	size_t n = 0;
	int r;

	(void)w;
	for (i = 0; i < 3 * rounds; i++) {
		v = NULL;
		r = eg_sets_net_get(NULL, kinds[i % 3], &v, &n, &err);
		EG_CHECK(!r || r == -EAGAIN, "%s: %s", names[kinds[i % 3]], err.what);
		EG_CHECK(!r || !v, "%s: unknown, but there is something", names[kinds[i % 3]]);
		known += !r;
		if (!r)
			check_steady(kinds[i % 3], v, n, kinds[i % 3] == GATEWAY ? 2 : 2 * stable);
		free(v);
	}
	end_changes(pid);
	EG_CHECK(known, "none of %lu answers was an answer", 3 * rounds);
	eg_test_note("%lu of %lu known", known, 3 * rounds);
	for (i = 0; i < 3; i++) {
		get(kinds[i], &v, &n);
		check_steady(kinds[i], v, n, kinds[i] == GATEWAY ? 2 : 2 * stable);
		free(v);
	}
}

/* ---- the source ---- */

static void test_resolvers(struct eg_world *w)
{
	const char *file = eg_world_file(w, "resolv.conf", "nameserver 192.0.2.53\nnameserver fe80::53%v0\n");
	struct eg_prefix *v = NULL;
	struct eg_err err = EG_ERR_INIT;
	char a[EG_ADDR_TEXT], b[EG_ADDR_TEXT];
	size_t n = 0;

	EG_CHECK(!eg_sets_net_get((void *)file, EG_DYNAMIC_RESOLVERS, &v, &n, &err), "%s", err.what);
	EG_CHECK(n == 2 && !strcmp(eg_addr_text(&v[0], a), "192.0.2.53") && !strcmp(eg_addr_text(&v[1], b), "fe80::53"),
		 "%zu servers", n);
	free(v);
	get(EG_DYNAMIC_RESOLVERS, &v, &n);
	EG_CHECK(n, "no server, not even the local one");
	free(v);
}

static void test_unprivileged(struct eg_world *w)
{
	(void)w;
	begin();
	add("v0", "192.0.2.5/24");
	route((struct eg_link_route){ .to = "0.0.0.0/0", .hops = { { "v0", "192.0.2.9" } } });
	EG_NEED(!setresuid(65534, 65534, 65534), "setresuid: %s", strerror(errno));
	expect(SELF, "192.0.2.5");
	expect(SUBNETS, "192.0.2.0/24");
	expect(GATEWAY, "192.0.2.9");
}

static const struct eg_test tests[] = {
	{ "an empty namespace has empty sets", test_empty, 0 },
	{ "an address is @self, its prefix is @local-subnets", test_addresses, 0 },
	{ "addresses of the loopback interface are @self, and no subnet", test_loopback, 0 },
	{ "a link-local address counts like any other", test_link_local, 0 },
	{ "the other end of a point-to-point link is @local-subnets", test_peers, 0 },
	{ "addresses of an interface that is down count", test_down, 0 },
	{ "routes without a gateway are @local-subnets, tunnels' defaults are not", test_link_routes, 0 },
	{ "@gateway is each next hop of each default route", test_gateways, 0 },
	{ "nexthop objects are followed", test_nexthop_objects, 0 },
	{ "thousands of addresses and routes are read", test_many, 0 },
	{ "what stays is whole while addresses come and go", test_changes, 0 },
	{ "of very many, an answer is whole or an error", test_many_changes, 0 },
	{ "@resolvers is what the file says", test_resolvers, 0 },
	{ "no privileges are needed", test_unprivileged, 0 },
};

EG_TEST_MAIN(tests)
