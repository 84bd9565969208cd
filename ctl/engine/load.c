/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/load.h"

#include <errno.h>

#include "base/cleanup.h"
#include "policy/expect.h"

/* Who answers for @resolvers and the like; NULL: nobody does. */
static const struct eg_dynamic_source *machine(void)
{
	return NULL;
}

static int compile(const char *file, struct eg_loaded *loaded, struct eg_err *err)
{
	int r = eg_compile(loaded->policy, &loaded->tables, err);

	if (r == -E2BIG)
		eg_err_status(err, EG_EXIT_POLICY);
	return r ? eg_wrap(err, "%s", file) : 0;
}

static int weigh_unsupported(const struct eg_policy *policy, bool refuse, struct eg_diags *diags, struct eg_err *err)
{
	if (!policy->n_unsupported)
		return 0;
	eg_policy_report_unsupported(policy, refuse ? EG_ERROR : EG_WARNING, diags);
	if (!refuse)
		return 0;
	eg_fail(err, -EOPNOTSUPP, "'%s' asks for what this version cannot enforce", policy->file);
	eg_err_status(err, EG_EXIT_KERNEL);
	eg_err_hint(err, "take it out; it is refused rather than ignored");
	return -EOPNOTSUPP;
}

/* An invalid policy is told as such, even if it also asks for what cannot be enforced. */
static int judge(const struct eg_loaded *loaded, unsigned int flags, struct eg_diags *diags, struct eg_err *err)
{
	int r = 0, unsupported;

	if (flags & EG_LOAD_JUDGE)
		r = eg_expect_check(loaded->policy, loaded->tables, diags, err);
	unsupported = weigh_unsupported(loaded->policy, flags & EG_LOAD_ENFORCE, diags, r ? NULL : err);
	return r ? r : unsupported;
}

int eg_load(const char *file, unsigned int flags, struct eg_loaded *out, struct eg_diags *diags, struct eg_err *err)
{
	cleanup_loaded struct eg_loaded loaded = { 0 };
	int r = eg_policy_load(file, machine(), &loaded.policy, diags, err);

	if (!r)
		r = compile(file, &loaded, err);
	if (!r)
		r = judge(&loaded, flags, diags, err);
	if (r)
		return r;
	out->policy = TAKE_PTR(loaded.policy);
	out->tables = TAKE_PTR(loaded.tables);
	return 0;
}

int eg_load_text(const char *file, const char *text, size_t len, struct eg_loaded *out, struct eg_err *err)
{
	cleanup_loaded struct eg_loaded loaded = { 0 };
	struct eg_diags unheard = EG_DIAGS_INIT;
	int r = eg_policy_parse(file, text, len, machine(), &loaded.policy, &unheard, err);

	eg_diags_free(&unheard);
	if (!r)
		r = compile(file, &loaded, err);
	if (r)
		return r;
	out->policy = TAKE_PTR(loaded.policy);
	out->tables = TAKE_PTR(loaded.tables);
	return 0;
}

void eg_load_free(struct eg_loaded *loaded)
{
	eg_tables_free(loaded->tables);
	eg_policy_free(loaded->policy);
	*loaded = (struct eg_loaded){ 0 };
}
