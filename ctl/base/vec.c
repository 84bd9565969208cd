/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "base/vec.h"

#include <stdint.h>
#include <stdlib.h>

void *eg_vec_room(void *v, size_t n, size_t size)
{
	if (n && (n & (n - 1)))
		return v;
	if (n > SIZE_MAX / 2 / size)
		return NULL;
	return realloc(v, (n ? 2 * n : 1) * size);
}
