/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "engine/attach.h"

/* Exactly one of --cgroup, --pid and --self. */
static int read_where(const struct eg_call *call, struct eg_where *where, struct eg_err *err)
{
	unsigned int given = call->args.given & (EG_OPT(CGROUP) | EG_OPT(PID) | EG_OPT(SELF));
	const char *pid = call->args.value[EG_OPT_PID];
	char *end;
	long n;

	if (!given || given & (given - 1))
		return eg_cmd_usage(err, "say which cgroup: one of --cgroup PATH, --pid PID, --self");
	where->path = call->args.value[EG_OPT_CGROUP];
	where->self = eg_cmd_has(call, EG_OPT_SELF);
	if (!pid)
		return 0;
	errno = 0;
	n = strtol(pid, &end, 10);
	if (*end || errno || n < 1 || n > 0x7fffffff)
		return eg_cmd_usage(err, "'%s' is not a process id", pid);
	where->pid = (pid_t)n;
	return 0;
}

static void tell(struct eg_call *call, const char *what, const char *path)
{
	eg_out_str(call->out, what, "%s", call->args.words[0]);
	eg_out_str(call->out, "cgroup", "%s", path);
}

int eg_cmd_attach(struct eg_call *call, struct eg_err *err)
{
	const struct eg_attach_options options = {
		.force = eg_cmd_has(call, EG_OPT_FORCE),
		.replace = eg_cmd_has(call, EG_OPT_REPLACE),
	};
	struct eg_where where = { 0 };
	char path[PATH_MAX];
	int r = read_where(call, &where, err);

	if (!r)
		r = eg_attach(&call->ctx, call->args.words[0], &where, &options, path, err);
	if (!r)
		tell(call, "attached", path);
	return r;
}

int eg_cmd_detach(struct eg_call *call, struct eg_err *err)
{
	struct eg_where where = { 0 };
	char path[PATH_MAX];
	int r = read_where(call, &where, err);

	if (!r)
		r = eg_detach(&call->ctx, call->args.words[0], &where, path, err);
	if (!r)
		tell(call, "detached", path);
	return r;
}
