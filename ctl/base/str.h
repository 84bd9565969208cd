/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * str.h - what the C library lacks about strings.
 */
#ifndef EG_BASE_STR_H
#define EG_BASE_STR_H

#include <stddef.h>

/*
 * Edits that turn a into b: insert, delete, replace, swap two neighbours. Words of more than 63
 * bytes are not compared: returns their greater length.
 */
size_t eg_str_distance(const char *a, const char *b);

/*
 * The name that the user most likely meant by word, for "did you mean". names ends with NULL.
 * Case aside. Returns NULL when none is near: more than a third of the word would have to change.
 */
const char *eg_str_closest(const char *word, const char *const names[]);

/*
 * The length of the valid UTF-8 character at text (n bytes left), or 0 if there is none.
 * Overlong forms, surrogates and values above U+10FFFF are not valid (RFC 3629).
 */
size_t eg_str_utf8(const char *text, size_t n);

#endif
