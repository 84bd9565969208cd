/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * diag.h - the list of problems found in one file: file:line:col, the line, a caret.
 *
 * Parsing collects all problems of a file and reports none twice; the caller decides what to print.
 */
#ifndef EG_BASE_DIAG_H
#define EG_BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct eg_source;

enum eg_severity {
	EG_WARNING,
	EG_ERROR,
};

/*
 * A place in a source file. line and col count from 1, col in bytes; len is what the caret spans.
 * len 0 means the file as a whole: no line is shown; line 0 besides, that no line is meant at all.
 */
struct eg_span {
	unsigned int line;
	unsigned int col;
	unsigned int len;
};

struct eg_diag {
	enum eg_severity severity;
	struct eg_span at;
	char *text;	   /* "'10.0.0.0/33' has a prefix length above 32" */
	char *hint;	   /* "did you mean 'port'?", or NULL */
	char *file;	   /* owned copy */
	char *source_line; /* owned copy of the line, tabs kept, without the newline; NULL: no line to show */
};

struct eg_diags {
	struct eg_diag *v;
	size_t n, cap;
	size_t errors;
	size_t warnings;
};

#define EG_DIAGS_INIT \
	{ \
		0 \
	}

/*
 * Adds a problem. A second one with the same severity, place and text is dropped.
 * file and source_line (may be NULL) are copied.
 */
void eg_diag_add(struct eg_diags *d, enum eg_severity severity, const char *file, struct eg_span at,
		 const char *source_line, const char *hint, const char *fmt, ...) __attribute__((format(printf, 7, 8)));

/* Orders by file (in order of first report), line, column. */
void eg_diag_sort(struct eg_diags *d);

/* Writes one problem, as
 *   web.ini:7:15: error: '10.0.0.0/33' has a prefix length above 32
 *       to = 10.0.0.0/33
 *            ^~~~~~~~~~~
 *   hint: ...
 * and with line 0 as "web.ini: error: ...".
 */
void eg_diag_print(const struct eg_diag *d, FILE *to);

/* Frees what is in the list, which is empty then and may be used again. */
void eg_diags_free(struct eg_diags *d);

#endif
