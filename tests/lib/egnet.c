/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "egnet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "egtest.h"

#define PATIENCE_MS 2000
#define LO 1 /* index of the loopback in every namespace */

/* ---- the namespace ---- */

struct request {
	struct nlmsghdr head;
	union {
		struct rtmsg route;
		struct ifaddrmsg addr;
	};
	char room[64];
};

static void add_attr(struct request *q, unsigned short type, const void *data, unsigned short len)
{
	struct rtattr *a = (void *)((char *)q + NLMSG_ALIGN(q->head.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(a), data, len);
	q->head.nlmsg_len = NLMSG_ALIGN(q->head.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

static int ask(struct request *q)
{
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct {
		struct nlmsghdr head;
		struct nlmsgerr err;
		char room[256];
	} answer;

	q->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE;
	if (fd < 0 || send(fd, q, q->head.nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return errno;
	return answer.head.nlmsg_type == NLMSG_ERROR ? -answer.err.error : EPROTO;
}

static int make_all_local(unsigned char family)
{
	struct request q = { .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(q.route)), .nlmsg_type = RTM_NEWROUTE },
			     .route = { .rtm_family = family,
					.rtm_table = RT_TABLE_LOCAL,
					.rtm_protocol = RTPROT_BOOT,
					.rtm_scope = RT_SCOPE_HOST,
					.rtm_type = RTN_LOCAL } };
	const unsigned int lo = LO;

	add_attr(&q, RTA_OIF, &lo, sizeof(lo));
	return ask(&q);
}

static int add_address6(const char *text)
{
	struct request q = { .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(q.addr)), .nlmsg_type = RTM_NEWADDR },
			     .addr = { .ifa_family = AF_INET6, .ifa_prefixlen = 64, .ifa_index = LO } };
	struct in6_addr addr;

	inet_pton(AF_INET6, text, &addr);
	add_attr(&q, IFA_LOCAL, &addr, sizeof(addr));
	return ask(&q);
}

void eg_net_begin(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	cleanup_close int fd = -1, range = -1;
	int r;

	EG_NEED(!unshare(CLONE_NEWNET), "unshare: %s", strerror(errno));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	EG_NEED(fd >= 0 && !ioctl(fd, SIOCSIFFLAGS, &lo), "loopback up: %s", strerror(errno));
	r = make_all_local(AF_INET);
	EG_NEED(!r, "local 0.0.0.0/0: %s", strerror(r));
	r = add_address6("fd00::1");
	EG_NEED(!r, "fd00::1: %s", strerror(r));
	r = make_all_local(AF_INET6);
	EG_NEED(!r, "local ::/0: %s", strerror(r));
	range = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);
	EG_NEED(range >= 0 && write(range, "0 65535", 7) == 7, "ping_group_range: %s", strerror(errno));
}

/* ---- sockets ---- */

socklen_t eg_net_address(const char *addr, unsigned int port, struct sockaddr_storage *out)
{
	struct sockaddr_in *in = (void *)out;
	struct sockaddr_in6 *in6 = (void *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, addr, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((unsigned short)port);
		return sizeof(*in);
	}
	EG_NEED(inet_pton(AF_INET6, addr, &in6->sin6_addr) == 1, "'%s' is no address", addr);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons((unsigned short)port);
	return sizeof(*in6);
}

int eg_net_listen(int type, const char *addr, unsigned int port, unsigned int *got)
{
	struct sockaddr_storage at;
	socklen_t len = eg_net_address(addr, port, &at);
	int fd = socket(at.ss_family, type | SOCK_CLOEXEC, 0), one = 1;

	EG_NEED(fd >= 0, "socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	EG_NEED(!bind(fd, (void *)&at, len), "bind %s %u: %s", addr, port, strerror(errno));
	EG_NEED(type != SOCK_STREAM || !listen(fd, 128), "listen: %s", strerror(errno));
	len = sizeof(at);
	getsockname(fd, (void *)&at, &len);
	if (got)
		*got = ntohs(at.ss_family == AF_INET ? ((struct sockaddr_in *)&at)->sin_port
						     : ((struct sockaddr_in6 *)&at)->sin6_port);
	return fd;
}

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static int connect_nb(int fd, const struct sockaddr_storage *to, socklen_t len)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
	int error = 0;
	socklen_t size = sizeof(error);

	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (!connect(fd, (const void *)to, len))
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (poll(&poll_fd, 1, PATIENCE_MS) != 1)
		return ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) ? errno : error;
}

