/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * egtest.h - runs a table of tests on the real kernel and says in TAP what became of them.
 *
 * Each test is a process of its own, in a world of its own (egworld.h) that is cleared away whatever
 * becomes of the test. A test that is skipped has failed, except in the matrix (EG_TEST_MATRIX=1):
 * a machine that can run a test may not skip it.
 */
#ifndef EG_TEST_H
#define EG_TEST_H

#include <stdbool.h>
#include <stddef.h>

#include "egworld.h"

struct eg_test {
	const char *name; /* a behaviour: "a denied connect fails at once" */
	void (*run)(struct eg_world *w);
	unsigned int seconds; /* at most; 0: 60. Six times that in the matrix */
};

/* Runs the tests, or those whose name contains a word of the command line. Returns the exit status. */
int eg_test_main(const struct eg_test *tests, size_t n, int argc, char **argv);

#define EG_TEST_MAIN(tests) \
	int main(int argc, char **argv) \
	{ \
		return eg_test_main(tests, sizeof(tests) / sizeof(*(tests)), argc, argv); \
	}

/* Whether this is a guest of the matrix: an old kernel, emulated, with little memory. */
bool eg_test_matrix(void);

/* n loops here, a few in the matrix, never none. */
unsigned long eg_test_scale(unsigned long n);

/* Ends the test as skipped. From the process of the test only. */
_Noreturn void eg_test_skip(const char *why, ...) __attribute__((format(printf, 1, 2)));

/* Ends the process, after an EG_NEED that does not hold. */
_Noreturn void eg_test_stop(void);

/* A line of comment in the TAP. */
void eg_test_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Notes a failure of the test, from whichever of its processes. Returns ok. */
bool eg_test_check(bool ok, const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* A check that fails lets the test go on; a need that is not met ends the process. */
#define EG_CHECK(cond, ...) eg_test_check(!!(cond), __FILE__, __LINE__, __VA_ARGS__)
#define EG_NEED(cond, ...) \
	do { \
		if (!(cond)) { \
			eg_test_check(false, __FILE__, __LINE__, __VA_ARGS__); \
			eg_test_stop(); \
		} \
	} while (0)

#define EG_COUNT(array) (sizeof(array) / sizeof(*(array)))

#endif
