/*
 * Memory: allocation that ends the process when there is none (so bound
 * every size that a request chooses), string vectors, a growing buffer.
 */
#ifndef COMMON_MEM_H
#define COMMON_MEM_H

#include <stddef.h>
#include <stdint.h>

void *xcalloc(size_t n, size_t size);
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);            /* NULL gives NULL */
char *xstrndup(const char *s, size_t n); /* copies at most n bytes */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A NULL-terminated vector of strings; NULL is an empty one. */
size_t strv_len(char *const *v);
char **strv_dup(char *const *v);
/* Returns v, grown by a copy of s. */
char **strv_add(char **v, const char *s);
void strv_free(char **v);

/* Bytes that grow; always NUL-terminated after len when not NULL. */
struct buf {
	char *data;
	size_t len;
	size_t size; /* allocated */
};

/* Makes room for n more bytes after len, and a NUL. */
void buf_reserve(struct buf *b, size_t n);
void buf_add(struct buf *b, const void *data, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Adds "1 task" or "3 tasks". */
void buf_count(struct buf *b, uint64_t n, const char *noun);
/* "" or "s", for a format. */
const char *plural(uint64_t n);
/* Drops the first n bytes. */
void buf_drop(struct buf *b, size_t n);
/* Returns the bytes, NUL-terminated, never NULL, and leaves b empty. */
char *buf_steal(struct buf *b);
void buf_clear(struct buf *b); /* frees */

#endif
