/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * egtool.h - runs the program under test, with the places of the test's world.
 */
#ifndef EG_TOOL_H
#define EG_TOOL_H

#include <jansson.h>
#include <sys/types.h>

#include "egworld.h"

/* How it runs. All zero is the usual: egressctl, as root, in the cgroup of the caller, no input. */
struct eg_tool {
	const char *binary; /* NULL: "egressctl" */
	const char *set;    /* "NAME=VALUE" for its environment, or NULL */
	const char *cgroup; /* name of the cgroup it runs in, or NULL */
	const char *input;  /* its standard input, or NULL */
	uid_t uid;
	bool bare; /* no --bpffs, --run-dir and --cgroup-root: the caller says them, or not */
	/* While it runs: */
	pid_t pid;
	int out, err;
};

struct eg_result {
	int status; /* exit status, or -1 */
	int signal; /* that ended it, or 0 */
	char *out;
	char *err;
};

#define EG_ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* The path of a binary: in EG_BIN_DIR, beside this one, or in PATH. NULL if there is none. */
const char *eg_tool_path(const char *binary);

void eg_tool_start(const struct eg_world *w, struct eg_tool *tool, const char *const *args);

/* Waits for its end, at most a minute. */
struct eg_result eg_tool_wait(struct eg_tool *tool);

/* Both. tool may be NULL. */
struct eg_result eg_tool_run(const struct eg_world *w, const struct eg_tool *tool, const char *const *args);

/* The same, and notes a failure of the test unless the status is 0. Returns whether it was. */
bool eg_tool_ok(const struct eg_world *w, const char *const *args);

/* Applies a policy file; ends the test when it is not in force then. */
void eg_tool_apply(const struct eg_world *w, const char *policy);

/* As eg_tool_ok, with the status that is expected, and text that stderr must contain (or NULL). */
bool eg_tool_fails(const struct eg_world *w, const struct eg_tool *tool, int status, const char *says,
		   const char *const *args);

/* Runs it with --json. Returns the object (json_decref it), or NULL. */
json_t *eg_tool_json(const struct eg_world *w, const char *const *args);

/* What "show" counts for a rule ("allow NAME", "deny NAME"), for "default" and "socket"; -1: no such rule. */
long long eg_tool_hits(const struct eg_world *w, const char *policy, const char *rule);

/* The kernel's count of decisions of that reason (enum eg_reason) that no policy counts; -1: nothing is pinned. */
long long eg_tool_faults(const struct eg_world *w, unsigned int reason);

/* Opens a pinned object of ours, "core/slots". Returns the descriptor or -1. */
int eg_tool_pin(const struct eg_world *w, const char *name);

#endif
