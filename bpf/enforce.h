/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * enforce.h - from an attachment to a verdict: find the policy, decide, count, set the errno.
 *
 * The hook files stay adapters: they make a flow and return what eg_enforce_* says.
 */
#ifndef EG_BPF_ENFORCE_H
#define EG_BPF_ENFORCE_H

#include "view.h"

struct eg_flow;
struct eg_cell;
static int eg_view_embedded(const struct eg_tables_view *view, const struct eg_gen *gen, const struct eg_flow *flow,
			    __u32 form, __u32 veto, struct eg_cell *cell);
static int eg_view_embedded_veto(const struct eg_tables_view *view, const struct eg_gen *gen,
				 const struct eg_flow *flow, __u32 form, __u32 *veto);

#include "egress/decide.h"

static __always_inline __u64 eg_view_form(const struct eg_flow *flow, __u32 form)
{
	return eg_embedded_form(form, (__u64)flow->addr[1] << 32 | flow->addr[0],
				(__u64)flow->addr[3] << 32 | flow->addr[2]);
}

static __always_inline int eg_view_embedded(const struct eg_tables_view *view, const struct eg_gen *gen,
					    const struct eg_flow *flow, __u32 form, __u32 veto, struct eg_cell *cell)
{
	__u64 found = eg_view_form(flow, form);

	(void)gen;
	if (!found)
		return 0;
	found = eg_embedded_cell(view->gen, (__u32)found, EG_EMBEDDED_ASK(veto, flow->class, flow->port));
	cell->word = found >> 32;
	cell->hit = (__u32)found;
	return found == EG_EMBEDDED_MISSING ? -1 : 1;
}

static __always_inline int eg_view_embedded_veto(const struct eg_tables_view *view, const struct eg_gen *gen,
						 const struct eg_flow *flow, __u32 form, __u32 *veto)
{
	__u64 found = eg_view_form(flow, form);

	(void)gen;
	if (!found)
		return 0;
	found = eg_embedded_veto(view->gen, (__u32)found);
	*veto = (__u32)found;
	return found == EG_EMBEDDED_MISSING ? -1 : 1;
}

/* Set before loading. Where the kernel lacks bpf_set_retval (before 6.1) a denial is EPERM. */
const volatile __u32 eg_features __weak = 0;

#define EG_BE16(x) ((__u16)(EG_BE32((__u32)(x)) >> 16))

static __always_inline void eg_count(void *table, __u32 index)
{
	__u64 *count = bpf_map_lookup_elem(table, &index);

	/* atomic although each CPU has its own: on a preemptible kernel programs interrupt each other */
	if (count)
		__sync_fetch_and_add(count, 1);
}

/* Ends a call for a reason that no policy's table can count: allowed when staged, else denied. */
static __always_inline int eg_enforce_without(enum eg_reason reason)
{
	eg_count(&faults, reason);
	return reason == EG_REASON_STAGED;
}

/* The helper as the verifier sees it: 7.0 wants the whole register provably between -4095 and 0. */
static long (*const eg_set_retval)(__s64 retval) = (void *)BPF_FUNC_set_retval;

static __always_inline void eg_enforce_errno(const struct eg_gen *gen)
{
	__s64 retval = gen->retval;

	if (!(eg_features & EG_FEATURE_SET_RETVAL))
		return;
	/* in assembly, since a compiler may prove the same with comparisons that the verifier cannot follow */
	asm volatile("if %0 s> 0 goto +1\n\t"
		     "if %0 s>= -4095 goto +1\n\t"
		     "%0 = -1"
		     : "+r"(retval));
	eg_set_retval(retval);
}

/*
 * Finds the generation in force for the attachment that runs. Returns NULL and the reason when
 * there is none. The binding and the slot's "now" are each read once: what follows sees one
 * generation, whatever is switched meanwhile.
 */
