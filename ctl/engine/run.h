/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * run.h - one command under an instance of a policy, in a cgroup of its own; nothing left afterwards.
 */
#ifndef EG_ENGINE_RUN_H
#define EG_ENGINE_RUN_H

#include "base/diag.h"
#include "engine/ctx.h"

struct eg_run_options {
	const char *policy; /* file */
	const char *user;   /* name or number to run as, or NULL */
	bool no_new_privs;
	bool drop_caps;	   /* empty every capability set, the bounding set included */
	char *const *argv; /* NULL-terminated */
};

/*
 * Runs the command and waits for it. *status: its exit status, 128+n for a signal, 126 or 127 when it
 * could not be executed (with a message in err, and 0 returned). What it left running is killed with
 * its cgroup. Returns 0, or -errno for failures of our own, in which case the command did not run.
 */
int eg_run(struct eg_ctx *ctx, const struct eg_run_options *options, struct eg_diags *diags, int *status,
	   struct eg_err *err);

#endif
