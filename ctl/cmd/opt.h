/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * opt.h - the command line against the tables of cmd.h.
 */
#ifndef EG_CMD_OPT_H
#define EG_CMD_OPT_H

#include <stdio.h>

#include "cmd/cmd.h"

/*
 * Parses everything behind the program's name: global options, the command, its options and words, in any
 * order. What follows "--" is words. *cmd: the command, NULL when none is named. "run" ends its
 * options at the first word.
 */
int eg_opt_parse(const struct eg_cmd *cmds, int argc, char **argv, const struct eg_cmd **cmd, struct eg_args *args,
		 struct eg_err *err);

/* Frees the list of words; the words are those of argv. */
void eg_opt_free(struct eg_args *args);

/* The help of the program (cmd NULL) or of one command. */
void eg_opt_help(const struct eg_cmd *cmds, const struct eg_cmd *cmd, FILE *to);

/* The command that help is asked of: "help show" and "show --help" alike; NULL: of none. */
const struct eg_cmd *eg_opt_about(const struct eg_cmd *cmds, const struct eg_cmd *cmd, const struct eg_args *args);

/* Checks what the command needs, and says which capability is missing. */
int eg_opt_check_needs(const struct eg_cmd *cmd, struct eg_err *err);

#endif
