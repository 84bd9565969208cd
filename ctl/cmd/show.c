/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cmd/cmd.h"
#include "engine/status.h"

int eg_cmd_show(struct eg_call *call, struct eg_err *err)
{
	return eg_status_show(&call->ctx, call->args.words[0], call->out, err);
}
