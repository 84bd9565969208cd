/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_kill.c - a command that is killed at any point leaves all of what was before, or all of what it
 * was to bring; the next command clears up; and the same command works when it is given again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "egbpf.h"
#include "egprobe.h"
#include "egtest.h"
#include "egtool.h"

#define CGROUPS 3
#define POINTS_MAX 400
#define MATRIX_STEP 29 /* of the points, each so-manieth, beginning elsewhere in each scenario */

static const char *const cgroups[CGROUPS] = { "a", "b", "c" };

/* ---- the policies: .1 passes in all; .2 in those before, .3 in those after ---- */

#define BEFORE \
	"default = deny\n[allow stays]\nto = 203.0.113.1, 2001:db8::1\n[allow two]\nto = 203.0.113.2, 2001:db8::2\n"
#define AFTER \
	"default = deny\nraw = allow\n[allow three]\nto = 203.0.113.3, 2001:db8::3\n[allow stays]\nto = " \
	"203.0.113.0/31, 2001:db8::1\n"

static const struct {
	const char *file; /* "%p.old" in commands */
	const char *cgroups;
	const char *text;
} policies[] = {
	{ "p.old", "a b", BEFORE },	 { "p.old-a", "a", BEFORE }, { "p.new", "a b", AFTER },
	{ "p.new-abc", "a b c", AFTER }, { "p.new-a", "a", AFTER },  { "q.ab", "a b", AFTER },
	{ "q.a", "a", AFTER },		 { "q.loose", "", AFTER },   { "o.c", "c", BEFORE },
	{ "o.bc", "b c", AFTER },
};

/* As AFTER, with so many rules that the table of counters must grow. */
static void write_large(struct eg_world *w)
{
	char *text = malloc(65536), *at = text;
	int i;

	EG_NEED(text, "out of memory");
	at += sprintf(at, "%s", AFTER);
	for (i = 0; i < 200; i++)
		at += sprintf(at, "[allow r%d]\nto = 10.0.%d.0/24\n", i, i);
	eg_world_policy(w, "p.large", "a b", "%s", text);
	free(text);
}

static void write_policies(struct eg_world *w)
{
	size_t i;

	for (i = 0; i < EG_COUNT(policies); i++)
		eg_world_policy(w, policies[i].file, policies[i].cgroups, "%s", policies[i].text);
	write_large(w);
}

/* ---- what the cgroups see ---- */

struct view {
	unsigned int passes[CGROUPS]; /* a bit for each probe */
};

static const struct eg_probe probes[] = {
	{ EG_UDP4, "203.0.113.1", 80 },	   { EG_UDP4, "203.0.113.2", 80 },
	{ EG_UDP4, "203.0.113.3", 80 },	   { EG_UDP6, "2001:db8::2", 80 },
	{ EG_UDP6, "2001:db8::3", 80 },	   { EG_SENDTO4, "203.0.113.2", 80 },
	{ EG_SENDTO4, "203.0.113.3", 80 }, { EG_SENDTO6, "2001:db8::2", 80 },
	{ EG_SENDTO6, "2001:db8::3", 80 }, { EG_SOCKET, AF_INET, SOCK_RAW, IPPROTO_ICMP, "0.0.0.0", 0 },
};

static struct view look(struct eg_world *w)
{
	struct view view = { 0 };
	size_t i, k;

	for (i = 0; i < CGROUPS; i++) {
		for (k = 0; k < EG_COUNT(probes); k++) {
			int r = eg_probe_try(w, cgroups[i], &probes[k], NULL);

			EG_CHECK(!r || r == w->denied, "%s in %s: %s", eg_net_words(&probes[k]), cgroups[i],
				 strerror(r));
			view.passes[i] |= (unsigned int)!r << k;
		}
	}
	return view;
}

static const char *words(const struct view *v)
{
	return eg_world_str("%03x %03x %03x", v->passes[0], v->passes[1], v->passes[2]);
}

/* ---- scenarios ---- */

