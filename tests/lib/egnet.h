/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * egnet.h - a network namespace where every address answers, and sockets in it.
 */
#ifndef EG_NET_H
#define EG_NET_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/*
 * Puts the process into a new network namespace: loopback up, all of IPv4 and IPv6 local to it, ping sockets
 * allowed. So 203.0.113.7 refuses or answers like the loopback, and what is listening on "any" is there too.
 */
void eg_net_begin(void);

/* Fills an address; its family is that of the text. Returns its length. port: host order. */
socklen_t eg_net_address(const char *addr, unsigned int port, struct sockaddr_storage *out);

/* A listening (TCP) or bound (UDP) socket; port 0 takes any. *port gets it. */
int eg_net_listen(int type, const char *addr, unsigned int port, unsigned int *got);

/* How a process tries to send something somewhere. */
enum eg_how {
	EG_CONNECT,	  /* connect */
	EG_CONNECT_NB,	  /* non-blocking, then wait for the outcome */
	EG_CONNECT_BOUND, /* bound before */
	EG_RECONNECT,	  /* connect; dissolve; connect again: that one's outcome */
	EG_FASTOPEN,	  /* sendto with MSG_FASTOPEN */
	EG_SENDTO,
	EG_SENDMSG,
	EG_SENDMMSG,
	EG_SENDTO_UNSPEC,    /* an AF_INET address that says AF_UNSPEC */
	EG_CONNECTED_SENDTO, /* connected to itself, then sendto */
	EG_SOCKET,	     /* only make the socket */
};

struct eg_probe {
	enum eg_how how;
	int family; /* of the socket; that of the address may differ */
	int type;
	int protocol;
	char addr[48];
	unsigned int port;
};

/* The usual ones: { EG_TCP4, "192.0.2.1", 443 }. */
#define EG_TCP4 EG_CONNECT, AF_INET, SOCK_STREAM, IPPROTO_TCP
#define EG_TCP6 EG_CONNECT, AF_INET6, SOCK_STREAM, IPPROTO_TCP
#define EG_UDP4 EG_CONNECT, AF_INET, SOCK_DGRAM, IPPROTO_UDP
#define EG_UDP6 EG_CONNECT, AF_INET6, SOCK_DGRAM, IPPROTO_UDP
#define EG_SENDTO4 EG_SENDTO, AF_INET, SOCK_DGRAM, IPPROTO_UDP
#define EG_SENDTO6 EG_SENDTO, AF_INET6, SOCK_DGRAM, IPPROTO_UDP

/* Returns 0 or a positive errno. Never blocks for more than two seconds. */
int eg_net_try(const struct eg_probe *probe);

/* What a probe is, in words. */
const char *eg_net_words(const struct eg_probe *probe);

#endif
