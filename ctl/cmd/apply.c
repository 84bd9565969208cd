/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "engine/apply.h"

int eg_cmd_apply(struct eg_call *call, struct eg_err *err)
{
	const struct eg_apply_options options = {
		.dry_run = eg_cmd_has(call, EG_OPT_DRY_RUN),
		.force = eg_cmd_has(call, EG_OPT_FORCE),
		.replace = eg_cmd_has(call, EG_OPT_REPLACE),
	};
	size_t n = (size_t)call->args.n_words, i;
	cleanup_free struct eg_applied *results = calloc(n, sizeof(*results));
	int r = results ? eg_apply(&call->ctx, (const char *const *)call->args.words, n, &options, &call->diags,
				   results, err)
			: eg_fail(err, -ENOMEM, "out of memory");

	if (r)
		return r;
	if (options.dry_run)
		eg_ctx_note(&call->ctx, "a dry run: everything was loaded and taken back, nothing has changed");
	eg_out_list(call->out, options.dry_run ? "would_apply" : "applied");
	for (i = 0; i < n; i++) {
		eg_out_item(call->out);
		eg_out_str(call->out, "policy", "%s", results[i].name);
		eg_out_int(call->out, "generation", results[i].serial);
		eg_out_int(call->out, "rules", (long long)results[i].rules);
		eg_out_int(call->out, "cgroups", (long long)results[i].cgroups);
		eg_out_int(call->out, "ipv4_entries", results[i].entries[0] + (long long)results[i].entries[1]);
		eg_out_int(call->out, "ipv6_entries", results[i].entries[2] + (long long)results[i].entries[3]);
		eg_out_end(call->out);
	}
	eg_out_end(call->out);
	return 0;
}
