/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "base/fault.h"

#ifdef EG_FAULT_POINTS

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void eg_fault_pass(const char *point)
{
	static long passed;
	const char *at = getenv("EG_FAULT_KILL");

	passed++;
	if (getenv("EG_FAULT_TRACE"))
		fprintf(stderr, "fault point %ld: %s\n", passed, point);
	if (at && atol(at) == passed)
		kill(getpid(), SIGKILL);
}

#else

/* ISO C wants at least one declaration in a file. */
typedef int eg_fault_unused;

#endif
