/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cmd/cmd.h"
#include "egress/abi.h"

#ifndef EG_VERSION
#error "EG_VERSION comes from the build"
#endif

int eg_cmd_version(struct eg_call *call, struct eg_err *err)
{
	(void)err;
	eg_out_str(call->out, "egressctl", "%s", EG_VERSION);
	eg_out_int(call->out, "abi", EG_ABI_VERSION);
	eg_out_str(call->out, "programs", "%016llx", (unsigned long long)eg_runtime_build());
	return 0;
}
