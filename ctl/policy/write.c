/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define _GNU_SOURCE
#include "policy/write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/source.h"
#include "policy/usage.h"

#define LABEL 64 /* holds "allow NAME" */
#define PORTS 65536u

static const char *const kinds[] = { [EG_CELL_NONE] = "default", [EG_CELL_ALLOW] = "allow", [EG_CELL_DENY] = "deny" };

struct writer {
	const struct eg_listing *listing;
	const struct eg_tables *tables;
	struct eg_usage usage;
	int label_width, line_width;
	FILE *to;
};

/* ---- answers ---- */

char *eg_write_match(__u32 word, unsigned int families, char *buf)
{
	unsigned int plen = EG_CELL_PLEN(word);
	bool four = families & 1 << EG_USAGE_IPV4, six = families & 1 << EG_USAGE_IPV6;

	if (four && six && plen >= 96)
		snprintf(buf, EG_WRITE_MATCH, "/%u or /%u", plen - 96, plen);
	else if (four && plen >= 96)
		snprintf(buf, EG_WRITE_MATCH, "/%u", plen - 96);
	else if (plen)
		snprintf(buf, EG_WRITE_MATCH, "/%u", plen);
	else
		strcpy(buf, "any");
	return buf;
}

char *eg_write_veto(int family, __u32 number, char *buf)
{
	snprintf(buf, EG_WRITE_MATCH, "%d-%u", family == EG_USAGE_IPV6 ? 6 : 4, number);
	return buf;
}

static char *rule_label(const struct eg_rule_info *rule, char label[LABEL])
{
	snprintf(label, LABEL, "%s %s", kinds[rule->kind % 3], rule->name);
	return label;
}

static const char *default_label(const struct writer *w)
{
	return w->tables->flags & EG_GEN_DEFAULT_ALLOW ? "allow (default)" : "deny (default)";
}

/* The last columns of a line, and its end. */
static void put_cell(const struct writer *w, __u32 word, unsigned int families)
{
	const struct eg_rule_info *rule;
	char label[LABEL], match[EG_WRITE_MATCH];

	if (!word) {
		fprintf(w->to, "%s\n", default_label(w));
		return;
	}
	rule = &w->listing->rules[EG_CELL_ORDINAL(word)];
	fprintf(w->to, "%-*s  %-*u  %s\n", w->label_width, rule_label(rule, label), w->line_width, rule->line,
		eg_write_match(word, families, match));
}

/* The same for a row: what it says where that is one thing, else its number. */
static void put_answer(const struct writer *w, __u32 row, unsigned int families)
{
	struct eg_cell cell = eg_tables_answer(w->tables, row);

	if (EG_CELL_KIND(cell.word) == EG_CELL_ROW)
		fprintf(w->to, "row %u\n", row);
	else
		put_cell(w, cell.word, families);
}

static void put_head(const struct writer *w, int width, const char *first, const char *second)
{
	fprintf(w->to, "  %-*s  %s%s%-*s  %-*s  MATCH\n", width, first, second, *second ? "  " : "", w->label_width,
		"ANSWER", w->line_width, "LINE");
}

/* "2 IPv4 answers, 1 IPv6 answer" */
static void put_counts(const struct writer *w, const __u32 counts[2])
{
	int f;

	for (f = 0; f < 2; f++) {
		if (counts[f])
			fprintf(w->to, "%s%u IPv%d answer%s", f && counts[0] ? ", " : "", counts[f], f ? 6 : 4,
				counts[f] == 1 ? "" : "s");
	}
}

/* ---- rules ---- */

static void put_usage(const struct writer *w, __u32 rule)
{
	const __u32 *counts = w->usage.answers[rule];
	char text[EG_USAGE_TEXT];

	if (!counts[0] && !counts[1]) {
		fprintf(w->to, "       => no address\n");
		return;
	}
	fprintf(w->to, "       => %s: ", eg_usage_text(&w->usage, rule, text));
	put_counts(w, counts);
	fputc('\n', w->to);
}

/* The lines from text to end, numbered. */
static void put_lines(const struct writer *w, unsigned int number, const char *text, const char *end)
{
	const char *next;
	size_t len;

	for (; text < end; text = next, number++) {
		next = memchr(text, '\n', (size_t)(end - text));
		len = (size_t)((next ? next : end) - text);
		next = next ? next + 1 : end;
		if (len && text[len - 1] == '\r')
			len--;
		fprintf(w->to, "%5u%s%.*s\n", number, len ? "  " : "", (int)len, text);
	}
}

/* Neither blank nor a comment alone: what ends a section may belong to the next one. */
static bool is_content(const struct eg_source_line *line)
{
	size_t i = 0;

	while (i < line->len && strchr(" \t", line->text[i]))
		i++;
	return i < line->len && !strchr(";#", line->text[i]);
}

