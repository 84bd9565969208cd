/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * answer.h - what a policy says to one flow, and which line of it says so.
 */
#ifndef EG_POLICY_ANSWER_H
#define EG_POLICY_ANSWER_H

#include "policy/tables.h"

struct eg_answer {
	bool allow; /* what enforcing does, in audit mode too */
	enum eg_reason reason;
	const struct eg_rule *rule; /* into the policy; NULL: a default decides, or the kind of socket */
	unsigned int plen;	    /* of the prefix by which the rule matches, IPv4 counts 96 more; 0 without a rule */
	unsigned int line;	    /* of the rule or of the default that decides; 0: it stands nowhere */
	const char *because;	    /* why, when it is not a rule; NULL when it is */
};

/* Asks the policy and what it was compiled to. Flows to AF_UNIX sockets need no tables. */
void eg_answer_get(const struct eg_policy *policy, const struct eg_tables *tables, const struct eg_flow_text *flow,
		   struct eg_answer *answer);

#define EG_ANSWER_TEXT 512 /* holds every answer, but for the path of the file */

/*
 * The answer in one line:
 *   denied by [deny metadata] (ci.ini:24)
 *   denied: no rule allows it, and the default is deny (ci.ini:9)
 * file NULL: "(line 24)". Returns buf.
 */
char *eg_answer_text(const struct eg_answer *answer, const char *file, char *buf, size_t size);

/* The reason as JSON and tables give it (EG_REASONS), and the kind of a rule: "allow" or "deny". */
const char *eg_answer_reason(enum eg_reason reason);
const char *eg_answer_kind(const struct eg_rule *rule);

#endif
