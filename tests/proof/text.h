/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * text.h - policies and flows of naive.h as a user would type them.
 */
#ifndef EG_PROOF_TEXT_H
#define EG_PROOF_TEXT_H

#include "naive.h"

/*
 * The policy as a file has it, [policy] with just the default and "head" (lines, or "") first. Rules are named r0
 * and on. The files of sets are written to the directory; NULL: their addresses stand in the policy. The caller
 * frees it.
 */
char *text_policy(const struct naive_policy *policy, const char *head, const char *dir);

#define TEXT_FLOW_SIZE 64

/* "tcp:[2001:db8::1]:443", as "check" takes it if the port is not 0. Returns buf, of TEXT_FLOW_SIZE. */
const char *text_flow(const struct naive_flow *flow, char *buf);

/* "allowed by rule 3, plen 128". Returns buf, of TEXT_FLOW_SIZE. */
const char *text_verdict(const struct naive_verdict *verdict, char *buf);

#endif
