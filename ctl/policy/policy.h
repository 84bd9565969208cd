/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * policy.h - a policy as the file says it: what parse makes and compile reads.
 */
#ifndef EG_POLICY_POLICY_H
#define EG_POLICY_POLICY_H

#include "base/addr.h"
#include "base/diag.h"
#include "base/err.h"
#include "egress/abi.h"
#include "policy/dynamic.h"
#include "policy/flow_text.h"

/* Both ends belong to it. */
struct eg_port_range {
	__u16 lo, hi; /* host order, 1-65535 */
	__u8 protos;  /* enum eg_proto_bits: a service name counts for the protocols it is listed for */
};

/* The enums of keys follow the order of their texts in policy_text.c. */
enum eg_mode {
	EG_MODE_ENFORCE,
	EG_MODE_AUDIT,
};

enum eg_existing {
	EG_EXISTING_KEEP,
	EG_EXISTING_REPORT,
	EG_EXISTING_KILL,
};

enum eg_backstop {
	EG_BACKSTOP_AUTO,
	EG_BACKSTOP_YES,
	EG_BACKSTOP_NO,
};

enum eg_proto_bits {
	EG_PROTO_TCP = 1 << EG_CLASS_TCP,
	EG_PROTO_UDP = 1 << EG_CLASS_UDP,
	EG_PROTO_ICMP = 1 << EG_CLASS_ICMP,
	EG_PROTO_ALL = (1 << EG_CLASSES) - 1, /* no proto and no port: everything */
};

/* Limits of what is read, beside those of abi.h on what is compiled. Each one is named in the error. */
enum eg_policy_limits {
	EG_WRITTEN_MAX = 8 << 20, /* prefixes of a policy as written, those of all set files included */
};

#define EG_NO_SET 0xffffffffu

/* A word of an address list: any, a prefix, a range, or @NAME. */
struct eg_addr_word {
	struct eg_span at;
	size_t first, n; /* what it stands for in eg_addrs.v; 0: any, or a set */
	__u32 set;	 /* index into eg_policy.sets, or EG_NO_SET */
};

/* The addresses of one "to", "except" or set, as written: a range is the prefixes that make it up. */
struct eg_addrs {
	bool any;	     /* every address of both families */
	struct eg_prefix *v; /* owned; may stand beside any, and is then the longer match */
	size_t n;
	struct eg_addr_word *words; /* owned; what a set's file holds has none */
	size_t n_words;
};

struct eg_set {
	char name[EG_RULE_NAME_SIZE]; /* without the "@" */
	struct eg_span at;	      /* the section header; line 0: built in */
	struct eg_addrs to, except;
	bool used;    /* by a rule, or by another set */
	bool dynamic; /* resolved when it was read: @resolvers and the like */
};

struct eg_rule {
	char name[EG_RULE_NAME_SIZE];
	enum eg_cell_kind kind; /* EG_CELL_ALLOW or EG_CELL_DENY */
	struct eg_span at;	/* the section header */
	struct eg_addrs to;	/* without "to": any */
	struct eg_addrs except; /* taken out of this rule */
	char **unix_paths;	/* owned; not empty: a rule for AF_UNIX, which has nothing else */
	size_t n_unix;
	struct eg_port_range *ports; /* owned; empty: every port */
	size_t n_ports;
	unsigned int protos; /* enum eg_proto_bits, never 0 */
};

/* A key whose enforcement does not exist yet, or that the kernel may lack: apply refuses it. */
struct eg_unsupported {
	struct eg_span at;
	char *what; /* "unix-default = deny", owned */
	char *why;  /* owned */
};

/* One word of [expect]. */
struct eg_expectation {
	struct eg_flow_text flow;
	bool allow;
	struct eg_span at;
};

struct eg_cgroup_ref {
	char *path; /* owned, as written */
	struct eg_span at;
};

struct eg_policy {
	char name[EG_NAME_MAX + 1];
	char *file; /* owned: path as given */
	char *text; /* owned: the whole file, NUL-terminated */
	size_t text_len;
	struct eg_cgroup_ref *cgroups; /* owned */
	size_t n_cgroups;
	bool default_allow;
	struct eg_span default_at; /* the value */
	int err;		   /* positive errno of a denied call */
	bool err_set;		   /* the file names it: a kernel that cannot give it is refused */
	bool raw_allow;
	enum eg_mode mode;
	enum eg_existing existing;
	enum eg_backstop backstop;
	bool unix_default_deny;
	struct eg_span unix_default_at; /* the value; line 0: not given */
	bool passed_deny;		/* passed-sockets */
	struct eg_rule *rules;		/* owned, in file order: index is the ordinal */
	size_t n_rules;
	struct eg_set *sets; /* owned: those of the file, and the built-in ones it names */
	size_t n_sets;
	struct eg_expectation *expects; /* owned */
	size_t n_expects;
	struct eg_unsupported *unsupported; /* owned */
	size_t n_unsupported;
};

/*
 * Reads and parses one file, and the files of its sets. dynamic is asked for @resolvers and the like, when the
 * policy names them; NULL: they cannot be resolved, which is an error. Problems go to diags (all of them,
 * sorted); returns 0 and *out when there is no error among them, -EINVAL when there is (err: the summary,
 * status EG_EXIT_POLICY), another -errno when the file could not be read. *out is owned by the caller.
 */
int eg_policy_load(const char *file, const struct eg_dynamic_source *dynamic, struct eg_policy **out,
		   struct eg_diags *diags, struct eg_err *err);

/* The same over text in memory; file names it in messages, and the files of sets are relative to it. */
int eg_policy_parse(const char *file, const char *text, size_t len, const struct eg_dynamic_source *dynamic,
		    struct eg_policy **out, struct eg_diags *diags, struct eg_err *err);

/* Adds what is in unsupported[] to diags, with its line: "validate" warns of it, "apply" refuses. */
void eg_policy_report_unsupported(const struct eg_policy *policy, enum eg_severity severity, struct eg_diags *diags);

/* Frees a policy and all it owns. NULL is fine. */
void eg_policy_free(struct eg_policy *policy);

static inline void eg_policy_freep(struct eg_policy **policy)
{
	eg_policy_free(*policy);
}

#define cleanup_policy __attribute__((cleanup(eg_policy_freep)))

#endif
