/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * egressctl.c - the table of commands, and the only place where a final error is printed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "cmd/opt.h"

static const struct eg_cmd cmds[] = {
	{ .name = "apply",
	  .args = "FILE...",
	  .needs = EG_NEED_BPF,
	  .min_words = 1,
	  .max_words = -1,
	  .summary = "compile, load and attach policies; one of that name is switched atomically",
	  .options = EG_OPT(DRY_RUN) | EG_OPT(FORCE) | EG_OPT(REPLACE),
	  .call = eg_cmd_apply },
	{ .name = "validate",
	  .args = "FILE...",
	  .min_words = 1,
	  .max_words = -1,
	  .summary = "tell what is wrong with policy files; needs no privileges",
	  .options = EG_OPT(STRICT),
	  .call = eg_cmd_validate },
	{ .name = "check",
	  .args = "FILE FLOW...",
	  .min_words = 2,
	  .max_words = -1,
	  .summary = "tell what a policy file says to flows like tcp:192.0.2.1:443, and by which rule",
	  .call = eg_cmd_check },
	{ .name = "diff",
	  .args = "FILE",
	  .needs = EG_NEED_BPF,
	  .min_words = 1,
	  .max_words = 1,
	  .summary = "tell what 'apply FILE' would change",
	  .options = EG_OPT(EXIT_CODE),
	  .call = eg_cmd_diff },
	{ .name = "run",
	  .args = "--policy FILE [--] COMMAND [ARG...]",
	  .needs = EG_NEED_BPF,
	  .min_words = 1,
	  .max_words = -1,
	  .runs = true,
	  .summary = "run one command under an instance of a policy",
	  .options = EG_OPT(POLICY) | EG_OPT(USER) | EG_OPT(NO_NEW_PRIVS) | EG_OPT(DROP_CAPS),
	  .call = eg_cmd_run },
	{ .name = "attach",
	  .args = "NAME --cgroup PATH|--pid PID|--self",
	  .needs = EG_NEED_BPF,
	  .min_words = 1,
	  .max_words = 1,
	  .summary = "bind one more cgroup to a loaded policy",
	  .options = EG_OPT(CGROUP) | EG_OPT(PID) | EG_OPT(SELF) | EG_OPT(FORCE) | EG_OPT(REPLACE),
	  .call = eg_cmd_attach },
	{ .name = "detach",
	  .args = "NAME --cgroup PATH|--pid PID|--self",
	  .needs = EG_NEED_BPF,
	  .min_words = 1,
	  .max_words = 1,
	  .summary = "take a cgroup from a policy",
	  .options = EG_OPT(CGROUP) | EG_OPT(PID) | EG_OPT(SELF),
	  .call = eg_cmd_detach },
	{ .name = "list",
	  .args = "",
	  .needs = EG_NEED_BPF,
	  .summary = "list the loaded policies",
	  .call = eg_cmd_list },
	{ .name = "show",
	  .args = "NAME",
	  .needs = EG_NEED_BPF,
	  .min_words = 1,
	  .max_words = 1,
	  .summary = "show a policy: cgroups, hooks in force, rules and their hits",
	  .options = EG_OPT(COMPILED),
	  .call = eg_cmd_show },
	{ .name = "compile",
	  .args = "FILE",
	  .min_words = 1,
	  .max_words = 1,
	  .summary = "show what a policy is compiled to",
	  .call = eg_cmd_compile },
	{ .name = "remove",
	  .args = "NAME...|--all",
	  .needs = EG_NEED_BPF,
	  .max_words = -1,
	  .summary = "detach and unload policies",
	  .options = EG_OPT(ALL) | EG_OPT(FORCE),
	  .call = eg_cmd_remove },
	{ .name = "gc",
	  .args = "",
	  .needs = EG_NEED_BPF,
	  .summary = "drop what cgroups that are gone and killed commands left behind",
	  .call = eg_cmd_gc },
	{ .name = "doctor",
	  .args = "",
	  .summary = "tell what this kernel can enforce and what is wrong here",
	  .call = eg_cmd_doctor },
	{ .name = "version", .args = "", .summary = "print the version", .call = eg_cmd_version },
	{ .name = "help", .args = "[COMMAND]", .max_words = 1, .summary = "show this help, or that of a command" },
	{ 0 },
};

static int status_of(const struct eg_err *err, const struct eg_cmd *cmd)
{
	if (err->status == EG_EXIT_USAGE || !cmd || !cmd->runs)
		return err->status ? err->status : EG_EXIT_FAILED;
	return err->status && err->status != EG_EXIT_FAILED ? err->status : EG_EXIT_RUN;
}

static void print_error_text(const struct eg_cmd *cmd, const struct eg_err *err)
{
	fprintf(stderr, "egressctl%s%s: %s\n", cmd ? " " : "", cmd ? cmd->name : "", err->what);
	if (*err->stays)
		fprintf(stderr, "  %s\n", err->stays);
	if (*err->hint)
		fprintf(stderr, "  hint: %s\n", err->hint);
}