struct scenario {
	const char *before[3]; /* commands that make the state before */
	const char *command;   /* the one that is killed: %FILE is a policy, @CGROUP a cgroup */
	/* Cgroups of one letter change together; of a command for several policies, each policy is whole. */
	const char *together;
	unsigned int from;   /* first point; those before are another scenario's */
	const char *counted; /* what of the policy "p" must have counted every connect to .1 */
	bool once;	     /* when it has been done, doing it again is an error */
	const char *killed;  /* a command before it, killed at a point that each worker chooses for itself */
};

static const char **split(const struct eg_world *w, const char *command, const char **args)
{
	char *save = NULL, *word = strtok_r(eg_world_str("%s", command), " ", &save);
	size_t n = 0;

	for (; word; word = strtok_r(NULL, " ", &save)) {
		args[n] = *word == '%' ? eg_world_str("%s/%s.ini", w->files, word + 1) : word;
		args[n] = *word == '@' ? eg_world_path(w, word + 1) : args[n];
		n++;
	}
	args[n] = NULL;
	return args;
}

static int killed(const struct eg_world *w, const char *command, unsigned int point)
{
	struct eg_tool tool = { .binary = "egressctl-fault", .set = eg_world_str("EG_FAULT_KILL=%u", point) };
	const char *args[16];
	struct eg_result r = eg_tool_run(w, &tool, split(w, command, args));

	EG_CHECK(r.signal == SIGKILL || !r.status, "point %u: status %d: %s", point, r.status, r.err);
	free(r.out);
	free(r.err);
	return r.signal;
}

static void prepare(struct eg_world *w, const struct scenario *s, unsigned int point_before)
{
	const char *args[16];
	size_t i;

	for (i = 0; i < EG_COUNT(s->before) && s->before[i]; i++)
		eg_tool_ok(w, split(w, s->before[i], args));
	if (s->killed)
		EG_CHECK(killed(w, s->killed, point_before) == SIGKILL, "'%s' has no point %u", s->killed,
			 point_before);
}

static bool side(const struct scenario *s, const struct view *now, const struct view *want, char letter)
{
	size_t i;

	for (i = 0; i < CGROUPS; i++) {
		if (s->together[i] == letter && now->passes[i] != want->passes[i])
			return false;
	}
	return true;
}

/* Whether each group of cgroups is wholly before or wholly after. */
static bool is_whole(const struct scenario *s, const struct view *now, const struct view *before,
		     const struct view *after)
{
	size_t i;

	for (i = 0; i < CGROUPS; i++) {
		if (!side(s, now, before, s->together[i]) && !side(s, now, after, s->together[i]))
			return false;
	}
	return true;
}

static void check_shown(const struct eg_world *w, const char *policy, unsigned int point)
{
	json_t *shown = eg_tool_json(w, EG_ARGS("show", policy));
	const json_t *list = json_object_get(shown, "cgroups");
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		EG_CHECK(json_is_true(json_object_get(json_array_get(list, i), "complete")),
			 "point %u: '%s' lacks hooks", point, policy);
	json_decref(shown);
}

static void check_consistent(const struct eg_world *w, unsigned int point)
{
	json_t *list = eg_tool_json(w, EG_ARGS("list")), *gc = eg_tool_json(w, EG_ARGS("gc"));
	const json_t *all = json_object_get(list, "policies");
	struct eg_result doctor = eg_tool_run(w, NULL, EG_ARGS("doctor"));
	size_t i;

	for (i = 0; i < json_array_size(all); i++)
		check_shown(w, json_string_value(json_object_get(json_array_get(all, i), "policy")), point);
	EG_CHECK(!json_integer_value(json_object_get(gc, "attachments_dropped")) &&
			 !json_integer_value(json_object_get(gc, "generations_dropped")),
		 "point %u: a second gc finds something", point);
	EG_CHECK(!doctor.status && !strstr(doctor.out, "faults"), "point %u: doctor: %s", point, doctor.out);
	free(doctor.out);
	free(doctor.err);
	json_decref(list);
	json_decref(gc);
}

