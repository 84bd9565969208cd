/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * egworld.h - what a test has to itself, and what is cleared away after it:
 *
 *   a cgroup  OWN/egt-PID-N       with the test in its child "main"; all others are made by the test
 *   pins      /sys/fs/bpf/egt-PID-N/
 *   files     /tmp/egt-PID-N/     policies, and the run directory
 *   a network namespace           in which every address, of both families, is local
 *
 * Nothing else is touched. Strings that functions return live as long as the process.
 */
#ifndef EG_WORLD_H
#define EG_WORLD_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct eg_world {
	const char *mount;   /* of cgroup2 */
	const char *base;    /* our cgroup, from the mount */
	const char *pins;    /* our directory in bpffs */
	const char *files;   /* our directory in /tmp */
	const char *bpffs;   /* for --bpffs: pins/eg, not made yet */
	const char *run_dir; /* for --run-dir: files/run, not made yet */
	int denied;	     /* errno of a denied call when the policy names none */
	struct eg_world_prober {
		const char *cgroup;
		pid_t pid;
		int fd;
	} probers[32]; /* egprobe.c */
};

/* ---- for egtest.c ---- */

void eg_world_make(struct eg_world *w, size_t number);

/* The calling process becomes the test: into "main" and its own network namespace. */
void eg_world_begin(struct eg_world *w);

/* Ends every process in our cgroups, removes the pins, the cgroups, the files. */
void eg_world_destroy(struct eg_world *w);

/* ---- for tests ---- */

/* A formatted string. */
char *eg_world_str(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A world inside w: cgroups below a child, pins and files in directories of their own. */
struct eg_world eg_world_inner(const struct eg_world *w, const char *name);

/* Makes a cgroup below ours. name may be "a/b". Returns its path from the mount, as policies have it. */
const char *eg_world_cgroup(struct eg_world *w, const char *name);

/* The path from the mount, and in the file system. */
const char *eg_world_path(const struct eg_world *w, const char *name);
const char *eg_world_dir(const struct eg_world *w, const char *name);

/* Its inode number, which is the kernel's cgroup id. */
__u64 eg_world_id(const struct eg_world *w, const char *name);

/* Removes a cgroup of ours and those below, with all that runs there. */
void eg_world_remove(struct eg_world *w, const char *name);

/* Moves the calling process. */
void eg_world_enter(const struct eg_world *w, const char *name);

/* Calls the function in a child process in that cgroup. Returns what it returned (0 to 255), -1 if it died. */
int eg_world_in(const struct eg_world *w, const char *cgroup, int (*run)(void *arg), void *arg);

/*
 * Writes a policy NAME.ini and returns its path. "[policy]", name and cgroups come first by themselves, and
 * the rest begins in that section. cgroups: names as above, separated by blanks, or "". Of a name with a
 * dot, "p.old", the policy's is what comes before.
 */
const char *eg_world_policy(const struct eg_world *w, const char *name, const char *cgroups, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Writes a file below "files" and returns its path. */
const char *eg_world_file(const struct eg_world *w, const char *name, const char *text);

/* Removes what is there, of any type, with all below. */
void eg_world_remove_tree(const char *path);

/* Waits until done(arg) holds, at most that long. Returns whether it does. */
bool eg_world_wait(unsigned int seconds, bool (*done)(void *arg), void *arg);

#endif
