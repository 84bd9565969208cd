/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * abi.h - every byte that crosses the border between the BPF programs and the tool.
 *
 * Rules of this file
 *  - A struct says for each field its unit, its byte order and what 0 means.
 *  - Addresses are in network byte order, everything else in host byte order.
 *  - Pins outlive the tool that made them: a change of any layout below raises EG_ABI_VERSION,
 *    and a tool refuses pins of another version instead of guessing.
 */
#ifndef EGRESS_ABI_H
#define EGRESS_ABI_H

#include <linux/types.h>

#define EG_INLINE static inline __attribute__((always_inline))

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define EG_BE32(x) __builtin_bswap32(x)
#else
#define EG_BE32(x) (x)
#endif

#define EG_ABI_MAGIC 0x45474354u /* "EGCT" */
#define EG_ABI_VERSION 3u

/*
 * Limits. Each one is named in the error that it causes.
 */
enum eg_limits {
	EG_NAME_MAX = 31,	/* bytes of a policy name as the user writes it */
	EG_SLOT_NAME_SIZE = 48, /* slot name with its NUL: "NAME" or "NAME@INSTANCE" */
	EG_RULE_NAME_SIZE = 44, /* rule name with its NUL: inih keeps 49 bytes of "allow NAME" */
	EG_POLICIES_MAX = 8192, /* slots; must fit eg_binding.slot */
	EG_ATTACHMENTS_MAX = 32768,
	EG_GENS_MAX = 16384,	   /* one live, one being built, one retired per policy */
	EG_TABLES_MAX = 16384,	   /* inner maps of each kind */
	EG_RULES_MAX = 1 << 20,	   /* rules of one policy; must fit EG_CELL_RULE */
	EG_PREFIXES_MAX = 4 << 20, /* addresses and prefixes of one policy, each family */
	EG_BLOCKS_MAX = 1 << 20,   /* rows and port segments of one policy, in blocks of 64 bytes */
	EG_SEGS_MAX = 1 << 16,	   /* port segments of one row and class: there are no more ports */
	EG_SEG_STEPS = 17,	   /* halvings that bring EG_SEGS_MAX down to one */
	EG_PROBES = 3,		   /* prefix lengths that a hash answers for */
};

/*
 * Protocol classes. A rule speaks of these, never of a socket type: QUIC is UDP.
 */
enum eg_class {
	EG_CLASS_TCP = 0, /* TCP and MPTCP */
	EG_CLASS_UDP = 1,
	EG_CLASS_ICMP = 2,  /* ICMP and ICMPv6 */
	EG_CLASS_OTHER = 3, /* anything else; only rules without proto and port cover it */
	EG_CLASSES = 4,
};

/*
 * How a decision came about. X-macro, so that kernel and user text cannot drift.
 *   X(identifier, text of JSON and tables, what it means)
 * The order is ABI: it indexes the map "faults".
 */
#define EG_REASONS(X) \
	X(EG_REASON_RULE_DENY, "rule-deny", "a deny rule matched") \
	X(EG_REASON_RULE_ALLOW, "rule-allow", "an allow rule matched") \
	X(EG_REASON_DEFAULT_DENY, "default-deny", "no rule matched and the default is deny") \
	X(EG_REASON_DEFAULT_ALLOW, "default-allow", "no rule matched and the default is allow") \
	X(EG_REASON_SOCKET, "socket", "no rule can judge this kind of socket by destination") \
	X(EG_REASON_STAGED, "staged", "the policy is not in force here yet, or no longer") \
	X(EG_REASON_STALE, "stale", "the attachment names a policy that is not there") \
	X(EG_REASON_BROKEN, "broken", "a table or row is missing")

enum eg_reason {
#define EG_REASON_ENUM(id, text, meaning) id,
	EG_REASONS(EG_REASON_ENUM)
#undef EG_REASON_ENUM
		EG_REASON_COUNT,
};

/*
 * eg_binding - the value of map "store" (BPF_MAP_TYPE_CGROUP_STORAGE, key: u64 cgroup id):
 * which policy an attachment obeys. Eight bytes for ever: bpf_link_update lets a program write to
 * the buffer of the program before it, whatever its size. A program reads it in one load.
 */
struct eg_binding {
	__u32 tag;   /* must equal the slot's; 0: never set or detached, denies */
	__u16 slot;  /* index into map "slots" */
	__u16 since; /* 0: in force. Else EG_SINCE_*: in force as from, or until, a serial */
};

