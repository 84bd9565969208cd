/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_reach.c - whom a policy judges and whom it leaves alone: other families, answers, children, other cgroups.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "egprobe.h"
#include "egtest.h"
#include "egtool.h"

#define DENY_ALL "default = deny\n"

/* ---- what a policy must leave alone ---- */

static int other_families(void *arg)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int pair[2], server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
	int netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), gram = socket(AF_UNIX, SOCK_DGRAM, 0);

	(void)arg;
	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "egt-%d", getpid());
	EG_CHECK(!bind(server, (void *)&name, sizeof(name)) && !listen(server, 1), "listen: %s", strerror(errno));
	EG_CHECK(!connect(client, (void *)&name, sizeof(name)), "connect AF_UNIX: %s", strerror(errno));
	EG_CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair) && write(pair[0], "x", 1) == 1, "socketpair: %s",
		 strerror(errno));
	EG_CHECK(netlink >= 0 && !connect(netlink, (void *)&kernel, sizeof(kernel)), "netlink: %s", strerror(errno));
	EG_CHECK(gram >= 0, "AF_UNIX datagrams: %s", strerror(errno));
	return 0;
}

static void test_other_families(struct eg_world *w)
{
	eg_world_cgroup(w, "a");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", DENY_ALL));
	EG_CHECK(!eg_world_in(w, "a", other_families, NULL), "the process died");
}

struct talk {
	const char *addr;
	unsigned int port;
	int type;
};

static int say_hello(void *arg)
{
	const struct talk *talk = arg;
	const struct timeval patience = { .tv_sec = 5 };
	struct sockaddr_storage to;
	socklen_t len = eg_net_address(talk->addr, talk->port, &to);
	int fd = socket(to.ss_family, talk->type, 0);
	char answer[8] = "";

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (void *)&to, len) || write(fd, "hello", 5) != 5)
		return errno;
	return read(fd, answer, 7) == 7 && !memcmp(answer, "goodbye", 7) ? 0 : 1;
}

static void answer_hello(int fd, int type)
{
	int peer = type == SOCK_STREAM ? accept(fd, NULL, NULL) : fd;
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char text[8] = "";

	if (recvfrom(peer, text, sizeof(text), 0, (void *)&from, &len) != 5 || memcmp(text, "hello", 5))
		_exit(1);
	_exit(sendto(peer, "goodbye", 7, 0, type == SOCK_STREAM ? NULL : (void *)&from, len) == 7 ? 0 : 1);
}

static void exchange(struct eg_world *w, int type, const char *listen_at, const char *addr)
{
	struct talk talk = { .addr = addr, .type = type };
	int fd = eg_net_listen(type, listen_at, 0, &talk.port), r;

	eg_tool_apply(w, eg_world_policy(w, "p", "a", DENY_ALL "[allow one]\nto = %s\nport = %u\n", addr, talk.port));
	if (!fork())
		answer_hello(fd, type);
	close(fd);
	r = eg_world_in(w, "a", say_hello, &talk);
	EG_CHECK(!r, "type %d to %s: %s", type, addr, strerror(r));
}

static void test_exchange(struct eg_world *w)
{
	eg_world_cgroup(w, "a");
	exchange(w, SOCK_STREAM, "127.0.0.1", "127.0.0.1");
	exchange(w, SOCK_STREAM, "::", "::1");
	exchange(w, SOCK_STREAM, "::", "203.0.113.9");
	exchange(w, SOCK_DGRAM, "127.0.0.1", "127.0.0.1");
	exchange(w, SOCK_DGRAM, "::1", "::1");
}

/* A process that may connect nowhere still serves: answers are no new flows. */
static int serve_one(void *arg)
{
	answer_hello(*(int *)arg, SOCK_STREAM);
	return 1;
}

static void test_serving(struct eg_world *w)
{
	struct talk talk = { .addr = "127.0.0.1", .type = SOCK_STREAM };
	int fd = eg_net_listen(SOCK_STREAM, "127.0.0.1", 0, &talk.port);
	pid_t pid;

	eg_world_cgroup(w, "a");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", DENY_ALL));
	pid = fork();
	if (!pid) {
		eg_world_enter(w, "a");
		_exit(serve_one(&fd));
	}
	EG_CHECK(!eg_world_in(w, "main", say_hello, &talk), "no answer from a policed server");
}

/* ---- where a policy reaches ---- */

static const struct eg_expect denied_rows[] = {
	{ { EG_TCP4, "203.0.113.1", 80 }, false },
	{ { EG_TCP6, "2001:db8::1", 80 }, false },
	{ { EG_SENDTO4, "203.0.113.1", 80 }, false },
	{ { EG_TCP4, "203.0.113.2", 80 }, true },
};

