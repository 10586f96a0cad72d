/*
 * Checking JSON text.  No recursion: the open containers are one bit each.
 * See jsonscan.h.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "common/jsonscan.h"
#include "common/jsonscan_text.h"
#include "common/limits.h"

_Static_assert(JSON_MAX_DEPTH <= 64, "struct scan has one bit per level");

struct scan {
	const unsigned char *start, *p, *end;
	uint64_t objects; /* bit 0: the innermost container is an object */
	unsigned depth;
	unsigned nodes;
	struct error *err;
};

/* The token that the grammar wants next. */
enum next { BAD = -1, WANT_VALUE, HAVE_VALUE };

static bool
is_digit(const unsigned char *p, const unsigned char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

/* Length of the UTF-8 sequence at p (RFC 3629, section 4), 0 for none. */
static unsigned
utf8_len(const unsigned char *p, const unsigned char *end)
{
	unsigned char c = *p, low = 0x80, high = 0xbf;
	unsigned i, n;

	if (c < 0xc2 || c > 0xf4)
		return 0;
	n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (c == 0xe0)
		low = 0xa0;
	else if (c == 0xed)
		high = 0x9f;
	else if (c == 0xf0)
		low = 0x90;
	else if (c == 0xf4)
		high = 0x8f;
	if ((size_t)(end - p) < n || p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	return n;
}

static int
refuse(struct scan *s, const char *expected)
{
	char got[32];

	if (s->p >= s->end)
		snprintf(got, sizeof(got), "the end");
	else if (*s->p > 0x20 && *s->p < 0x7f)
		snprintf(got, sizeof(got), "'%c'", *s->p);
	else
		snprintf(got, sizeof(got), "byte 0x%02x", *s->p);
	fail(s->err, ERR_INVALID, "byte %zu: expected %s, got %s",
	    (size_t)(s->p - s->start), expected, got);
	return -1;
}

static int
scan_escape(struct scan *s, bool key)
{
	int unit;

	s->p++;
	if (s->p < s->end && *s->p != '\0' && strchr("\"\\/bfnrt", *s->p)) {
		s->p++;
		return 0;
	}
	if (s->p >= s->end || *s->p != 'u')
		return refuse(s, "one of \"\\/bfnrtu after a backslash");
	s->p++;
	if ((unit = jsonscan_hex4(s->p, s->end)) == -1)
		return refuse(s, "4 hexadecimal digits after \\u");
	if (unit == 0 && key)
		return refuse(s, "no \\u0000 in a key");
	s->p += 4;
	return 0;
}

static int
scan_string(struct scan *s, bool key)
{
	unsigned n;

	for (s->p++;;) {
		s->p = jsonscan_skip_plain(s->p, s->end);
		if (s->p >= s->end)
			return refuse(s, "the end of a string");
		if (*s->p == '"') {
			s->p++;
			return 0;
		}
		if (*s->p == '\\') {
			if (scan_escape(s, key) != 0)
				return -1;
		} else if ((n = utf8_len(s->p, s->end)) != 0) {
			s->p += n;
		} else {
			return refuse(s,
			    *s->p < 0x20 ? "control characters to be escaped" :
					   "valid UTF-8");
		}
	}
}

static int
scan_digits(struct scan *s)
{
	if (!is_digit(s->p, s->end))
		return refuse(s, "a digit");
	while (is_digit(s->p, s->end))
		s->p++;
	return 0;
}

static int
scan_number(struct scan *s)
{
	if (*s->p == '-')
		s->p++;
	if (s->p < s->end && *s->p == '0')
		s->p++;
	else if (scan_digits(s) != 0)
		return -1;
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (scan_digits(s) != 0)
			return -1;
	}
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		return scan_digits(s);
	}
	return 0;
}

static int
scan_word(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->p) < len || memcmp(s->p, word, len) != 0)
		return refuse(s, "a value");
	s->p += len;
	return 0;
}

/* A key and its colon. */
static int
scan_key(struct scan *s)
{
	s->p = jsonscan_skip_space(s->p, s->end);
	if (s->p >= s->end || *s->p != '"')
		return refuse(s, "a key in double quotes");
	if (scan_string(s, true) != 0)
		return -1;
	s->p = jsonscan_skip_space(s->p, s->end);
	if (s->p >= s->end || *s->p != ':')
		return refuse(s, "':' after a key");
	s->p++;
	return 0;
}

/* Enters the container whose bracket is next, and leaves it if empty. */
static enum next
scan_open(struct scan *s)
{
	bool object = *s->p == '{';

	if (s->depth == JSON_MAX_DEPTH) {
		fail(s->err, ERR_LIMIT,
		    "byte %zu: nested deeper than %d levels, the most allowed",
		    (size_t)(s->p - s->start), JSON_MAX_DEPTH);
		return BAD;
	}
	s->p = jsonscan_skip_space(s->p + 1, s->end);
	if (s->p < s->end && *s->p == (object ? '}' : ']')) {
		s->p++;
		return HAVE_VALUE;
	}
	s->depth++;
	s->objects = s->objects << 1 | object;
	return object && scan_key(s) != 0 ? BAD : WANT_VALUE;
}

/* A scalar, or the beginning of a container. */
static enum next
scan_value(struct scan *s)
{
	int rc;

	if (++s->nodes > JSON_MAX_NODES) {
		fail(s->err, ERR_LIMIT,
		    "byte %zu: more than %d values, the most allowed",
		    (size_t)(s->p - s->start), JSON_MAX_NODES);
		return BAD;
	}
	s->p = jsonscan_skip_space(s->p, s->end);
	switch (s->p < s->end ? *s->p : '\0') {
	case '{':
	case '[':
		return scan_open(s);
	case '"':
		rc = scan_string(s, false);
		break;
	case 't':
		rc = scan_word(s, "true");
		break;
	case 'f':
		rc = scan_word(s, "false");
		break;
	case 'n':
		rc = scan_word(s, "null");
		break;
	default:
		rc = is_digit(s->p, s->end) || (s->p < s->end && *s->p == '-') ?
		    scan_number(s) :
		    refuse(s, "a value");
	}
	return rc != 0 ? BAD : HAVE_VALUE;
}

/* Takes what follows a value: the ends of containers, or a comma and more. */
static enum next
scan_after(struct scan *s)
{
	bool object;

	while (s->depth > 0) {
		object = s->objects & 1;
		s->p = jsonscan_skip_space(s->p, s->end);
		if (s->p < s->end && *s->p == ',') {
			s->p++;
			return object && scan_key(s) != 0 ? BAD : WANT_VALUE;
		}
		if (s->p >= s->end || *s->p != (object ? '}' : ']')) {
			refuse(s, object ? "',' or '}'" : "',' or ']'");
			return BAD;
		}
		s->p++;
		s->depth--;
		s->objects >>= 1;
	}
	return HAVE_VALUE;
}

int
jsonscan_check(const char *text, size_t len, struct error *err)
{
	struct scan s = { .err = err };
	enum next next;

	s.start = s.p = (const unsigned char *)text;
	s.end = s.start + len;
	do {
		next = scan_value(&s);
		if (next == HAVE_VALUE)
			next = scan_after(&s);
	} while (next == WANT_VALUE);
	if (next == BAD)
		return -1;
	s.p = jsonscan_skip_space(s.p, s.end);
	return s.p == s.end ? 0 : refuse(&s, "the end of the text");
}
