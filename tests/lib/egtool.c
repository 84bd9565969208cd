/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "egtool.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "egtest.h"

#define PATIENCE_S 60
#define ARGS_MAX 64

/* ---- finding it ---- */

static const char *in_dir(const char *dir, size_t len, const char *binary)
{
	const char *path = eg_world_str("%.*s/%s", (int)len, dir, binary);

	return access(path, X_OK) ? NULL : path;
}

const char *eg_tool_path(const char *binary)
{
	const char *dir = getenv("EG_BIN_DIR"), *found = dir ? in_dir(dir, strlen(dir), binary) : NULL;
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	size_t len;

	if (found || n < 0)
		return found;
	self[n] = 0;
	found = in_dir(self, (size_t)(strrchr(self, '/') - self), binary);
	for (dir = getenv("PATH"); !found && dir && *dir; dir += len + (dir[len] == ':')) {
		len = strcspn(dir, ":");
		found = in_dir(dir, len, binary);
	}
	return found;
}

/* ---- running it ---- */

static void fill_args(const struct eg_world *w, const struct eg_tool *tool, const char *path, const char *const *args,
		      const char **out)
{
	const char *const places[] = { "--bpffs", w->bpffs, "--run-dir", w->run_dir, "--cgroup-root", w->mount };
	size_t n = 0, i;

	out[n++] = path;
	for (i = 0; !tool->bare && i < EG_COUNT(places); i++)
		out[n++] = places[i];
	for (i = 0; args[i] && n < ARGS_MAX - 1; i++)
		out[n++] = args[i];
	out[n] = NULL;
}

static _Noreturn void be_tool(const struct eg_world *w, const struct eg_tool *tool, const char *path,
			      const char *const *args)
{
	const char *argv[ARGS_MAX];

	if (tool->cgroup)
		eg_world_enter(w, tool->cgroup);
	if (tool->set)
		putenv(eg_world_str("%s", tool->set));
	signal(SIGPIPE, SIG_DFL);
	if (tool->uid && (setgroups(0, NULL) || setgid(tool->uid) || setuid(tool->uid)))
		_exit(99);
	fill_args(w, tool, path, args, argv);
	execv(path, (char *const *)argv);
	_exit(98);
}

