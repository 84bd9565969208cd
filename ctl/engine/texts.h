/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * texts.h - the text of each policy in force, below the run directory: NAME-SERIAL.ini.
 *
 * For people and for "show"; enforcement never reads it.
 */
#ifndef EG_ENGINE_TEXTS_H
#define EG_ENGINE_TEXTS_H

#include <stddef.h>

#include "base/err.h"
#include "kernel/runtime.h"

/* Writes the text of a generation, whole or not at all (a temporary file, then rename). */
int eg_texts_write(const char *run_dir, const char *name, __u32 serial, const char *text, size_t len,
		   struct eg_err *err);

/* The path of a generation's text. path has size bytes. */
void eg_texts_path(const char *run_dir, const char *name, __u32 serial, char *path, size_t size);

/* Removes the texts of a policy, all but the one of serial keep (0: all). */
void eg_texts_remove_but(const char *run_dir, const char *name, __u32 keep);
void eg_texts_remove(const char *run_dir, const char *name);

/* Removes texts that belong to no live generation. */
void eg_texts_sweep(const char *run_dir, const struct eg_runtime *rt);

/* Removes the directory if nothing is in it. */
void eg_texts_remove_dir(const char *run_dir);

#endif
