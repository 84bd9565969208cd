/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cleanup.h - ownership by scope.
 *
 *   cleanup_free char *s = strdup(x);      freed when the scope ends
 *   cleanup_close int fd = open(...);      closed when the scope ends, if >= 0
 *   *out = TAKE_PTR(s); return TAKE_FD(fd);  ownership handed on
 */
#ifndef EG_BASE_CLEANUP_H
#define EG_BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void eg_cleanup_freep(void *p)
{
	free(*(void **)p);
}

static inline void eg_cleanup_closep(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void eg_cleanup_fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void eg_cleanup_closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define cleanup_free __attribute__((cleanup(eg_cleanup_freep)))
#define cleanup_close __attribute__((cleanup(eg_cleanup_closep)))
#define cleanup_fclose __attribute__((cleanup(eg_cleanup_fclosep)))
#define cleanup_closedir __attribute__((cleanup(eg_cleanup_closedirp)))

#define TAKE_PTR(p) \
	({ \
		__typeof__(p) taken_ = (p); \
		(p) = NULL; \
		taken_; \
	})

#define TAKE_FD(fd) \
	({ \
		int taken_ = (fd); \
		(fd) = -1; \
		taken_; \
	})

#endif
