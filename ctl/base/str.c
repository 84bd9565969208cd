/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "base/str.h"

#include <ctype.h>
#include <string.h>

#define WORD_MAX 63

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t eg_str_distance(const char *a, const char *b)
{
	/* Three rows of the table of Wagner and Fischer: a swap looks two rows back. */
	size_t rows[3][WORD_MAX + 1], i, j, la = strlen(a), lb = strlen(b);

	if (la > WORD_MAX || lb > WORD_MAX)
		return la > lb ? la : lb;
	for (j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (i = 1; i <= la; i++) {
		size_t *now = rows[i % 3];
		const size_t *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		now[0] = i;
		for (j = 1; j <= lb; j++) {
			now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return rows[la % 3][lb];
}

/* How far apart, case aside; nothing is farther than "far". */
static size_t distance_any_case(const char *a, const char *b, size_t far)
{
	char x[WORD_MAX + 1] = "", y[WORD_MAX + 1] = "";
	size_t i;

	if (strlen(a) > WORD_MAX || strlen(b) > WORD_MAX)
		return far;
	for (i = 0; a[i]; i++)
		x[i] = (char)tolower((unsigned char)a[i]);
	for (i = 0; b[i]; i++)
		y[i] = (char)tolower((unsigned char)b[i]);
	return eg_str_distance(x, y);
}

const char *eg_str_closest(const char *word, const char *const names[])
{
	size_t i, distance, near = strlen(word) / 3 + 1;
	const char *closest = NULL;

	for (i = 0; names[i]; i++) {
		distance = distance_any_case(word, names[i], near);
		if (distance >= near)
			continue;
		near = distance;
		closest = names[i];
	}
	return closest;
}

size_t eg_str_utf8(const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned int lo = 0x80, hi = 0xbf;
	size_t i, len;

	if (!n)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (len > n)
		return 0;
	if (p[0] == 0xe0)
		lo = 0xa0; /* below: overlong */
	else if (p[0] == 0xed)
		hi = 0x9f; /* above: surrogates */
	else if (p[0] == 0xf0)
		lo = 0x90; /* below: overlong */
	else if (p[0] == 0xf4)
		hi = 0x8f; /* above: U+10FFFF */
	if (p[1] < lo || p[1] > hi)
		return 0;
	for (i = 2; i < len; i++) {
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	}
	return len;
}
