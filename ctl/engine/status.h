/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * status.h - what is loaded, where, and what it has decided.
 */
#ifndef EG_ENGINE_STATUS_H
#define EG_ENGINE_STATUS_H

#include "base/out.h"
#include "engine/ctx.h"

/* Adds the list "policies". Nothing loaded is an empty list, not an error. */
int eg_status_list(struct eg_ctx *ctx, struct eg_out *out, struct eg_err *err);

/* Adds all about one policy: where it came from, its cgroups and hooks, its rules and their hits. */
int eg_status_show(struct eg_ctx *ctx, const char *name, struct eg_out *out, struct eg_err *err);

#endif