/* Writes the sections of the rules, which stand in the order of their lines. Returns how many were found. */
static size_t put_sections(const struct writer *w, struct eg_source *src)
{
	struct eg_source_line line;
	bool more = eg_source_next(src, &line);
	const char *text, *end;
	size_t i = 0;

	while (more && i < w->tables->n_rules) {
		if (line.number != w->listing->rules[i].line) {
			more = eg_source_next(src, &line);
			continue;
		}
		text = end = line.text;
		do {
			end = is_content(&line) ? line.text + line.len : end;
			more = eg_source_next(src, &line);
		} while (more && !(line.len && line.text[0] == '['));
		fputc('\n', w->to);
		put_lines(w, w->listing->rules[i].line, text, end);
		put_usage(w, (__u32)i++);
	}
	return i;
}

static void put_rules(const struct writer *w)
{
	const struct eg_listing *l = w->listing;
	struct eg_diags diags = EG_DIAGS_INIT;
	struct eg_source src;
	char label[LABEL];
	size_t i = 0;

	if (l->text && eg_source_init(&src, l->name, l->text, l->text_len, &diags))
		i = put_sections(w, &src);
	eg_diags_free(&diags);
	for (; i < w->tables->n_rules; i++) {
		fprintf(w->to, "\n%5u  [%s]\n", l->rules[i].line, rule_label(&l->rules[i], label));
		put_usage(w, (__u32)i);
	}
}

/* ---- addresses ---- */

static int address_width(const struct writer *w, bool six)
{
	size_t width = strlen("DESTINATION");
	struct eg_entry entry = { 0 };
	char text[EG_ADDR_TEXT];

	while (eg_tables_next(w->tables, six, &entry)) {
		size_t len = strlen(eg_addr_text(&entry.prefix, text));

		width = len > width ? len : width;
	}
	return (int)width;
}

static void put_family(const struct writer *w, bool six)
{
	unsigned int families = 1u << (six ? EG_USAGE_IPV6 : EG_USAGE_IPV4);
	int width = address_width(w, six);
	struct eg_entry entry = { 0 };
	char text[EG_ADDR_TEXT];

	fprintf(w->to, "\nIPv%d: %u answer%s\n", six ? 6 : 4, w->usage.n_answers[six],
		w->usage.n_answers[six] == 1 ? "" : "s");
	put_head(w, width, "DESTINATION", "");
	while (eg_tables_next(w->tables, six, &entry)) {
		fprintf(w->to, "  %-*s  ", width, eg_addr_text(&entry.prefix, text));
		put_answer(w, entry.row, families);
	}
	fprintf(w->to, "  %-*s  ", width, "any other");
	put_answer(w, six ? w->tables->miss6 : w->tables->miss4, families);
}

/* ---- rows ---- */

#define PORT_WIDTH 11 /* "60000-65535" */

/* What a row says for some protocols. Rules begin at port 1, so port 0 has what ports do not change. */
static void put_ports(const struct writer *w, const struct eg_ports *ports, const char *protos, int width,
		      unsigned int families)
{
	const struct eg_block *blocks = w->tables->blocks;
	__u32 i, lo, hi, rest = ports->one.word;
	char text[PORT_WIDTH + 1];

	for (i = 0; i < ports->count; i++) {
		__u32 at = ports->first + i;
		const struct eg_seg *seg = &blocks[at / EG_BLOCK_SEGS].seg[at % EG_BLOCK_SEGS];

		rest = i ? rest : seg->cell.word;
		if (seg->cell.word == rest)
			continue;
		lo = seg->from;
		at++;
		hi = (i + 1 < ports->count ? blocks[at / EG_BLOCK_SEGS].seg[at % EG_BLOCK_SEGS].from : PORTS) - 1;
		snprintf(text, sizeof(text), lo == hi ? "%u" : "%u-%u", lo & 0xffff, hi & 0xffff);
		fprintf(w->to, "  %-*s  %-*s  ", width, protos, PORT_WIDTH, text);
		put_cell(w, seg->cell.word, families);
	}
	fprintf(w->to, "  %-*s  %-*s  ", width, protos, PORT_WIDTH, ports->count ? "rest" : "any");
	put_cell(w, rest, families);
}

/* The protocols for which a row says the same as for this one. */
static unsigned int same_ports(const struct eg_ports *ports, int class)
{
	unsigned int same = 0;
	int i;

	for (i = 0; i < EG_CLASSES; i++) {
		if (ports[i].count == ports[class].count && ports[i].first == ports[class].first &&
		    ports[i].one.word == ports[class].one.word)
			same |= 1u << i;
	}
	return same;
}

