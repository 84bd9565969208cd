/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * diff.h - what "apply" of a file would change.
 */
#ifndef EG_ENGINE_DIFF_H
#define EG_ENGINE_DIFF_H

#include "base/diag.h"
#include "engine/ctx.h"
#include "engine/load.h"
#include "policy/changes.h"

struct eg_diff_cgroup {
	char *path; /* owned */
	enum eg_diff_move {
		EG_DIFF_ATTACH,
		EG_DIFF_DECLARE, /* attached by hand, named by the file from now on */
		EG_DIFF_DETACH,
	} move;
};

/* A kind of table that changes although the words do not: a set file, or a set that the machine resolves. */
struct eg_diff_table {
	const char *name; /* "ipv4", "ipv6", "blocks" */
	__u32 was, is;	  /* entries */
};

#define EG_DIFF_TABLES 3

struct eg_diff {
	struct eg_loaded loaded; /* the file */
	bool live;		 /* a policy of that name is loaded */
	__u32 serial;		 /* its generation */
	struct eg_outline was, is;
	struct eg_changes changes;
	struct eg_diff_cgroup *cgroups; /* owned; those of the file in its order, then those that go, by path */
	size_t n_cgroups;
	struct eg_diff_table tables[EG_DIFF_TABLES];
	size_t n_tables;
};

/*
 * Compares a file with what is loaded under its name. Nothing changes. Notes tell what apply would refuse.
 * Returns 0 and *out (free with eg_diff_free); errors as eg_load; -ENOENT the text in force is gone.
 */
int eg_diff(struct eg_ctx *ctx, const char *file, struct eg_diff *out, struct eg_diags *diags, struct eg_err *err);

/* Whether anything would change. */
bool eg_diff_any(const struct eg_diff *diff);

void eg_diff_free(struct eg_diff *diff);

#define cleanup_diff __attribute__((cleanup(eg_diff_free)))

#endif
