/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/parse.h"

static struct eg_policy *new_policy(const char *file, const char *text, size_t len)
{
	struct eg_policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return NULL;
	policy->err = EACCES;
	policy->file = strdup(file);
	policy->text = malloc(len + 1);
	if (!policy->file || !policy->text) {
		eg_policy_free(policy);
		return NULL;
	}
	memcpy(policy->text, text, len);
	policy->text[len] = '\0';
	policy->text_len = len;
	return policy;
}

static void parse_lines(struct eg_source *src, const struct eg_dynamic_source *dynamic, struct eg_policy *policy)
{
	struct eg_parse p = { .src = src, .dynamic = dynamic, .policy = policy };

	eg_parse_lines(&p);
	if (!p.policy_at.line && !p.header_lost)
		eg_source_error(src, ((struct eg_span){ 1, 1, 0 }), NULL, "no [policy] section");
	eg_services_free(&p.services);
	eg_intern_free(&p.set_names);
	free(p.refs);
}

int eg_policy_parse(const char *file, const char *text, size_t len, const struct eg_dynamic_source *dynamic,
		    struct eg_policy **out, struct eg_diags *diags, struct eg_err *err)
{
	cleanup_policy struct eg_policy *policy = new_policy(file, text, len);
	struct eg_source src;

	if (!policy)
		return eg_fail(err, -ENOMEM, "%s: no memory", file);
	if (eg_source_init(&src, file, text, len, diags))
		parse_lines(&src, dynamic, policy);
	eg_diag_sort(diags);
	if (src.oom)
		return eg_fail(err, -ENOMEM, "%s: no memory", file);
	if (src.errors) {
		eg_err_status(err, EG_EXIT_POLICY);
		return eg_fail(err, -EINVAL, "%s: %zu error%s", file, src.errors, src.errors == 1 ? "" : "s");
	}
	*out = TAKE_PTR(policy);
	return 0;
}

int eg_policy_load(const char *file, const struct eg_dynamic_source *dynamic, struct eg_policy **out,
		   struct eg_diags *diags, struct eg_err *err)
{
	cleanup_free char *text = NULL;
	size_t len = 0;
	int rc;

	rc = eg_source_read(file, &text, &len, err);
	if (rc)
		return rc;
	return eg_policy_parse(file, text, len, dynamic, out, diags, err);
}

void eg_policy_report_unsupported(const struct eg_policy *policy, enum eg_severity severity, struct eg_diags *diags)
{
	struct eg_source src;
	size_t i;

	if (!eg_source_init(&src, policy->file, policy->text, policy->text_len, diags))
		return;
	for (i = 0; i < policy->n_unsupported; i++) {
		const struct eg_unsupported *u = &policy->unsupported[i];

		eg_source_report(&src, severity, u->at, NULL, "'%s' is not supported: %s", u->what, u->why);
	}
	eg_diag_sort(diags);
}

static void clear_addrs(struct eg_addrs *addrs)
{
	free(addrs->v);
	free(addrs->words);
}

static void clear_rule(struct eg_rule *rule)
{
	size_t i;

	for (i = 0; i < rule->n_unix; i++)
		free(rule->unix_paths[i]);
	free(rule->unix_paths);
	clear_addrs(&rule->to);
	clear_addrs(&rule->except);
	free(rule->ports);
}

void eg_policy_free(struct eg_policy *policy)
{
	size_t i;

	if (!policy)
		return;
	for (i = 0; i < policy->n_rules; i++)
		clear_rule(&policy->rules[i]);
	for (i = 0; i < policy->n_sets; i++) {
		clear_addrs(&policy->sets[i].to);
		clear_addrs(&policy->sets[i].except);
	}
	for (i = 0; i < policy->n_cgroups; i++)
		free(policy->cgroups[i].path);
	for (i = 0; i < policy->n_unsupported; i++) {
		free(policy->unsupported[i].what);
		free(policy->unsupported[i].why);
	}
	free(policy->rules);
	free(policy->sets);
	free(policy->expects);
	free(policy->cgroups);
	free(policy->unsupported);
	free(policy->file);
	free(policy->text);
	free(policy);
}
