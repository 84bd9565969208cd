/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/services.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "policy/source.h"

#define BLANKS " \t\r"

/* By name; of the same name the one that comes first in the file, which is the lower address. */
static int compare(const void *a, const void *b)
{
	const struct eg_service *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (order)
		return order;
	return x->name < y->name ? -1 : x->name > y->name;
}

/* "443/tcp" */
static bool read_port(char *word, __u16 *port, __u8 *protos)
{
	char *end;
	long value;

	if (!word || *word < '0' || *word > '9')
		return false;
	value = strtol(word, &end, 10);
	if (*end != '/' || value < 1 || value > 65535)
		return false;
	if (!strcmp(end + 1, "tcp"))
		*protos = EG_PROTO_TCP;
	else if (!strcmp(end + 1, "udp"))
		*protos = EG_PROTO_UDP;
	else
		return false;
	*port = (__u16)value;
	return true;
}

static int add(struct eg_services *s, const char *name, __u16 port, __u8 protos)
{
	struct eg_service *service = EG_VEC_ADD(s->v, s->n);

	if (!service)
		return -ENOMEM;
	*service = (struct eg_service){ .name = name, .port = port, .protos = protos };
	return 0;
}

/* "name port/proto alias..." */
static int read_line(struct eg_services *s, char *line)
{
	char *save = NULL, *name = strtok_r(line, BLANKS, &save);
	__u16 port = 0;
	__u8 protos = 0;

	if (!name || !read_port(strtok_r(NULL, BLANKS, &save), &port, &protos))
		return 0;
	for (; name; name = strtok_r(NULL, BLANKS, &save)) {
		if (add(s, name, port, protos))
			return -ENOMEM;
	}
	return 0;
}

int eg_services_load(const char *file, struct eg_services *out, struct eg_err *err)
{
	struct eg_services s = { 0 };
	char *line, *save = NULL;
	size_t len;
	int rc;

	rc = eg_source_read(file, &s.text, &len, err);
	if (rc)
		return rc;
	for (line = strtok_r(s.text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		line[strcspn(line, "#")] = '\0';
		if (!read_line(&s, line))
			continue;
		eg_services_free(&s);
		return eg_fail(err, -ENOMEM, "%s: no memory", file);
	}
	if (s.n)
		qsort(s.v, s.n, sizeof(*s.v), compare);
	*out = s;
	return 0;
}

/* The first entry of that name, or n. */
static size_t lower_bound(const struct eg_services *s, const char *name)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(s->v[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t eg_services_find(const struct eg_services *services, const char *name, struct eg_port_range out[2])
{
	unsigned int seen = 0;
	size_t i, n = 0;

	for (i = lower_bound(services, name); i < services->n && !strcmp(services->v[i].name, name); i++) {
		const struct eg_service *s = &services->v[i];

		if (seen & s->protos)
			continue;
		seen |= s->protos;
		if (n && out[0].lo == s->port)
			out[0].protos |= s->protos;
		else
			out[n++] = (struct eg_port_range){ s->port, s->port, s->protos };
	}
	return n;
}

void eg_services_free(struct eg_services *services)
{
	free(services->text);
	free(services->v);
	memset(services, 0, sizeof(*services));
}
