/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * write_out.c - the listing for programs: each destination names a row, and each row has its segments.
 *
 * Unlike the text, which says in place what is said in a word: for programs there is one way only, and with a
 * million destinations it is half as long.
 */
#define _GNU_SOURCE
#include <string.h>

#include "policy/usage.h"
#include "policy/write.h"

#define PORTS 65536u

struct writer {
	const struct eg_listing *listing;
	const struct eg_tables *tables;
	struct eg_usage usage;
	struct eg_out *out;
};

static const char *proto_name(int class, char *buf)
{
	return eg_usage_protos(1u << class, buf);
}

/* ---- rules ---- */

static void out_decides(const struct writer *w, size_t rule)
{
	char proto[EG_USAGE_PROTOS];
	size_t i;

	eg_out_list(w->out, "decides");
	for (i = w->usage.first[rule]; i < w->usage.first[rule + 1]; i++) {
		const struct eg_usage_span *span = &w->usage.spans[i];

		eg_out_item(w->out);
		eg_out_str(w->out, "protocol", "%s", proto_name(span->class, proto));
		eg_out_int(w->out, "from", span->lo);
		eg_out_int(w->out, "to", span->hi);
		eg_out_end(w->out);
	}
	eg_out_end(w->out);
}

static void out_rules(const struct writer *w)
{
	size_t i;

	eg_out_list(w->out, "rules");
	for (i = 0; i < w->tables->n_rules; i++) {
		const struct eg_rule_info *rule = &w->listing->rules[i];

		eg_out_item(w->out);
		eg_out_str(w->out, "kind", "%s", rule->kind == EG_CELL_ALLOW ? "allow" : "deny");
		eg_out_str(w->out, "rule", "%s", rule->name);
		eg_out_int(w->out, "line", rule->line);
		eg_out_int(w->out, "ipv4_answers", w->usage.answers[i][EG_USAGE_IPV4]);
		eg_out_int(w->out, "ipv6_answers", w->usage.answers[i][EG_USAGE_IPV6]);
		out_decides(w, i);
		eg_out_end(w->out);
	}
	eg_out_end(w->out);
}

/* ---- addresses ---- */

static void out_family(const struct writer *w, bool six)
{
	struct eg_entry entry = { 0 };
	char text[EG_ADDR_TEXT];

	eg_out_list(w->out, six ? "ipv6" : "ipv4");
	while (eg_tables_next(w->tables, six, &entry)) {
		eg_out_item(w->out);
		eg_out_str(w->out, "destination", "%s", eg_addr_text(&entry.prefix, text));
		eg_out_int(w->out, "row", entry.row);
		eg_out_end(w->out);
	}
	eg_out_item(w->out);
	eg_out_str(w->out, "destination", "any other");
	eg_out_int(w->out, "row", six ? w->tables->miss6 : w->tables->miss4);
	eg_out_end(w->out);
	eg_out_end(w->out);
}

/* ---- rows ---- */

static void out_cell(const struct writer *w, __u32 word, unsigned int families)
{
	const struct eg_rule_info *rule;
	__u32 kind = EG_CELL_KIND(word);
	char match[EG_WRITE_MATCH];
	bool allow = kind == EG_CELL_ALLOW || (!kind && w->tables->flags & EG_GEN_DEFAULT_ALLOW);

	eg_out_str(w->out, "verdict", "%s", allow ? "allow" : "deny");
	if (!kind)
		return;
	rule = &w->listing->rules[EG_CELL_ORDINAL(word)];
	eg_out_str(w->out, "rule", "%s", rule->name);
	eg_out_int(w->out, "line", rule->line);
	eg_out_str(w->out, "match", "%s", eg_write_match(word, families, match));
}

static void out_segment(const struct writer *w, int class, __u32 from, __u32 end, __u32 word, unsigned int families)
{
	char proto[EG_USAGE_PROTOS];

	eg_out_item(w->out);
	eg_out_str(w->out, "protocol", "%s", proto_name(class, proto));
	eg_out_int(w->out, "from", from);
	eg_out_int(w->out, "to", end - 1);
	out_cell(w, word, families);
	eg_out_end(w->out);
}