enum eg_since {
	EG_SINCE_SERIAL = 0x7fff, /* mask: low 15 bits of the slot's serial, never 0 */
	EG_SINCE_UNTIL = 0x8000,  /* set: in force until that serial. Clear: as from that serial */
};

/*
 * eg_slot - an entry of map "slots" (ARRAY, mmapable): a policy's identity and its current
 * generation. "now" is switched by one 64-bit atomic store through the mapping, for all cgroups of
 * the policy at once. A slot is free when its tag is 0.
 */
struct eg_slot {
	__u32 tag;   /* random, never 0 while in use */
	__u32 flags; /* EG_SLOT_* */
	__u64 now;   /* low half: index into "gens", or EG_GEN_NONE. High half: serial, 0 = never live */
	char name[EG_SLOT_NAME_SIZE]; /* NUL-terminated and NUL-padded */
};

enum eg_slot_flags {
	EG_SLOT_RUN = 1 << 0, /* an instance that "run" made: goes with its cgroup */
};

#define EG_GEN_NONE 0xffffffffu /* policy being made or removed: the attachment passes */

#define EG_NOW(gen, serial) ((__u64)(serial) << 32 | (__u32)(gen))
#define EG_NOW_GEN(now) ((__u32)(now))
#define EG_NOW_SERIAL(now) ((__u32)((now) >> 32))

/*
 * eg_cell - who decides for one address range, class and port range.
 */
struct eg_cell {
	__u32 word; /* EG_CELL_*; 0: no rule matches, the default decides */
	__u32 hit;  /* cell of "hits" to count in; 0 (EG_HIT_DEFAULT) when word is 0. EG_CELL_ROW: a veto class, or 0 */
};

/*
 * Veto classes. "except" takes a destination out of an allow rule in whatever form the address is in it, so a
 * match in one form can end with what another form says. Where that can happen, the address tables name a class.
 * Of each class there are eg_gen.veto_words words of the blocks, from word eg_gen.vetoes on:
 *   word 0      the veto that an address of this class casts on the destination's other form; 0: none
 *   word v      the row that decides in place of its own when the other form casts veto v
 * IPv4 addresses and IPv6 addresses cast vetoes of different numbers, each from 1 on: only one kind applies to
 * a row. Two embedded IPv4 addresses that cast different ones cast eg_gen.veto_all.
 */

/*
 * Layout of eg_cell.word, chosen so that of two cells of one kind the deciding one is the larger:
 *   bits 31-30  kind
 *   bits 29-22  prefix length as written, plus 96 for IPv4; "any" counts 0
 *   bits 21-0   EG_CELL_RULE minus the rule's ordinal (from 0, in file order)
 */
enum eg_cell_kind {
	EG_CELL_NONE = 0,
	EG_CELL_ALLOW = 1,
	EG_CELL_DENY = 2,
	EG_CELL_ROW = 3, /* only in address tables: not the answer, but where it is: bits 29-0 are a row */
};

#define EG_CELL_RULE 0x3fffffu
#define EG_CELL_WORD(kind, plen, ordinal) \
	((__u32)(kind) << 30 | (__u32)(plen) << 22 | (EG_CELL_RULE - (__u32)(ordinal)))
#define EG_CELL_ROW_WORD(row) ((__u32)EG_CELL_ROW << 30 | (__u32)(row))
#define EG_CELL_ROW_OF(word) ((__u32)(word)&0x3fffffffu)
#define EG_CELL_KIND(word) ((__u32)(word) >> 30)
#define EG_CELL_PLEN(word) ((__u32)(word) >> 22 & 0xff)
#define EG_CELL_ORDINAL(word) (EG_CELL_RULE - ((__u32)(word)&EG_CELL_RULE))

/*
 * eg_key4, eg_key6 - keys of the address tables. len: bits, host order. addr: network order, host bits 0.
 * In a list of probes addr is a mask: what is left of a destination's address is the key for that length.
 */
struct eg_key4 {
	__u32 len;
	__u32 addr;
};

struct eg_key6 {
	__u32 len;
	__u32 addr[4];
};

/*
 * eg_gen - an entry of map "gens" (ARRAY, mmapable): one generation of one policy. Written before the
 * slot names it; what programs read never changes while the slot does. Free when its tag is 0. Table fields hold the
 * index of the inner map in the outer map of the field's name, plus 1; 0 means the table is empty and was not made.
 */
