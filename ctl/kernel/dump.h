/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dump.h - the tables of a generation, read back from the maps that the programs ask.
 */
#ifndef EG_KERNEL_DUMP_H
#define EG_KERNEL_DUMP_H

#include "kernel/runtime.h"
#include "policy/tables.h"

/*
 * Rebuilds what eg_compile made, from the kernel maps alone; n_rules: rules of the generation. In eg_cell.hit stand
 * cells of hits. Needs CAP_SYS_ADMIN, since inner maps are opened by their ids.
 * Returns 0 and *out (owned by the caller); -EPERM without that capability; -EPROTO when the maps contradict each
 * other; -ENOMEM, or what the kernel says.
 */
int eg_dump_tables(const struct eg_runtime *rt, const struct eg_gen *gen, size_t n_rules, struct eg_tables **out,
		   struct eg_err *err);

#endif
