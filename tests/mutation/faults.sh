# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The faults that tests must catch, each one edit of one file:
#
#   fault NAME TEST FILE OLD NEW
#
# OLD must stand in FILE exactly once: a fault that the code has outgrown is an error, to be written anew. NEW must
# compile, and must not mean the same. TEST is what must fail: random, intern (unit tests), or kernel.

# shellcheck shell=bash disable=SC2016 # nothing in C is to be expanded

# ---- abi.h, flow.h: kinds of cells, what a flow is ----

fault allow-beats-deny random include/egress/abi.h \
	$'\tEG_CELL_ALLOW = 1,\n\tEG_CELL_DENY = 2,' \
	$'\tEG_CELL_ALLOW = 2,\n\tEG_CELL_DENY = 1,'
fault later-line-wins random include/egress/abi.h \
	$'(EG_CELL_RULE - (__u32)(ordinal)))\n' \
	$'(__u32)(ordinal))\n'
fault unspecified4-is-not-the-loopback random include/egress/flow.h \
	'flow->addr[0] = addr ? addr : EG_BE32(0x7f000001);' \
	'flow->addr[0] = addr;'
fault unspecified6-is-not-the-loopback random include/egress/flow.h \
	'flow->addr[3] = EG_BE32(1);' \
	'flow->addr[3] = 0;'
fault mapped-is-native-ipv6 random include/egress/flow.h \
	'if (addr[0] == 0 && addr[1] == 0 && addr[2] == EG_BE32(0x0000ffff)) {' \
	'if (addr[0] == 0 && addr[1] == 0 && addr[2] == EG_BE32(0x0000fffe)) {'
fault udp-is-tcp kernel include/egress/flow.h \
	$'case 17: /* IPPROTO_UDP */\n\t\treturn EG_CLASS_UDP;' \
	$'case 17: /* IPPROTO_UDP */\n\t\treturn EG_CLASS_TCP;'

# ---- decide.h: the forms of an address ----

fault every-form-allows random include/egress/decide.h \
	'if (EG_CELL_KIND(cell.word) == EG_CELL_ALLOW && form != EG_FORM_NAT64)' \
	'if (EG_CELL_KIND(cell.word) == EG_CELL_ALLOW && form == EG_FORMS)'
fault nat64-does-not-allow random include/egress/decide.h \
	'if (EG_CELL_KIND(cell.word) == EG_CELL_ALLOW && form != EG_FORM_NAT64)' \
	'if (EG_CELL_KIND(cell.word) == EG_CELL_ALLOW)'
fault teredo-is-not-obfuscated random include/egress/decide.h \
	'v = ~a3;' \
	'v = a3;'
fault isatap-misses-the-local-bit random include/egress/decide.h \
	'if ((a2 & ~0x02000000u) != 0x00005efe)' \
	'if (a2 != 0x00005efe)'
fault rfc6052-48-takes-the-wrong-bytes random include/egress/decide.h \
	'a1 << 16 | (a2 >> 8 & 0xffff)' \
	'a1 << 16 | (a2 & 0xffff)'
fault rfc6052-56-takes-byte-8 random include/egress/decide.h \
	'a1 << 24 | (a2 & 0xffffff)' \
	'a1 << 24 | a2 >> 8'
fault rfc6052-64-loses-a-byte random include/egress/decide.h \
	'a2 << 8 | a3 >> 24' \
	'a2 << 8'
fault loopback6-embeds-an-address random include/egress/decide.h \
	'if (a0 || a1 || a2 || a3 <= 1)' \
	'if (a0 || a1 || a2 || !a3)'
fault 6to4-has-no-form random include/egress/decide.h \
	'a0 >> 16 == 0x2002 || ' \
	''

# ---- decide.h: except across forms, ports ----

fault native-except-spares-nat64 random include/egress/decide.h \
	'form == EG_FORM_NAT64 ? by_native : 0' \
	'0'
fault embedded-except-spares-native random include/egress/decide.h \
	'flow->port, by_embedded, best)' \
	'flow->port, 0, best)'
fault of-two-vetoes-the-last-counts random include/egress/decide.h \
	'? one : gen->veto_all;' \
	'? one : one;'
fault port-search-is-off-by-one random include/egress/decide.h \
	'.from <= port) {' \
	'.from < port) {'

# ---- claims.c: rules, sets, except ----

fault a-set-forgets-the-except-around random ctl/policy/claims.c \
	'if (add_ids(&vetoes, around) || vetoes_of_set(m, set, &vetoes))' \
	'if ((!around->n && add_ids(&vetoes, around)) || vetoes_of_set(m, set, &vetoes))'
fault a-set-has-no-except-of-its-own random ctl/policy/claims.c \
	'if (add_ids(&vetoes, around) || vetoes_of_set(m, set, &vetoes))' \
	'if (add_ids(&vetoes, around) || (!m && vetoes_of_set(m, set, &vetoes)))'
fault a-set-in-a-set-escapes-its-except random ctl/policy/claims.c \
	'rc = rc ? rc : claim_by_words(m, rule, to, &vetoes);' \
	'rc = rc ? rc : claim_by_words(m, rule, to, around);'
fault an-excepted-set-is-taken-whole random ctl/policy/claims.c \
	$'\tif (set->except.n_words)\n\t\treturn false;\n' \
	''
fault an-excepted-set-counts-without-its-sets random ctl/policy/claims.c \
	'for (i = 0; !rc && i < to->n_words; i++) {' \
	'for (i = 0; !rc && i < to->n_words && !to->n; i++) {'

# ---- states.c: what is inherited ----

