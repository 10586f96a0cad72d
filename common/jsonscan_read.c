/*
 * Finding and decoding pieces of checked JSON text, in place.  See
 * jsonscan.h.
 */
#include <stdint.h>
#include <string.h>

#include "common/jsonscan.h"
#include "common/jsonscan_text.h"

static bool
is_digit(const unsigned char *p, const unsigned char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

/* Behind the string at p, of checked text. */
static const unsigned char *
skip_string(const unsigned char *p, const unsigned char *end)
{
	for (p++; (p = jsonscan_skip_plain(p, end)) < end && *p != '"';)
		p += *p == '\\' ? 2 : 1;
	return p + 1;
}

/* Behind the value at p, of checked text. */
static const unsigned char *
skip_value(const unsigned char *p, const unsigned char *end)
{
	unsigned depth = 0;

	if (*p == '"')
		return skip_string(p, end);
	if (*p != '{' && *p != '[') {
		while (p < end && strchr(",]} \t\n\r", *p) == NULL)
			p++;
		return p;
	}
	do {
		if (*p == '"') {
			p = skip_string(p, end);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
		p++;
	} while (depth > 0);
	return p;
}

char
jsonscan_type(struct jsonspan value)
{
	const unsigned char *p = (const unsigned char *)value.at;

	if (p == NULL)
		return '\0';
	p = jsonscan_skip_space(p, p + value.len);
	return *p == '-' || (*p >= '0' && *p <= '9') ? '0' : (char)*p;
}

static struct jsonspan
span(const unsigned char *p, const unsigned char *end)
{
	return (struct jsonspan){ (const char *)p, (size_t)(end - p) };
}

bool
jsonscan_next(struct jsonspan value, size_t *pos, struct jsonspan *key,
    struct jsonspan *member)
{
	const unsigned char *start = (const unsigned char *)value.at;
	const unsigned char *end, *p, *q;

	if (start == NULL)
		return false;
	end = start + value.len;
	p = jsonscan_skip_space(start + *pos, end);
	if (*pos == 0 && (p == end || (*p != '{' && *p != '[')))
		return false;
	/* over the bracket that opens or the comma */
	if (p < end && (*pos == 0 || *p == ','))
		p = jsonscan_skip_space(p + 1, end);
	if (p == end || *p == '}' || *p == ']')
		return false;
	if (key != NULL) {
		q = skip_string(p, end);
		*key = span(p, q);
		p = jsonscan_skip_space(q, end);
		p = jsonscan_skip_space(p + 1, end); /* the colon */
	}
	q = skip_value(p, end);
	*member = span(p, q);
	*pos = (size_t)(q - start);
	return true;
}

void
jsonscan_members(struct jsonspan object, const char *const *names,
    struct jsonspan *found, size_t n)
{
	struct jsonspan key, member;
	size_t i, next = 0, pos = 0;

	memset(found, 0, n * sizeof(*found));
	if (jsonscan_type(object) != '{')
		return;
	while (jsonscan_next(object, &pos, &key, &member)) {
		/* mostly they come in the order of the names */
		for (i = 0; i < n && !jsonscan_is(key, names[next]); i++)
			next = (next + 1) % n;
		if (i < n) {
			found[next] = member;
			next = (next + 1) % n;
		}
	}
}

static unsigned
utf8_put(unsigned c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* The code point of the \u escape (or pair) at *p, which moves on. */
static unsigned
decode_unicode(const unsigned char **p, const unsigned char *end)
{
	int c = jsonscan_hex4(*p + 2, end), low;

	*p += 6;
	if (c < 0xd800 || c > 0xdfff)
		return (unsigned)c;
	if (c < 0xdc00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
		low = jsonscan_hex4(*p + 2, end);
		if (low >= 0xdc00 && low <= 0xdfff) {
			*p += 6;
			return 0x10000 + ((unsigned)(c - 0xd800) << 10) +
			    (unsigned)(low - 0xdc00);
		}
	}
	return 0xfffd; /* half a pair, as json-c has it */
}

/* Decodes one character or byte of a string; returns its length in out. */
static unsigned
decode(const unsigned char **p, const unsigned char *end, char *out)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *at;

	if (**p != '\\') {
		out[0] = (char)*(*p)++;
		return 1;
	}
	if ((*p)[1] == 'u')
		return utf8_put(decode_unicode(p, end), out);
	at = strchr(from, (*p)[1]);
	out[0] = at != NULL ? to[at - from] : (char)(*p)[1];
	*p += 2;
	return 1;
}

bool
jsonscan_is(struct jsonspan value, const char *s)
{
	const unsigned char *p = (const unsigned char *)value.at, *end, *plain;
	char out[4];
	unsigned n;

	if (jsonscan_type(value) != '"')
		return false;
	end = p + value.len;
	p = jsonscan_skip_space(p, end) + 1;
	plain = jsonscan_skip_plain(p, end);
	if (*plain == '"')
		return strlen(s) == (size_t)(plain - p) &&
		    memcmp(s, p, (size_t)(plain - p)) == 0;
	for (; *p != '"'; s += n) {
		n = decode(&p, end, out);
		if (out[0] == '\0' || strncmp(s, out, n) != 0)
			return false;
	}
	return *s == '\0';
}

bool
jsonscan_string(struct jsonspan value, char *buf, size_t size)
{
	const unsigned char *p = (const unsigned char *)value.at, *end, *plain;
	size_t len;
	char out[4];
	unsigned n;

	if (jsonscan_type(value) != '"')
		return false;
	end = p + value.len;
	p = jsonscan_skip_space(p, end) + 1;
	plain = jsonscan_skip_plain(p, end);
	len = (size_t)(plain - p);
	if (len >= size)
		return false;
	memcpy(buf, p, len);
	for (p = plain; *p != '"'; len += n) {
		n = decode(&p, end, out);
		if (out[0] == '\0' || len + n >= size)
			return false;
		memcpy(buf + len, out, n);
	}
	if (len >= size)
		return false;
	buf[len] = '\0';
	return true;
}

bool
jsonscan_int(struct jsonspan value, int64_t *out)
{
	const unsigned char *p = (const unsigned char *)value.at, *end;
	bool negative;
	int64_t n = 0;

	if (jsonscan_type(value) != '0')
		return false;
	end = p + value.len;
	p = jsonscan_skip_space(p, end);
	negative = *p == '-';
	for (p += negative; is_digit(p, end); p++) {
		/* downwards: INT64_MIN has no positive counterpart */
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, *p - '0', &n))
			return false;
	}
	if (p < end && (*p == '.' || *p == 'e' || *p == 'E'))
		return false;
	if (!negative && n == INT64_MIN)
		return false;
	*out = negative ? n : -n;
	return true;
}
