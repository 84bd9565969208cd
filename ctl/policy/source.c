/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/str.h"

#define MIB (1 << 20)
#define LINE_SHOWN 4096

/* Opens without waiting and without side effects: the name may be a fifo, or a tty. */
static int open_regular(const char *file, struct stat *st, struct eg_err *err)
{
	cleanup_close int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return eg_fail(err, -errno, "%s: cannot open: %s", file, strerror(errno));
	if (fstat(fd, st) < 0)
		return eg_fail(err, -errno, "%s: cannot stat: %s", file, strerror(errno));
	if (!S_ISREG(st->st_mode))
		return eg_fail(err, -EINVAL, "%s: not a regular file", file);
	if (st->st_size > EG_SOURCE_SIZE_MAX)
		return eg_fail(err, -EFBIG, "%s: larger than %d MiB", file, EG_SOURCE_SIZE_MAX / MIB);
	return TAKE_FD(fd);
}

/* A file that is being written may end in the middle of an address, which is then another one. */
static int check_unchanged(const char *file, int fd, const struct stat *before, struct eg_err *err)
{
	struct stat now;

	if (fstat(fd, &now) < 0)
		return eg_fail(err, -errno, "%s: cannot stat: %s", file, strerror(errno));
	if (now.st_size == before->st_size && now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == before->st_mtim.tv_nsec)
		return 0;
	return eg_fail(err, -EAGAIN, "%s: it changed while it was read", file);
}

int eg_source_read(const char *file, char **text, size_t *len, struct eg_err *err)
{
	cleanup_free char *buf = NULL;
	cleanup_close int fd = -1;
	size_t size, used = 0;
	struct stat st;
	ssize_t n;
	int rc;

	fd = open_regular(file, &st, err);
	if (fd < 0)
		return fd;
	size = (size_t)st.st_size;
	buf = malloc(size + 1);
	if (!buf)
		return eg_fail(err, -ENOMEM, "%s: no memory for %zu bytes", file, size);
	while (used < size) {
		n = read(fd, buf + used, size - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return eg_fail(err, -errno, "%s: cannot read: %s", file, strerror(errno));
		if (!n)
			return eg_fail(err, -EIO, "%s: cannot read: it shrank meanwhile", file);
		used += (size_t)n;
	}
	rc = check_unchanged(file, fd, &st, err);
	if (rc)
		return rc;
	buf[used] = '\0';
	*text = TAKE_PTR(buf);
	*len = used;
	return 0;
}

/* Where the text stops to be text: a NUL, which inih takes for the end of the line, or no UTF-8. */
static size_t text_end(const char *text, size_t len)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = eg_str_utf8(text + i, len - i);
		if (!n || !text[i])
			break;
	}
	return i;
}

static void report_no_text(struct eg_source *src, size_t at)
{
	struct eg_span span = { 1, 1, 1 };
	size_t i, start = 0;

	for (i = 0; i < at; i++) {
		if (src->text[i] == '\n') {
			span.line++;
			start = i + 1;
		}
	}
	span.col = (unsigned int)(at - start) + 1;
	if (src->text[at])
		eg_source_error(src, span, "policy files are UTF-8", "byte 0x%02x is not valid UTF-8",
				(unsigned char)src->text[at]);
	else
		eg_source_error(src, span, NULL, "a NUL byte: this is not a text file");
}

bool eg_source_init(struct eg_source *src, const char *file, const char *text, size_t len, struct eg_diags *diags)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t end;

	memset(src, 0, sizeof(*src));
	src->file = file;
	src->diags = diags;
	if (len >= 3 && !memcmp(text, mark, 3)) {
		text += 3;
		len -= 3;
	}
	src->text = text;
	src->len = len;
	end = text_end(text, len);
	if (end < len)
		report_no_text(src, end);
	return end == len;
}

/* The line that starts at byte "at"; *next is the byte behind its end. */
static void cut_line(const struct eg_source *src, size_t at, struct eg_source_line *line, size_t *next)
{
	const char *start = src->text + at, *end = memchr(start, '\n', src->len - at);

	line->text = start;
	line->len = end ? (size_t)(end - start) : src->len - at;
	*next = at + line->len + (end ? 1 : 0);
	if (end && line->len && start[line->len - 1] == '\r')
		line->len--;
}

bool eg_source_next(struct eg_source *src, struct eg_source_line *line)
{
	if (src->at >= src->len)
		return false;
	cut_line(src, src->at, line, &src->at);
	line->number = ++src->line;
	src->now = line->text;
	src->now_len = line->len;
	return true;
}

/* An owned copy of a line, from its number. Most problems are in the line that is being read. */
static char *line_copy(const struct eg_source *src, unsigned int number)
{
	struct eg_source_line line = { .text = src->now, .len = src->now_len, .number = src->line };
	size_t next = 0;

	if (number != src->line) {
		line.number = 0;
		while (line.number < number && next < src->len) {
			cut_line(src, next, &line, &next);
			line.number++;
		}
		if (line.number != number)
			return NULL;
	}
	return strndup(line.text, line.len < LINE_SHOWN ? line.len : LINE_SHOWN);
}

void eg_source_report(struct eg_source *src, enum eg_severity severity, struct eg_span at, const char *hint,
		      const char *fmt, ...)
{
	size_t count = severity == EG_ERROR ? ++src->errors : ++src->warnings;
	cleanup_free char *shown = NULL;
	char text[512];
	va_list ap;

	if (count > EG_SOURCE_REPORTS_MAX) {
		if (count == EG_SOURCE_REPORTS_MAX + 1)
			eg_diag_add(src->diags, severity, src->file, at, NULL, NULL,
				    "too many %s, from here on they are not shown",
				    severity == EG_ERROR ? "errors" : "warnings");
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	shown = at.len ? line_copy(src, at.line) : NULL;
	eg_diag_add(src->diags, severity, src->file, at, shown, hint, "%s", text);
}
