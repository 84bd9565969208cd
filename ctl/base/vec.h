/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vec.h - arrays that grow: a pointer and a count, nothing else.
 *
 * The capacity is not stored: it is always the power of two that holds the count. So a public
 * struct can have "v, n" and stay free of bookkeeping; the price is that the count only ever goes
 * up, which is all that building needs. A separate cap field lost: it would be in every struct.
 */
#ifndef EG_BASE_VEC_H
#define EG_BASE_VEC_H

#include <stddef.h>
#include <string.h>

/*
 * Makes room in v, which holds n elements of "size" bytes, for one more.
 * Returns the vector, perhaps moved; NULL when there is no memory, and then v is as it was.
 */
void *eg_vec_room(void *v, size_t n, size_t size);

/* Appends a zeroed element. Evaluates to its address, or NULL when there is no memory. */
#define EG_VEC_ADD(v, n) \
	({ \
		void *room_ = eg_vec_room((v), (n), sizeof(*(v))); \
		__typeof__(v) added_ = NULL; \
		if (room_) { \
			(v) = room_; \
			added_ = memset(&(v)[(n)++], 0, sizeof(*(v))); \
		} \
		added_; \
	})

#endif
