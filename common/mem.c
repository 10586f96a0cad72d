/*
 * Allocation, string vectors and the growing buffer.  See mem.h.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		fatalx("out of memory: %zu x %zu bytes", n, size);
	return p;
}

void *
xreallocarray(void *p, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		fatalx("out of memory: %zu x %zu bytes", n, size);
	p = realloc(p, n * size);
	if (p == NULL)
		fatalx("out of memory: %zu x %zu bytes", n, size);
	return p;
}

char *
xstrndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = xcalloc(1, len + 1);

	memcpy(copy, s, len);
	return copy;
}

char *
xstrdup(const char *s)
{
	return s == NULL ? NULL : xstrndup(s, SIZE_MAX - 1);
}

static char *format(const char *, va_list)
    __attribute__((format(printf, 1, 0)));

static char *
format(const char *fmt, va_list ap)
{
	char most[256], *s; /* so that most are printed once */
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(most, sizeof(most), fmt, again);
	va_end(again);
	if (n < 0)
		fatalx("cannot format '%s'", fmt);
	s = xcalloc(1, (size_t)n + 1);
	if ((size_t)n < sizeof(most))
		memcpy(s, most, (size_t)n);
	else
		vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = format(fmt, ap);
	va_end(ap);
	return s;
}

size_t
strv_len(char *const *v)
{
	size_t n = 0;

	while (v != NULL && v[n] != NULL)
		n++;
	return n;
}

char **
strv_add(char **v, const char *s)
{
	size_t n = strv_len(v);

	v = xreallocarray(v, n + 2, sizeof(*v));
	v[n] = xstrdup(s);
	v[n + 1] = NULL;
	return v;
}

char **
strv_dup(char *const *v)
{
	size_t i, n = strv_len(v);
	char **copy;

	if (v == NULL)
		return NULL;
	copy = xcalloc(n + 1, sizeof(*copy));
	for (i = 0; i < n; i++)
		copy[i] = xstrdup(v[i]);
	return copy;
}

void
strv_free(char **v)
{
	size_t i;

	for (i = 0; v != NULL && v[i] != NULL; i++)
		free(v[i]);
	free(v);
}

void
buf_reserve(struct buf *b, size_t n)
{
	size_t need = b->len + n + 1, size = b->size;

	if (need <= size)
		return;
	if (size == 0)
		size = 64;
	while (size < need)
		size *= 2;
	b->data = xreallocarray(b->data, size, 1);
	b->size = size;
	b->data[b->len] = '\0';
}

void
buf_add(struct buf *b, const void *data, size_t n)
{
	if (n == 0)
		return;
	buf_reserve(b, n);
	memcpy(b->data + b->len, data, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = format(fmt, ap);
	va_end(ap);
	buf_puts(b, s);
	free(s);
}

void
buf_count(struct buf *b, uint64_t n, const char *noun)
{
	buf_printf(b, "%" PRIu64 " %s%s", n, noun, plural(n));
}

const char *
plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->data, b->data + n, b->len);
	b->data[b->len] = '\0';
}

char *
buf_steal(struct buf *b)
{
	char *s;

	buf_reserve(b, 0);
	s = b->data;
	memset(b, 0, sizeof(*b));
	return s;
}

void
buf_clear(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}