static void clear(struct eg_world *w, unsigned int point)
{
	/* in the matrix once a scenario: looking into outer maps takes long on 6.1 (egbpf.c) */
	struct eg_bpf_ids ids = point && eg_test_matrix() ? (struct eg_bpf_ids){ 0 } : eg_bpf_pinned(w->bpffs);
	size_t i;

	eg_tool_ok(w, EG_ARGS("remove", "--all", "--force"));
	EG_CHECK(access(w->bpffs, F_OK), "point %u: pins are left", point);
	EG_CHECK(access(w->run_dir, F_OK), "point %u: texts are left", point);
	for (i = 0; i < CGROUPS; i++)
		EG_CHECK(eg_bpf_wait_attached(w, cgroups[i], 0), "point %u: %u programs are left on %s", point,
			 eg_bpf_attached(w, cgroups[i]), cgroups[i]);
	EG_CHECK(eg_bpf_gone(&ids), "point %u: programs, maps or links are left in the kernel", point);
	eg_bpf_free(&ids);
}

/* What a worker knows while it goes through the points. */
struct course {
	struct eg_world w;
	const struct scenario *s;
	struct view before, after; /* when nobody is killed */
	unsigned int point_before; /* for scenario.killed */
};

static unsigned int count_points(struct eg_world *w, const struct scenario *s)
{
	struct eg_tool tool = { .binary = "egressctl-fault", .set = "EG_FAULT_TRACE=1" };
	const struct scenario until = { .before = { s->before[0], s->before[1], s->before[2] } };
	const char *args[16], *at;
	struct eg_result r;
	unsigned int n = 0;

	prepare(w, &until, 0);
	r = eg_tool_run(w, &tool, split(w, s->killed, args));
	for (at = r.err; (at = strstr(at, "fault point ")); at++)
		n++;
	free(r.out);
	free(r.err);
	clear(w, 0);
	return n;
}

static void measure(struct course *c, unsigned int worker, unsigned int workers)
{
	const struct scenario *s = c->s;
	const char *args[16];

	if (s->killed)
		c->point_before = 1 + (2 * worker + 1) * count_points(&c->w, s) / (2 * workers);
	prepare(&c->w, s, c->point_before);
	c->before = look(&c->w);
	eg_tool_ok(&c->w, split(&c->w, s->command, args));
	c->after = look(&c->w);
	clear(&c->w, 0);
	EG_CHECK(s->killed || memcmp(&c->before, &c->after, sizeof(c->before)), "nothing changes: %s",
		 words(&c->before));
}

static void repeat(struct course *c, const struct view *left, unsigned int point)
{
	const char *args[16];
	struct eg_result r = eg_tool_run(&c->w, NULL, split(&c->w, c->s->command, args));
	bool done = !memcmp(left, &c->after, sizeof(*left));
	struct view now = look(&c->w);

	EG_CHECK(!r.status || (done && c->s->once), "point %u: not possible again: %s", point, r.err);
	EG_CHECK(!memcmp(&now, &c->after, sizeof(now)), "point %u: again, then %s instead of %s", point, words(&now),
		 words(&c->after));
	free(r.out);
	free(r.err);
}

/* Returns false when the command came to its end. */
static bool kill_at(struct course *c, unsigned int point)
{
	const struct scenario *s = c->s;
	struct view now, left;
	long long hits;
	int sig;

	prepare(&c->w, s, c->point_before);
	sig = killed(&c->w, s->command, point);
	now = look(&c->w);
	EG_CHECK(is_whole(s, &now, &c->before, &c->after), "point %u: a mix: %s, before %s, after %s", point,
		 words(&now), words(&c->before), words(&c->after));
	eg_tool_ok(&c->w, EG_ARGS("gc"));
	left = look(&c->w);
	EG_CHECK(is_whole(s, &left, &c->before, &c->after), "point %u: a mix after gc: %s, before %s, after %s", point,
		 words(&left), words(&c->before), words(&c->after));
	check_consistent(&c->w, point);
	repeat(c, &left, point);
	hits = s->counted ? eg_tool_hits(&c->w, "p", s->counted) : 0;
	EG_CHECK(!s->counted || hits == 3 * 2, "point %u: %lld hits, from 3 looks in 2 cgroups", point, hits);
	clear(&c->w, point);
	return sig == SIGKILL;
}

