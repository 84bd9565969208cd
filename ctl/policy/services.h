/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * services.h - the names of /etc/services.
 *
 * Read from the file, not by getservbyname: that one fails in a static glibc, and a policy must not
 * mean something else because NSS asks a directory server.
 */
#ifndef EG_POLICY_SERVICES_H
#define EG_POLICY_SERVICES_H

#include "policy/policy.h"

#define EG_SERVICES_FILE "/etc/services"

struct eg_service {
	const char *name; /* into eg_services.text */
	__u16 port;	  /* host order */
	__u8 protos;	  /* EG_PROTO_TCP or EG_PROTO_UDP */
};

struct eg_services {
	char *text;	      /* owned */
	struct eg_service *v; /* owned; by name, then as in the file */
	size_t n;
};

/* Loads a file in the format of services(5). Lines that do not fit it are passed over. */
int eg_services_load(const char *file, struct eg_services *out, struct eg_err *err);

/*
 * Looks a name or alias up, case-sensitive. The first entry of a protocol counts. Returns how many
 * ranges of one port it put into out: 0 when unknown, 1, or 2 when tcp and udp differ.
 */
size_t eg_services_find(const struct eg_services *services, const char *name, struct eg_port_range out[2]);

/* Leaves services empty: no names that it gave may be used any more. */
void eg_services_free(struct eg_services *services);

#endif