struct eg_gen {
	__u32 tag;			  /* equals the slot's, else EG_REASON_BROKEN */
	__u32 serial;			  /* equals the serial of the slot's "now", else EG_REASON_BROKEN */
	__u32 flags;			  /* EG_GEN_* */
	__s32 retval;			  /* -errno that a denied call returns */
	__u32 hash4;			  /* HASH: struct eg_key4 -> struct eg_cell; lengths: probe4 */
	__u32 trie4;			  /* LPM_TRIE: struct eg_key4 -> struct eg_cell */
	__u32 hash6;			  /* HASH: struct eg_key6 -> struct eg_cell; lengths: probe6 */
	__u32 trie6;			  /* LPM_TRIE: struct eg_key6 -> struct eg_cell */
	__u32 blocks;			  /* ARRAY of struct eg_block; never 0 */
	__u32 hits;			  /* ARRAY of u64, index: CPU * cells + eg_cell.hit; never 0 */
	struct eg_cell miss4;		  /* for an IPv4 destination that no entry covers */
	struct eg_cell miss6;		  /* the same, IPv6 */
	__u32 cells;			  /* cells of "hits" for each CPU, a multiple of EG_HIT_ALIGN */
	struct eg_key4 probe4[EG_PROBES]; /* what hash4 is asked for, longest first; len 0 ends the list */
	struct eg_key6 probe6[EG_PROBES]; /* the same for hash6 */
	__u32 vetoes;	  /* first word of the veto classes in "blocks", 0: there are none. Class 0 is not used */
	__u32 veto_words; /* words of a class */
	__u32 veto_all;	  /* by several IPv4 addresses: no allow rule with an "except" is left */
	/* Only the tool reads what follows. */
	__u32 retired;	    /* 0: live or being built. Else eg_abi.epoch + 1 when it was replaced, never 0 */
	__u32 carry;	    /* index + 1 in "hits" whose counts are still to be added to the rules' base; 0: none */
	__u32 carry_cells;  /* "cells" of that table */
	__u32 reserved[2];  /* to whole cache lines: what every decision reads is the first */
	__u8 digest[5][16]; /* of the entries of hash4 trie4 hash6 trie6 blocks, keyed by eg_abi.key */
};

enum eg_gen_flags {
	EG_GEN_DEFAULT_ALLOW = 1 << 0, /* clear: deny */
	EG_GEN_RAW_ALLOW = 1 << 1,     /* raw and ping sockets may be made */
};

/* Cells of "hits" that no rule owns. */
enum eg_hit_cells {
	EG_HIT_DEFAULT = 0, /* the default decided */
	EG_HIT_SOCKET = 1,  /* EG_REASON_SOCKET */
	EG_HIT_FIRST_RULE = 2,
	EG_HIT_ALIGN = 8, /* a cache line: no two CPUs write to one */
};

/*
 * eg_row - the full answer for one address range: a cell for each class and port. Where one cell
 * answers for all of them it stands in the address table itself, and the row is not asked.
 */
struct eg_row {
	struct eg_ports {
		__u32 first; /* index of the first segment: block * 4 + position */
		__u32 count; /* segments, at most EG_SEGS_MAX; 0: "one" decides for all ports */
		struct eg_cell one;
	} ports[EG_CLASSES];
};

/*
 * eg_seg - the cell for ports from "from" up to the next segment's. The first one has from = 0.
 */
struct eg_seg {
	__u16 from; /* port, host order */
	__u16 zero;
	__u32 zero2;
	struct eg_cell cell;
};

#define EG_BLOCK_SEGS 4

#define EG_BLOCK_WORDS 16

struct eg_block {
	union {
		struct eg_row row;
		struct eg_seg seg[EG_BLOCK_SEGS];
		__u32 word[EG_BLOCK_WORDS]; /* of veto classes */
	};
};

/*
 * Below: maps that only the tool reads. They are pinned, so they are ABI too.
 */

/*
 * eg_abi - the one entry of map "abi" (ARRAY, mmapable): what these pins are. Magic and version stay first for ever, so
 * that a tool can name a version that it does not know.
 */
