/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/dynamic.h"

#include <errno.h>
#include <stdlib.h>

#include "base/vec.h"

int eg_dynamic_add(struct eg_prefix **v, size_t *n, struct eg_prefix prefix)
{
	struct eg_prefix *added = EG_VEC_ADD(*v, *n);

	if (!added)
		return -ENOMEM;
	eg_addr_canonical(&prefix);
	*added = prefix;
	return 0;
}

void eg_dynamic_settle(struct eg_prefix *v, size_t *n)
{
	size_t i, kept = 0;

	if (!*n)
		return;
	qsort(v, *n, sizeof(*v), eg_addr_compare);
	for (i = 0; i < *n; i++) {
		if (!kept || eg_addr_compare(&v[kept - 1], &v[i]))
			v[kept++] = v[i];
	}
	*n = kept;
}
