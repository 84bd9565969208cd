/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * child.h - the process that becomes the command of "run": held until it is in its cgroup, then exec.
 */
#ifndef EG_ENGINE_CHILD_H
#define EG_ENGINE_CHILD_H

#include "base/err.h"
#include "engine/run.h"

struct eg_child {
	pid_t pid;
	int go;	    /* written once the child may go on */
	int result; /* gives what failed before the exec; end of file: it is running */
};

/* Forks. Signals that eg_child_wait takes are blocked in this process from here on. */
int eg_child_start(const struct eg_run_options *options, struct eg_child *child, struct eg_err *err);

/*
 * Lets it go and waits for its end, passing on the signals that other processes send. Orphans of the
 * command are reaped too. Returns its wait status; err has a message when the exec failed.
 */
int eg_child_wait(struct eg_child *child, struct eg_err *err);

/* Ends a child that was never let go. */
void eg_child_abort(struct eg_child *child);

#endif
