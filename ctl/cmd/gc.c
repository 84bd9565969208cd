/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cmd/cmd.h"
#include "engine/remove.h"

int eg_cmd_gc(struct eg_call *call, struct eg_err *err)
{
	struct eg_gc_result result;
	int r = eg_gc(&call->ctx, &result, err);

	if (r)
		return r;
	eg_out_int(call->out, "attachments_dropped", (long long)result.attachments);
	eg_out_int(call->out, "generations_dropped", (long long)result.generations);
	return 0;
}
