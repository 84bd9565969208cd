/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * decide.h - THE decision. Compiled into the BPF programs, "check", the tests and the fuzzers alike.
 *
 *   flow (family, class, address, port) + the tables of one generation -> verdict
 *
 * Precedence:
 *   1. a deny rule that matches any form of the destination     -> denied
 *   2. an allow rule that matches the native or the NAT64 form,
 *      while no form is in its "except"                         -> allowed
 *   3. the default
 * A table or row that should be there and is not                -> denied (EG_REASON_BROKEN)
 *
 * The compiler has already settled which rule decides for each address range, class and port;
 * what is left here is to find that cell, for each form of the destination.
 *
 * The includer defines before, over its own tables:
 *   struct eg_tables_view;
 *   static int eg_view_cell4(const struct eg_tables_view *, const struct eg_gen *, __u32 addr, struct eg_cell *);
 *   static int eg_view_cell6(const struct eg_tables_view *, const struct eg_gen *, const __u32 addr[4],
 *                            struct eg_cell *);
 *   static const void *eg_view_rows(const struct eg_tables_view *, const struct eg_gen *);
 *   static const struct eg_block *eg_view_block(const void *rows, __u32 index);
 * cell4 and cell6 return 0 and what the address table says (the miss cell where no entry covers), or -1
 * when a table is missing; rows returns the blocks or NULL; block returns NULL beyond the end.
 */
#ifndef EGRESS_DECIDE_H
#define EGRESS_DECIDE_H

#include "egress/binding.h"
#include "egress/flow.h"

/*
 * The forms in which an IPv6 address can carry an IPv4 one. NAT64's well-known prefix comes first,
 * since it alone can make an allow rule match: anyone can own an address of the others.
 */
enum eg_form {
	EG_FORM_NAT64 = 0, /* 64:ff9b::/96, RFC 6052 */
	EG_FORM_LOCAL_96,  /* 64:ff9b:1::/48 with the four places of RFC 6052 2.2, RFC 8215 */
	EG_FORM_LOCAL_64,
	EG_FORM_LOCAL_56,
	EG_FORM_LOCAL_48,
	EG_FORM_6TO4,	/* 2002::/16, RFC 3056 */
	EG_FORM_TEREDO, /* 2001::/32, RFC 4380: the client, obfuscated */
	EG_FORM_ISATAP, /* interface id ::[02]00:5efe:a.b.c.d, RFC 5214 */
	EG_FORM_COMPAT, /* ::a.b.c.d, RFC 4291 2.5.5.1, without :: and ::1 */
	EG_FORMS,
};

/*
 * Returns 1 and the embedded address (network order) when addr has that form, else 0.
 */
EG_INLINE int eg_form_get(enum eg_form form, const __u32 addr[4], __u32 *v4)
{
	__u32 a0 = EG_BE32(addr[0]), a1 = EG_BE32(addr[1]);
	__u32 a2 = EG_BE32(addr[2]), a3 = EG_BE32(addr[3]);
	int local = a0 == 0x0064ff9b && a1 >> 16 == 1;
	__u32 v = a3;

	switch (form) {
	case EG_FORM_NAT64:
		if (a0 != 0x0064ff9b || a1 || a2)
			return 0;
		break;
	case EG_FORM_LOCAL_96:
		if (!local)
			return 0;
		break;
	case EG_FORM_LOCAL_64: /* bytes 9-12 */
		if (!local)
			return 0;
		v = a2 << 8 | a3 >> 24;
		break;
	case EG_FORM_LOCAL_56: /* bytes 7, 9-11 */
		if (!local)
			return 0;
		v = a1 << 24 | (a2 & 0xffffff);
		break;
	case EG_FORM_LOCAL_48: /* bytes 6-7, 9-10 */
		if (!local)
			return 0;
		v = a1 << 16 | (a2 >> 8 & 0xffff);
		break;
	case EG_FORM_6TO4:
		if (a0 >> 16 != 0x2002)
			return 0;
		v = a0 << 16 | a1 >> 16;
		break;
	case EG_FORM_TEREDO:
		if (a0 != 0x20010000)
			return 0;
		v = ~a3;
		break;
	case EG_FORM_ISATAP:
		if ((a2 & ~0x02000000u) != 0x00005efe)
			return 0;
		break;
	case EG_FORM_COMPAT:
		if (a0 || a1 || a2 || a3 <= 1)
			return 0;
		break;
	default:
		return 0;
	}
	*v4 = EG_BE32(v);
	return 1;
}

/*
 * Whether any form can match at all; one cheap test in front of nine, for native addresses.
 */
EG_INLINE int eg_form_any(const __u32 addr[4])
{
	__u32 a0 = EG_BE32(addr[0]), a2 = EG_BE32(addr[2]);

	return a0 == 0 || a0 == 0x0064ff9b || a0 >> 16 == 0x2002 || a0 == 0x20010000 ||
	       (a2 & ~0x02000000u) == 0x00005efe;
}

/*
 * Finds the cell for a class and port in the row at block "row". Returns 0, or -1 if it is missing.
 */
