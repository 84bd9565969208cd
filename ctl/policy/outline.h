/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * outline.h - the sections, keys and words of a policy as they are written, for comparing two texts.
 *
 * Nothing is resolved, so a text can be compared whose set files are gone, or that an older version took.
 */
#ifndef EG_POLICY_OUTLINE_H
#define EG_POLICY_OUTLINE_H

#include <linux/types.h>

#include "base/err.h"
#include "policy/ini.h"

struct eg_outline_key {
	char name[EG_INI_NAME_MAX + 1];
	char **words; /* owned, in the order of the text, of all lines with this key */
	size_t n;
};

struct eg_outline_section {
	char kind[EG_INI_NAME_MAX + 1]; /* "allow" */
	char name[EG_INI_NAME_MAX + 1]; /* "dns"; "" for [policy] */
	unsigned int line;
	struct eg_outline_key *keys; /* owned, in the order of their first lines */
	size_t n_keys;
};

struct eg_outline {
	struct eg_outline_section *v; /* owned, in the order of the text */
	size_t n;
	__u32 *sorted; /* owned: indexes of v by kind and name */
};

/*
 * Takes a policy apart. Lines that no policy has are left out. Returns 0 and *out (free with eg_outline_free);
 * -ENOMEM.
 */
int eg_outline_make(const char *text, size_t len, struct eg_outline *out, struct eg_err *err);

/* NULL: there is none. */
const struct eg_outline_section *eg_outline_find(const struct eg_outline *outline, const char *kind, const char *name);
const struct eg_outline_key *eg_outline_key(const struct eg_outline_section *section, const char *name);

void eg_outline_free(struct eg_outline *outline);

#endif
