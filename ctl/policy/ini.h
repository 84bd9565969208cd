/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ini.h - reads INI text with inih, line by line, and closes its traps.
 *
 * inih cuts lines and names without a word, joins an indented "key = value" to the value above, reads
 * on in the old section when a "]" is missing, and never tells of an empty section. So each line is
 * checked and taken apart here first; only what has exactly one reading is handed to inih, and what
 * inih makes of it must be the same. A line that is wrong is reported and left out, with all that
 * hangs on it: the rest is still read, for its own errors, but the result must not be used.
 */
#ifndef EG_POLICY_INI_H
#define EG_POLICY_INI_H

#include "policy/source.h"

enum eg_ini_limits {
	EG_INI_LINE_MAX = 199, /* bytes of a line without its comment: inih's buffer is 200 */
	EG_INI_NAME_MAX = 49,  /* bytes of a section or key: inih keeps 50 with the NUL */
};

/* A good line. Spans count in bytes from the start of the line; len 0 in value: there is none. */
struct eg_ini_line {
	char text[EG_INI_LINE_MAX + 1]; /* comment and trailing white space cut */
	size_t len;
	struct eg_span name;  /* header: what stands between the brackets. Key: the key */
	struct eg_span value; /* key: behind the "=". Continuation: all of it */
};

struct eg_ini_handler {
	void (*section)(void *user, const struct eg_ini_line *line);
	/* empty: not even a line that is wrong stood in it */
	void (*section_end)(void *user, bool empty);
	void (*key)(void *user, const struct eg_ini_line *line);
	void (*more)(void *user, const struct eg_ini_line *line); /* continues the key above */
	/* A wrong line, and reported: what depends on it is moot. Outside a section: a header perhaps */
	void (*left_out)(void *user);
};

/* Reads all lines. Problems are reported to src. */
void eg_ini_read(struct eg_source *src, const struct eg_ini_handler *handler, void *user);

/* The bytes of a span of this line. */
static inline const char *eg_ini_at(const struct eg_ini_line *line, struct eg_span span)
{
	return line->text + span.col - 1;
}

#endif
