/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A test binary that behaves as its own name says: test_kernel_pass, test_kernel_hang, ... */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int pass(void)
{
	puts("1..1\nok 1 - passes");
	return getenv("EG_TEST_MATRIX") == NULL;
}

static int skip(void)
{
	puts("1..2\nok 1 - is not for this kernel # SKIP says so\nnot ok 2 # SKIP as cmocka 1.1 writes it");
	return 0;
}

static int fail(void)
{
	puts("1..2\nok 1 - passes\nnot ok 2 - fails");
	return 1;
}

static int lie(void)
{
	puts("1..1\nnot ok 1 - fails with exit status 0");
	return 0;
}

static int silent(void)
{
	return 0;
}

static int cut(void)
{
	puts("1..3\nok 1 - is the only one of three");
	return 0;
}

static int crash(void)
{
	puts("ok 1 - passes before the crash");
	abort();
}

static int hang(void)
{
	signal(SIGTERM, SIG_IGN);
	while (pause() != 0)
		;
	return 0;
}

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

static int panic(void)
{
	puts("ok 1 - passes before the panic");
	write_to("/proc/sysrq-trigger", "c");
	return 0;
}

static int warn(void)
{
	write_to("/dev/kmsg", "<4>------------[ cut here ]------------");
	return pass();
}

/* What is left running must be gone when the next test starts. */
static int leave(void)
{
	if (fork() == 0) {
		sleep(1);
		puts("not ok 1 - survived");
		fflush(stdout);
		return 0;
	}
	return pass();
}

static int wait_for_leave(void)
{
	sleep(2);
	return pass();
}

static const struct {
	const char *name;
	int (*run)(void);
} behaviours[] = {
	{ "pass", pass },     { "skip", skip }, { "fail", fail },   { "lie", lie },
	{ "silent", silent }, { "cut", cut },	{ "crash", crash }, { "hang", hang },
	{ "panic", panic },   { "warn", warn }, { "leave", leave }, { "leave_wait", wait_for_leave },
};

int main(int argc, char **argv)
{
	const char *name = strstr(argv[0], "test_kernel_");

	if (name == NULL || argc != 2 || strcmp(argv[1], "--tap") != 0)
		return 2;
	for (size_t i = 0; i < sizeof(behaviours) / sizeof(*behaviours); i++)
		if (strcmp(name + strlen("test_kernel_"), behaviours[i].name) == 0)
			return behaviours[i].run();
	return 2;
}