fault an-inner-except-leaves-the-outer-claim random ctl/policy/states.c \
	'if (set != s->v[under].vetoed && matches_one(s, under, &vetoed))' \
	'if (set == s->v[under].vetoed && matches_one(s, under, &vetoed))'
fault an-outer-except-leaves-the-inner-claim random ctl/policy/states.c \
	'if (!contains(vetoed->v, vetoed->n, claim) && !contains(drop->v, drop->n, claim))' \
	'if (!contains(vetoed->v, vetoed->n * 0, claim) && !contains(drop->v, drop->n, claim))'
fault states-of-one-row-are-merged random ctl/policy/states.c \
	'return s->claims->vetoes ? state :' \
	'return 0 ? state :'
fault a-second-except-forgets-the-first random ctl/policy/states.c \
	'used = eg_states_vetoed(s, under, &before), had = used;' \
	'used = eg_states_vetoed(s, under, &before) * 0, had = used;'

# ---- forms.c: vetoes ----

fault ipv4-excepts-cross-to-ipv4 random ctl/policy/forms.c \
	'f->sides[0].crosses[i] = list_has(list, 6);' \
	'f->sides[0].crosses[i] = list_has(list, 4);'
fault wide-ipv6-excepts-miss-nat64 random ctl/policy/forms.c \
	'!prefix || eg_addr_covers(prefix, &nat64) ||' \
	'!prefix ||'
fault all-vetoes-are-just-the-last random ctl/policy/forms.c \
	'i < f->claims->n && four->n_vetoes > 1; i++)' \
	'i < f->claims->n && four->n_vetoes > 2; i++)'
fault an-address-of-equal-rows-casts-nothing random ctl/policy/forms.c \
	'if (rc || (!changes && !key.final.cast))' \
	'if (rc || !changes)'

# ---- compile.c, intern.c ----

fault all-of-ipv4-counts-no-96 random ctl/policy/compile.c \
	'step_wide(c, any, 4, V4_PLEN, &c->four.miss)' \
	'step_wide(c, any, 4, 0, &c->four.miss)'
fault one-prefix-too-many-stays-around random ctl/policy/compile.c \
	'while (depth && !eg_addr_covers(stack[depth].prefix, p))' \
	'if (depth && !eg_addr_covers(stack[depth].prefix, p))'
fault a-miss-changes-the-id intern ctl/policy/intern.c \
	$'!equal(things, found, key))\n\t\t\tcontinue;\n\t\t*id = found;' \
	$'(*id = found, !equal(things, found, key)))\n\t\t\tcontinue;'

# ---- rows.c, flatten.c: ports ----

fault the-length-of-a-match-is-lost random ctl/policy/rows.c \
	'.under = under, .plen = plen,' \
	'.under = under, .plen = 0,'
fault lists-of-segments-overlap random ctl/policy/rows.c \
	'at += r->lists[list].n;' \
	'at += r->lists[list].n - 1;'
fault ranges-end-a-port-early random ctl/policy/flatten.c \
	$'edges[used++] = claims[i].hi + 1;' \
	$'edges[used++] = claims[i].hi + (claims[i].hi == claims[i].lo);'
fault the-weaker-rule-goes-first random ctl/policy/flatten.c \
	'return x > y ? -1 : x < y;' \
	'return x < y ? -1 : x > y;'
fault of-two-rows-the-weaker-counts random ctl/policy/flatten.c \
	'a[i].cell.word > b[j].cell.word ?' \
	'a[i].cell.word < b[j].cell.word ?'
fault rules-speak-of-every-protocol random ctl/policy/flatten.c \
	'if (!(rule->protos & bit))' \
	'if (!rule->protos)'

# ---- what only the kernel has ----

fault masks-of-whole-words-only kernel ctl/kernel/fill.c \
	'left >= 32 ? ~0u : htonl(~(~0u >> left))' \
	'left ? ~0u : 0'
fault the-trie-has-what-the-hash-should kernel ctl/kernel/fill.c \
	'if (is_probed(gen, six, key.len) != trie)' \
	'if (!is_probed(gen, six, key.len) == trie && key.len != (six ? 128 : 32))'
fault only-the-first-length-is-probed kernel bpf/view.h \
	'i < EG_PROBES && gen->probe4[i].len' \
	'i < 1 && gen->probe4[i].len'
fault hosts-in-the-trie-are-missed kernel bpf/view.h \
	'key.len = 32;' \
	'key.len = 31;'
fault ipv6-misses-as-ipv4 kernel bpf/view.h \
	'*cell = gen->miss6;' \
	'*cell = gen->miss4;'
fault embedded-vetoes-are-not-asked-for kernel bpf/enforce.h \
	'EG_EMBEDDED_ASK(veto, flow->class, flow->port)' \
	'EG_EMBEDDED_ASK(veto & 0, flow->class, flow->port)'
fault words-of-an-address-are-swapped kernel bpf/enforce.h \
	'(__u64)flow->addr[3] << 32 | flow->addr[2]' \
	'(__u64)flow->addr[2] << 32 | flow->addr[3]'
fault embedded-ports-are-cut kernel bpf/embedded.bpf.c \
	'ask & 0xffff, ask >> 18' \
	'ask & 0xff, ask >> 18'
fault ports-of-ipv6-are-in-network-order kernel bpf/enforce.h \
	$'.port = EG_BE16((__u16)ctx->user_port),\n\t};\n\n\teg_flow_make6' \
	$'.port = (__u16)ctx->user_port,\n\t};\n\n\teg_flow_make6'
fault every-decision-counts-for-the-default kernel bpf/enforce.h \
	'eg_enforce_count(gen, verdict.hit);' \
	'eg_enforce_count(gen, EG_HIT_DEFAULT);'
