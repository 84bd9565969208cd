/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cmd/cmd.h"
#include "engine/compiled.h"
#include "engine/status.h"

int eg_cmd_show(struct eg_call *call, struct eg_err *err)
{
	const char *name = call->args.words[0];
	bool json = eg_cmd_has(call, EG_OPT_JSON);

	if (!eg_cmd_has(call, EG_OPT_COMPILED))
		return eg_status_show(&call->ctx, name, call->out, err);
	call->silent = !json;
	return eg_compiled_show(&call->ctx, name, json ? NULL : stdout, call->out, err);
}
