/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "cmd/opt.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

#ifndef CAP_BPF
#define CAP_BPF 39
#endif

static const struct {
	const char *name;
	const char *arg;
	const char *help;
} options[EG_OPT_COUNT] = {
#define EG_OPTION_ROW(id, text, value, about) { text, value, about },
	EG_OPTIONS(EG_OPTION_ROW)
#undef EG_OPTION_ROW
};

int eg_cmd_usage(struct eg_err *err, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	eg_fail(err, -EINVAL, "%s", text);
	eg_err_status(err, EG_EXIT_USAGE);
	return -EINVAL;
}

static const struct eg_cmd *find_cmd(const struct eg_cmd *cmds, const char *name)
{
	for (; cmds->name; cmds++) {
		if (!strcmp(cmds->name, name))
			return cmds;
	}
	return NULL;
}

static int unknown_command(const struct eg_cmd *cmds, const char *word, struct eg_err *err)
{
	const char *names[32] = { 0 };
	size_t i;

	for (i = 0; cmds[i].name && i < sizeof(names) / sizeof(names[0]) - 1; i++)
		names[i] = cmds[i].name;
	eg_cmd_usage(err, "unknown command '%s'", word);
	if (eg_str_closest(word, names))
		eg_err_hint(err, "did you mean '%s'?", eg_str_closest(word, names));
	return -EINVAL;
}

/* "--name", "--name=value" or "--name value". Returns how many words it took, or -EINVAL. */
static int take_option(struct eg_args *args, char **argv, struct eg_err *err)
{
	const char *name = argv[0] + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	int i;

	for (i = 0; i < EG_OPT_COUNT; i++) {
		if (strlen(options[i].name) == len && !strncmp(options[i].name, name, len))
			break;
	}
	if (i == EG_OPT_COUNT)
		return eg_cmd_usage(err, "unknown option '%.*s'", (int)len + 2, argv[0]);
	args->given |= 1u << i;
	if (!options[i].arg)
		return equals ? eg_cmd_usage(err, "option '--%s' takes no value", options[i].name) : 1;
	args->value[i] = equals ? equals + 1 : argv[1];
	if (!args->value[i] || !*args->value[i])
		return eg_cmd_usage(err, "option '--%s' needs a value: %s", options[i].name, options[i].arg);
	return equals ? 1 : 2;
}

static int check_options(const struct eg_cmd *cmd, const struct eg_args *args, struct eg_err *err)
{
	unsigned int wrong = args->given & ~(EG_OPT_GLOBAL | (cmd ? cmd->options : 0));
	int i;

	for (i = 0; i < EG_OPT_COUNT; i++) {
		if (wrong >> i & 1)
			return eg_cmd_usage(err, "option '--%s' does not go with %s%s%s", options[i].name,
					    cmd ? "'" : "no command", cmd ? cmd->name : "", cmd ? "'" : "");
	}
	return 0;
}

static int check_words(const struct eg_cmd *cmd, const struct eg_args *args, struct eg_err *err)
{
	if (args->given & EG_OPT(HELP))
		return 0;
	if (args->n_words < cmd->min_words)
		return eg_cmd_usage(err, "'%s' needs more: egressctl %s %s", cmd->name, cmd->name, cmd->args);
	if (cmd->max_words >= 0 && args->n_words > cmd->max_words)
		return eg_cmd_usage(err, "'%s' does not take '%s'", cmd->name, args->words[cmd->max_words]);
	return 0;
}

int eg_opt_parse(const struct eg_cmd *cmds, int argc, char **argv, const struct eg_cmd **cmd, struct eg_args *args,
		 struct eg_err *err)
{
	bool words_only = false;
	int i = 1, n;

	*cmd = NULL;
	args->words = calloc((size_t)argc + 1, sizeof(*args->words));
	if (!args->words)
		return eg_fail(err, -ENOMEM, "out of memory");
	while (i < argc) {
		if (words_only || argv[i][0] != '-' || !argv[i][1]) {
			if (*cmd) {
				args->words[args->n_words++] = argv[i];
				words_only |= (*cmd)->runs;
			} else {
				*cmd = find_cmd(cmds, argv[i]);
				if (!*cmd)
					return unknown_command(cmds, argv[i], err);
			}
			i++;
		} else if (!strcmp(argv[i], "--")) {
			words_only = true;
			i++;
		} else if (!strcmp(argv[i], "-h")) {
			args->given |= EG_OPT(HELP);
			i++;
		} else if (argv[i][1] != '-') {
			return eg_cmd_usage(err, "unknown option '%s'", argv[i]);
		} else {
			n = take_option(args, argv + i, err);
			if (n < 0)
				return n;
			i += n;
		}
	}
	n = check_options(*cmd, args, err);
	return n || !*cmd ? n : check_words(*cmd, args, err);
}

void eg_opt_free(struct eg_args *args)
{
	free(args->words);
	args->words = NULL;
}

const struct eg_cmd *eg_opt_about(const struct eg_cmd *cmds, const struct eg_cmd *cmd, const struct eg_args *args)
{
	if (!cmd || cmd->call)
		return cmd;
	return args->n_words ? find_cmd(cmds, args->words[0]) : NULL;
}

static void help_options(unsigned int set, FILE *to)
{
	char left[64];
	int i;

	for (i = 0; i < EG_OPT_COUNT; i++) {
		if (!(set >> i & 1))
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", options[i].name, options[i].arg ? " " : "",
			 options[i].arg ? options[i].arg : "");
		fprintf(to, "  %-20s  %s\n", left, options[i].help);
	}
}

void eg_opt_help(const struct eg_cmd *cmds, const struct eg_cmd *cmd, FILE *to)
{
	if (cmd) {
		fprintf(to, "usage: egressctl [OPTION...] %s %s\n\n%s\n\n", cmd->name, cmd->args, cmd->summary);
		help_options(cmd->options, to);
		fprintf(to, "%sglobal options, before or after the command:\n", cmd->options ? "\n" : "");
		help_options(EG_OPT_GLOBAL, to);
		return;
	}
	fprintf(to, "usage: egressctl [OPTION...] COMMAND ...\n\ndecides, per cgroup, where processes may connect\n\n");
	for (; cmds->name; cmds++)
		fprintf(to, "  %-8s %s\n", cmds->name, cmds->summary);
	fprintf(to, "\nglobal options, before or after the command:\n");
	help_options(EG_OPT_GLOBAL, to);
	fprintf(to, "\nexit status: 0 done, 1 failed, 2 usage, 3 policy invalid, 4 denied, 5 this kernel cannot "
		    "enforce it\n");
}

static unsigned long long effective_caps(void)
{
	cleanup_fclose FILE *f = fopen("/proc/self/status", "re");
	unsigned long long caps = ~0ull; /* unknown: let the kernel judge */
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	}
	return caps;
}

int eg_opt_check_needs(const struct eg_cmd *cmd, struct eg_err *err)
{
	unsigned long long caps;
	bool bpf, net;

	if (!(cmd->needs & EG_NEED_BPF))
		return 0;
	caps = effective_caps();
	if (caps >> CAP_SYS_ADMIN & 1)
		return 0;
	bpf = caps >> CAP_BPF & 1;
	net = caps >> CAP_NET_ADMIN & 1;
	if (bpf && net)
		return 0;
	eg_fail(err, -EPERM, "'%s' needs %s%s%s", cmd->name, bpf ? "" : "CAP_BPF", bpf || net ? "" : " and ",
		net ? "" : "CAP_NET_ADMIN");
	eg_err_stays(err, "nothing has changed");
	eg_err_hint(err, "run it as root");
	return -EPERM;
}
