/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * err.h - errors that travel up: 0 or -errno, and the words in a fixed-size object.
 *
 * The lowest layer that knows what happened writes the message with eg_fail(); each layer above may
 * put its own context in front with eg_wrap(). Nothing prints below cmd/.
 */
#ifndef EG_BASE_ERR_H
#define EG_BASE_ERR_H

#include <stddef.h>

/* Exit statuses, DESIGN of the commands: every error carries the one it ends the program with. */
enum eg_exit {
	EG_EXIT_OK = 0,
	EG_EXIT_FAILED = 1,
	EG_EXIT_USAGE = 2,
	EG_EXIT_POLICY = 3,
	EG_EXIT_DENIED = 4,
	EG_EXIT_KERNEL = 5,
	EG_EXIT_RUN = 125,
};

struct eg_err {
	int code;	 /* -errno, 0 while unset */
	int status;	 /* enum eg_exit; 0 is taken as EG_EXIT_FAILED */
	char what[768];	 /* "what failed: why", lower case, no full stop */
	char stays[256]; /* what stays in force; may be empty */
	char hint[512];	 /* what to do next; may be empty */
};

#define EG_ERR_INIT \
	{ \
		.code = 0 \
	}

/*
 * Sets the message and returns code (a negative errno). err may be NULL.
 */
int eg_fail(struct eg_err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Puts "context: " before the message that is there. Returns err->code (or -EIO when unset).
 */
int eg_wrap(struct eg_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* For clang-tidy, which does not see into err.c: neither returns 0. */
#ifdef __clang_analyzer__
static inline int eg_err_negative(int code)
{
	return code < 0 ? code : -1;
}

#define eg_fail(...) eg_err_negative((eg_fail)(__VA_ARGS__))
#define eg_wrap(...) eg_err_negative((eg_wrap)(__VA_ARGS__))
#endif

/* Set the exit status, what stays in force, what to do next. err may be NULL. */
void eg_err_status(struct eg_err *err, enum eg_exit status);
void eg_err_stays(struct eg_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void eg_err_hint(struct eg_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
