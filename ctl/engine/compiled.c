/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/compiled.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "engine/attach.h"
#include "engine/texts.h"
#include "kernel/dump.h"
#include "kernel/generation.h"
#include "kernel/slots.h"
#include "policy/source.h"
#include "policy/write.h"

/* The text of the generation; NULL, with a note, when it is gone. The caller frees. */
static char *read_text(struct eg_ctx *ctx, const char *name, __u32 serial, size_t *len)
{
	struct eg_err err = EG_ERR_INIT;
	char path[PATH_MAX], *text = NULL;

	eg_texts_path(ctx->run_dir, name, serial, path, sizeof(path));
	if (eg_source_read(path, &text, len, &err))
		eg_ctx_note(ctx, "the rules are named without their text: %s", err.what);
	return text;
}

static int write_listing(const struct eg_listing *listing, __u32 serial, FILE *to, struct eg_out *out)
{
	int r;

	if (!to) {
		eg_out_str(out, "policy", "%s", listing->name);
		eg_out_int(out, "generation", serial);
		return eg_write_out(listing, out);
	}
	fprintf(to, "policy %s, generation %u in force\n", listing->name, serial);
	r = eg_write_text(listing, to);
	return r ? r : fflush(to) || ferror(to) ? -EIO : 0;
}

int eg_compiled_show(struct eg_ctx *ctx, const char *name, FILE *to, struct eg_out *out, struct eg_err *err)
{
	cleanup_runtime struct eg_runtime rt = EG_RUNTIME_INIT;
	cleanup_free struct eg_rule_info *rules = NULL;
	cleanup_tables struct eg_tables *tables = NULL;
	cleanup_free char *text = NULL;
	struct eg_listing listing = { .name = name };
	const struct eg_gen *gen;
	__u32 n, serial;
	int slot, r = eg_runtime_open(ctx->bpffs, EG_BPFFS_READ, &rt, err);

	if (r)
		return r;
	slot = eg_attach_slot(&rt, name, err);
	if (slot < 0)
		return slot;
	gen = eg_slots_live(&rt, (__u32)slot);
	r = eg_generation_read(&rt, (__u32)(gen - rt.gens), &rules, &n, err);
	if (!r)
		r = eg_dump_tables(&rt, gen, n - EG_HIT_FIRST_RULE, &tables, err);
	if (r)
		return r;
	serial = gen->serial;
	listing.err = -gen->retval;
	text = read_text(ctx, name, serial, &listing.text_len);
	eg_runtime_close(&rt); /* who reads the listing may take long, and "apply" waits for the lock */
	listing.text = text;
	listing.tables = tables;
	listing.rules = rules + EG_HIT_FIRST_RULE;
	r = write_listing(&listing, serial, to, out);
	return r ? eg_fail(err, r, "cannot write the tables: %s", strerror(-r)) : 0;
}
