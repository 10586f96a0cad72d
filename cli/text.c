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
#include "json/json.h"

#define ELLIPSIS "\xe2\x80\xa6"
/* Characters that stand for themselves in a shell. */
#define PLAIN \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789_-+=/.,:@%^"

char *
text_clean(const char *text, bool newlines)
{
	struct buf out = { 0 };
	size_t i;

	utf8_add_visible(&out, text, strlen(text), false);
	for (i = 0; i < out.len && !newlines; i++)
		if (out.data[i] == '\n' || out.data[i] == '\t')
			out.data[i] = ' ';
	return buf_steal(&out);
}

void
text_add_clean(struct buf *out, const char *bytes, size_t len)
{
	utf8_add_visible(out, bytes, len, false);
}

void
text_print(FILE *file, const char *text)
{
	char *clean = text_clean(text, true);
	size_t len = strlen(clean);

	fputs(clean, file);
	if (len == 0 || clean[len - 1] != '\n')
		fputc('\n', file);
	free(clean);
}

void
text_print_json(struct json_object *value)
{
	struct buf out = { 0 };
	char *line = json_line(value);

	utf8_add_json(&out, line, strlen(line));
	puts(out.data);
	buf_clear(&out);
	free(line);
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

char *
text_size(int64_t bytes, char *text)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB" };
	double n = (double)bytes;
	size_t i;

	if (bytes < 1000) {
		snprintf(text, SIZE_TEXT, "%d bytes", (int)bytes);
		return text;
	}
	for (i = 0, n /= 1000; n >= 999.95 && i < 3; i++)
		n /= 1000;
	snprintf(text, SIZE_TEXT, "%.*f %s", n < 10 ? 1 : 0, n, units[i]);
	return text;
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
