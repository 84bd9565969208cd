/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * simple.h - two simple policies, what they let pass, and the world that has the first of them in force.
 */
#ifndef EG_SIMPLE_H
#define EG_SIMPLE_H

#include "egprobe.h"
#include "egtest.h"
#include "egtool.h"

#define ONE "default = deny\n[allow one]\nto = 203.0.113.1, 2001:db8::1\n"
#define TWO "default = deny\n[allow two]\nto = 203.0.113.2\n"

static const struct eg_expect only_one[] = {
	{ { EG_TCP4, "203.0.113.1", 80 }, true },     { { EG_TCP4, "203.0.113.2", 80 }, false },
	{ { EG_SENDTO6, "2001:db8::1", 80 }, true },  { { EG_SENDTO6, "2001:db8::2", 80 }, false },
	{ { EG_SENDTO4, "203.0.113.2", 80 }, false }, { { EG_TCP6, "2001:db8::2", 80 }, false },
};
static const struct eg_expect only_two[] = {
	{ { EG_TCP4, "203.0.113.1", 80 }, false },
	{ { EG_TCP4, "203.0.113.2", 80 }, true },
};
static const struct eg_expect everything[] = {
	{ { EG_TCP4, "203.0.113.1", 80 }, true },
	{ { EG_TCP4, "203.0.113.2", 80 }, true },
	{ { EG_SENDTO6, "2001:db8::2", 80 }, true },
};

#define EXPECT(w, cgroup, rows) eg_probe_expect(w, cgroup, rows, EG_COUNT(rows), (w)->denied)

/* Policy p, which allows "one", is in force on cgroup a; b is without one. */
static inline void set_up(struct eg_world *w)
{
	eg_world_cgroup(w, "a");
	eg_world_cgroup(w, "b");
	eg_tool_apply(w, eg_world_policy(w, "p", "a", ONE));
}

static inline void expect_untouched(struct eg_world *w)
{
	EXPECT(w, "a", only_one);
	EXPECT(w, "b", everything);
}

#endif