void eg_tool_start(const struct eg_world *w, struct eg_tool *tool, const char *const *args)
{
	const char *binary = tool->binary ? tool->binary : "egressctl", *path = eg_tool_path(binary);
	int in[2], out[2], err[2];

	EG_NEED(path, "%s is not here: set EG_BIN_DIR", binary);
	EG_NEED(!pipe2(in, O_CLOEXEC) && !pipe2(out, O_CLOEXEC) && !pipe2(err, O_CLOEXEC), "pipe: %s", strerror(errno));
	tool->pid = fork();
	EG_NEED(tool->pid >= 0, "fork: %s", strerror(errno));
	if (!tool->pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		be_tool(w, tool, path, args);
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	if (tool->input && write(in[1], tool->input, strlen(tool->input)) < 0)
		eg_test_note("input of %s: %s", binary, strerror(errno));
	close(in[1]);
	tool->out = out[0];
	tool->err = err[0];
	fcntl(tool->out, F_SETFL, O_NONBLOCK);
	fcntl(tool->err, F_SETFL, O_NONBLOCK);
}

struct text {
	char *at;
	size_t len;
};

/* Takes what is there. Returns false at the end of the file. */
static bool drain(int fd, struct text *text)
{
	char room[65536];
	ssize_t n;

	while ((n = read(fd, room, sizeof(room))) > 0) {
		text->at = realloc(text->at, text->len + (size_t)n + 1);
		EG_NEED(text->at, "out of memory");
		memcpy(text->at + text->len, room, (size_t)n);
		text->len += (size_t)n;
		text->at[text->len] = 0;
	}
	return n < 0;
}

/* What it left running may hold the pipes open: its own end is the end. */
struct eg_result eg_tool_wait(struct eg_tool *tool)
{
	struct text out = { strdup(""), 0 }, err = { strdup(""), 0 };
	struct pollfd fds[2] = { { .fd = tool->out, .events = POLLIN }, { .fd = tool->err, .events = POLLIN } };
	time_t end = time(NULL) + PATIENCE_S * (eg_test_matrix() ? 5 : 1);
	bool ended = false;
	int status = 0;

	while (!ended) {
		poll(fds, 2, 2);
		ended = waitpid(tool->pid, &status, WNOHANG) != 0;
		if (!drain(tool->out, &out))
			fds[0].fd = -1;
		if (!drain(tool->err, &err))
			fds[1].fd = -1;
		if (!ended && time(NULL) > end) {
			EG_CHECK(false, "the command does not end; stderr: %s", err.at);
			kill(tool->pid, SIGKILL);
			waitpid(tool->pid, &status, 0);
			ended = true;
		}
	}
	close(tool->out);
	close(tool->err);
	return (struct eg_result){ .status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
				   .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
				   .out = out.at,
				   .err = err.at };
}

struct eg_result eg_tool_run(const struct eg_world *w, const struct eg_tool *tool, const char *const *args)
{
	struct eg_tool made = tool ? *tool : (struct eg_tool){ 0 };

	eg_tool_start(w, &made, args);
	return eg_tool_wait(&made);
}

static const char *words(const char *const *args)
{
	char *text = eg_world_str("egressctl");

	for (; *args; args++)
		text = eg_world_str("%s %s", text, *args);
	return text;
}

bool eg_tool_ok(const struct eg_world *w, const char *const *args)
{
	return eg_tool_fails(w, NULL, 0, NULL, args);
}

void eg_tool_apply(const struct eg_world *w, const char *policy)
{
	EG_NEED(eg_tool_ok(w, EG_ARGS("apply", policy)), "the policy is not in force");
}

bool eg_tool_fails(const struct eg_world *w, const struct eg_tool *tool, int status, const char *says,
		   const char *const *args)
{
	struct eg_result r = eg_tool_run(w, tool, args);
	bool ok = EG_CHECK(r.status == status, "%s: status %d (signal %d) instead of %d: %s", words(args), r.status,
			   r.signal, status, r.err);

	if (ok && says)
		ok = EG_CHECK(strstr(r.err, says), "%s does not say '%s' but: %s", words(args), says, r.err);
	free(r.out);
	free(r.err);
	return ok;
}

/* ---- reading it ---- */

json_t *eg_tool_json(const struct eg_world *w, const char *const *args)
{
	const char *with[ARGS_MAX] = { "--json" };
	json_error_t error;
	struct eg_result r;
	json_t *json;
	size_t i;

	for (i = 0; args[i] && i < ARGS_MAX - 2; i++)
		with[i + 1] = args[i];
	r = eg_tool_run(w, NULL, with);
	json = json_loads(r.out, JSON_REJECT_DUPLICATES, &error);
	EG_CHECK(json, "%s: status %d, %s: '%s'", words(with), r.status, error.text, r.out);
	free(r.out);
	free(r.err);
	return json;
}

static bool is_rule(const json_t *rule, const char *name)
{
	const char *kind = json_string_value(json_object_get(rule, "kind"));
	const char *own = json_string_value(json_object_get(rule, "rule"));
	size_t n = kind ? strlen(kind) : 0;

	return kind && own && !strncmp(kind, name, n) && name[n] == ' ' && !strcmp(own, name + n + 1);
}

static long long hits_in(const json_t *shown, const char *rule)
{
	const json_t *rules = json_object_get(shown, "rules");
	size_t i;

	if (!strchr(rule, ' '))
		return json_integer_value(json_object_get(shown, eg_world_str("hits_%s", rule)));
	for (i = 0; i < json_array_size(rules); i++) {
		if (is_rule(json_array_get(rules, i), rule))
			return json_integer_value(json_object_get(json_array_get(rules, i), "hits"));
	}
	return -1;
}

long long eg_tool_hits(const struct eg_world *w, const char *policy, const char *rule)
{
	json_t *shown = eg_tool_json(w, EG_ARGS("show", policy));
	long long hits = hits_in(shown, rule);

	json_decref(shown);
	return hits;
}

int eg_tool_pin(const struct eg_world *w, const char *name)
{
	return bpf_obj_get(eg_world_str("%s/%s", w->bpffs, name));
}

long long eg_tool_faults(const struct eg_world *w, unsigned int reason)
{
	cleanup_close int fd = eg_tool_pin(w, "core/faults");
	int cpus = libbpf_num_possible_cpus(), i;
	cleanup_free __u64 *values = calloc(cpus > 0 ? (size_t)cpus : 1, sizeof(*values));
	long long sum = 0;

	if (fd < 0 || !values || bpf_map_lookup_elem(fd, &reason, values))
		return -1;
	for (i = 0; i < cpus; i++)
		sum += (long long)values[i];
	return sum;
}
