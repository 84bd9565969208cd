/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "base/siphash.h"

#include <endian.h>
#include <string.h>

struct state {
	__u64 v[4];
};

static __u64 rotl(__u64 x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void rounds(struct state *s, int n)
{
	while (n--) {
		s->v[0] += s->v[1];
		s->v[1] = rotl(s->v[1], 13) ^ s->v[0];
		s->v[0] = rotl(s->v[0], 32);
		s->v[2] += s->v[3];
		s->v[3] = rotl(s->v[3], 16) ^ s->v[2];
		s->v[0] += s->v[3];
		s->v[3] = rotl(s->v[3], 21) ^ s->v[0];
		s->v[2] += s->v[1];
		s->v[1] = rotl(s->v[1], 17) ^ s->v[2];
		s->v[2] = rotl(s->v[2], 32);
	}
}

static __u64 load64(const __u8 *p)
{
	__u64 x;

	memcpy(&x, p, sizeof(x));
	return le64toh(x);
}

static void store64(__u8 *p, __u64 x)
{
	x = htole64(x);
	memcpy(p, &x, sizeof(x));
}

static __u64 fold(const struct state *s)
{
	return s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3];
}

static void absorb(struct state *s, __u64 word)
{
	s->v[3] ^= word;
	rounds(s, 2);
	s->v[0] ^= word;
}

void eg_siphash_128(const __u8 key[16], const void *data, size_t len, __u8 out[16])
{
	__u64 k0 = load64(key), k1 = load64(key + 8), last = (__u64)len << 56;
	struct state s = { { 0x736f6d6570736575ull ^ k0, 0x646f72616e646f6dull ^ k1 ^ 0xee, 0x6c7967656e657261ull ^ k0,
			     0x7465646279746573ull ^ k1 } };
	const __u8 *p = data;
	size_t i;

	for (i = 0; i + 8 <= len; i += 8)
		absorb(&s, load64(p + i));
	for (; i < len; i++)
		last |= (__u64)p[i] << (8 * (i % 8));
	absorb(&s, last);
	s.v[2] ^= 0xee;
	rounds(&s, 4);
	store64(out, fold(&s));
	s.v[1] ^= 0xdd;
	rounds(&s, 4);
	store64(out + 8, fold(&s));
}
