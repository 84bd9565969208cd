/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * resolvers.h - the name servers of resolv.conf(5), as glibc reads it.
 */
#ifndef EG_POLICY_RESOLVERS_H
#define EG_POLICY_RESOLVERS_H

#include "base/addr.h"
#include "base/err.h"

#define EG_RESOLV_CONF "/etc/resolv.conf"

/*
 * The name servers of a file, as struct eg_dynamic_source has them. All of them: glibc asks the first three, other
 * resolvers ask more. 0.0.0.0 and :: are the loopback, where the kernel sends them. A file that is missing or
 * names none means 127.0.0.1, as for glibc.
 * Errors: -EINVAL not a regular file; -EFBIG; -ENOMEM; or what open and read say.
 */
int eg_resolvers_load(const char *file, struct eg_prefix **v, size_t *n, struct eg_err *err);

#endif