static void out_class(const struct writer *w, const struct eg_ports *ports, int class, unsigned int families)
{
	const struct eg_block *blocks = w->tables->blocks;
	__u32 i;

	if (!ports->count)
		out_segment(w, class, 0, PORTS, ports->one.word, families);
	for (i = 0; i < ports->count; i++) {
		__u32 at = ports->first + i, next = at + 1;
		const struct eg_seg *seg = &blocks[at / EG_BLOCK_SEGS].seg[at % EG_BLOCK_SEGS];
		__u32 end = i + 1 < ports->count ? blocks[next / EG_BLOCK_SEGS].seg[next % EG_BLOCK_SEGS].from : PORTS;

		out_segment(w, class, seg->from, end, seg->cell.word, families);
	}
}

static void out_vetoes(const struct writer *w, __u32 row, unsigned int families)
{
	const struct eg_tables *t = w->tables;
	int family = families & 1 << EG_USAGE_IPV6 ? EG_USAGE_IPV6 : EG_USAGE_IPV4;
	__u32 v, cast = eg_tables_veto(t, row, 0), left;
	char veto[EG_WRITE_MATCH];

	if (cast)
		eg_out_str(w->out, "casts", "%s", eg_write_veto(family, cast, veto));
	eg_out_list(w->out, "under");
	for (v = 1; v < t->veto_words; v++) {
		left = eg_tables_veto(t, row, v);
		if (!memcmp(&t->blocks[left], &t->blocks[row], sizeof(t->blocks[row])))
			continue;
		eg_out_item(w->out);
		eg_out_str(w->out, "veto", "%s", eg_write_veto(!family, v, veto));
		eg_out_int(w->out, "row", left);
		eg_out_end(w->out);
	}
	eg_out_end(w->out);
}

static void out_row(const struct writer *w, __u32 row)
{
	unsigned int families = w->usage.families[row];
	int i;

	eg_out_item(w->out);
	eg_out_int(w->out, "row", row);
	eg_out_int(w->out, "ipv4_answers", w->usage.rows[row][EG_USAGE_IPV4]);
	eg_out_int(w->out, "ipv6_answers", w->usage.rows[row][EG_USAGE_IPV6]);
	eg_out_list(w->out, "segments");
	for (i = 0; i < EG_CLASSES; i++)
		out_class(w, &w->tables->blocks[row].row.ports[i], i, families);
	eg_out_end(w->out);
	if (w->tables->veto_class[row])
		out_vetoes(w, row, families);
	eg_out_end(w->out);
}

static void out_rows(const struct writer *w)
{
	char veto[EG_WRITE_MATCH];
	__u32 row;

	eg_out_list(w->out, "rows");
	for (row = 0; row < w->tables->n_rows; row++) {
		if (w->usage.families[row])
			out_row(w, row);
	}
	eg_out_end(w->out);
	if (w->tables->veto_all > 1)
		eg_out_str(w->out, "several_vetoes", "%s", eg_write_veto(EG_USAGE_IPV4, w->tables->veto_all, veto));
}

int eg_write_out(const struct eg_listing *listing, struct eg_out *out)
{
	struct writer w = { .listing = listing, .tables = listing->tables, .out = out };
	int rc = eg_usage_make(listing->tables, &w.usage);

	if (rc)
		return rc;
	eg_out_str(out, "default", "%s", w.tables->flags & EG_GEN_DEFAULT_ALLOW ? "allow" : "deny");
	eg_out_str(out, "errno", "%s", strerrorname_np(listing->err));
	eg_out_str(out, "raw", "%s", w.tables->flags & EG_GEN_RAW_ALLOW ? "allow" : "deny");
	out_rules(&w);
	out_family(&w, false);
	out_family(&w, true);
	out_rows(&w);
	eg_usage_free(&w.usage);
	return 0;
}
