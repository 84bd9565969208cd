/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cmd.h - what a command is: a row of the table in egressctl.c and one file beside this one.
 */
#ifndef EG_CMD_CMD_H
#define EG_CMD_CMD_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/out.h"
#include "engine/ctx.h"

/* Every option there is: X(identifier, long name, argument or NULL, help). A command takes a set of them. */
#define EG_OPTIONS(X) \
	X(HELP, "help", NULL, "show this help") \
	X(VERSION, "version", NULL, "the same as the command version") \
	X(JSON, "json", NULL, "print one JSON object instead of text, errors too") \
	X(BPFFS, "bpffs", "DIR", "directory of the pins (default " EG_BPFFS_DEFAULT ")") \
	X(RUN_DIR, "run-dir", "DIR", "directory of the policy texts (default " EG_RUN_DIR_DEFAULT ")") \
	X(CGROUP_ROOT, "cgroup-root", "DIR", "the cgroup2 mount (default: found in /proc/self/mountinfo)") \
	X(DRY_RUN, "dry-run", NULL, "do all but switch and attach") \
	X(FORCE, "force", NULL, "also on the root cgroup or the caller's own; remove: also where attach bound it") \
	X(REPLACE, "replace", NULL, "take the cgroup over from the policy it obeys, without a gap") \
	X(CGROUP, "cgroup", "PATH", "the cgroup, as in /proc/PID/cgroup or below the mount") \
	X(PID, "pid", "PID", "the cgroup of that process") \
	X(SELF, "self", NULL, "the caller's own cgroup") \
	X(ALL, "all", NULL, "all policies") \
	X(COMPILED, "compiled", NULL, "the tables in force, in the words of 'compile'") \
	X(POLICY, "policy", "FILE", "the policy to run under") \
	X(USER, "user", "USER", "run as that user (name or number), with its groups") \
	X(NO_NEW_PRIVS, "no-new-privs", NULL, "no set-user-ID program gives privileges back") \
	X(DROP_CAPS, "drop-caps", NULL, "give up every capability, for good") \
	X(STRICT, "strict", NULL, "warnings are errors") \
	X(EXIT_CODE, "exit-code", NULL, "end with 1 if anything would change")

enum eg_option {
#define EG_OPTION_ENUM(id, name, arg, help) EG_OPT_##id,
	EG_OPTIONS(EG_OPTION_ENUM)
#undef EG_OPTION_ENUM
		EG_OPT_COUNT,
};

#define EG_OPT(id) (1u << EG_OPT_##id)
#define EG_OPT_GLOBAL \
	(EG_OPT(HELP) | EG_OPT(VERSION) | EG_OPT(JSON) | EG_OPT(BPFFS) | EG_OPT(RUN_DIR) | EG_OPT(CGROUP_ROOT))

struct eg_args {
	unsigned int given; /* EG_OPT bits */
	const char *value[EG_OPT_COUNT];
	char **words; /* what is not an option; NULL-terminated */
	int n_words;
};

enum eg_needs {
	EG_NEED_BPF = 1 << 0, /* CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN */
};

/* What a command gets, and gives back for egressctl.c to print. */
struct eg_call {
	struct eg_args args;
	struct eg_ctx ctx;
	struct eg_diags diags;
	struct eg_out *out;
	int status;  /* exit status when the command returned 0 */
	bool silent; /* nothing to print but errors: "run", or it has printed by itself */
};

struct eg_cmd {
	const char *name;
	const char *args;    /* "FILE..." */
	const char *summary; /* one line, lower case */
	unsigned int options;
	unsigned int needs;
	int min_words, max_words; /* -1: any number */
	bool runs;		  /* its words are a command line: options end at the first, own failures are 125 */
	int (*call)(struct eg_call *call, struct eg_err *err);
};

/*
 * The commands, each in the file of its name (detach: attach.c). They fill call->out and set call->status, and
 * print nothing. Return 0, or -errno with what happened in err.
 */
int eg_cmd_apply(struct eg_call *call, struct eg_err *err);
int eg_cmd_validate(struct eg_call *call, struct eg_err *err);
int eg_cmd_check(struct eg_call *call, struct eg_err *err);
int eg_cmd_diff(struct eg_call *call, struct eg_err *err);
int eg_cmd_attach(struct eg_call *call, struct eg_err *err);
int eg_cmd_detach(struct eg_call *call, struct eg_err *err);
int eg_cmd_list(struct eg_call *call, struct eg_err *err);
int eg_cmd_show(struct eg_call *call, struct eg_err *err);
int eg_cmd_remove(struct eg_call *call, struct eg_err *err);
int eg_cmd_run(struct eg_call *call, struct eg_err *err);
int eg_cmd_gc(struct eg_call *call, struct eg_err *err);
int eg_cmd_compile(struct eg_call *call, struct eg_err *err);
int eg_cmd_doctor(struct eg_call *call, struct eg_err *err);
int eg_cmd_version(struct eg_call *call, struct eg_err *err);

/* A mistake in the command line: -EINVAL with EG_EXIT_USAGE. */
int eg_cmd_usage(struct eg_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Whether the option was given. */
static inline bool eg_cmd_has(const struct eg_call *call, enum eg_option option)
{
	return call->args.given >> option & 1;
}

#endif
