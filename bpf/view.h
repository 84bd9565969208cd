/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * view.h - how the programs look into the tables of a generation; decide.h asks through these.
 */
#ifndef EG_BPF_VIEW_H
#define EG_BPF_VIEW_H

#include "maps.h"

struct eg_tables_view {
	void *blocks; /* inner map of the generation */
	__u32 gen;    /* index of the generation */
};

/*
 * Each lookup is hosts first, then prefixes: a host's row is complete, so its hit ends the search.
 * A table that the generation names and that is not there returns -1: the caller denies.
 */
static __always_inline int eg_view_row4(const struct eg_tables_view *view, const struct eg_gen *gen, __u32 addr,
					__u32 *row)
{
	struct eg_key4 key = { .len = 32, .addr = addr };
	__u32 index, *found;
	void *table;

	(void)view;
	if (gen->hosts4) {
		index = gen->hosts4 - 1;
		table = bpf_map_lookup_elem(&hosts4, &index);
		if (!table)
			return -1;
		found = bpf_map_lookup_elem(table, &addr);
		if (found) {
			*row = *found;
			return 0;
		}
	}
	*row = gen->miss4;
	if (gen->nets4) {
		index = gen->nets4 - 1;
		table = bpf_map_lookup_elem(&nets4, &index);
		if (!table)
			return -1;
		found = bpf_map_lookup_elem(table, &key);
		if (found)
			*row = *found;
	}
	return 0;
}

static __always_inline int eg_view_row6(const struct eg_tables_view *view, const struct eg_gen *gen,
					const __u32 addr[4], __u32 *row)
{
	struct eg_key6 key = { .len = 128, .addr = { addr[0], addr[1], addr[2], addr[3] } };
	__u32 index, *found;
	void *table;

	(void)view;
	if (gen->hosts6) {
		index = gen->hosts6 - 1;
		table = bpf_map_lookup_elem(&hosts6, &index);
		if (!table)
			return -1;
		found = bpf_map_lookup_elem(table, key.addr);
		if (found) {
			*row = *found;
			return 0;
		}
	}
	*row = gen->miss6;
	if (gen->nets6) {
		index = gen->nets6 - 1;
		table = bpf_map_lookup_elem(&nets6, &index);
		if (!table)
			return -1;
		found = bpf_map_lookup_elem(table, &key);
		if (found)
			*row = *found;
	}
	return 0;
}

static __always_inline const struct eg_block *eg_view_block(const struct eg_tables_view *view, __u32 index)
{
	return bpf_map_lookup_elem(view->blocks, &index);
}

/*
 * What an IPv6 destination with an IPv4 address inside needs, up to nine times, as global functions: the
 * verifier looks at each once. On 5.10 they take and return nothing but numbers.
 *
 * eg_embedded_form: the address in the form "form" in the low half and 1 in the high half, or 0. high and
 * low: the destination's halves, the earlier word in the low bits.
 * eg_embedded_cell: word in the high half, hit in the low one; all ones: a table or row is missing.
 */
__u64 eg_embedded_form(__u32 form, __u64 high, __u64 low);
__u64 eg_embedded_cell(__u32 gen, __u32 addr, __u32 class_port);

#define EG_EMBEDDED_MISSING (~0ull)

#define EG_VIEW_EMBEDDED eg_view_embedded

#endif
