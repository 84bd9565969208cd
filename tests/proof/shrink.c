/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "shrink.h"

#include <string.h>

struct shrinking {
	struct naive_policy *policy;
	bool (*still_fails)(const struct naive_policy *policy, void *user);
	void *user;
	bool progress;
};

static void hide_unused(struct naive_policy *policy)
{
	bool used[NAIVE_SETS] = { false };
	const struct naive_list *lists[2 * (NAIVE_RULES + NAIVE_SETS)];
	int i, k, n = 0;

	for (i = 0; i < policy->n_rules; i++) {
		lists[n++] = &policy->rules[i].to;
		lists[n++] = &policy->rules[i].except;
	}
	for (i = 0; i < policy->n_sets; i++) {
		lists[n++] = &policy->sets[i].to;
		lists[n++] = &policy->sets[i].except;
	}
	for (i = 0; i < n; i++) {
		int owner = (i - 2 * policy->n_rules) / 2;

		if (i >= 2 * policy->n_rules && !used[owner])
			continue; /* sets contain later ones only */
		for (k = 0; k < lists[i]->n; k++)
			used[lists[i]->v[k].set] |= lists[i]->v[k].kind == NAIVE_SET;
	}
	for (i = 0; i < policy->n_sets; i++)
		policy->sets[i].hidden = !used[i];
}

/* Keeps the smaller policy if it fails as well. */
static void offer(struct shrinking *s, struct naive_policy less)
{
	hide_unused(&less);
	if (!s->still_fails(&less, s->user))
		return;
	*s->policy = less;
	s->progress = true;
}

static void drop_rules(struct shrinking *s)
{
	int i;

	for (i = s->policy->n_rules - 1; i >= 0; i--) {
		struct naive_policy less = *s->policy;

		memmove(&less.rules[i], &less.rules[i + 1], (size_t)(--less.n_rules - i) * sizeof(less.rules[0]));
		offer(s, less);
	}
}

static void open_rule(struct shrinking *s, int i)
{
	struct naive_policy less = *s->policy;
	struct naive_rule *rule = &less.rules[i];

	if (!rule->n_ports && !rule->tcp && !rule->udp && !rule->icmp && !rule->any_proto)
		return;
	rule->n_ports = 0;
	rule->tcp = rule->udp = rule->icmp = rule->any_proto = false;
	offer(s, less);
}

/* The list at that offset of the policy, down to "least" elements. */
static void drop_elems(struct shrinking *s, const struct naive_list *list, int least)
{
	ptrdiff_t offset = (const char *)list - (const char *)s->policy;
	int i;

	for (i = list->n - 1; i >= 0 && list->n > least; i--) {
		struct naive_policy less = *s->policy;
		struct naive_list *shorter = (void *)((char *)&less + offset);

		memmove(&shorter->v[i], &shorter->v[i + 1], (size_t)(--shorter->n - i) * sizeof(shorter->v[0]));
		offer(s, less);
	}
}

/* What a set stands for, in its place: but without its except. */
static void replace_set(struct shrinking *s, const struct naive_list *list)
{
	ptrdiff_t offset = (const char *)list - (const char *)s->policy;
	int i, k;

	for (i = 0; i < list->n; i++) {
		const struct naive_list *inside = &s->policy->sets[list->v[i].set].to;

		for (k = 0; list->v[i].kind == NAIVE_SET && k < inside->n; k++) {
			struct naive_policy less = *s->policy;

			((struct naive_list *)(void *)((char *)&less + offset))->v[i] = inside->v[k];
			offer(s, less);
		}
	}
}

static void shrink_list(struct shrinking *s, const struct naive_list *list, int least)
{
	drop_elems(s, list, least);
	replace_set(s, list);
}

void shrink_policy(struct naive_policy *policy, bool (*still_fails)(const struct naive_policy *policy, void *user),
		   void *user)
{
	struct shrinking s = { .policy = policy, .still_fails = still_fails, .user = user };
	int i;

	do {
		s.progress = false;
		offer(&s, *policy);
		s.progress = false; /* which only hid what is not used */
		drop_rules(&s);
		for (i = 0; i < policy->n_rules; i++) {
			open_rule(&s, i);
			shrink_list(&s, &policy->rules[i].to, policy->rules[i].to.n ? 1 : 0);
			shrink_list(&s, &policy->rules[i].except, 0);
		}
		for (i = 0; i < policy->n_sets; i++) {
			if (policy->sets[i].hidden)
				continue;
			shrink_list(&s, &policy->sets[i].to, 1);
			shrink_list(&s, &policy->sets[i].except, 0);
		}
	} while (s.progress);
}
