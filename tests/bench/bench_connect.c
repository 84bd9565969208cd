/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bench_connect.c - what a policy costs, as ratios of two sides that take turns in one process.
 *
 * A socket belongs to the cgroup it was created in, so the worker makes some in each of two cgroups and
 * then connects them in turn, a slice of calls each, A B B A. A row is the median of the ratios of
 * single rounds: what disturbs the machine disturbs both sides of a round alike, or is an outlier.
 */
#define _GNU_SOURCE
#include "world.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <spawn.h>
#include <stdbool.h>
#include <time.h>

#define TEN 9 /* and one for the loopback */
#define MANY 10000
#define SOCKETS 16	    /* of one side */
#define SLICE (8 * SOCKETS) /* calls of one side in a round: a tenth of a millisecond */
#define WARM 80		    /* rounds that are not counted: the row before had the caches, for 10,000 destinations */
#define CHUNK 240	    /* rounds of a row before the next row has its turn */
#define SAMPLES_MAX 50000
#define SLACK 1.15 /* --check forgives a shared machine that much */
#define PORT 443

/* ---- what is measured ---- */

/* A cgroup each: under a program of a few instructions, under nothing, or under a policy. */
enum place {
	NOTHING,
	EMPTY,	 /* programs that allow: what any firewall on these hooks starts from */
	EMPTY2,	 /* the same again: what two equal sides differ by is noise */
	REFUSE,	 /* programs that set EACCES and deny */
	STORAGE, /* programs that touch a cgroup storage and allow: what finding a policy cannot be below */
	POLICY_OPEN,
	POLICY_TEN,
	POLICY_MANY,
	OTHER_OPEN, /* the same policies under the build of --against */
	OTHER_TEN,
	OTHER_MANY,
	PLACES,
};

static const char *const place_names[PLACES] = {
	[NOTHING] = "nothing",	     [EMPTY] = "empty",		[EMPTY2] = "empty2",	     [REFUSE] = "refuse",
	[STORAGE] = "storage",	     [POLICY_OPEN] = "open",	[POLICY_TEN] = "ten",	     [POLICY_MANY] = "many",
	[OTHER_OPEN] = "other-open", [OTHER_TEN] = "other-ten", [OTHER_MANY] = "other-many",
};

enum operation {
	CYCLE, /* UDP, connect and dissolve, as a socket goes from one destination to the next: what targets are for */
	CONNECT, /* UDP, of a socket that is not connected: the hook, a port of its own, a route */
	AGAIN,	 /* UDP, of a socket that is connected already, which is cheaper for the kernel */
	SEND,	 /* on a connected UDP socket */
	SENDTO,	 /* on an unconnected one */
	TCP,	 /* to a listener of our own; what follows the connect is not timed */
};

enum destinations {
	AT_TEN,	   /* one in each of the ten rules */
	AT_HOT,	   /* four out of ten thousand */
	AT_RANDOM, /* all of ten thousand, shuffled */
	AT_MISS,   /* in no rule */
	AT_SELF,   /* the loopback, where packets arrive */
	DESTINATIONS,
};

enum unit {
	RATIO,
	EXTRA_NS, /* ours minus base, per call */
};

struct row {
	const char *name;
	enum operation operation;
	int family;
	enum destinations to;
	enum place base, ours;
	enum unit unit;
	double target; /* at most; 0: told for information */
};

