/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "net/nl.h"

#include <errno.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>
#include <time.h>

/*
 * The kernel makes the parts of a dump as large as the largest buffer that it has seen on the socket, up to this. A
 * dump of one part is whole. Between parts a list may move under the kernel's cursor; mostly it says so, but
 * from 6.9 on it takes an address off the list some time before it counts that as a change (seen on 6.18), and
 * IPv6 routes are never counted.
 */
#define BUFFER_SIZE (32 << 10)
#define ONE_PART (24 << 10) /* bytes of answers that surely fit in one */

static void free_socket(struct nl_sock **sk)
{
	nl_socket_free(*sk);
}

#define cleanup_socket __attribute__((cleanup(free_socket)))

/* libnl has error numbers of its own. */
static int to_errno(int nle)
{
	return nle == -NLE_NOMEM ? -ENOMEM : nle == -NLE_PERM ? -EPERM : -EIO;
}

/* ---- tries ---- */

/* An exchange that says nothing, for the kernel to see the buffer: the first part of the first dump would be small. */
static int prime(struct nl_sock *sk)
{
	int r = nl_send_simple(sk, NLMSG_NOOP, NLM_F_ACK, NULL, 0);

	return r < 0 ? r : nl_wait_for_ack(sk);
}

/* The second try comes at once: what interrupts a dump is usually over with it. Then after 1, 2, 4 ms. */
static void pause_before(unsigned int again)
{
	struct timespec t = { 0 };

	if (again <= 1)
		return;
	t.tv_nsec = 1000000L << (again - 1);
	nanosleep(&t, NULL);
}

static int read_again(struct nl_sock *sk, int (*read)(struct nl_sock *sk, void *arg, struct eg_err *err), void *arg,
		      struct eg_err *err)
{
	unsigned int i;
	int r = -EAGAIN;

	for (i = 0; r == -EAGAIN && i < EG_NL_TRIES; i++) {
		pause_before(i);
		r = read(sk, arg, err);
	}
	if (r != -EAGAIN)
		return r;
	eg_wrap(err, "gave up after %u attempts", EG_NL_TRIES);
	eg_err_hint(err, "try again when the network of this host is at rest");
	return r;
}

int eg_nl_read(int protocol, int (*read)(struct nl_sock *sk, void *arg, struct eg_err *err), void *arg,
	       struct eg_err *err)
{
	cleanup_socket struct nl_sock *sk = nl_socket_alloc();
	struct eg_err why = EG_ERR_INIT; /* a try that fails leaves words, and the next may succeed */
	int r;

	if (!sk)
		return eg_fail(err, -ENOMEM, "netlink: no memory for a socket");
	r = nl_connect(sk, protocol);
	if (!r)
		r = nl_socket_set_msg_buf_size(sk, BUFFER_SIZE);
	if (!r)
		r = prime(sk);
	if (r < 0)
		return eg_fail(err, to_errno(r), "netlink: cannot open a socket: %s", nl_geterror(r));
	r = read_again(sk, read, arg, &why);
	if (r && err)
		*err = why;
	return r;
}

/* ---- a dump ---- */

struct progress {
	const struct eg_nl_dump *dump;
	size_t bytes; /* of answers */
	int read;     /* what each() says */
	int kernel;   /* what the kernel says: 0 or -errno */
};

static int on_object(struct nl_msg *msg, void *arg)
{
	struct progress *p = arg;

	p->bytes += nlmsg_hdr(msg)->nlmsg_len;
	if (!p->read)
		p->read = p->dump->each(p->dump->arg, nlmsg_hdr(msg));
	return NL_OK;
}

static int on_refusal(struct sockaddr_nl *from, struct nlmsgerr *refusal, void *arg)
{
	struct progress *p = arg;

	(void)from;
	p->kernel = refusal->error;
	return NL_STOP;
}

/* A dump that the kernel gave up ends like any other, but for a number that libnl does not look at. */
static int on_end(struct nl_msg *msg, void *arg)
{
	struct progress *p = arg;
	int result = 0;

	if (nlmsg_datalen(nlmsg_hdr(msg)) >= (int)sizeof(result))
		memcpy(&result, nlmsg_data(nlmsg_hdr(msg)), sizeof(result));
	if (result < 0)
		p->kernel = result;
	return NL_OK;
}

static int exchange(struct nl_sock *sk, const struct eg_nl_dump *d, struct progress *p)
{
	int r;

	nl_socket_modify_cb(sk, NL_CB_VALID, NL_CB_CUSTOM, on_object, p);
	nl_socket_modify_cb(sk, NL_CB_FINISH, NL_CB_CUSTOM, on_end, p);
	nl_socket_modify_err_cb(sk, NL_CB_CUSTOM, on_refusal, p);
	r = nl_send_simple(sk, d->type, NLM_F_DUMP, (void *)d->head, d->head_len);
	return r < 0 ? r : nl_recvmsgs_default(sk);
}

int eg_nl_dump(struct nl_sock *sk, const struct eg_nl_dump *d, struct eg_err *err)
{
	struct progress p = { .dump = d };
	int r = exchange(sk, d, &p);

	if (p.kernel)
		return eg_fail(err, p.kernel, "netlink: cannot read the %s: %s", d->what, strerror(-p.kernel));
	if (r == -NLE_DUMP_INTR || (r >= 0 && p.read == -EAGAIN))
		return eg_fail(err, -EAGAIN, "netlink: cannot read the %s: they changed meanwhile", d->what);
	if (r < 0)
		return eg_fail(err, to_errno(r), "netlink: cannot read the %s: %s", d->what, nl_geterror(r));
	if (p.read)
		return eg_fail(err, p.read, "netlink: cannot read the %s: %s", d->what, strerror(-p.read));
	return p.bytes > ONE_PART;
}

bool eg_nl_prefix(int family, const struct nlattr *attr, unsigned int len, struct eg_prefix *out)
{
	const unsigned int size = family == AF_INET ? 4 : 16;

	if (family != AF_INET && family != AF_INET6)
		return false;
	if (len > 8 * size || (attr && nla_len(attr) != (int)size))
		return false;
	*out = (struct eg_prefix){ .family = family == AF_INET ? 4 : 6, .len = (__u8)len };
	if (attr)
		memcpy(out->addr, nla_data(attr), size);
	return true;
}