static void test_children(struct eg_world *w)
{
	eg_world_cgroup(w, "a");
	eg_world_cgroup(w, "a/before");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", "default = allow\n[deny one]\nto = 203.0.113.1, 2001:db8::1\n"));
	eg_world_cgroup(w, "a/after");
	eg_world_cgroup(w, "a/after/below");
	eg_probe_expect(w, "a", denied_rows, EG_COUNT(denied_rows), w->denied);
	eg_probe_expect(w, "a/before", denied_rows, EG_COUNT(denied_rows), w->denied);
	eg_probe_expect(w, "a/after", denied_rows, EG_COUNT(denied_rows), w->denied);
	eg_probe_expect(w, "a/after/below", denied_rows, EG_COUNT(denied_rows), w->denied);
}

static int in_new_namespace(void *arg)
{
	struct eg_world *w = arg;
	size_t i;

	eg_net_begin();
	for (i = 0; i < EG_COUNT(denied_rows); i++) {
		int r = eg_net_try(&denied_rows[i].probe);

		EG_CHECK((r == w->denied) == !denied_rows[i].passes, "%s: %s", eg_net_words(&denied_rows[i].probe),
			 strerror(r));
	}
	return 0;
}

static void test_namespace(struct eg_world *w)
{
	eg_world_cgroup(w, "a");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", "default = allow\n[deny one]\nto = 203.0.113.1, 2001:db8::1\n"));
	EG_CHECK(!eg_world_in(w, "a", in_new_namespace, w), "the process died");
}

static void test_ancestors(struct eg_world *w)
{
	static const struct eg_expect inner[] = {
		{ { EG_TCP4, "203.0.113.1", 80 }, false }, /* outer only */
		{ { EG_TCP4, "203.0.113.2", 80 }, true },  /* both */
		{ { EG_TCP4, "203.0.113.3", 80 }, false }, /* inner only */
		{ { EG_TCP4, "203.0.113.4", 80 }, false }, /* neither */
	};
	static const struct eg_expect outer[] = {
		{ { EG_TCP4, "203.0.113.1", 80 }, true },
		{ { EG_TCP4, "203.0.113.2", 80 }, true },
		{ { EG_TCP4, "203.0.113.3", 80 }, false },
	};

	eg_world_cgroup(w, "a");
	eg_world_cgroup(w, "a/b");
	eg_tool_apply(w, eg_world_policy(w, "outer", "a", DENY_ALL "[allow o]\nto = 203.0.113.1, 203.0.113.2\n"));
	eg_tool_apply(w, eg_world_policy(w, "inner", "a/b", DENY_ALL "[allow i]\nto = 203.0.113.2, 203.0.113.3\n"));
	eg_probe_expect(w, "a/b", inner, EG_COUNT(inner), w->denied);
	EG_CHECK(eg_tool_hits(w, "outer", "allow o") == 2, "outer allowed %lld", eg_tool_hits(w, "outer", "allow o"));
	EG_CHECK(eg_tool_hits(w, "outer", "default") == 2, "outer denied %lld", eg_tool_hits(w, "outer", "default"));
	EG_CHECK(eg_tool_hits(w, "inner", "allow i") == 2, "inner allowed %lld", eg_tool_hits(w, "inner", "allow i"));
	EG_CHECK(eg_tool_hits(w, "inner", "default") == 2, "inner denied %lld", eg_tool_hits(w, "inner", "default"));
	eg_probe_expect(w, "a", outer, EG_COUNT(outer), w->denied);
}

static void test_siblings(struct eg_world *w)
{
	static const struct eg_expect free_rows[] = { { { EG_TCP4, "203.0.113.1", 80 }, true },
						      { { EG_SENDTO6, "2001:db8::1", 80 }, true } };

	eg_world_cgroup(w, "a");
	eg_world_cgroup(w, "b");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", DENY_ALL));
	eg_probe_expect(w, "b", free_rows, EG_COUNT(free_rows), w->denied);
	eg_probe_expect(w, "main", free_rows, EG_COUNT(free_rows), w->denied);
}

static const struct eg_test tests[] = {
	{ "AF_UNIX, netlink and socketpair are left alone", test_other_families, 0 },
	{ "an allowed connection carries data both ways", test_exchange, 0 },
	{ "a server that may connect nowhere still answers", test_serving, 0 },
	{ "child cgroups obey, made before or after", test_children, 0 },
	{ "a new network namespace is no way out", test_namespace, 0 },
	{ "every ancestor must allow, and each counts once", test_ancestors, 0 },
	{ "other cgroups are not touched", test_siblings, 0 },
};

EG_TEST_MAIN(tests)
