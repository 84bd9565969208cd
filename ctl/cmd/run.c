/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cmd/cmd.h"
#include "engine/run.h"

int eg_cmd_run(struct eg_call *call, struct eg_err *err)
{
	const struct eg_run_options options = {
		.policy = call->args.value[EG_OPT_POLICY],
		.user = call->args.value[EG_OPT_USER],
		.no_new_privs = eg_cmd_has(call, EG_OPT_NO_NEW_PRIVS),
		.drop_caps = eg_cmd_has(call, EG_OPT_DROP_CAPS),
		.argv = call->args.words,
	};
	int r;

	if (!options.policy)
		return eg_cmd_usage(err, "'run' needs --policy FILE");
	call->silent = true;
	r = eg_run(&call->ctx, &options, &call->diags, &call->status, err);
	if (!r) { /* standard error is the command's: warnings are for "validate" and "apply" to tell */
		eg_diags_free(&call->diags);
		call->diags = (struct eg_diags)EG_DIAGS_INIT;
	}
	return r;
}
