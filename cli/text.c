/*
 * Text for terminals.  See text.h.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "cli/text.h"
#include "common/mem.h"
#include "common/utf8.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define ESC 0x1b
/* Characters that stand for themselves in a shell. */
#define PLAIN \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789_-+=/.,:@%^"

/* Bytes of the escape sequence at s: ESC [ ... letter, or ESC and one. */
static size_t
escape_len(const char *s)
{
	size_t n = 2;

	if (s[1] == '\0')
		return 1;
	if (s[1] != '[')
		return 2;
	while (s[n] >= 0x20 && s[n] < 0x40)
		n++;
	return s[n] == '\0' ? n : n + 1;
}

/* C0, DEL, and the C1 ones, which are two bytes from C2 80 on. */
static bool
is_control(const char *s, size_t n)
{
	unsigned char c = (unsigned char)s[0];

	return c < 0x20 || c == 0x7f ||
	    (n == 2 && c == 0xc2 && (unsigned char)s[1] < 0xa0);
}

char *
text_clean(const char *text, bool newlines)
{
	struct buf out = { 0 };
	size_t n;

	while (*text != '\0') {
		n = utf8_next(text, strlen(text));
		if (n == 0)
			n = 1;
		if (*text == ESC) {
			text += escape_len(text);
			continue;
		}
		if (is_control(text, n) && !(newlines && *text == '\n'))
			buf_puts(&out, " ");
		else
			buf_add(&out, text, n);
		text += n;
	}
	return buf_steal(&out);
}

char *
text_quoted(const char *word)
{
	struct buf out = { 0 };

	if (*word != '\0' && word[strspn(word, PLAIN)] == '\0')
		return xstrdup(word);
	buf_puts(&out, "'");
	for (; *word != '\0'; word++)
		if (*word == '\'')
			buf_puts(&out, "'\\''");
		else
			buf_add(&out, word, 1);
	buf_puts(&out, "'");
	return buf_steal(&out);
}

static wchar_t
decode(const char *s, size_t n)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = (unsigned char)s[0] & masks[n];
	size_t i;

	for (i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	return (wchar_t)c;
}

/* The next character: its bytes, and its columns in *columns. */
static size_t
next(const char *s, size_t *columns)
{
	size_t n = utf8_next(s, strlen(s));
	int width = 1;

	if (n == 0)
		n = 1;
	else
		width = wcwidth(decode(s, n));
	*columns = width < 0 ? 1 : (size_t)width;
	return n;
}

size_t
text_width(const char *text)
{
	size_t columns, width = 0;

	while (*text != '\0') {
		text += next(text, &columns);
		width += columns;
	}
	return width;
}

/* Bytes of the beginning that take at most width columns. */
static size_t
fitting(const char *text, size_t width)
{
	size_t columns, n = 0, step;

	while (text[n] != '\0') {
		step = next(text + n, &columns);
		if (columns > width)
			break;
		width -= columns;
		n += step;
	}
	return n;
}

char *
text_cut(const char *text, size_t width, bool keep_end)
{
	size_t all = text_width(text), columns, n;

	if (all <= width)
		return xstrdup(text);
	if (width == 0)
		return xstrdup("");
	if (!keep_end) {
		n = fitting(text, width - 1);
		return xasprintf("%.*s" ELLIPSIS, (int)n, text);
	}
	for (; all > width - 1; all -= columns)
		text += next(text, &columns);
	return xasprintf(ELLIPSIS "%s", text);
}