static const struct row rows[] = {
	{ "noise: empty program, twice", CONNECT, AF_INET, AT_TEN, EMPTY, EMPTY2, RATIO, 0 },
	{ "empty program / none", CONNECT, AF_INET, AT_TEN, NOTHING, EMPTY, RATIO, 0 },
	{ "cgroup storage alone: extra ns", AGAIN, AF_INET, AT_TEN, EMPTY, STORAGE, EXTRA_NS, 0 },
	{ "no rules, default allow: extra ns", AGAIN, AF_INET, AT_TEN, EMPTY, POLICY_OPEN, EXTRA_NS, 30 },
	{ "10 rules / empty program", CYCLE, AF_INET, AT_TEN, EMPTY, POLICY_TEN, RATIO, 1.10 },
	{ "10k rules, hot / empty", CYCLE, AF_INET, AT_HOT, EMPTY, POLICY_MANY, RATIO, 1.12 },
	{ "10k rules, random / empty", CYCLE, AF_INET, AT_RANDOM, EMPTY, POLICY_MANY, RATIO, 1.35 },
	{ "denied / bare program denies", CONNECT, AF_INET, AT_MISS, REFUSE, POLICY_TEN, RATIO, 1.30 },
	{ "send, connected / no program", SEND, AF_INET, AT_SELF, NOTHING, POLICY_TEN, RATIO, 1.01 },
	{ "connect() alone, 10 rules / empty", CONNECT, AF_INET, AT_TEN, EMPTY, POLICY_TEN, RATIO, 0 },
	{ "connect() alone, hot / empty", CONNECT, AF_INET, AT_HOT, EMPTY, POLICY_MANY, RATIO, 0 },
	{ "connect() alone, random / empty", CONNECT, AF_INET, AT_RANDOM, EMPTY, POLICY_MANY, RATIO, 0 },
	{ "connect again, 10 rules / empty", AGAIN, AF_INET, AT_TEN, EMPTY, POLICY_TEN, RATIO, 0 },
	{ "sendto, 10 rules / empty", SENDTO, AF_INET, AT_SELF, EMPTY, POLICY_TEN, RATIO, 0 },
	{ "tcp connect, 10 rules / empty", TCP, AF_INET, AT_SELF, EMPTY, POLICY_TEN, RATIO, 0 },
	{ "v6 no rules: extra ns", AGAIN, AF_INET6, AT_TEN, EMPTY, POLICY_OPEN, EXTRA_NS, 0 },
	{ "v6 10 rules / empty program", CONNECT, AF_INET6, AT_TEN, EMPTY, POLICY_TEN, RATIO, 0 },
	{ "v6 10k rules, hot / empty", CONNECT, AF_INET6, AT_HOT, EMPTY, POLICY_MANY, RATIO, 0 },
	{ "v6 10k rules, random / empty", CONNECT, AF_INET6, AT_RANDOM, EMPTY, POLICY_MANY, RATIO, 0 },
	{ "v6 denied / bare program denies", CONNECT, AF_INET6, AT_MISS, REFUSE, POLICY_TEN, RATIO, 0 },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* ---- state of the worker ---- */

struct samples {
	double *v;	     /* value of each round */
	double *base, *ours; /* ns per call */
	size_t n;
};

static struct {
	const char *egressctl, *other; /* programs; other is NULL without --against */
	const char *only;
	double seconds;	 /* for all rows together */
	size_t commands; /* runs of each whole command */
	bool check;
} options = { .seconds = 52, .commands = 60 };

static struct sockaddr_in6 *targets[2][DESTINATIONS]; /* an AF_INET one holds a sockaddr_in */
static size_t n_targets[DESTINATIONS];
static int listener;
static int missed;

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- policies ---- */

/* Every other rule names single hosts, the rest prefixes; every third one a port. */
static void write_rule(FILE *f, unsigned int net, unsigned int i)
{
	const char *plen4 = i % 2 ? "0/24" : "7", *plen6 = i % 2 ? ":/64" : ":7";

	fprintf(f, "[allow r%u]\nto = %u.%u.%u.%s, 2001:db8:%x:%x:%s\n", i, net, i >> 8, i & 255, plen4, net, i, plen6);
	if (i % 3 == 0)
		fprintf(f, "port = %d, 8000-8100\n", PORT);
}

static void write_policy(const char *file, enum place place, const char *rule_default, size_t net, unsigned int n)
{
	char path[128];
	unsigned int i;
	cleanup_fclose FILE *f = NULL;

	snprintf(path, sizeof(path), "%s/%s.ini", world.dir, file);
	f = fopen(path, "we");
	if (!f)
		world_die("cannot write '%s'", path);
	fprintf(f, "[policy]\nname = %s\ndefault = %s\n", place_names[place], rule_default);
	fprintf(f, "cgroup = %s/%s\n", world.below, place_names[place]);
	for (i = 0; i < n; i++)
		write_rule(f, (unsigned int)net, i);
	if (n == TEN)
		fprintf(f, "[allow loopback]\nto = 127.0.0.0/8\n");
}

static struct sockaddr_in6 make_target(int family, unsigned int net, unsigned int i)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	const uint8_t bytes[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, (uint8_t)net, (uint8_t)(i >> 8), (uint8_t)i, [15] = 7 };

	memcpy(&six.sin6_addr, bytes, sizeof(bytes));
	four.sin_addr.s_addr = htonl(net << 24 | i << 8 | 7);
	if (family == AF_INET)
		memcpy(&six, &four, sizeof(four));
	return six;
}

