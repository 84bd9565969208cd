/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "policy/write.h"

static int list(struct eg_call *call, const struct eg_policy *policy, const struct eg_tables *tables)
{
	cleanup_free struct eg_rule_info *rules = NULL;
	struct eg_listing listing = {
		.name = policy->name,
		.tables = tables,
		.err = policy->err,
		.text = policy->text,
		.text_len = policy->text_len,
	};
	int r = eg_write_rules(policy, &rules);

	if (r)
		return r;
	listing.rules = rules;
	if (eg_cmd_has(call, EG_OPT_JSON)) {
		eg_out_str(call->out, "policy", "%s", policy->name);
		eg_out_str(call->out, "file", "%s", policy->file);
		return eg_write_out(&listing, call->out);
	}
	call->silent = true;
	fprintf(stdout, "policy %s, compiled from %s\n", policy->name, policy->file);
	r = eg_write_text(&listing, stdout);
	return r ? r : fflush(stdout) || ferror(stdout) ? -EIO : 0;
}

int eg_cmd_compile(struct eg_call *call, struct eg_err *err)
{
	const char *file = call->args.words[0];
	cleanup_policy struct eg_policy *policy = NULL;
	cleanup_tables struct eg_tables *tables = NULL;
	int r = eg_policy_load(file, NULL, &policy, &call->diags, err);

	if (r)
		return r;
	eg_policy_report_unsupported(policy, EG_WARNING, &call->diags);
	r = eg_compile(policy, &tables, err);
	if (r)
		return eg_wrap(err, "%s", file);
	r = list(call, policy, tables);
	return r ? eg_fail(err, r, "cannot write the tables: %s", strerror(-r)) : 0;
}