static void put_classes(const struct writer *w, __u32 row, unsigned int families)
{
	const struct eg_ports *ports = w->tables->blocks[row].row.ports;
	int i, width = (int)strlen("PROTOCOL");
	char protos[EG_USAGE_PROTOS];
	unsigned int done = 0;

	for (i = 0; i < EG_CLASSES; i++) {
		int len = (int)strlen(eg_usage_protos(same_ports(ports, i), protos));

		width = len > width ? len : width;
	}
	put_head(w, width, "PROTOCOL", "PORTS      ");
	for (i = 0; i < EG_CLASSES; i++) {
		unsigned int same = same_ports(ports, i);

		if (!(done >> i & 1))
			put_ports(w, &ports[i], eg_usage_protos(same, protos), width, families);
		done |= same;
	}
}

/* A row with a veto class belongs to one family. */
static void put_vetoes(const struct writer *w, __u32 row, unsigned int families)
{
	const struct eg_tables *t = w->tables;
	int family = families & 1 << EG_USAGE_IPV6 ? EG_USAGE_IPV6 : EG_USAGE_IPV4;
	__u32 v, cast = eg_tables_veto(t, row, 0), left;
	char veto[EG_WRITE_MATCH];

	for (v = 1; v < t->veto_words; v++) {
		left = eg_tables_veto(t, row, v);
		if (!memcmp(&t->blocks[left], &t->blocks[row], sizeof(t->blocks[row])))
			continue;
		fprintf(w->to, "  under veto %s: ", eg_write_veto(!family, v, veto));
		put_answer(w, left, families);
	}
	if (cast)
		fprintf(w->to, "  casts veto %s\n", eg_write_veto(family, cast, veto));
}

static void put_row(const struct writer *w, __u32 row)
{
	unsigned int families = w->usage.families[row];
	const __u32 *counts = w->usage.rows[row];

	fprintf(w->to, "\nrow %u: ", row);
	put_counts(w, counts);
	fprintf(w->to, "%s\n", counts[0] || counts[1] ? "" : "under a veto");
	put_classes(w, row, families);
	if (w->tables->veto_class[row])
		put_vetoes(w, row, families);
}

static void put_rows(const struct writer *w)
{
	char veto[EG_WRITE_MATCH];
	__u32 row;

	for (row = 0; row < w->tables->n_rows; row++) {
		if (w->usage.families[row] && EG_CELL_KIND(eg_tables_answer(w->tables, row).word) == EG_CELL_ROW)
			put_row(w, row);
	}
	if (!w->tables->veto_words)
		return;
	fprintf(w->to,
		"\nVetoes: what an 'except' has in one form of an address it takes out of the other forms. An IPv4\n"
		"address casts 4-N on the IPv6 address around it, a NAT64 address 6-N on the IPv4 one inside.\n");
	if (w->tables->veto_all > 1)
		fprintf(w->to,
			"Where there are several IPv4 addresses inside that cast different ones, they cast %s.\n",
			eg_write_veto(EG_USAGE_IPV4, w->tables->veto_all, veto));
}

/* ---- all ---- */

static void measure(struct writer *w)
{
	const struct eg_listing *l = w->listing;
	char text[LABEL];
	size_t i;

	w->label_width = (int)strlen(default_label(w));
	w->line_width = (int)strlen("LINE");
	for (i = 0; i < w->tables->n_rules; i++) {
		int label = (int)strlen(rule_label(&l->rules[i], text));
		int line = snprintf(text, sizeof(text), "%u", l->rules[i].line);

		w->label_width = label > w->label_width ? label : w->label_width;
		w->line_width = line > w->line_width ? line : w->line_width;
	}
}

int eg_write_text(const struct eg_listing *listing, FILE *to)
{
	struct writer w = { .listing = listing, .tables = listing->tables, .to = to };
	int rc = eg_usage_make(listing->tables, &w.usage);

	if (rc)
		return rc;
	measure(&w);
	fprintf(to, "default: %s\nerrno: %s\nraw: %s\nrules: %zu\n",
		w.tables->flags & EG_GEN_DEFAULT_ALLOW ? "allow" : "deny", strerrorname_np(listing->err),
		w.tables->flags & EG_GEN_RAW_ALLOW ? "allow" : "deny", w.tables->n_rules);
	put_rules(&w);
	put_family(&w, false);
	put_family(&w, true);
	put_rows(&w);
	eg_usage_free(&w.usage);
	return 0;
}

int eg_write_rules(const struct eg_policy *policy, struct eg_rule_info **out)
{
	struct eg_rule_info *rules = calloc(policy->n_rules + 1, sizeof(*rules));
	size_t i;

	if (!rules)
		return -ENOMEM;
	for (i = 0; i < policy->n_rules; i++) {
		memcpy(rules[i].name, policy->rules[i].name, sizeof(rules[i].name));
		rules[i].kind = policy->rules[i].kind;
		rules[i].line = policy->rules[i].at.line;
	}
	*out = rules;
	return 0;
}
