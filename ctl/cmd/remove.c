/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cmd/cmd.h"
#include "engine/remove.h"

int eg_cmd_remove(struct eg_call *call, struct eg_err *err)
{
	bool all = eg_cmd_has(call, EG_OPT_ALL), force = eg_cmd_has(call, EG_OPT_FORCE);
	size_t n = (size_t)call->args.n_words;
	int r;

	if (all == (n > 0))
		return eg_cmd_usage(err, "say which policies to remove: NAME... or --all");
	r = all ? eg_remove_all(&call->ctx, force, &n, err)
		: eg_remove(&call->ctx, (const char *const *)call->args.words, n, force, &n, err);
	if (!r)
		eg_out_int(call->out, "removed", (long long)n);
	return r;
}
