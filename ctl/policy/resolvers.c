/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * resolvers.c - what counts as a name server is what __resolv_conf_load of glibc's resolv/res_init.c takes for one.
 *
 * eg_addr_parse_prefix is stricter and would not do: a server that programs ask must not be missing
 * from @resolvers because it is written as 10.1, with a zone, or in front of a comment.
 */
#include "policy/resolvers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/dynamic.h"
#include "policy/source.h"

#define KEYWORD "nameserver"
#define BLANKS " \t"

/* inet_aton takes "10.1" and "0x7f.1". It would also stop at a carriage return; glibc's own reading does not. */
static bool read_v4(const char *text, struct eg_prefix *p)
{
	struct in_addr addr;

	if (text[strcspn(text, "\r\v\f")] || !inet_aton(text, &addr))
		return false;
	*p = (struct eg_prefix){ .family = 4, .len = 32 };
	memcpy(p->addr, &addr, sizeof(addr));
	return true;
}

/* The address alone: its zone only says through which link it is reached. */
static bool read_v6(char *text, struct eg_prefix *p)
{
	struct in6_addr addr;

	text[strcspn(text, "%")] = '\0';
	if (inet_pton(AF_INET6, text, &addr) != 1)
		return false;
	*p = (struct eg_prefix){ .family = 6, .len = 128 };
	memcpy(p->addr, &addr, sizeof(addr));
	eg_addr_canonical(p);
	return true;
}

/* The kernel sends what is addressed to nobody to the loopback, and policies are judged that way. */
static void name_the_loopback(struct eg_prefix *p)
{
	static const struct eg_prefix nobody;

	if (memcmp(p->addr, nobody.addr, sizeof(nobody.addr)))
		return;
	if (p->family == 4)
		p->addr[0] = 127;
	p->addr[p->family == 4 ? 3 : 15] = 1;
}

/* The keyword counts in the first column and before white space only, so a comment needs no care of its own. */
static bool read_line(char *line, struct eg_prefix *p)
{
	const size_t keyword = strlen(KEYWORD);

	if (strncmp(line, KEYWORD, keyword) || !line[keyword] || !strchr(BLANKS, line[keyword]))
		return false;
	line += keyword + strspn(line + keyword, BLANKS);
	line[strcspn(line, BLANKS)] = '\0';
	if (!read_v4(line, p) && !read_v6(line, p))
		return false;
	name_the_loopback(p);
	return true;
}

/* A NUL hides the rest of its line, as it does from glibc. */
static int read_text(char *text, size_t len, struct eg_prefix **v, size_t *n)
{
	char *line = text, *end, *next;
	struct eg_prefix p;

	if (!text)
		return 0;
	end = text + len;
	for (; line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (!next)
			next = end;
		*next = '\0';
		if (read_line(line, &p) && eg_dynamic_add(v, n, p))
			return -ENOMEM;
	}
	return 0;
}

/* As eg_source_read; a file that is missing reads as an empty one. */
static int read_file(const char *file, char **text, size_t *len, struct eg_err *err)
{
	struct eg_err why = EG_ERR_INIT;
	int r = eg_source_read(file, text, len, &why);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r && err)
		*err = why;
	return r;
}

int eg_resolvers_load(const char *file, struct eg_prefix **v, size_t *n, struct eg_err *err)
{
	const struct eg_prefix local = { .family = 4, .len = 32, .addr = { 127, 0, 0, 1 } };
	cleanup_free struct eg_prefix *found = NULL;
	cleanup_free char *text = NULL;
	size_t len = 0, count = 0;
	int r;

	r = read_file(file, &text, &len, err);
	if (r)
		return r;
	r = read_text(text, len, &found, &count);
	if (!r && !count)
		r = eg_dynamic_add(&found, &count, local);
	if (r)
		return eg_fail(err, r, "%s: no memory", file);
	eg_dynamic_settle(found, &count);
	*v = TAKE_PTR(found);
	*n = count;
	return 0;
}
