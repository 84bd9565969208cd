/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "egtest.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "egprobe.h"

#define SECONDS 60
#define MATRIX_PATIENCE 6 /* times the seconds of a test */
#define MATRIX_SHARE 50	  /* of the loops here, one there */
#define INHERITED_MAX 256
#define NOTES_MAX 30 /* failures of one test that are told */

/* What all processes of a test write to. */
static struct {
	int failures;
	int skipped;
	char why[256];
} * shared;

bool eg_test_matrix(void)
{
	const char *matrix = getenv("EG_TEST_MATRIX");

	return matrix && *matrix && strcmp(matrix, "0");
}

unsigned long eg_test_scale(unsigned long n)
{
	unsigned long scaled = eg_test_matrix() ? n / MATRIX_SHARE : n;

	return scaled ? scaled : 1;
}

/* One write a line, so that processes do not tear each other's. */
static void say(const char *prefix, const char *fmt, va_list args)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "%s", prefix);
	char *at;

	vsnprintf(text + n, sizeof(text) - (size_t)n - 1, fmt, args);
	for (at = text; *at; at++)
		*at = (char)(*at == '\n' ? ' ' : *at);
	strcpy(at, "\n");
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(1);
}

static void tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void tell(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("", fmt, args);
	va_end(args);
}

void eg_test_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("# ", fmt, args);
	va_end(args);
}

bool eg_test_check(bool ok, const char *file, int line, const char *fmt, ...)
{
	const char *slash = strrchr(file, '/');
	char where[128];
	va_list args;

	if (ok)
		return true;
	if (__atomic_add_fetch(&shared->failures, 1, __ATOMIC_RELAXED) > NOTES_MAX)
		return false;
	snprintf(where, sizeof(where), "# %s:%d: ", slash ? slash + 1 : file, line);
	va_start(args, fmt);
	say(where, fmt, args);
	va_end(args);
	return false;
}

void eg_test_skip(const char *why, ...)
{
	va_list args;

	va_start(args, why);
	vsnprintf(shared->why, sizeof(shared->why), why, args);
	va_end(args);
	shared->skipped = 1;
	_exit(0);
}

void eg_test_stop(void)
{
	_exit(1);
}

static void block_signals(sigset_t *old)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, old);
}

static _Noreturn void be_test(const struct eg_test *test, struct eg_world *w, const sigset_t *mask)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	eg_world_begin(w);
	test->run(w);
	_exit(0);
}

static bool before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Waits for the test, or a signal that ends us all. Returns the signal or 0; *status: of the test, -1: too late. */
static int wait_for(pid_t pid, unsigned int seconds, int *status)
{
	const struct timespec tick = { .tv_nsec = 500000000 };
	struct timespec end, now;
	siginfo_t info;
	sigset_t set;

	block_signals(NULL);
	sigprocmask(SIG_BLOCK, NULL, &set);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	for (;;) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return 0;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (before(&end, &now)) {
			*status = -1;
			return 0;
		}
		if (sigtimedwait(&set, &info, &tick) > 0 && info.si_signo != SIGCHLD)
			return info.si_signo;
	}
}

/* Returns whether the test counts as passed. */
static bool report(const struct eg_test *test, size_t number, int status)
{
	bool passed = !shared->failures && status == 0;

	if (status == -1)
		eg_test_note("took too long");
	else if (WIFSIGNALED(status))
		eg_test_note("died of signal %d", WTERMSIG(status));
	if (passed && shared->skipped) {
		passed = eg_test_matrix();
		tell("%s %zu - %s # SKIP %s", passed ? "ok" : "not ok", number, test->name, shared->why);
		if (!passed)
			eg_test_note("a skip is a failure here: this is not the matrix");
		return passed;
	}
	tell("%s %zu - %s", passed ? "ok" : "not ok", number, test->name);
	return passed;
}

static int run_one(const struct eg_test *test, size_t number, bool *passed, const sigset_t *mask)
{
	unsigned int seconds = (test->seconds ? test->seconds : SECONDS) * (eg_test_matrix() ? MATRIX_PATIENCE : 1);
	struct eg_world w;
	int status = 0, sig = 0;
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	eg_world_make(&w, number);
	pid = fork();
	if (!pid)
		be_test(test, &w, mask);
	if (EG_CHECK(pid > 0, "fork: %s", strerror(errno)))
		sig = wait_for(pid, seconds, &status);
	if (pid > 0 && (sig || status == -1))
		kill(pid, SIGKILL);
	eg_world_destroy(&w);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	*passed = !sig && report(test, number, status);
	return sig;
}

static bool is_wanted(const struct eg_test *test, int argc, char **argv)
{
	bool any = false;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "--", 2))
			continue;
		if (strstr(test->name, argv[i]))
			return true;
		any = true;
	}
	return !any;
}

int eg_test_main(const struct eg_test *tests, size_t n, int argc, char **argv)
{
	size_t i, number = 0, wanted = 0, failed = 0;
	sigset_t mask;
	bool passed;
	int sig, fd;

	if (argc > 1 && !strcmp(argv[1], "--probe"))
		return eg_probe_main(argc, argv);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	block_signals(&mask);
	for (fd = STDERR_FILENO + 1; fd < INHERITED_MAX; fd++)
		close(fd); /* what our caller left open would be counted as leaked by us */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	for (i = 0; i < n; i++)
		wanted += is_wanted(&tests[i], argc, argv);
	tell("1..%zu", wanted);
	for (i = 0; i < n; i++) {
		if (!is_wanted(&tests[i], argc, argv))
			continue;
		sig = run_one(&tests[i], ++number, &passed, &mask);
		if (sig)
			return 128 + sig;
		failed += !passed;
	}
	return failed || !wanted;
}
