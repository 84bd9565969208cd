/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * binding.h - when an attachment is in force: read by the programs and by the recovery after a kill.
 */
#ifndef EGRESS_BINDING_H
#define EGRESS_BINDING_H

#include "egress/abi.h"

/*
 * Whether a binding is in force, given the serial of its slot's current generation.
 */
EG_INLINE int eg_binding_in_force(__u16 since, __u32 serial)
{
	int reached;

	if (!since)
		return 1;
	/* 15-bit serial arithmetic as in RFC 1982; the tool never leaves a "since" behind for long */
	reached = ((serial - since) & EG_SINCE_SERIAL) < (EG_SINCE_SERIAL + 1) / 2;
	return since & EG_SINCE_UNTIL ? !reached : reached;
}

#endif