static void out_problems(const struct eg_diags *diags, struct eg_out *out)
{
	size_t i;

	if (!diags->n)
		return;
	eg_out_list(out, "problems");
	for (i = 0; i < diags->n; i++) {
		const struct eg_diag *d = &diags->v[i];

		eg_out_item(out);
		eg_out_str(out, "severity", "%s", d->severity == EG_ERROR ? "error" : "warning");
		eg_out_str(out, "file", "%s", d->file);
		eg_out_int(out, "line", d->at.line);
		eg_out_int(out, "col", d->at.col);
		eg_out_str(out, "text", "%s", d->text);
		if (d->hint)
			eg_out_str(out, "hint", "%s", d->hint);
		eg_out_end(out);
	}
	eg_out_end(out);
}

static void out_notes(const struct eg_notes *notes, struct eg_out *out)
{
	size_t i;

	if (!notes->n)
		return;
	eg_out_list(out, "notes");
	for (i = 0; i < notes->n; i++) {
		eg_out_item(out);
		eg_out_str(out, "text", "%s", notes->v[i]);
		eg_out_end(out);
	}
	eg_out_end(out);
}

static int report_json(const struct eg_cmd *cmd, struct eg_call *call, const struct eg_err *err, int status)
{
	cleanup_out struct eg_out *fresh = NULL;
	struct eg_out *out = call->out;

	if (err->code) {
		out = fresh = eg_out_new(); /* what a failed command had begun to say is no answer */
		if (!out)
			return -ENOMEM;
		eg_out_str(out, "error", "%s", err->what);
		if (cmd)
			eg_out_str(out, "command", "%s", cmd->name);
		if (*err->stays)
			eg_out_str(out, "in_force", "%s", err->stays);
		if (*err->hint)
			eg_out_str(out, "hint", "%s", err->hint);
		eg_out_int(out, "status", status);
	}
	out_problems(&call->diags, out);
	out_notes(&call->ctx.notes, out);
	if (call->silent && !err->code && !call->diags.n && !call->ctx.notes.n)
		return 0;
	return eg_out_print(out, true, call->silent ? stderr : stdout);
}

static int report_text(const struct eg_cmd *cmd, const struct eg_call *call, const struct eg_err *err)
{
	size_t i;

	for (i = 0; i < call->diags.n; i++)
		eg_diag_print(&call->diags.v[i], stderr);
	for (i = 0; i < call->ctx.notes.n; i++)
		fprintf(stderr, "egressctl %s: note: %s\n", cmd->name, call->ctx.notes.v[i]);
	if (err->code)
		print_error_text(cmd, err);
	return err->code || call->silent ? 0 : eg_out_print(call->out, false, stdout);
}

static int call_command(const struct eg_cmd *cmd, struct eg_call *call, struct eg_err *err)
{
	const char **value = call->args.value;

	if (!cmd)
		return eg_cmd_usage(err, "no command is given");
	call->ctx.bpffs = value[EG_OPT_BPFFS] ? value[EG_OPT_BPFFS] : EG_BPFFS_DEFAULT;
	call->ctx.run_dir = value[EG_OPT_RUN_DIR] ? value[EG_OPT_RUN_DIR] : EG_RUN_DIR_DEFAULT;
	call->ctx.cgroup_root = value[EG_OPT_CGROUP_ROOT];
	call->out = eg_out_new();
	if (!call->out)
		return eg_fail(err, -ENOMEM, "out of memory");
	if (eg_opt_check_needs(cmd, err))
		return err->code;
	return cmd->call(call, err);
}

/* What is to be said of a command that returned r, and the exit status. */
static int settle(const struct eg_cmd *cmd, const struct eg_call *call, int r, struct eg_err *err)
{
	if (r && !err->code)
		eg_fail(err, r, "%s", strerror(-r));
	if (!r && !call->status)
		*err = (struct eg_err)EG_ERR_INIT; /* a failure that the command got over */
	if (err->status == EG_EXIT_USAGE && !*err->hint)
		eg_err_hint(err, "egressctl %s%s--help", cmd ? cmd->name : "", cmd ? " " : "");
	return r ? status_of(err, cmd) : call->status;
}

/* A command line that was not understood may still say how it wants to hear of it. */
static bool wants_json(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--json"))
			return true;
	}
	return false;
}

static const struct eg_cmd *find_version(void)
{
	const struct eg_cmd *cmd = cmds;

	while (cmd->call != eg_cmd_version)
		cmd++;
	return cmd;
}

int main(int argc, char **argv)
{
	struct eg_call call = { 0 };
	struct eg_err err = EG_ERR_INIT;
	const struct eg_cmd *cmd = NULL;
	int r = eg_opt_parse(cmds, argc, argv, &cmd, &call.args, &err), status;

	if (!r && !cmd && call.args.given & EG_OPT(VERSION))
		cmd = find_version();
	if (!r && (call.args.given & EG_OPT(HELP) || (cmd && !cmd->call))) {
		eg_opt_help(cmds, eg_opt_about(cmds, cmd, &call.args), stdout);
		eg_opt_free(&call.args);
		return fflush(stdout) ? EG_EXIT_FAILED : EG_EXIT_OK;
	}
	if (!r)
		r = call_command(cmd, &call, &err);
	status = settle(cmd, &call, r, &err);
	if (call.args.given & EG_OPT(JSON) || (status == EG_EXIT_USAGE && wants_json(argc, argv)))
		r = report_json(cmd, &call, &err, status);
	else
		r = report_text(cmd, &call, &err);
	if (r && !status)
		status = EG_EXIT_FAILED;
	eg_out_free(call.out);
	eg_diags_free(&call.diags);
	eg_ctx_free(&call.ctx);
	eg_opt_free(&call.args);
	return status;
}
