/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * probe.c - one socket call, and what the kernel said to it: for the demo, the e2e tests and the matrix.
 *
 * Addresses are numbers only, so that it links statically and asks no resolver.
 * Exit status: 0 allowed, 4 denied (EACCES or EPERM), 1 anything else, 2 usage.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 3 /* seconds: a dropped packet must not hang a test */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static int usage(void)
{
	fputs("usage: probe tcp|udp|sendto HOST PORT\n"
	      "       probe listen tcp|udp HOST PORT [SECONDS]\n"
	      "       probe socket raw|ping|udplite|sctp\n"
	      "       probe loopback\n",
	      stderr);
	return 2;
}

static socklen_t parse(const char *host, const char *port, union address *to)
{
	char *end;
	unsigned long n = strtoul(port, &end, 10);

	memset(to, 0, sizeof(*to));
	if (!*port || *end || n > 65535)
		return 0;
	if (inet_pton(AF_INET, host, &to->v4.sin_addr) == 1) {
		to->v4.sin_family = AF_INET;
		to->v4.sin_port = htons((in_port_t)n);
		return sizeof(to->v4);
	}
	if (inet_pton(AF_INET6, host, &to->v6.sin6_addr) != 1)
		return 0;
	to->v6.sin6_family = AF_INET6;
	to->v6.sin6_port = htons((in_port_t)n);
	return sizeof(to->v6);
}

/* "WHAT: connected in 12 us" or "WHAT: EACCES (Permission denied) in 3 us" */
static int tell(const char *what, const char *done, int error, long long ns)
{
	printf("%s: ", what);
	if (error)
		printf("%s (%s)", strerrorname_np(error), strerror(error));
	else
		printf("%s", done);
	printf(" in %lld us\n", (ns + 500) / 1000);
	if (fflush(stdout))
		return 1;
	return !error ? 0 : error == EACCES || error == EPERM ? 4 : 1;
}

static int reach(const char *how, const char *host, const char *port)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	int connects = strcmp(how, "sendto"), fd, r;
	union address to;
	socklen_t len = parse(host, port, &to);
	char what[128];
	long long start;

	if (!len)
		return usage();
	snprintf(what, sizeof(what), "%s %s", host, port);
	fd = socket(to.any.sa_family, (strcmp(how, "tcp") ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return tell(what, "", errno, 0);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	start = now_ns();
	r = connects ? connect(fd, &to.any, len) : (int)sendto(fd, "probe", 5, 0, &to.any, len);
	return tell(what, connects ? "connected" : "sent", r < 0 ? errno : 0, now_ns() - start);
}

static int make(const char *kind)
{
	static const struct {
		const char *name;
		int type, protocol;
	} kinds[] = {
		{ "raw", SOCK_RAW, IPPROTO_RAW },
		{ "ping", SOCK_DGRAM, IPPROTO_ICMP },
		{ "udplite", SOCK_DGRAM, IPPROTO_UDPLITE },
		{ "sctp", SOCK_STREAM, IPPROTO_SCTP },
	};
	long long start;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, kind))
			continue;
		start = now_ns();
		fd = socket(AF_INET, kinds[i].type, kinds[i].protocol);
		return tell(kind, "made", fd < 0 ? errno : 0, now_ns() - start);
	}
	return usage();
}

static int serve(const char *kind, const char *host, const char *port, const char *seconds)
{
	int stream = !strcmp(kind, "tcp"), one = 1, fd, peer;
	union address at, from;
	socklen_t len = parse(host, port, &at), from_len;
	char text[2048];
	ssize_t n;

	if (!len || (!stream && strcmp(kind, "udp")))
		return usage();
	fd = socket(at.any.sa_family, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, &at.any, len) || (stream && listen(fd, 128))) {
		fprintf(stderr, "probe: cannot listen on %s %s: %s\n", host, port, strerror(errno));
		return 1;
	}
	alarm(seconds ? (unsigned int)atoi(seconds) : 0);
	puts("ready");
	fflush(stdout);
	for (;;) {
		from_len = sizeof(from);
		if (stream) {
			peer = accept(fd, NULL, NULL);
			send(peer, "hello\n", 6, MSG_NOSIGNAL);
			close(peer);
		} else {
			n = recvfrom(fd, text, sizeof(text), 0, &from.any, &from_len);
			if (n >= 0)
				sendto(fd, text, (size_t)n, 0, &from.any, from_len);
		}
	}
}

/* A new network namespace has its loopback down, and not every machine has ip(8). */
static int raise_loopback(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	if (!ioctl(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), SIOCSIFFLAGS, &lo))
		return 0;
	fprintf(stderr, "probe: cannot set lo up: %s\n", strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "loopback"))
		return raise_loopback();
	if (argc == 3 && !strcmp(argv[1], "socket"))
		return make(argv[2]);
	if ((argc == 5 || argc == 6) && !strcmp(argv[1], "listen"))
		return serve(argv[2], argv[3], argv[4], argv[5]);
	if (argc == 4 && (!strcmp(argv[1], "tcp") || !strcmp(argv[1], "udp") || !strcmp(argv[1], "sendto")))
		return reach(argv[1], argv[2], argv[3]);
	return usage();
}
