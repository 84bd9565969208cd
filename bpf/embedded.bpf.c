/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * embedded.bpf.c - the part of the decision that only IPv6 destinations with an IPv4 address inside need.
 */
#include "enforce.h"

__noinline __u64 eg_embedded_form(__u32 form, __u64 high, __u64 low)
{
	__u32 addr[4] = { (__u32)high, high >> 32, (__u32)low, low >> 32 }, v4 = 0;

	return eg_form_get((enum eg_form)form, addr, &v4) ? 1ull << 32 | v4 : 0;
}

__noinline __u64 eg_embedded_cell(__u32 gen_index, __u32 addr, __u32 ask)
{
	const struct eg_gen *gen = bpf_map_lookup_elem(&gens, &gen_index);
	struct eg_tables_view view = { .gen = gen_index };
	struct eg_cell cell = { 0, 0 };

	if (!gen || eg_decide_cell4(&view, gen, addr, ask >> 16 & 3, ask & 0xffff, ask >> 18, &cell))
		return EG_EMBEDDED_MISSING;
	return (__u64)cell.word << 32 | cell.hit;
}

__noinline __u64 eg_embedded_veto(__u32 gen_index, __u32 addr)
{
	const struct eg_gen *gen = bpf_map_lookup_elem(&gens, &gen_index);
	struct eg_tables_view view = { .gen = gen_index };
	struct eg_cell cell = { 0, 0 };
	__u32 veto = 0;

	if (!gen || eg_view_cell4(&view, gen, addr, &cell) || eg_cell_veto(&view, gen, &cell, &veto))
		return EG_EMBEDDED_MISSING;
	return veto;
}

char _license[] SEC("license") = "Dual BSD/GPL";
