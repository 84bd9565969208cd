/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * addrs_text.c - the words of an address list: any, prefixes, ranges, names of sets.
 */
#include <errno.h>
#include <string.h>

#include "base/vec.h"
#include "policy/parse.h"

#define HEX_CHARS "0123456789abcdefABCDEF"

static const char *hint_address(const char *text)
{
	const char *colon = strchr(text, ':');

	if (*text == '@')
		return "sets are named in the policy, by 'address'";
	if (strpbrk(text, " \t"))
		return "separate the elements of a list by commas";
	if (strchr(text, ';') || strchr(text, '#'))
		return "a comment needs white space before it";
	if (*text == '[' || (colon && !strchr(colon + 1, ':') && strchr(text, '.')))
		return "ports go into a key of their own: 'port'";
	if (text[strspn(text, HEX_CHARS ".:/-")] && !strchr(text, '%'))
		return "host names are not resolved: write addresses";
	return NULL;
}

/* Flows to the unspecified address are judged as flows to the loopback, so it matches nothing. */
static bool is_unspecified(struct eg_source *src, const struct eg_prefix *prefix, const char *text, struct eg_span at)
{
	static const __u8 zero[16];

	if (prefix->len != (prefix->family == 4 ? 32 : 128) || memcmp(prefix->addr, zero, sizeof(zero)))
		return false;
	eg_source_error(src, at, prefix->family == 4 ? "write 127.0.0.1" : "write ::1",
			"'%s' matches nothing: connections to it reach the loopback", text);
	return true;
}

static bool add_prefix(struct eg_source *src, struct eg_addrs *addrs, const char *text, struct eg_span at)
{
	struct eg_prefix prefix, *added;
	char why[320];

	if (eg_addr_parse_prefix(text, &prefix, why, sizeof(why))) {
		eg_source_error(src, at, hint_address(text), "%s", why);
		return false;
	}
	if (is_unspecified(src, &prefix, text, at))
		return false;
	added = EG_VEC_ADD(addrs->v, addrs->n);
	if (added)
		*added = prefix;
	else
		src->oom = true;
	return added;
}

static bool add_range(struct eg_source *src, struct eg_addrs *addrs, const char *text, struct eg_span at)
{
	size_t first = addrs->n;
	char why[320];
	int rc = eg_addr_parse_range(text, &addrs->v, &addrs->n, why, sizeof(why));

	if (!rc && addrs->n == first + 1 && is_unspecified(src, &addrs->v[first], text, at))
		return false;
	if (rc == -EINVAL)
		eg_source_error(src, at, strpbrk(text, " \t") ? NULL : hint_address(text), "%s", why);
	else if (rc)
		src->oom = true;
	return !rc;
}

bool eg_addrs_text_full(const struct eg_parse *p)
{
	return p->written > EG_WRITTEN_MAX;
}

/* Counts what was added: the limit is named before the memory is gone. */
static bool count(struct eg_parse *p, struct eg_source *src, size_t n, struct eg_span at)
{
	bool was_full = eg_addrs_text_full(p);

	p->written += n;
	if (!eg_addrs_text_full(p))
		return true;
	if (!was_full)
		eg_source_error(src, at, NULL, "more than %d addresses and prefixes in the policy (EG_WRITTEN_MAX)",
				EG_WRITTEN_MAX);
	return false;
}

bool eg_addrs_text_add(struct eg_parse *p, struct eg_source *src, struct eg_addrs *addrs, const char *text,
		       struct eg_span at)
{
	const char *dash = strchr(text, '-');
	size_t before = addrs->n;
	bool added;

	if (dash && !text[strspn(text, HEX_CHARS ".:- \t")] && strpbrk(text, ".:"))
		added = add_range(src, addrs, text, at);
	else
		added = add_prefix(src, addrs, text, at);
	return added && count(p, src, addrs->n - before, at);
}

/* The name of a set is looked up first: to make a new one moves all sets, and the list may be that of one. */
void eg_addrs_text_take(struct eg_parse *p, struct eg_addrs *(*list)(struct eg_parse *), const struct eg_word *word)
{
	bool any = !strcmp(word->text, "any") || !strcmp(word->text, "@any"), is_set = !any && *word->text == '@';
	__u32 set = is_set ? eg_sets_use(p, word) : EG_NO_SET;
	struct eg_addrs *addrs = list(p);
	struct eg_addr_word taken = { .at = word->at, .first = addrs->n, .set = set }, *added;

	if (is_set && set == EG_NO_SET)
		return;
	if (!any && !is_set && !eg_addrs_text_add(p, p->src, addrs, word->text, word->at))
		return;
	addrs->any |= any;
	taken.n = addrs->n - taken.first;
	added = EG_VEC_ADD(addrs->words, addrs->n_words);
	if (added)
		*added = taken;
	else
		p->src->oom = true;
}
