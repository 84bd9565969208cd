/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * out.h - what a command has to say, said once and rendered as text or as JSON.
 *
 *   eg_out_str(out, "policy", "%s", name);            policy: ci
 *   eg_out_list(out, "cgroups");                      CGROUP    HITS
 *     eg_out_item(out);                               /ci       12
 *       eg_out_str(out, "cgroup", "%s", path);
 *       eg_out_int(out, "hits", 12);
 *     eg_out_end(out);   the item
 *   eg_out_end(out);     the list
 *
 * Out of memory is remembered and told by eg_out_print.
 */
#ifndef EG_BASE_OUT_H
#define EG_BASE_OUT_H

#include <stdbool.h>
#include <stdio.h>

struct eg_out;

/* Makes an empty object, with "schema": 1. NULL: out of memory. Free with eg_out_free. */
struct eg_out *eg_out_new(void);
void eg_out_free(struct eg_out *out);

/* Members of the object that is open. Text that is not UTF-8 is shown with "?" for each wrong byte. */
void eg_out_str(struct eg_out *out, const char *key, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void eg_out_int(struct eg_out *out, const char *key, long long value);
void eg_out_bool(struct eg_out *out, const char *key, bool value);
void eg_out_null(struct eg_out *out, const char *key); /* there is none: "-" in tables */

/* Opens a list in the object; each eg_out_item opens an object in it. eg_out_end closes either. */
void eg_out_list(struct eg_out *out, const char *key);
void eg_out_item(struct eg_out *out);
void eg_out_end(struct eg_out *out);

/* Renders everything. Returns 0; -ENOMEM; -EIO when the stream fails. */
int eg_out_print(const struct eg_out *out, bool json, FILE *to);

static inline void eg_out_freep(struct eg_out **out)
{
	eg_out_free(*out);
}

#define cleanup_out __attribute__((cleanup(eg_out_freep)))

#endif
