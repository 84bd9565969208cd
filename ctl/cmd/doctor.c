/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cmd/cmd.h"
#include "engine/doctor.h"

int eg_cmd_doctor(struct eg_call *call, struct eg_err *err)
{
	bool healthy = false;
	int r = eg_doctor(&call->ctx, call->out, &healthy, err);

	call->status = healthy ? EG_EXIT_OK : EG_EXIT_FAILED;
	return r;
}
