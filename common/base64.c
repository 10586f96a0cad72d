/*
 * Base64, both ways.  See base64.h.
 */
#include <stdint.h>
#include <string.h>

#include "common/base64.h"
#include "common/mem.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_encode(struct buf *out, const void *data, size_t len)
{
	const unsigned char *p = data;
	char quad[4];
	uint32_t bits;

	buf_reserve(out, (len + 2) / 3 * 4);
	for (; len > 0; p += 3) {
		bits = (uint32_t)p[0] << 16 |
		    (len > 1 ? (uint32_t)p[1] << 8 : 0) | (len > 2 ? p[2] : 0);
		quad[0] = digits[bits >> 18];
		quad[1] = digits[bits >> 12 & 63];
		quad[2] = len > 1 ? digits[bits >> 6 & 63] : '=';
		quad[3] = len > 2 ? digits[bits & 63] : '=';
		buf_add(out, quad, sizeof(quad));
		len -= len > 3 ? 3 : len;
	}
}

/* The value of a digit, or -1. */
static int
digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Decodes 4 characters into 3 bytes; count of them count.  0 or -1. */
static int
decode_quad(const char *text, size_t count, unsigned char *three)
{
	uint32_t bits = 0;
	size_t i;
	int value;

	for (i = 0; i < 4; i++) {
		value = i <= count ? digit_value(text[i]) : 0;
		if (value == -1)
			return -1;
		bits = bits << 6 | (uint32_t)value;
	}
	three[0] = (unsigned char)(bits >> 16);
	three[1] = (unsigned char)(bits >> 8);
	three[2] = (unsigned char)bits;
	/* what does not count is zero, so every value has one spelling */
	return (count < 2 && three[1] != 0) || (count < 3 && three[2] != 0) ?
	    -1 :
	    0;
}

int
base64_decode(const char *text, size_t len, void *out, size_t size, size_t *n)
{
	unsigned char three[3], *to = out;
	size_t count;

	if (len % 4 != 0)
		return -1;
	for (; len > 0; text += 4, len -= 4) {
		count = 3;
		if (len == 4 && text[3] == '=')
			count = text[2] == '=' ? 1 : 2;
		if (count > size || decode_quad(text, count, three) != 0)
			return -1;
		memcpy(to, three, count);
		to += count;
		size -= count;
	}
	*n = (size_t)(to - (unsigned char *)out);
	return 0;
}