EG_INLINE int eg_row_find(const void *rows, __u32 row, __u32 class, __u16 port, struct eg_cell *cell)
{
	const struct eg_block *block = eg_view_block(rows, row);
	__u32 first, count, half, i;

	if (!block)
		return -1;
	class &= EG_CLASSES - 1;
	first = block->row.ports[class].first;
	count = block->row.ports[class].count;
	if (!count) {
		*cell = block->row.ports[class].one;
		return 0;
	}
	for (i = 0; i < EG_SEG_STEPS && count > 1; i++) {
		half = count / 2;
		block = eg_view_block(rows, (first + half) / EG_BLOCK_SEGS);
		if (!block)
			return -1;
		if (block->seg[(first + half) % EG_BLOCK_SEGS].from <= port) {
			first += half;
			count -= half;
		} else {
			count = half;
		}
	}
	block = eg_view_block(rows, first / EG_BLOCK_SEGS);
	if (!block || count != 1)
		return -1;
	*cell = block->seg[first % EG_BLOCK_SEGS].cell;
	return 0;
}

/* Denied, because something is missing. */
EG_INLINE void eg_verdict_broken(struct eg_verdict *verdict)
{
	verdict->allow = 0;
	verdict->reason = EG_REASON_BROKEN;
	verdict->word = 0;
	verdict->hit = EG_HIT_DEFAULT;
}

/* The verdict of the cell that decides; where no rule matches (EG_CELL_NONE), the default. */
EG_INLINE void eg_verdict_settle(struct eg_verdict *verdict, const struct eg_gen *gen, const struct eg_cell *cell)
{
	__u32 kind = EG_CELL_KIND(cell->word);
	__u32 open = gen->flags & EG_GEN_DEFAULT_ALLOW;

	verdict->word = cell->word;
	verdict->hit = cell->hit;
	verdict->allow = kind == EG_CELL_ALLOW || (kind == EG_CELL_NONE && open);
	if (kind == EG_CELL_DENY)
		verdict->reason = EG_REASON_RULE_DENY;
	else if (kind == EG_CELL_ALLOW)
		verdict->reason = EG_REASON_RULE_ALLOW;
	else
		verdict->reason = open ? EG_REASON_DEFAULT_ALLOW : EG_REASON_DEFAULT_DENY;
}

/* A word of a veto class (abi.h). Returns 0, or -1 if it is missing. */
EG_INLINE int eg_veto_word(const void *rows, const struct eg_gen *gen, __u32 class, __u32 at, __u32 *word)
{
	__u32 index = gen->vetoes + class * gen->veto_words + at;
	const struct eg_block *block;

	if (at >= gen->veto_words)
		return -1;
	block = eg_view_block(rows, index / EG_BLOCK_WORDS);
	if (!block)
		return -1;
	*word = block->word[index % EG_BLOCK_WORDS];
	return 0;
}

/* The veto that an address with this cell casts on the other form; 0: none. Returns 0, or -1 if it is missing. */
EG_INLINE int eg_cell_veto(const struct eg_tables_view *view, const struct eg_gen *gen, const struct eg_cell *cell,
			   __u32 *veto)
{
	const void *rows;

	*veto = 0;
	if (EG_CELL_KIND(cell->word) != EG_CELL_ROW || !cell->hit)
		return 0;
	rows = eg_view_rows(view, gen);
	return rows ? eg_veto_word(rows, gen, cell->hit, 0, veto) : -1;
}

/*
 * Replaces the cell of an address table that only names a row by the row's for class and port: the row that is
 * left under a veto of the other form, if there is one.
 */
EG_INLINE int eg_cell_resolve(const struct eg_tables_view *view, const struct eg_gen *gen, __u32 class, __u16 port,
			      __u32 veto, struct eg_cell *cell)
{
	__u32 row = EG_CELL_ROW_OF(cell->word);
	const void *rows;

	if (EG_CELL_KIND(cell->word) != EG_CELL_ROW)
		return 0;
	rows = eg_view_rows(view, gen);
	if (!rows || (veto && cell->hit && eg_veto_word(rows, gen, cell->hit, veto, &row)))
		return -1;
	return eg_row_find(rows, row, class, port, cell);
}

/* Finds the cell for an IPv4 address. Returns 0, or -1 if a table or row is missing. */
EG_INLINE int eg_decide_cell4(const struct eg_tables_view *view, const struct eg_gen *gen, __u32 addr, __u32 class,
			      __u16 port, __u32 veto, struct eg_cell *cell)
{
	return eg_view_cell4(view, gen, addr, cell) ? -1 : eg_cell_resolve(view, gen, class, port, veto, cell);
}

/*
 * The cell for the IPv4 address that an IPv6 destination embeds in one form. Returns 1; 0 when the
 * destination does not have that form; -1 if a table or row is missing.
 */
EG_INLINE int eg_decide_embedded(const struct eg_tables_view *view, const struct eg_gen *gen,
				 const struct eg_flow *flow, enum eg_form form, __u32 veto, struct eg_cell *cell)
{
	__u32 v4 = 0;

	if (!eg_form_get(form, flow->addr, &v4))
		return 0;
	return eg_decide_cell4(view, gen, v4, flow->class, flow->port, veto, cell) ? -1 : 1;
}

