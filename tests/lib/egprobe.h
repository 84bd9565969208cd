/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * egprobe.h - what becomes of a call made in a cgroup, and whether that is as it should be.
 */
#ifndef EG_PROBE_H
#define EG_PROBE_H

#include <stdbool.h>

#include "egnet.h"
#include "egworld.h"

/*
 * Tries it in a process that lives in that cgroup (made at the first call, and asked again later).
 * Returns 0 or a positive errno. ns, unless NULL: how long it took.
 */
int eg_probe_try(struct eg_world *w, const char *cgroup, const struct eg_probe *probe, long *ns);

/* Ends the process of a cgroup; the next try makes a new one. */
void eg_probe_end(struct eg_world *w, const char *cgroup);

/* A probe and whether the policy lets it pass. */
struct eg_expect {
	struct eg_probe probe;
	bool passes;
};

/*
 * Checks each: what passes ends as it does for a process without a policy (which must be 0 or
 * ECONNREFUSED, else the row proves nothing); what does not fails with "denied".
 */
void eg_probe_expect(struct eg_world *w, const char *cgroup, const struct eg_expect *rows, size_t n, int denied);

/*
 * For a command that "run" is given: this binary, told to try one UDP connect and to write what came of it
 * (the errno, in digits) to a file. Words: --probe FILE ADDR PORT [stay]; with "stay" it then waits
 * to be killed.
 */
const char *eg_probe_self(void);
int eg_probe_main(int argc, char **argv); /* what eg_test_main does when its first word is "--probe" */

/* What such a command has written, or -1: nothing yet. */
int eg_probe_written(const char *file);

/* What a process without a policy gets for that probe. */
int eg_probe_outside(const struct eg_probe *probe);

#endif