static int send_message(int fd, const struct sockaddr_storage *to, socklen_t len, bool many)
{
	struct iovec iov = { .iov_base = (char[]){ "x" }, .iov_len = 1 };
	struct mmsghdr msg = { .msg_hdr = {
				       .msg_name = (void *)to, .msg_namelen = len, .msg_iov = &iov, .msg_iovlen = 1 } };

	return result(many ? sendmmsg(fd, &msg, 1, 0) : sendmsg(fd, &msg.msg_hdr, 0));
}

static int send_unspec(int fd, struct sockaddr_storage *to, socklen_t len)
{
	to->ss_family = AF_UNSPEC;
	return result(sendto(fd, "x", 1, 0, (void *)to, len));
}

static int reconnect(int fd, const struct sockaddr_storage *to, socklen_t len)
{
	const struct sockaddr dissolve = { .sa_family = AF_UNSPEC };

	(void)connect(fd, (const void *)to, len);
	if (connect(fd, &dissolve, sizeof(dissolve)))
		return EPROTO;
	return result(connect(fd, (const void *)to, len));
}

static int send_connected(int fd, const struct eg_probe *p, const struct sockaddr_storage *to, socklen_t len)
{
	struct sockaddr_storage self;
	socklen_t size = eg_net_address(p->family == AF_INET ? "127.0.0.1" : "::1", 9, &self);

	if (connect(fd, (void *)&self, size))
		return EPROTO;
	return result(sendto(fd, "x", 1, 0, (const void *)to, len));
}

static int bind_any(int fd, int family)
{
	const struct sockaddr_storage any = { .ss_family = (sa_family_t)family };

	return bind(fd, (const void *)&any,
		    family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
}

static int try_on(int fd, const struct eg_probe *p)
{
	struct sockaddr_storage to;
	socklen_t len = eg_net_address(p->addr, p->port, &to);

	switch (p->how) {
	case EG_CONNECT_NB:
		return connect_nb(fd, &to, len);
	case EG_CONNECT_BOUND:
		if (bind_any(fd, p->family))
			return EPROTO;
		return result(connect(fd, (void *)&to, len));
	case EG_RECONNECT:
		return reconnect(fd, &to, len);
	case EG_FASTOPEN:
		return result(sendto(fd, "x", 1, MSG_FASTOPEN, (void *)&to, len));
	case EG_SENDTO:
		return result(sendto(fd, "x", 1, 0, (void *)&to, len));
	case EG_SENDMSG:
		return send_message(fd, &to, len, false);
	case EG_SENDMMSG:
		return send_message(fd, &to, len, true);
	case EG_SENDTO_UNSPEC:
		return send_unspec(fd, &to, len);
	case EG_CONNECTED_SENDTO:
		return send_connected(fd, p, &to, len);
	default:
		return result(connect(fd, (void *)&to, len));
	}
}

int eg_net_try(const struct eg_probe *p)
{
	const struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	cleanup_close int fd = socket(p->family, p->type | SOCK_CLOEXEC, p->protocol);

	if (fd < 0)
		return errno;
	if (p->how == EG_SOCKET)
		return 0;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return try_on(fd, p);
}

const char *eg_net_words(const struct eg_probe *p)
{
	static const char *const hows[] = {
		[EG_CONNECT] = "connect",
		[EG_CONNECT_NB] = "non-blocking connect",
		[EG_CONNECT_BOUND] = "bound connect",
		[EG_RECONNECT] = "second connect",
		[EG_FASTOPEN] = "fast open",
		[EG_SENDTO] = "sendto",
		[EG_SENDMSG] = "sendmsg",
		[EG_SENDMMSG] = "sendmmsg",
		[EG_SENDTO_UNSPEC] = "sendto AF_UNSPEC",
		[EG_CONNECTED_SENDTO] = "connected sendto",
		[EG_SOCKET] = "socket",
	};

	return eg_world_str("%s (family %d, type %d, protocol %d) %s %u", hows[p->how], p->family, p->type, p->protocol,
			    p->addr, p->port);
}
