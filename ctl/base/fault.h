/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fault.h - points at which a test build can be killed, to prove that nothing is left half-applied.
 *
 * With -DEG_FAULT_POINTS, EG_FAULT_KILL=N in the environment ends the process with SIGKILL at the
 * N-th point it passes, and EG_FAULT_TRACE=1 names each point on stderr. Otherwise nothing is compiled in.
 */
#ifndef EG_BASE_FAULT_H
#define EG_BASE_FAULT_H

#ifdef EG_FAULT_POINTS
/* Passes the point: for EG_FAULT, which says where. */
void eg_fault_pass(const char *point);
#define EG_FAULT(point) eg_fault_pass(point)
#else
#define EG_FAULT(point) ((void)0)
#endif

#endif