/* The veto of that IPv4 address on the native form. Returns as eg_decide_embedded. */
EG_INLINE int eg_decide_embedded_veto(const struct eg_tables_view *view, const struct eg_gen *gen,
				      const struct eg_flow *flow, enum eg_form form, __u32 *veto)
{
	struct eg_cell cell = { 0, 0 };
	__u32 v4 = 0;

	if (!eg_form_get(form, flow->addr, &v4))
		return 0;
	return eg_view_cell4(view, gen, v4, &cell) || eg_cell_veto(view, gen, &cell, veto) ? -1 : 1;
}

/*
 * The programs put functions that the verifier looks at once in its place: nine inlined copies cost a
 * quarter of a second to load.
 */
#ifndef EG_VIEW_EMBEDDED
#define EG_VIEW_EMBEDDED eg_decide_embedded
#define EG_VIEW_EMBEDDED_VETO eg_decide_embedded_veto
#endif

/*
 * Weighs the cell of an embedded form against the best so far. The larger word wins: deny above
 * allow above none, then the longer prefix, then the lower line. Allows count for NAT64 alone.
 */
EG_INLINE int eg_decide_form(const struct eg_tables_view *view, const struct eg_gen *gen, const struct eg_flow *flow,
			     enum eg_form form, __u32 veto, struct eg_cell *best)
{
	struct eg_cell cell = { 0, 0 };
	int found = EG_VIEW_EMBEDDED(view, gen, flow, form, veto, &cell);

	if (found <= 0)
		return found;
	if (EG_CELL_KIND(cell.word) == EG_CELL_ALLOW && form != EG_FORM_NAT64)
		return 0;
	if (cell.word > best->word)
		*best = cell;
	return 0;
}

/* What the embedded addresses veto together: two different vetoes are a veto of all there is. */
EG_INLINE int eg_decide_vetoes(const struct eg_tables_view *view, const struct eg_gen *gen, const struct eg_flow *flow,
			       __u32 *veto)
{
	__u32 one = 0;
	int form;

	*veto = 0;
	for (form = 0; gen->vetoes && form < EG_FORMS; form++) {
		int found = EG_VIEW_EMBEDDED_VETO(view, gen, flow, (enum eg_form)form, &one);

		if (found < 0)
			return -1;
		if (found && one)
			*veto = !*veto || *veto == one ? one : gen->veto_all;
	}
	return 0;
}

/*
 * An IPv6 destination in all its forms. What the embedded addresses veto applies to the native form; what the
 * native form vetoes applies to the NAT64 form, the only other one in which a rule allows.
 */
EG_INLINE int eg_decide_forms(const struct eg_tables_view *view, const struct eg_gen *gen, const struct eg_flow *flow,
			      struct eg_cell *best)
{
	__u32 by_embedded, by_native;
	int form;

	if (eg_decide_vetoes(view, gen, flow, &by_embedded) || eg_cell_veto(view, gen, best, &by_native) ||
	    eg_cell_resolve(view, gen, flow->class, flow->port, by_embedded, best))
		return -1;
	for (form = 0; form < EG_FORMS; form++) {
		if (eg_decide_form(view, gen, flow, (enum eg_form)form, form == EG_FORM_NAT64 ? by_native : 0, best))
			return -1;
	}
	return 0;
}

/*
 * Decides one flow under one generation. flow comes from eg_flow_make4 or eg_flow_make6.
 */
EG_INLINE void eg_decide(const struct eg_tables_view *view, const struct eg_gen *gen, const struct eg_flow *flow,
			 struct eg_verdict *verdict)
{
	struct eg_cell best = { 0, 0 };

	eg_verdict_broken(verdict);
	if (flow->family == 4) {
		if (eg_decide_cell4(view, gen, flow->addr[0], flow->class, flow->port, 0, &best))
			return;
	} else {
		if (eg_view_cell6(view, gen, flow->addr, &best))
			return;
		if (eg_form_any(flow->addr)) {
			if (eg_decide_forms(view, gen, flow, &best))
				return;
		} else if (eg_cell_resolve(view, gen, flow->class, flow->port, 0, &best)) {
			return;
		}
	}
	eg_verdict_settle(verdict, gen, &best);
}

/*
 * Whether a socket can be judged by destination at all; asked when it is made.
 * type: SOCK_* of the socket, protocol: IPPROTO_*.
 */
EG_INLINE int eg_decide_socket(const struct eg_gen *gen, __u32 type, __u32 protocol)
{
	__u8 class = eg_class_of(protocol);

	if (type == 1 /* SOCK_STREAM */ && class == EG_CLASS_TCP)
		return 1;
	if (type == 2 /* SOCK_DGRAM */ && class == EG_CLASS_UDP)
		return 1;
	if (type == 3 /* SOCK_RAW */ || (type == 2 && class == EG_CLASS_ICMP))
		return !!(gen->flags & EG_GEN_RAW_ALLOW);
	return 0;
}

#endif