static _Noreturn void work(struct eg_world *outer, const struct scenario *s, unsigned int worker, unsigned int workers)
{
	struct course c = { .w = eg_world_inner(outer, eg_world_str("w%u", worker)), .s = s };
	unsigned int stride = eg_test_matrix() ? MATRIX_STEP : 1;
	unsigned int point = s->from + 1 + (unsigned int)strlen(s->command) * 7 % stride;
	size_t i;

	for (i = 0; i < CGROUPS; i++)
		eg_world_cgroup(&c.w, cgroups[i]);
	write_policies(&c.w);
	measure(&c, worker, workers);
	/* after a command that each worker killed elsewhere, each goes through all points of this one */
	for (point += s->killed ? 0 : worker * stride; point < POINTS_MAX;
	     point += stride * (s->killed ? 1 : workers)) {
		if (!kill_at(&c, point))
			_exit(0);
	}
	EG_CHECK(false, "more than %d points", POINTS_MAX);
	eg_test_stop();
}

/* Most of the time is spent waiting for the kernel's grace periods: so several work at a time. */
static void kill_everywhere(struct eg_world *w, const struct scenario *s)
{
	unsigned int workers = eg_test_matrix() ? 1 : 8, n;

	for (n = 0; n < workers; n++) {
		pid_t pid = fork();

		EG_NEED(pid >= 0, "fork: %s", strerror(errno));
		if (!pid)
			work(w, s, n, workers);
	}
	while (wait(NULL) > 0 || errno == EINTR)
		;
}

/* ---- run ---- */

static bool is_idle(void *arg)
{
	const char *dir = arg;
	FILE *f = popen(eg_world_str("cat %s/egressctl-run-*/cgroup.procs 2>/dev/null | wc -l", dir), "re");
	int n = 1;

	if (f) {
		if (fscanf(f, "%d", &n) != 1)
			n = 1;
		pclose(f);
	}
	return !n;
}

static bool has_instance(const char *dir)
{
	return !system(eg_world_str("ls -d %s/egressctl-run-* >/dev/null 2>&1", dir));
}

/* The command ran under its policy, or not at all; and nothing of it stays. Returns false at the end. */
static bool kill_run_at(struct eg_world *w, const char *policy, unsigned int point)
{
	struct eg_tool tool = { .binary = "egressctl-fault", .set = eg_world_str("EG_FAULT_KILL=%u", point) };
	const char *file = eg_world_str("%s/seen%u", w->files, point);
	char *main_dir = eg_world_str("%s", eg_world_dir(w, "main"));
	struct eg_result r = eg_tool_run(
		w, &tool,
		EG_ARGS("run", "--policy", policy, "--", eg_probe_self(), "--probe", file, "203.0.113.2", "80"));
	int seen;

	EG_CHECK(eg_world_wait(10, is_idle, main_dir), "point %u: the command does not end", point);
	seen = eg_probe_written(file);
	EG_CHECK(seen == -1 || seen == w->denied, "point %u: the command was not policed: %s", point, strerror(seen));
	EG_CHECK(r.signal == SIGKILL || (!r.status && seen != -1), "point %u: status %d: %s", point, r.status, r.err);
	eg_tool_ok(w, EG_ARGS("gc"));
	EG_CHECK(access(w->bpffs, F_OK), "point %u: pins are left", point);
	if (!EG_CHECK(!has_instance(main_dir), "point %u: a cgroup is left", point))
		EG_CHECK(!system(eg_world_str("rmdir %s/egressctl-run-*", main_dir)), "it is not empty");
	eg_tool_ok(w, EG_ARGS("run", "--policy", policy, "--", "/bin/true"));
	EG_CHECK(access(w->bpffs, F_OK), "point %u: pins are left after a second run", point);
	free(r.out);
	free(r.err);
	return r.signal == SIGKILL;
}

static void test_run(struct eg_world *w)
{
	const char *policy = eg_world_policy(w, "p", "", "default = deny\n[allow one]\nto = 203.0.113.1\n");
	unsigned int point = eg_test_matrix() ? 5 : 1;

	while (kill_run_at(w, policy, point)) {
		point += eg_test_matrix() ? MATRIX_STEP : 1;
		EG_NEED(point < POINTS_MAX, "more than %d points", POINTS_MAX);
	}
}