struct eg_abi {
	__u32 magic;	/* EG_ABI_MAGIC */
	__u32 version;	/* EG_ABI_VERSION */
	__u64 build;	/* identity of the pinned programs; another one: newer or older build */
	__u32 epoch;	/* grace periods waited for: what was retired before may be reused */
	__u32 features; /* EG_FEATURE_* the programs were loaded with */
	__u32 busy;	/* 1 while a command changes anything: still 1 at open means it was killed */
	__u32 reserved;
	__u8 key[16];  /* random: what digests of tables are keyed with, so that nobody can forge a collision */
	__u32 high[6]; /* per table kind: no index from here on has ever held a table */
	__u32 reserved2[6];
};

enum eg_feature {
	EG_FEATURE_SET_RETVAL = 1 << 0, /* bpf_set_retval in the connect and sendmsg hooks */
};

/* eg_gen_info - an entry of map "gen_info" (HASH, key: u32 index into "gens"). */
struct eg_gen_info {
	__u64 applied;	  /* CLOCK_REALTIME, seconds */
	__u32 rules;	  /* rules; the map pinned as rules/GEN has EG_HIT_FIRST_RULE entries more */
	__u32 entries[4]; /* hosts and shorter prefixes, IPv4 then IPv6 */
	__u32 blocks;
	char file[380];	 /* absolute path of the policy file, cut in front when longer */
	char digest[40]; /* hash of the policy text, hexadecimal */
};

/*
 * eg_rule_info - an entry of the map pinned as rules/GEN (ARRAY). Index: EG_HIT_FIRST_RULE + the rule's
 * ordinal; the entries before stand for the cells that no rule owns.
 */
struct eg_rule_info {
	char name[EG_RULE_NAME_SIZE];
	__u32 kind; /* enum eg_cell_kind */
	__u32 line; /* of the section header, from 1 */
	__u32 hit;  /* cell of "hits" */
	__u64 base; /* hits counted in tables that are gone, to be added */
};

/*
 * eg_attachment - an entry of map "attached" (HASH, key: u64 cgroup id): what the tool has bound
 * where. Written before the links are made and removed after they are gone.
 */
struct eg_attachment {
	__u32 slot;
	__u32 tag;
	__u32 flags;	   /* EG_ATTACHED_* */
	__u32 next_tag;	   /* 0, or the tag of a policy that takes over ... */
	__u32 next_slot;   /* ... in this slot ... */
	__u32 next_serial; /* ... once its serial reaches this */
	char path[232];	   /* from the cgroup2 mount, as given at attach; cut in front when longer */
};

/*
 * Key of an entry that no cgroup has yet, with the slot below: its path is about to be made, by "run".
 * Its tag is 0.
 */
#define EG_ATTACHED_ANNOUNCED (1ull << 63)

enum eg_attached_flags {
	EG_ATTACHED_DECLARED = 1 << 0,	    /* named by the policy file; clear: by attach or the hook */
	EG_ATTACHED_STAGED = 1 << 1,	    /* links are being made */
	EG_ATTACHED_LEAVING = 1 << 2,	    /* links are being removed */
	EG_ATTACHED_DROP = 1 << 4,	    /* ends with the policy's next switch: its binding says which */
	EG_ATTACHED_NEXT_DECLARED = 1 << 3, /* DECLARED, once the move to next_slot is done */
};

#define EG_ASSERT_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " changed its size")
EG_ASSERT_SIZE(struct eg_binding, 8);
EG_ASSERT_SIZE(struct eg_slot, 64);
EG_ASSERT_SIZE(struct eg_gen, 256); /* a multiple of 8, the stride of a mapped array */
EG_ASSERT_SIZE(struct eg_key4, 8);
EG_ASSERT_SIZE(struct eg_key6, 20);
EG_ASSERT_SIZE(struct eg_cell, 8);
EG_ASSERT_SIZE(struct eg_ports, 16);
EG_ASSERT_SIZE(struct eg_row, 64);
EG_ASSERT_SIZE(struct eg_seg, 16);
EG_ASSERT_SIZE(struct eg_block, 64);
EG_ASSERT_SIZE(struct eg_abi, 96);
EG_ASSERT_SIZE(struct eg_gen_info, 456);
EG_ASSERT_SIZE(struct eg_rule_info, 64);
EG_ASSERT_SIZE(struct eg_attachment, 256);
_Static_assert((int)EG_POLICIES_MAX <= 1 << 16, "a slot must fit eg_binding.slot");
_Static_assert((int)EG_RULES_MAX <= (int)EG_CELL_RULE, "a rule must fit eg_cell.word");

#endif