static __always_inline const struct eg_gen *eg_enforce_find(enum eg_reason *reason, __u32 *gen_index)
{
	const volatile __u64 *binding = bpf_get_local_storage(&store, 0);
	const struct eg_slot *slot;
	const struct eg_gen *gen;
	struct eg_binding bound;
	__u32 index;
	__u64 now;

	*(__u64 *)&bound = *binding;
	*reason = EG_REASON_STALE;
	index = bound.slot; /* NOLINT(clang-analyzer-core.uninitialized.Assign): set above, as one word */
	slot = bpf_map_lookup_elem(&slots, &index);
	if (!slot || !bound.tag || slot->tag != bound.tag)
		return NULL;
	now = *(const volatile __u64 *)&slot->now;
	*reason = EG_REASON_STAGED;
	if (EG_NOW_GEN(now) == EG_GEN_NONE || !eg_binding_in_force(bound.since, EG_NOW_SERIAL(now)))
		return NULL;
	*reason = EG_REASON_BROKEN;
	*gen_index = EG_NOW_GEN(now);
	gen = bpf_map_lookup_elem(&gens, gen_index);
	if (!gen || gen->tag != bound.tag || gen->serial != EG_NOW_SERIAL(now))
		return NULL;
	return gen;
}

/* Counts in the policy's table of hits; what cannot be counted there is counted as a fault. */
static __always_inline void eg_enforce_count(const struct eg_gen *gen, __u32 cell)
{
	__u32 index = gen->hits - 1;
	void *table = bpf_map_lookup_elem(&hits, &index);

	if (table && cell < gen->cells)
		eg_count(table, bpf_get_smp_processor_id() * gen->cells + cell);
	else
		eg_count(&faults, EG_REASON_BROKEN);
}

/*
 * Whether a socket of this kind may be made. Returns 1 or 0.
 */
static __always_inline int eg_enforce_socket(__u32 type, __u32 protocol)
{
	enum eg_reason reason;
	__u32 index;
	const struct eg_gen *gen = eg_enforce_find(&reason, &index);

	if (!gen)
		return eg_enforce_without(reason);
	if (eg_decide_socket(gen, type, protocol) == 1)
		return 1;
	eg_enforce_count(gen, EG_HIT_SOCKET);
	eg_enforce_errno(gen);
	return 0;
}

/*
 * Judges a flow. Returns 1 to let the call pass, 0 to deny it, provably nothing else.
 */
static __always_inline int eg_enforce_flow(const struct eg_flow *flow)
{
	struct eg_tables_view view = { 0 };
	struct eg_verdict verdict;
	enum eg_reason reason;
	const struct eg_gen *gen = eg_enforce_find(&reason, &view.gen);

	if (!gen)
		return eg_enforce_without(reason);
	eg_decide(&view, gen, flow, &verdict);
	if (verdict.reason == EG_REASON_BROKEN)
		eg_count(&faults, EG_REASON_BROKEN);
	else
		eg_enforce_count(gen, verdict.hit);
	if (verdict.allow == 1)
		return 1;
	eg_enforce_errno(gen);
	return 0;
}

/* The same for the destination of an address hook: the hook alone says which family it is, no field does. */
static __always_inline int eg_enforce_addr4(struct bpf_sock_addr *ctx)
{
	struct eg_flow flow = {
		.class = eg_class_of(ctx->protocol),
		.port = EG_BE16((__u16)ctx->user_port),
	};

	eg_flow_make4(&flow, ctx->user_ip4);
	return eg_enforce_flow(&flow);
}

static __always_inline int eg_enforce_addr6(struct bpf_sock_addr *ctx)
{
	__u32 addr[4] = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3] };
	struct eg_flow flow = {
		.class = eg_class_of(ctx->protocol),
		.port = EG_BE16((__u16)ctx->user_port),
	};

	eg_flow_make6(&flow, addr);
	return eg_enforce_flow(&flow);
}

#endif
