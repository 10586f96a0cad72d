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
	size_t i, n, from = 0; /* what is good is copied in one piece */
	unsigned char c;

	buf_reserve(&out, len);
	for (i = 0; i < len; i += n) {
		c = (unsigned char)s[i];
		n = c < 0x80 ? 1 : utf8_next(s + i, len - i);
		if (n > 0 && c != '\0')
			continue;
		buf_add(&out, s + from, i - from);
		buf_puts(&out, REPLACEMENT);
		n = 1;
		from = i + 1;
	}
	buf_add(&out, s + from, len - from);
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
 * What moves the cursor of a terminal, shows text in another order than it
 * has, or shows nothing at all.
 */
static bool
is_tricky(uint32_t c)
{
	/* clang-format off */
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x0, 0x1f },
		{ 0x7f, 0x9f },
		{ 0xad, 0xad },     /* soft hyphen */
		{ 0x34f, 0x34f },   /* combining grapheme joiner */
		{ 0x61c, 0x61c },   /* Arabic letter mark */
		{ 0x115f, 0x1160 }, /* Hangul fillers */
		{ 0x17b4, 0x17b5 }, /* Khmer inherent vowels */
		{ 0x180b, 0x180f }, /* Mongolian selectors */
		{ 0x200b, 0x200f }, /* joiners, marks of direction */
		{ 0x2028, 0x202e }, /* lines, paragraphs, directions */
		{ 0x2060, 0x206f },
		{ 0x2800, 0x2800 }, /* Braille blank */
		{ 0x3164, 0x3164 }, /* Hangul filler */
		{ 0xfe00, 0xfe0f }, /* variation selectors */
		{ 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 }, /* half-width Hangul filler */
		{ 0xfff0, 0xfffb }, /* interlinear annotation */
		{ 0x1bca0, 0x1bca3 },
		{ 0x1d173, 0x1d17a },
		{ 0xe0000, 0xe0fff }, /* tags, more selectors */
	};
	/* clang-format on */
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/*
 * Joiners of scripts that need them, and of emoji, are a part of the character
 * before them: one there hides nothing.
 */
static bool
is_joined(uint32_t c, uint32_t before)
{
	if (c == 0xfe0e || c == 0xfe0f)
		return before >= 0x203c && !is_tricky(before);
	return (c == 0x200c || c == 0x200d) &&
	    (before == 0xfe0f || (before >= 0x600 && !is_tricky(before)));
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

/* The same for JSON, which means what it meant. */
static void
add_escaped(struct buf *out, const char *s, size_t n, uint32_t c)
{
	if (!is_tricky(c) || c == '\n' || c == '\t')
		buf_add(out, s, n);
	else if (c < 0x10000)
		buf_printf(out, "\\u%04x", (unsigned)c);
	else
		buf_printf(out, "\\u%04x\\u%04x",
		    0xd800 + (unsigned)((c - 0x10000) >> 10),
		    0xdc00 + (unsigned)(c & 0x3ff));
}

void
utf8_add_json(struct buf *out, const char *s, size_t len)
{
	size_t n, at;

	for (at = 0; at < len; at += n) {
		n = utf8_next(s + at, len - at);
		if (n > 0) {
			add_escaped(out, s + at, n, code_point(s + at, n));
			continue;
		}
		n = 1;
		buf_puts(out, REPLACEMENT);
	}
}

void
utf8_add_visible(struct buf *out, const char *s, size_t len, bool one_line)
{
	uint32_t c, before = 0;
	size_t n, at;

	for (at = 0; at < len; at += n, before = c) {
		n = utf8_next(s + at, len - at);
		c = n == 0 ? 0 : code_point(s + at, n);
		if (n == 0) {
			n = 1;
			buf_puts(out, REPLACEMENT);
		} else if (is_joined(c, before))
			buf_add(out, s + at, n);
		else
			add_one(out, s + at, n, c, one_line);
	}
}
