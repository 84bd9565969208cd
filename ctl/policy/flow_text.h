/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flow_text.h - flows as users type them: "tcp:192.0.2.1:443", "udp:[2001:db8::1]:53", "icmp:192.0.2.1",
 * "other:192.0.2.1" (a protocol that no rule names), "unix:/run/docker.sock", "unix:@name".
 */
#ifndef EG_POLICY_FLOW_TEXT_H
#define EG_POLICY_FLOW_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "egress/flow.h"

struct eg_flow_text {
	bool is_unix;
	char unix_path[108]; /* an absolute path or an @name, as typed; "" unless is_unix */
	struct eg_flow flow; /* canonical, as the kernel programs judge it; zeroed if is_unix */
};

#define EG_FLOW_TEXT_SIZE 128 /* holds every flow */

/*
 * Parses one flow. Strict: tcp and udp need a decimal port from 1 to 65535 and others have none; an IPv6
 * address before a port stands in brackets; no names, prefixes, zones or white space. A path may be anything
 * that is absolute and fits sun_path. IPv4-mapped and unspecified addresses become what they are judged as.
 * Returns 0 and fills *out; -EINVAL and a message in why[] with *out untouched.
 */
int eg_flow_text_parse(const char *text, struct eg_flow_text *out, char *why, size_t why_size);

/* The flow as text that parses to the same flow; IPv6 in brackets always. Returns buf. */
char *eg_flow_text_print(const struct eg_flow_text *flow, char *buf, size_t size);

#endif
