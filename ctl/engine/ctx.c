/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "engine/ctx.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void eg_ctx_note(struct eg_ctx *ctx, const char *fmt, ...)
{
	char **v = reallocarray(ctx->notes.v, ctx->notes.n + 1, sizeof(*v));
	va_list args;

	if (!v)
		return;
	ctx->notes.v = v;
	va_start(args, fmt);
	if (vasprintf(&v[ctx->notes.n], fmt, args) >= 0)
		ctx->notes.n++;
	va_end(args);
}

void eg_ctx_free(struct eg_ctx *ctx)
{
	while (ctx->notes.n)
		free(ctx->notes.v[--ctx->notes.n]);
	free(ctx->notes.v);
	ctx->notes.v = NULL;
}

void eg_ctx_cgroup_name(const struct eg_cgroup_root *root, __u64 id, const char *recorded, char *path)
{
	if (eg_cgroup_path_of(root, id, path))
		snprintf(path, PATH_MAX, "%s", recorded);
}
