/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * changes.h - what one policy text changes against another: settings, rules and sets, by the words as written.
 *
 * The order of words, rules and sets does not count, as it does not for the verdict. Nor do [expect], which is
 * not enforced, nor the cgroups and the name: those are compared by what they mean.
 */
#ifndef EG_POLICY_CHANGES_H
#define EG_POLICY_CHANGES_H

#include "policy/outline.h"

enum eg_change_kind {
	EG_CHANGE_ADDED,   /* the section is new */
	EG_CHANGE_REMOVED, /* the section is gone */
	EG_CHANGE_CHANGED,
};

struct eg_words {
	const char **v; /* owned; the words are the outlines' */
	size_t n;
};

/* One key of one section. Never with both lists empty. */
struct eg_change {
	enum eg_change_kind change;
	const struct eg_outline_section *section; /* the new one, or the old one when it is gone */
	const char *key;
	struct eg_words removed, added;
};

struct eg_changes {
	struct eg_change *v; /* owned. The new text's sections in its order, then those that are gone */
	size_t n;
};

/*
 * Compares; was NULL: everything is new. Refers to both outlines, which must outlive *out (free with
 * eg_changes_free). Returns 0; -ENOMEM.
 */
int eg_changes_make(const struct eg_outline *was, const struct eg_outline *is, struct eg_changes *out,
		    struct eg_err *err);

/* What a key of [policy] is when the text does not have it; NULL: there is no such key, or it must be there. */
const char *eg_changes_fallback(const char *key);

void eg_changes_free(struct eg_changes *changes);

#endif
