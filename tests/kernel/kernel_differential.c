/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_differential.c - random policies in force, random flows by real sockets: the verdict and the counter are
 * those of the naive evaluator (tests/proof), and so is what the compiled tables say offline.
 *
 * A difference is cut down to the policy and the flow that it needs, unless EG_TEST_BRIEF is set. EG_TEST_SEED tries
 * others.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agree.h"
#include "base/cleanup.h"
#include "egnet.h"
#include "egtest.h"
#include "egtool.h"
#include "random.h"
#include "shrink.h"
#include "text.h"

#define BATCH 30 /* policies of one apply, each on a cgroup of its own */
#define BATCH_MATRIX 6
#define BATCHES 10
#define FLOWS 350
#define FLOWS_MATRIX 100
#define DENIED EPERM /* what no route and no socket gives; each run outside proves it */
#define HEAD "errno = EPERM\n"
#define FILLERS 70 /* of either family: more than are all kept in a trie */

#define COUNTERS (NAIVE_RULES + 1) /* the default, and the rules */

/* A flow, and by what call. */
struct trial {
	struct naive_flow flow;
	bool mapped; /* an IPv4 destination on an IPv6 socket */
	bool unconnected;
};

struct hits {
	long long v[COUNTERS];
};

struct subject {
	struct naive_policy policy;
	const char *cgroup, *file, *dir;
	bool filled; /* with hosts that no flow goes to, so that the tables divide their entries otherwise */
	struct trial trials[FLOWS];
	int n;
};

/* What the processes in the cgroups found, by trial. */
static int *outcomes;

/* ---- flows by sockets ---- */

