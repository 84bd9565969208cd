/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * siphash.h - SipHash-2-4 with 128 bits of output: a keyed digest for telling tables apart.
 */
#ifndef EG_BASE_SIPHASH_H
#define EG_BASE_SIPHASH_H

#include <linux/types.h>
#include <stddef.h>

/*
 * out = SipHash-2-4-128(key, data).
 * Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", and its 128-bit variant.
 */
void eg_siphash_128(const __u8 key[16], const void *data, size_t len, __u8 out[16]);

#endif