#define SCENARIO(name, ...) \
	static void name(struct eg_world *w) \
	{ \
		static const struct scenario s = { __VA_ARGS__ }; \
		kill_everywhere(w, &s); \
	}

SCENARIO(test_first, .command = "apply %p.old-a", .together = "abc")
SCENARIO(test_first_two, .command = "apply %p.old", .together = "aac", .from = 18)
SCENARIO(test_first_files, .command = "apply %p.old %o.c", .together = "aac", .from = 18)
SCENARIO(test_again, .before = { "apply %p.old" }, .command = "apply %p.new", .together = "aac",
	 .counted = "allow stays")
SCENARIO(test_large, .before = { "apply %p.old" }, .command = "apply %p.large", .together = "aac",
	 .counted = "allow stays")
SCENARIO(test_adds, .before = { "apply %p.old" }, .command = "apply %p.new-abc", .together = "aaa")
SCENARIO(test_drops, .before = { "apply %p.old" }, .command = "apply %p.new-a", .together = "aac")
SCENARIO(test_replace, .before = { "apply %p.old-a" }, .command = "apply --replace %q.a", .together = "abc")
SCENARIO(test_replace_two, .before = { "apply %p.old" }, .command = "apply --replace %q.ab", .together = "abc")
SCENARIO(test_goes_over, .before = { "apply %p.old %o.c" }, .command = "apply --replace %p.new-a %o.bc",
	 .together = "abc")
SCENARIO(test_attach, .before = { "apply %p.old" }, .command = "attach p --cgroup @c", .together = "aac")
SCENARIO(test_detach, .before = { "apply %p.old", "attach p --cgroup @c" }, .command = "detach p --cgroup @c",
	 .together = "aac", .once = true)
SCENARIO(test_attach_replace, .before = { "apply %p.old", "apply %q.loose" },
	 .command = "attach --replace q --cgroup @a", .together = "abc")
SCENARIO(test_remove, .before = { "apply %p.old" }, .command = "remove p", .together = "aac", .once = true)
SCENARIO(test_remove_all, .before = { "apply %p.old %o.c" }, .command = "remove --all", .together = "aac")
SCENARIO(test_gc, .before = { "apply %p.old" }, .killed = "apply %p.new-abc", .command = "gc", .together = "aaa")
SCENARIO(test_gc_removed, .before = { "apply %p.old" }, .killed = "remove --all", .command = "gc", .together = "aaa")

static const struct eg_test tests[] = {
	{ "a first apply, killed anywhere, is whole or nothing", test_first, 120 },
	{ "a first apply to two cgroups, killed anywhere, is whole or nothing", test_first_two, 120 },
	{ "a first apply of two files, killed anywhere, leaves each whole or nothing", test_first_files, 120 },
	{ "a re-apply, killed anywhere, leaves the old or the new rules", test_again, 120 },
	{ "a re-apply with a larger table of counters likewise", test_large, 120 },
	{ "a re-apply that adds a cgroup likewise", test_adds, 120 },
	{ "a re-apply that drops a cgroup likewise", test_drops, 120 },
	{ "apply --replace, killed anywhere, leaves one of the two policies", test_replace, 120 },
	{ "apply --replace of two cgroups leaves each one of the two policies", test_replace_two, 120 },
	{ "a cgroup on its way from file to file obeys one of the two", test_goes_over, 120 },
	{ "attach, killed anywhere, has happened or has not", test_attach, 120 },
	{ "detach, killed anywhere, has happened or has not", test_detach, 120 },
	{ "attach --replace, killed anywhere, leaves one of the two policies", test_attach_replace, 120 },
	{ "remove, killed anywhere, has happened or has not", test_remove, 120 },
	{ "remove --all, killed anywhere, has happened or has not, policy by policy", test_remove_all, 120 },
	{ "gc can be killed anywhere after an apply that was killed anywhere", test_gc, 120 },
	{ "gc can be killed anywhere after a remove that was killed anywhere", test_gc_removed, 120 },
	{ "run, killed anywhere, ran the command under its policy or not at all", test_run, 120 },
};

EG_TEST_MAIN(tests)
