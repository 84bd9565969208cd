/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cmd/cmd.h"
#include "engine/status.h"

int eg_cmd_list(struct eg_call *call, struct eg_err *err)
{
	return eg_status_list(&call->ctx, call->out, err);
}
