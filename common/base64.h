/*
 * Base64 (RFC 4648, section 4): for bytes that JSON cannot carry, such as
 * paths and environments.  Needs libc only.
 */
#ifndef COMMON_BASE64_H
#define COMMON_BASE64_H

#include <stddef.h>

struct buf;

/* Appends the padded base64 of len bytes of data to out. */
void base64_encode(struct buf *out, const void *data, size_t len);

/*
 * Decodes len characters of text into out, which has room for size bytes,
 * and fills *n with how many they were.  -1: not base64 as base64_encode
 * writes it (padded, nothing between), or more than size bytes.
 */
int base64_decode(const char *text, size_t len, void *out, size_t size,
    size_t *n);

#endif