static socklen_t address(const struct trial *t, struct sockaddr_storage *out)
{
	struct sockaddr_in *in = (void *)out;
	struct sockaddr_in6 *in6 = (void *)out;

	memset(out, 0, sizeof(*out));
	if (naive_is_v4(&t->flow.to) && !t->mapped) {
		in->sin_family = AF_INET;
		in->sin_port = htons((unsigned short)t->flow.port);
		memcpy(&in->sin_addr, t->flow.to.b + 12, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons((unsigned short)t->flow.port);
	memcpy(&in6->sin6_addr, t->flow.to.b, 16);
	return sizeof(*in6);
}

/* Everything is local in the namespace of the test: nothing leaves it. */
static int try_flow(const struct trial *t)
{
	struct sockaddr_storage to;
	socklen_t len = address(t, &to);
	int type = (t->flow.class == NAIVE_TCP ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
	cleanup_close int fd = socket(to.ss_family, type, 0);
	ssize_t r;

	if (fd < 0)
		return EBADF;
	r = t->unconnected ? sendto(fd, "x", 1, 0, (void *)&to, len) : connect(fd, (void *)&to, len);
	return r < 0 ? errno : 0;
}

static int try_all(void *arg)
{
	const struct subject *s = arg;
	int i;

	for (i = 0; i < s->n; i++)
		outcomes[i] = try_flow(&s->trials[i]);
	return 0;
}

/* Port 0 is no destination for sendto. */
static void make_trials(struct random_source *from, struct subject *s)
{
	int i;

	s->n = eg_test_matrix() ? FLOWS_MATRIX : FLOWS;
	for (i = 0; i < s->n; i++) {
		struct trial *t = &s->trials[i];

		do
			random_flow(from, &s->policy, &t->flow);
		while (t->flow.class != NAIVE_TCP && t->flow.class != NAIVE_UDP);
		t->mapped = naive_is_v4(&t->flow.to) && random_below(from, 2);
		t->unconnected = t->flow.class == NAIVE_UDP && t->flow.port && random_below(from, 2);
	}
}

/* ---- policies in force ---- */

static const char *filler(void)
{
	static char *text;
	int i;

	if (text)
		return text;
	text = eg_world_str("[deny filler]\n");
	for (i = 0; i < FILLERS; i++)
		text = eg_world_str("%sto = 203.0.113.%d, 3fff::%d\n", text, i, i);
	return text;
}

/* The caller frees it. */
static char *text_of(const struct subject *s, const char *head)
{
	char *text = text_policy(&s->policy, head, s->dir), *whole = text;

	if (s->filled) {
		whole = eg_world_str("%s%s", text, filler());
		free(text);
	}
	return whole;
}

static void write_policy(const struct eg_world *w, struct subject *s)
{
	char *head = eg_world_str("name = %s\ncgroup = %s\n" HEAD, s->cgroup, eg_world_path(w, s->cgroup));
	char *text = text_of(s, head);

	s->file = eg_world_file(w, eg_world_str("%s.ini", s->cgroup), text);
	free(text);
	free(head);
}

static void make_subject(struct eg_world *w, struct subject *s, const char *cgroup)
{
	s->cgroup = cgroup;
	s->dir = eg_world_str("%s/sets-%s", w->files, cgroup);
	EG_NEED(!mkdir(s->dir, 0755), "mkdir %s: %s", s->dir, strerror(errno));
	eg_world_cgroup(w, cgroup);
}

static void count_rule(struct hits *hits, const json_t *rule)
{
	const char *name = json_string_value(json_object_get(rule, "rule"));
	long long n = json_integer_value(json_object_get(rule, "hits"));
	int i = name ? atoi(name + 1) : -1;

	EG_NEED(i >= 0 && i < NAIVE_RULES && (*name == 'r' || !n), "a rule is counted that no flow is for");
	if (*name == 'r')
		hits->v[1 + i] = n;
}

static struct hits read_hits(const struct eg_world *w, const struct subject *s)
{
	json_t *shown = eg_tool_json(w, EG_ARGS("show", s->cgroup)), *rules = json_object_get(shown, "rules");
	struct hits hits = { { json_integer_value(json_object_get(shown, "hits_default")) } };
	size_t i;

	for (i = 0; i < json_array_size(rules); i++)
		count_rule(&hits, json_array_get(rules, i));
	json_decref(shown);
	return hits;
}

/* ---- one flow that differs ---- */

struct difference {
	struct eg_world *w;
	struct subject *s;
	struct trial trial;
};

static bool differs_on(const struct naive_policy *policy, void *arg)
{
	struct difference *d = arg;
	struct naive_verdict want = naive_decide(policy, &d->trial.flow);
	struct hits before, after;

	d->s->policy = *policy;
	d->s->trials[0] = d->trial;
	d->s->n = 1;
	write_policy(d->w, d->s);
	EG_NEED(eg_tool_ok(d->w, EG_ARGS("apply", d->s->file)), "a policy that was cut down is not in force");
	before = read_hits(d->w, d->s);
	eg_world_in(d->w, d->s->cgroup, try_all, d->s);
	after = read_hits(d->w, d->s);
	before.v[1 + want.rule]++;
	return (outcomes[0] != DENIED) != want.allow || memcmp(&before, &after, sizeof(before));
}

static void tell_lines(char *text)
{
	char *line;

	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		eg_test_note("%s", line);
}

static _Noreturn void tell_difference(struct difference *d)
{
	struct naive_policy policy = d->s->policy;
	const struct trial *t = &d->trial;
	char flow[TEXT_FLOW_SIZE], verdict[TEXT_FLOW_SIZE], *text;
	struct naive_verdict want;

	shrink_policy(&policy, differs_on, d);
	differs_on(&policy, d);
	want = naive_decide(&policy, &t->flow);
	text = text_policy(&policy, HEAD, NULL);
	if (d->s->filled)
		eg_test_note("with %d more hosts of either family, and:", FILLERS);
	tell_lines(text);
	free(text);
	EG_CHECK(false, "%s%s%s: must be %s and counted there; the call gives: %s", text_flow(&t->flow, flow),
		 t->mapped ? ", mapped" : "", t->unconnected ? ", unconnected" : "", text_verdict(&want, verdict),
		 strerror(outcomes[0]));
	eg_test_stop();
}

/* Asks for one flow after the other, on a cgroup of its own, until one differs: and of that one tells all. */
static void find_difference(struct eg_world *w, const struct subject *s)
{
	static struct subject alone;
	struct difference d = { w, &alone, s->trials[0] };
	int i;

	make_subject(w, &alone, "alone");
	alone.filled = s->filled;
	for (i = 0; i < s->n; i++) {
		d.trial = s->trials[i];
		if (differs_on(&s->policy, &d))
			tell_difference(&d);
	}
	EG_NEED(false, "%s: together the flows differ, and none alone", s->cgroup);
}

/* ---- all flows of a policy ---- */

/* Nothing but a policy gives the errno of a denial. */
static void expect_none_denied_outside(const struct subject *s)
{
	char flow[TEXT_FLOW_SIZE];
	int i;

	try_all((void *)s);
	for (i = 0; i < s->n; i++)
		EG_NEED(outcomes[i] != DENIED && outcomes[i] != EBADF, "%s without a policy: %s",
			text_flow(&s->trials[i].flow, flow), strerror(outcomes[i]));
}

static void expect_tables_agree(const struct subject *s)
{
	char *text = text_of(s, HEAD);
	struct eg_tables *tables = agree_compile(text);
	int i;

	for (i = 0; i < s->n; i++) {
		struct naive_verdict want = naive_decide(&s->policy, &s->trials[i].flow);
		struct eg_verdict got = agree_ask(tables, &s->trials[i].flow);

		if (agree_verdicts(&got, &want))
			continue;
		agree_complain(&s->policy, &s->trials[i].flow);
		EG_NEED(false, "the tables disagree with the naive evaluator");
	}
	eg_tables_free(tables);
	free(text);
}

static void expect_kernel_agrees(struct eg_world *w, const struct subject *s)
{
	struct hits want = read_hits(w, s), got;
	bool agrees = true;
	int i;

	EG_NEED(!eg_world_in(w, s->cgroup, try_all, (void *)s), "the process that tries the flows died");
	for (i = 0; i < s->n; i++) {
		struct naive_verdict verdict = naive_decide(&s->policy, &s->trials[i].flow);

		want.v[1 + verdict.rule]++;
		agrees &= (outcomes[i] != DENIED) == verdict.allow;
	}
	got = read_hits(w, s);
	if (agrees && !memcmp(&want, &got, sizeof(want)))
		return;
	EG_CHECK(false, "the kernel disagrees with the naive evaluator");
	if (!getenv("EG_TEST_BRIEF"))
		find_difference(w, s);
	eg_test_stop();
}

/* ---- the test ---- */

static void run_batch(struct eg_world *w, struct random_source *from, struct subject *subjects, int n)
{
	const struct random_options options = { .no_icmp = true };
	const char *args[BATCH + 2] = { "apply" };
	int i;

	for (i = 0; i < n; i++) {
		random_policy(from, &options, &subjects[i].policy);
		subjects[i].filled = i % 3 == 0;
		make_trials(from, &subjects[i]);
		write_policy(w, &subjects[i]);
		args[1 + i] = subjects[i].file;
	}
	EG_NEED(eg_tool_ok(w, args), "the policies are not in force");
	for (i = 0; i < n; i++) {
		expect_none_denied_outside(&subjects[i]);
		expect_tables_agree(&subjects[i]);
		expect_kernel_agrees(w, &subjects[i]);
	}
}

static void test_differential(struct eg_world *w)
{
	static struct subject subjects[BATCH];
	struct random_source from = random_seeded();
	int i, n = eg_test_matrix() ? BATCH_MATRIX : BATCH, batches = (int)eg_test_scale(BATCHES);

	outcomes = mmap(NULL, FLOWS * sizeof(*outcomes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	EG_NEED(outcomes != MAP_FAILED, "mmap: %s", strerror(errno));
	for (i = 0; i < n; i++)
		make_subject(w, &subjects[i], eg_world_str("p%d", i));
	for (i = 0; i < batches; i++)
		run_batch(w, &from, subjects, n);
	EG_CHECK(!eg_tool_faults(w, EG_REASON_BROKEN) && !eg_tool_faults(w, EG_REASON_STALE), "faults were counted");
	eg_test_note("%d flows over %d policies", batches * n * subjects[0].n, batches * n);
}

static const struct eg_test tests[] = {
	{ "random policies decide random flows as the naive evaluator does", test_differential, 120 },
};

EG_TEST_MAIN(tests)
