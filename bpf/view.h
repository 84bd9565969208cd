/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * view.h - how the programs look into the tables of a generation; decide.h asks through these.
 */
#ifndef EG_BPF_VIEW_H
#define EG_BPF_VIEW_H

#include "maps.h"

struct eg_tables_view {
	__u32 gen; /* index of the generation */
};

static __always_inline int eg_view_take(void *table, const void *key, struct eg_cell *cell)
{
	const struct eg_cell *found = bpf_map_lookup_elem(table, key);

	if (found)
		*cell = *found;
	return found != 0;
}

/*
 * The longest prefix first, and what it finds is complete, so that a hit ends the search: a hash for the few
 * lengths that it holds, then the trie, whose prefixes are all shorter.
 * A table that the generation names and that is not there returns -1: the caller denies.
 */
static __always_inline int eg_view_cell4(const struct eg_tables_view *view, const struct eg_gen *gen, __u32 addr,
					 struct eg_cell *cell)
{
	struct eg_key4 key;
	__u32 index, i;
	void *table;

	(void)view;
	if (gen->hash4) {
		index = gen->hash4 - 1;
		table = bpf_map_lookup_elem(&hash4, &index);
		if (!table)
			return -1;
		for (i = 0; i < EG_PROBES && gen->probe4[i].len; i++) {
			key.len = gen->probe4[i].len;
			key.addr = addr & gen->probe4[i].addr;
			if (eg_view_take(table, &key, cell))
				return 0;
		}
	}
	if (gen->trie4) {
		index = gen->trie4 - 1;
		table = bpf_map_lookup_elem(&trie4, &index);
		if (!table)
			return -1;
		key.len = 32;
		key.addr = addr;
		if (eg_view_take(table, &key, cell))
			return 0;
	}
	*cell = gen->miss4;
	return 0;
}

static __always_inline int eg_view_cell6(const struct eg_tables_view *view, const struct eg_gen *gen,
					 const __u32 addr[4], struct eg_cell *cell)
{
	struct eg_key6 key;
	__u32 index, i;
	void *table;

	(void)view;
	if (gen->hash6) {
		index = gen->hash6 - 1;
		table = bpf_map_lookup_elem(&hash6, &index);
		if (!table)
			return -1;
		for (i = 0; i < EG_PROBES && gen->probe6[i].len; i++) {
			key.len = gen->probe6[i].len;
			key.addr[0] = addr[0] & gen->probe6[i].addr[0];
			key.addr[1] = addr[1] & gen->probe6[i].addr[1];
			key.addr[2] = addr[2] & gen->probe6[i].addr[2];
			key.addr[3] = addr[3] & gen->probe6[i].addr[3];
			if (eg_view_take(table, &key, cell))
				return 0;
		}
	}
	if (gen->trie6) {
		index = gen->trie6 - 1;
		table = bpf_map_lookup_elem(&trie6, &index);
		if (!table)
			return -1;
		key = (struct eg_key6){ .len = 128, .addr = { addr[0], addr[1], addr[2], addr[3] } };
		if (eg_view_take(table, &key, cell))
			return 0;
	}
	*cell = gen->miss6;
	return 0;
}

static __always_inline const void *eg_view_rows(const struct eg_tables_view *view, const struct eg_gen *gen)
{
	__u32 index = gen->blocks - 1;

	(void)view;
	return bpf_map_lookup_elem(&blocks, &index);
}

static __always_inline const struct eg_block *eg_view_block(const void *rows, __u32 index)
{
	return bpf_map_lookup_elem((void *)rows, &index);
}

/*
 * What an IPv6 destination with an IPv4 address inside needs, up to nine times, as global functions: the
 * verifier looks at each once. On 5.10 they take and return nothing but numbers.
 *
 * eg_embedded_form: the address in the form "form" in the low half and 1 in the high half, or 0. high and
 * low: the destination's halves, the earlier word in the low bits.
 * eg_embedded_cell: word in the high half, hit in the low one; all ones: a table or row is missing.
 * eg_embedded_veto: the veto that the address casts; all ones as before.
 */
__u64 eg_embedded_form(__u32 form, __u64 high, __u64 low);
__u64 eg_embedded_cell(__u32 gen, __u32 addr, __u32 ask);
__u64 eg_embedded_veto(__u32 gen, __u32 addr);

/* The rest of the question in one number: bits 31-18 the veto, 17-16 the class, 15-0 the port. */
#define EG_EMBEDDED_ASK(veto, class, port) ((__u32)(veto) << 18 | ((__u32)(class) & 3) << 16 | (port))

#define EG_EMBEDDED_MISSING (~0ull)

#define EG_VIEW_EMBEDDED eg_view_embedded
#define EG_VIEW_EMBEDDED_VETO eg_view_embedded_veto

#endif
