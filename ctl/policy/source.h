/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * source.h - the text of one policy file: its lines, and problems that point into them.
 */
#ifndef EG_POLICY_SOURCE_H
#define EG_POLICY_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/err.h"

enum eg_source_limits {
	EG_SOURCE_SIZE_MAX = 64 << 20, /* bytes of a policy file */
	EG_SOURCE_REPORTS_MAX = 100,   /* errors reported of one file, and as many warnings */
};

struct eg_source {
	const char *file; /* names it in messages */
	const char *text; /* not owned, behind a byte order mark if there was one */
	size_t len;
	struct eg_diags *diags; /* not owned */
	size_t errors;		/* of this file, reported or not */
	size_t warnings;	/* the same */
	bool oom;		/* something of it could not be kept: the result must not be used */
	size_t at;		/* cursor of eg_source_next: the first byte not yet handed out */
	unsigned int line;	/* lines handed out */
	const char *now;	/* the last one */
	size_t now_len;
};

struct eg_source_line {
	const char *text; /* into the source, not NUL-terminated */
	size_t len;	  /* without the line end, which is LF or CR LF */
	unsigned int number;
};

/*
 * Reads a regular file whole. Returns 0, *text (owned by the caller, NUL-terminated) and *len;
 * -EINVAL for anything but a regular file, -EFBIG above EG_SOURCE_SIZE_MAX, -EAGAIN when it changed
 * meanwhile, or what open and read say.
 */
int eg_source_read(const char *file, char **text, size_t *len, struct eg_err *err);

/*
 * Starts on a text. Returns false, with the problem reported, when it is no text at all: then
 * there is no use in looking at lines.
 */
bool eg_source_init(struct eg_source *src, const char *file, const char *text, size_t len, struct eg_diags *diags);

/* Hands out the next line; false at the end. */
bool eg_source_next(struct eg_source *src, struct eg_source_line *line);

/*
 * Reports a problem with its line. hint may be NULL. Beyond EG_SOURCE_REPORTS_MAX errors are only
 * counted: one last "too many errors" tells so. The same goes for warnings.
 */
void eg_source_report(struct eg_source *src, enum eg_severity severity, struct eg_span at, const char *hint,
		      const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#define eg_source_error(src, at, hint, ...) eg_source_report((src), EG_ERROR, (at), (hint), __VA_ARGS__)

#endif
