/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * doctor.h - what this kernel can enforce, what it cannot, and what is wrong here.
 */
#ifndef EG_ENGINE_DOCTOR_H
#define EG_ENGINE_DOCTOR_H

#include "base/out.h"
#include "engine/ctx.h"

/* Adds the list "checks". *healthy: nothing failed, and what is loaded is in force. */
int eg_doctor(struct eg_ctx *ctx, struct eg_out *out, bool *healthy, struct eg_err *err);

#endif