static void shuffle(unsigned int *order, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		order[i] = i;
	srandom(1);
	for (i = n; i > 1; i--) {
		unsigned int k = (unsigned int)random() % i, swapped = order[i - 1];

		order[i - 1] = order[k];
		order[k] = swapped;
	}
}

/* The number of the rule that target i lies in. */
static unsigned int rule_of(enum destinations to, size_t i)
{
	static const unsigned int hot[] = { 1000, 3001, 5002, 9003 }; /* two hosts, two prefixes, one with ports */
	static unsigned int order[MANY];

	if (to == AT_RANDOM && !i)
		shuffle(order, MANY);
	return to == AT_RANDOM ? order[i] : to == AT_HOT ? hot[i] : (unsigned int)i;
}

static void make_targets(void)
{
	static const struct {
		size_t n;
		unsigned int net;
	} where[DESTINATIONS] = {
		[AT_TEN] = { TEN, 11 },	 [AT_HOT] = { 4, 10 },	 [AT_RANDOM] = { MANY, 10 },
		[AT_MISS] = { TEN, 12 }, [AT_SELF] = { 1, 127 },
	};
	unsigned int d;
	size_t i;

	for (d = 0; d < DESTINATIONS; d++) {
		n_targets[d] = where[d].n;
		targets[0][d] = calloc(where[d].n, sizeof(struct sockaddr_in6));
		targets[1][d] = calloc(where[d].n, sizeof(struct sockaddr_in6));
		if (!targets[0][d] || !targets[1][d])
			world_die("out of memory");
		for (i = 0; i < where[d].n; i++) {
			unsigned int rule = rule_of((enum destinations)d, i);

			targets[0][d][i] = make_target(AF_INET, where[d].net, rule);
			targets[1][d][i] = make_target(AF_INET6, where[d].net, rule);
		}
	}
}

/* ---- commands ---- */

/* Runs a program with its output thrown away; returns how long that took, in ms. */
static double run(const char *program, const char *const argv[])
{
	posix_spawn_file_actions_t actions;
	double start = now_ns();
	int status = -1, r;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	r = posix_spawn(&pid, program, &actions, NULL, (char *const *)(unsigned long)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	errno = r;
	if (r || waitpid(pid, &status, 0) != pid)
		world_die("cannot run '%s'", program);
	if (status)
		world_die("'%s %s %s' failed with status %#x", program, argv[1], argv[2], status);
	return (now_ns() - start) / 1e6;
}

#define EGRESSCTL(program, ...) \
	run(program, (const char *const[]){ "egressctl", __VA_ARGS__, "--bpffs", pins_of(program), "--run-dir", \
					    texts_of(program), NULL })

static const char *below_dir(const char *program, const char *ours, const char *others)
{
	static char paths[4][128];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", world.dir, program == options.egressctl ? ours : others);
	return path;
}

static const char *pins_of(const char *program)
{
	return below_dir(program, "bpf/ours", "bpf/others");
}

static const char *texts_of(const char *program)
{
	return below_dir(program, "run", "run-others");
}

static double apply(const char *program, const char *name)
{
	char file[128];

	snprintf(file, sizeof(file), "%s/%s.ini", world.dir, name);
	return EGRESSCTL(program, "apply", file);
}

static void load_policies(void)
{
	write_policy("open", POLICY_OPEN, "allow", 0, 0);
	write_policy("ten", POLICY_TEN, "deny", 11, TEN);
	write_policy("many", POLICY_MANY, "deny", 10, MANY);
	apply(options.egressctl, "open");
	apply(options.egressctl, "ten");
	apply(options.egressctl, "many");
	if (!options.other)
		return;
	write_policy("other-open", OTHER_OPEN, "allow", 0, 0);
	write_policy("other-ten", OTHER_TEN, "deny", 11, TEN);
	write_policy("other-many", OTHER_MANY, "deny", 10, MANY);
	apply(options.other, "other-open");
	apply(options.other, "other-ten");
	apply(options.other, "other-many");
}

/* ---- programs to compare with ---- */

/* The link lives as long as this process: its descriptor is never closed. */
static void attach_bare(enum place place, enum bpf_attach_type type, const struct bpf_insn *insns, size_t n)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = type);
	int prog = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "bare", "GPL", insns, n, &opts), cgroup;
	char path[WORLD_PATH];

	world_cgroup(place_names[place], "", path);
	cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (prog < 0 || cgroup < 0 || bpf_link_create(prog, cgroup, type, NULL) < 0)
		world_die("cannot attach a bare program to '%s'", path);
	close(cgroup);
	close(prog);
}

