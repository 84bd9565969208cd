/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "eglive.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "egtest.h"
#include "egtool.h"

void *eg_live_map(const struct eg_world *w, const char *name, size_t size)
{
	cleanup_close int fd = eg_tool_pin(w, name);
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	EG_NEED(fd >= 0 && at != MAP_FAILED, "%s: %s", name, strerror(errno));
	return at;
}

struct eg_slot *eg_live_slots(const struct eg_world *w)
{
	return eg_live_map(w, "core/slots", EG_POLICIES_MAX * sizeof(struct eg_slot));
}

struct eg_gen *eg_live_gens(const struct eg_world *w)
{
	return eg_live_map(w, "core/gens", EG_GENS_MAX * sizeof(struct eg_gen));
}

struct eg_gen *eg_live_gen(const struct eg_world *w)
{
	const struct eg_slot *slots = eg_live_slots(w);
	size_t i = 0;

	while (i < EG_POLICIES_MAX - 1 && !slots[i].tag)
		i++;
	EG_NEED(EG_NOW_GEN(slots[i].now) < EG_GENS_MAX, "no policy is in force");
	return eg_live_gens(w) + EG_NOW_GEN(slots[i].now);
}

int eg_live_table(const struct eg_world *w, const char *name, __u32 field)
{
	cleanup_close int outer = eg_tool_pin(w, eg_world_str("core/%s", name));
	__u32 index = field - 1, id = 0;
	int fd = bpf_map_lookup_elem(outer, &index, &id) ? -1 : bpf_map_get_fd_by_id(id);

	EG_NEED(fd >= 0, "%s at %u: %s", name, index, strerror(errno));
	return fd;
}
