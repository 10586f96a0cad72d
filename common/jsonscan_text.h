/*
 * Steps over JSON text that checking and reading share.  Inside jsonscan
 * only.
 */
#ifndef COMMON_JSONSCAN_TEXT_H
#define COMMON_JSONSCAN_TEXT_H

#include <stdint.h>
#include <string.h>

/* Every byte of a word at once. */
#define JSONSCAN_ONES 0x0101010101010101ULL
#define JSONSCAN_HIGHS (JSONSCAN_ONES << 7)

/* Nonzero when a byte of word is c; bytes above a hit may look like one. */
static inline uint64_t
jsonscan_has(uint64_t word, unsigned char c)
{
	uint64_t x = word ^ JSONSCAN_ONES * c;

	return (x - JSONSCAN_ONES) & ~x & JSONSCAN_HIGHS;
}

/* Skips printable ASCII other than the quote and the backslash. */
static inline const unsigned char *
jsonscan_skip_plain(const unsigned char *p, const unsigned char *end)
{
	uint64_t word;

	while (end - p >= 8) {
		memcpy(&word, p, sizeof(word));
		if ((word | (word - JSONSCAN_ONES * 0x20)) & JSONSCAN_HIGHS ||
		    jsonscan_has(word, '"') || jsonscan_has(word, '\\'))
			break;
		p += 8;
	}
	while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
		p++;
	return p;
}

static inline const unsigned char *
jsonscan_skip_space(const unsigned char *p, const unsigned char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* -1 for what is no hexadecimal digit. */
static inline int
jsonscan_hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hexadecimal digits, or -1. */
static inline int
jsonscan_hex4(const unsigned char *p, const unsigned char *end)
{
	int i, digit, value = 0;

	if (end - p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		if ((digit = jsonscan_hex_digit(p[i])) == -1)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

#endif
