/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * compiled.h - what is in force, in the words of "compile": read back from the kernel, beside the text it was
 * made from.
 */
#ifndef EG_ENGINE_COMPILED_H
#define EG_ENGINE_COMPILED_H

#include <stdio.h>

#include "base/out.h"
#include "engine/ctx.h"

/*
 * Writes the listing of a loaded policy (policy/write.h): as text to "to", or into out where that is NULL. Where
 * the saved text is lost the rules are named only, and a note tells so.
 */
int eg_compiled_show(struct eg_ctx *ctx, const char *name, FILE *to, struct eg_out *out, struct eg_err *err);

#endif
