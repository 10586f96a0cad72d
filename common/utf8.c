/*
 * UTF-8.  See utf8.h.
 */
#include <stdint.h>
#include <string.h>

#include "common/mem.h"
#include "common/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"

static bool
tail(const unsigned char *s, size_t n)
{
	while (n > 0)
		if ((s[n--] & 0xc0) != 0x80)
			return false;
	return true;
}

size_t
utf8_next(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;

	if (len == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return len >= 2 && tail(s, 1) ? 2 : 0;
	if ((s[0] & 0xf0) == 0xe0) {
		if (len < 3 || !tail(s, 2) || (s[0] == 0xe0 && s[1] < 0xa0) ||
		    (s[0] == 0xed && s[1] > 0x9f))
			return 0;
		return 3;
	}
	if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		if (len < 4 || !tail(s, 3) || (s[0] == 0xf0 && s[1] < 0x90) ||
		    (s[0] == 0xf4 && s[1] > 0x8f))
			return 0;
		return 4;
	}
	return 0;
}

bool
utf8_valid(const char *s, size_t len)
{
	size_t i = 0, n;

	while (i < len) {
		n = utf8_next(s + i, len - i);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

size_t
utf8_first(const char *s, size_t len, size_t chars)
{
	size_t i = 0, n;

	while (i < len && chars-- > 0) {
		n = utf8_next(s + i, len - i);
		i += n == 0 ? 1 : n;
	}
	return i;
}

size_t
utf8_chars(const char *s, size_t len)
{
	size_t i = 0, n, count = 0;

	while (i < len) {
		n = utf8_next(s + i, len - i);
		i += n == 0 ? 1 : n;
		count++;
	}
	return count;
}

size_t
utf8_last(const char *s, size_t len, size_t chars)
{
	size_t have = utf8_chars(s, len);

	if (have <= chars)
		return len;
	return len - utf8_first(s, len, have - chars);
}

void
utf8_escape_separators(struct buf *json)
{
	static const char begin[] = { '\xe2', '\x80' };
	const char *from = json->data, *at = from;
	size_t left = json->len;
	struct buf out = { 0 };

	while (left > sizeof(begin) &&
	    (at = memmem(at, left, begin, sizeof(begin))) != NULL) {
		left = json->len - (size_t)(at - json->data);
		if (left > 2 && (at[2] == '\xa8' || at[2] == '\xa9')) {
			buf_add(&out, from, (size_t)(at - from));
			buf_puts(&out, at[2] == '\xa8' ? "\\u2028" : "\\u2029");
			from = at + 3;
		}
		at += sizeof(begin);
		left -= sizeof(begin);
	}
	if (out.len == 0)
		return;
	buf_add(&out, from, json->len - (size_t)(from - json->data));
	buf_clear(json);
	*json = out;
}

char *
utf8_clean(const char *s, size_t len)
{
	struct buf out = { 0 };
	size_t i = 0, n;

	buf_reserve(&out, len);
	while (i < len) {
		n = utf8_next(s + i, len - i);
		if (n == 0 || s[i] == '\0') {
			buf_puts(&out, REPLACEMENT);
			i++;
			continue;
		}
		buf_add(&out, s + i, n);
		i += n;
	}
	return buf_steal(&out);
}

static uint32_t
code_point(const char *s, size_t len)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = (unsigned char)s[0] & masks[len];
	size_t i;

	for (i = 1; i < len; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	return c;
}

/*
 * What moves the cursor of a terminal, or shows text in another order than
 * it has: C0, C1, marks of direction, lines and paragraphs, no width at all.
 */
static bool
is_tricky(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x2069) || c == 0xfeff || c == 0x061c ||
	    (c >= 0xe0000 && c <= 0xe007f);
}

static void
add_one(struct buf *out, const char *s, size_t n, uint32_t c, bool one_line)
{
	if (c == '\n' && one_line)
		buf_puts(out, "\\n");
	else if (c == '\t' && one_line)
		buf_puts(out, "\\t");
	else if (is_tricky(c) && c != '\n' && c != '\t')
		buf_printf(out, c < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)c);
	else
		buf_add(out, s, n);
}

void
utf8_add_visible(struct buf *out, const char *s, size_t len, bool one_line)
{
	size_t n, at;

	for (at = 0; at < len; at += n) {
		n = utf8_next(s + at, len - at);
		if (n == 0) {
			n = 1;
			buf_puts(out, "\xef\xbf\xbd");
		} else
			add_one(out, s + at, n, code_point(s + at, n),
			    one_line);
	}
}
