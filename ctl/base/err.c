/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* what clang-tidy gets in their place */
#undef eg_fail
#undef eg_wrap

int eg_fail(struct eg_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->what, sizeof(err->what), fmt, ap);
	va_end(ap);
	return code;
}

int eg_wrap(struct eg_err *err, const char *fmt, ...)
{
	char inner[sizeof(err->what)];
	size_t used;
	va_list ap;

	if (!err)
		return -EIO;
	memcpy(inner, err->what, sizeof(inner));
	va_start(ap, fmt);
	vsnprintf(err->what, sizeof(err->what), fmt, ap);
	va_end(ap);
	used = strlen(err->what);
	if (inner[0])
		snprintf(err->what + used, sizeof(err->what) - used, ": %s", inner);
	if (!err->code)
		err->code = -EIO;
	return err->code;
}

void eg_err_status(struct eg_err *err, enum eg_exit status)
{
	if (err)
		err->status = (int)status;
}

void eg_err_stays(struct eg_err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return;
	va_start(ap, fmt);
	vsnprintf(err->stays, sizeof(err->stays), fmt, ap);
	va_end(ap);
}

void eg_err_hint(struct eg_err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return;
	va_start(ap, fmt);
	vsnprintf(err->hint, sizeof(err->hint), fmt, ap);
	va_end(ap);
}