static void attach_all_bare(void)
{
	static const enum bpf_attach_type types[] = { BPF_CGROUP_INET4_CONNECT, BPF_CGROUP_INET6_CONNECT,
						      BPF_CGROUP_UDP4_SENDMSG, BPF_CGROUP_UDP6_SENDMSG };
	static const struct bpf_insn empty[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static const struct bpf_insn refuse[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1, .imm = -EACCES },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_set_retval },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	int store = bpf_map_create(BPF_MAP_TYPE_CGROUP_STORAGE, "bare", sizeof(__u64), sizeof(__u64), 0, &opts);
	const struct bpf_insn storage[] = {
		/* NOLINTNEXTLINE(misc-redundant-expression): BPF_LD and BPF_IMM both are 0 */
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = store },
		{ .code = 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_local_storage },
		{ .code = BPF_LDX | BPF_DW | BPF_MEM, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	size_t i;

	if (store < 0)
		world_die("cannot make a cgroup storage");
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		attach_bare(STORAGE, types[i], storage, sizeof(storage) / sizeof(storage[0]));
		attach_bare(EMPTY, types[i], empty, sizeof(empty) / sizeof(empty[0]));
		attach_bare(EMPTY2, types[i], empty, sizeof(empty) / sizeof(empty[0]));
		attach_bare(REFUSE, types[i], refuse, sizeof(refuse) / sizeof(refuse[0]));
	}
}

/* ---- sockets ---- */

static void open_sockets(enum place place, const struct row *row, int fds[SOCKETS])
{
	int i;

	world_enter(place_names[place]);
	for (i = 0; i < SOCKETS; i++) {
		fds[i] = socket(row->family, (row->operation == TCP ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
		if (fds[i] < 0)
			world_die("no socket in cgroup '%s'", place_names[place]);
	}
	world_enter(NULL);
}

/* Counts what the policy should not have decided so; checked after each row. */
static void expect(int r, int err)
{
	missed += err ? r != -1 || errno != err : r < 0;
}

static const struct sockaddr dissolve = { .sa_family = AF_UNSPEC };

static void call(const struct row *row, int fd, const struct sockaddr_in6 *to)
{
	const struct sockaddr *addr = (const struct sockaddr *)to;
	socklen_t len = row->family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	int err = row->to == AT_MISS ? EACCES : 0;

	if (row->operation == SEND)
		expect((int)send(fd, "x", 1, 0), err);
	else if (row->operation == SENDTO)
		expect((int)sendto(fd, "x", 1, 0, addr, len), err);
	else
		expect(connect(fd, addr, len), err);
	if (row->operation == CYCLE)
		(void)connect(fd, &dissolve, sizeof(dissolve));
}

/* Makes the socket as good as new; not timed. */
static void reset(const struct row *row, int fd)
{
	if (row->operation == TCP)
		close(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
	if ((row->operation == CONNECT && row->to != AT_MISS) || row->operation == TCP)
		(void)connect(fd, &dissolve, sizeof(dissolve));
}

/* Makes SLICE calls, from target number "first" on. Returns ns per call. */
static double slice(const struct row *row, const int fds[SOCKETS], size_t first)
{
	const struct sockaddr_in6 *to = targets[row->family == AF_INET6][row->to];
	size_t n = n_targets[row->to], k = first % n, done, i;
	double start, total = 0;

	for (done = 0; done < SLICE; done += SOCKETS) {
		start = now_ns();
		for (i = 0; i < SOCKETS; i++) {
			call(row, fds[i], &to[k]);
			if (++k == n)
				k = 0;
		}
		total += now_ns() - start;
		for (i = 0; i < SOCKETS; i++)
			reset(row, fds[i]);
	}
	return total / SLICE;
}

/* Sockets that packets and connections arrive at; what they do not read is dropped, on both sides. */
static void open_receivers(void)
{
	struct sockaddr *self = (struct sockaddr *)targets[0][AT_SELF];
	int sink = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(sink, SOL_SOCKET, SO_RCVBUF, &one, sizeof(one));
	if (bind(sink, self, sizeof(struct sockaddr_in)) || bind(listener, self, sizeof(struct sockaddr_in)) ||
	    listen(listener, SOCKETS))
		world_die("cannot listen");
}

/* ---- rounds ---- */

struct pair {
	int base[SOCKETS], ours[SOCKETS];
	size_t next; /* target to go on with */
	struct samples samples;
};

static enum place base_of(const struct row *row)
{
	if (!options.other || row->ours < POLICY_OPEN)
		return row->base;
	return row->ours - POLICY_OPEN + OTHER_OPEN;
}

static void open_pair(const struct row *row, struct pair *pair)
{
	const struct sockaddr *to = (const struct sockaddr *)targets[row->family == AF_INET6][row->to];
	size_t i;

	open_sockets(base_of(row), row, pair->base);
	open_sockets(row->ours, row, pair->ours);
	pair->samples.v = calloc(SAMPLES_MAX, sizeof(double));
	pair->samples.base = calloc(SAMPLES_MAX, sizeof(double));
	pair->samples.ours = calloc(SAMPLES_MAX, sizeof(double));
	if (!pair->samples.v || !pair->samples.base || !pair->samples.ours)
		world_die("out of memory");
	for (i = 0; row->operation == SEND && i < SOCKETS; i++) {
		if (connect(pair->base[i], to, sizeof(struct sockaddr_in)) ||
		    connect(pair->ours[i], to, sizeof(struct sockaddr_in)))
			world_die("cannot connect");
	}
}

static void round_of(const struct row *row, struct pair *pair, bool keep)
{
	struct samples *s = &pair->samples;
	double base, ours;

	if (s->n == SAMPLES_MAX)
		return;
	if (pair->next / SLICE % 2) {
		base = slice(row, pair->base, pair->next);
		ours = slice(row, pair->ours, pair->next);
	} else {
		ours = slice(row, pair->ours, pair->next);
		base = slice(row, pair->base, pair->next);
	}
	pair->next += SLICE;
	s->base[s->n] = base;
	s->ours[s->n] = ours;
	s->v[s->n] = row->unit == RATIO ? ours / base : ours - base;
	s->n += keep;
}

static bool chosen(const char *name)
{
	return !options.only || strstr(name, options.only);
}

static void measure_rows(struct pair pairs[ROWS])
{
	double end = now_ns() + options.seconds * 1e9;
	bool any = false;
	size_t i, k;

	for (i = 0; i < ROWS; i++) {
		if (!chosen(rows[i].name))
			continue;
		open_pair(&rows[i], &pairs[i]);
		any = true;
	}
	while (any && now_ns() < end) {
		for (i = 0; i < ROWS; i++) {
			if (!chosen(rows[i].name))
				continue;
			for (k = 0; k < CHUNK; k++)
				round_of(&rows[i], &pairs[i], k >= WARM);
			errno = 0;
			if (missed)
				world_die("'%s': %d calls did not end as the policy says", rows[i].name, missed);
		}
	}
}

/* ---- whole commands ---- */

static void take(struct samples *s, double ms)
{
	s->v[s->n++] = ms;
}

/* One policy applied again and again, each time with other addresses than before. */
static void measure_apply(const char *program, struct samples *s, size_t i)
{
	enum place place = program == options.egressctl ? POLICY_TEN : OTHER_TEN;

	write_policy("again", place, "deny", 11 + i % 2, TEN);
	take(s, apply(program, "again"));
}

static void measure_attach(const char *program, struct samples *attach, struct samples *detach, size_t i)
{
	const char *policy = place_names[program == options.egressctl ? POLICY_OPEN : OTHER_OPEN];
	char name[32], dir[WORLD_PATH], path[WORLD_PATH];

	snprintf(name, sizeof(name), "fresh-%zu", i);
	snprintf(path, sizeof(path), "%s/%s", world.below, name);
	world_cgroup(name, "", dir);
	world_make_cgroup(name);
	take(attach, EGRESSCTL(program, "attach", policy, "--cgroup", path));
	take(detach, EGRESSCTL(program, "detach", policy, "--cgroup", path));
	rmdir(dir);
}

enum command {
	START, /* a process that only prints its version: what no command can be below */
	APPLY,
	ATTACH,
	DETACH,
	COMMANDS,
};

static const struct {
	const char *name;
	double target;
} commands[COMMANDS] = {
	[START] = { "egressctl version, ms", 0 },
	[APPLY] = { "egressctl apply again, ms", 40 },
	[ATTACH] = { "egressctl attach, ms", 3 },
	[DETACH] = { "egressctl detach, ms", 0 },
};

static void measure_commands(struct samples samples[2][COMMANDS])
{
	size_t i, side, k;

	for (side = 0; side < 2; side++) {
		for (k = 0; k < COMMANDS; k++) {
			samples[side][k].v = calloc(options.commands, sizeof(double));
			if (!samples[side][k].v)
				world_die("out of memory");
		}
	}
	for (i = 0; i < options.commands * 2; i++) {
		const char *program = i % 2 ? options.other : options.egressctl;
		struct samples *s = samples[i % 2];

		if (!program)
			continue;
		take(&s[START], EGRESSCTL(program, "version"));
		measure_apply(program, &s[APPLY], i / 2);
		measure_attach(program, &s[ATTACH], &s[DETACH], i);
	}
}

/* ---- the table ---- */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(double *v, size_t n, double q)
{
	qsort(v, n, sizeof(*v), compare);
	return v[(size_t)(q * (double)(n - 1) + 0.5)];
}

/* Prints a line. Returns whether it is so far above its target that --check fails. */
static bool print_value(const char *name, struct samples *s, double target, int digits)
{
	double median = quantile(s->v, s->n, 0.5);

	printf("%-33s", name);
	if (s->base)
		printf(" %8.0f %8.0f", quantile(s->base, s->n, 0.5), quantile(s->ours, s->n, 0.5));
	else
		printf(" %8s %8s", "", "");
	printf(" %8.*f %8.*f %8.*f", digits, median, digits, quantile(s->v, s->n, 0.1), digits,
	       quantile(s->v, s->n, 0.9));
	if (target > 0)
		printf(" %7.*f  %s", digits, target, median <= target ? "PASS" : "over");
	printf("\n");
	return target > 0 && median > target * SLACK;
}

static int print_all(struct pair pairs[ROWS], struct samples samples[2][COMMANDS])
{
	bool failed = false;
	size_t i;

	printf("%-33s %8s %8s %8s %8s %8s %7s\n", options.other ? "against the other build" : "UDP connect unless said",
	       "base ns", "ours ns", "median", "p10", "p90", "target");
	for (i = 0; i < ROWS; i++) {
		if (pairs[i].samples.n)
			failed |= print_value(rows[i].name, &pairs[i].samples, options.other ? 0 : rows[i].target,
					      rows[i].unit == RATIO ? 3 : 1);
	}
	for (i = 0; i < COMMANDS; i++) {
		if (samples[1][i].n)
			print_value("  by the other build:", &samples[1][i], 0, 2);
		if (samples[0][i].n)
			failed |= print_value(commands[i].name, &samples[0][i], commands[i].target, 2);
	}
	return options.check && failed;
}

static int work(void)
{
	static struct pair pairs[ROWS];
	static struct samples samples[2][COMMANDS];
	int i;

	for (i = 0; i < PLACES; i++)
		world_make_cgroup(place_names[i]);
	make_targets();
	attach_all_bare();
	load_policies();
	open_receivers();
	measure_rows(pairs);
	if (!options.only || strstr(options.only, "egressctl"))
		measure_commands(samples);
	return print_all(pairs, samples);
}

static void usage(FILE *to)
{
	fprintf(to, "usage: bench_connect [--quick] [--check] [--only TEXT] [--egressctl FILE] [--against FILE]\n"
		    "  --quick      20 seconds instead of 60\n"
		    "  --check      exit 1 when a median misses its target by more than 15 %%\n"
		    "  --only       rows whose name has TEXT; \"egressctl\" for the whole commands\n"
		    "  --egressctl  the program (default: beside this one)\n"
		    "  --against    another build of it, whose policies are the base side instead\n");
}

static const char *beside(void)
{
	static char path[PATH_MAX + 16];
	char real[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", real, sizeof(real) - 1);

	real[n < 0 ? 0 : n] = '\0';
	if (strrchr(real, '/'))
		*strrchr(real, '/') = '\0';
	snprintf(path, sizeof(path), "%s/egressctl", real);
	return path;
}

static void read_options(int argc, char **argv)
{
	const struct {
		const char *name, **value;
	} texts[] = { { "--only", &options.only },
		      { "--egressctl", &options.egressctl },
		      { "--against", &options.other } };
	size_t k;
	int i;

	options.egressctl = beside();
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--quick")) {
			options.seconds = 15;
			options.commands = 20;
			continue;
		}
		if (!strcmp(argv[i], "--check")) {
			options.check = true;
			continue;
		}
		for (k = 0; k < 3 && strcmp(argv[i], texts[k].name); k++)
			;
		if (k == 3 || ++i == argc) {
			usage(stderr);
			exit(2);
		}
		*texts[k].value = argv[i];
	}
}

int main(int argc, char **argv)
{
	read_options(argc, argv);
	return world_run(work);
}
