/*
 * Cleaning output.  See clean.h.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/utf8.h"
#include "daemon/view/clean.h"

#define ESC '\033'
#define BEL '\007'

/* Length of the escape sequence at s, which begins with ESC. */
static size_t
escape_len(const char *s, size_t len)
{
	size_t i = 2;

	if (len < 2 || s[1] < ' ' || s[1] > '~')
		return 1;  /* no sequence: a character may follow */
	if (s[1] == '[') { /* CSI: parameters, then one byte @ to ~ */
		while (i < len && (s[i] < '@' || s[i] > '~'))
			i++;
		return i < len ? i + 1 : len;
	}
	if (s[1] == ']' || s[1] == 'P' || s[1] == '_' || s[1] == '^') {
		/* a string, to BEL or ESC \ */
		while (i < len && s[i] != BEL && s[i] != ESC && s[i] != '\n')
			i++;
		if (i < len && s[i] == ESC && i + 1 < len && s[i + 1] == '\\')
			i++;
		return i < len && s[i] != '\n' ? i + 1 : i;
	}
	for (i = 1; i < len && s[i] >= ' ' && s[i] <= '/';)
		i++; /* intermediate bytes, as in ESC ( B */
	return i < len && s[i] >= '0' && s[i] <= '~' ? i + 1 : i;
}

/* Adds one line without its escapes and without text that \r wrote over. */
static void
add_line(struct buf *out, const char *line, size_t len)
{
	size_t start = out->len, i = 0, n;

	while (len > 0 && line[len - 1] == '\r')
		len--;
	while (i < len) {
		if (line[i] == ESC) {
			i += escape_len(line + i, len - i);
			continue;
		}
		if (line[i] == '\r')
			out->len = start;
		n = strcspn(line + i + (line[i] == '\r'), "\033\r\n");
		i += line[i] == '\r';
		if (n > len - i)
			n = len - i;
		buf_add(out, line + i, n);
		i += n;
	}
}

/* Adds a line that was seen count times: once with its number, or as often. */
static void
add_repeated(struct buf *out, const char *line, size_t len, size_t count)
{
	char mark[40];
	size_t i;

	snprintf(mark, sizeof(mark), "\n[%zu times]", count);
	if (count > 2 &&
	    strlen(mark) < (count - 1) * (utf8_chars(line, len) + 1)) {
		buf_add(out, line, len);
		buf_puts(out, mark);
		return;
	}
	for (i = 0; i < count; i++) {
		if (i > 0)
			buf_puts(out, "\n");
		buf_add(out, line, len);
	}
}

static char *
fold(const struct buf *text)
{
	const char *line = text->data, *end = line + text->len, *next, *at;
	struct buf out = { 0 };
	size_t len, count;

	buf_reserve(&out, text->len);
	while (line < end) {
		next = memchr(line, '\n', (size_t)(end - line));
		len = (size_t)((next == NULL ? end : next) - line);
		for (count = 1, at = line + len + 1; at + len < end &&
		     memcmp(at, line, len) == 0 && at[len] == '\n';
		     at += len + 1)
			count++;
		add_repeated(&out, line, len, count);
		line = next == NULL ? end : at;
		if (next != NULL)
			buf_puts(&out, "\n");
	}
	return buf_steal(&out);
}

char *
clean_output(const char *bytes, size_t len)
{
	char *text = utf8_clean(bytes, len), *line = text, *next, *result;
	struct buf plain = { 0 };

	buf_reserve(&plain, len);
	for (; line != NULL && *line != '\0'; line = next) {
		next = strchr(line, '\n');
		len = next == NULL ? strlen(line) : (size_t)(next - line);
		add_line(&plain, line, len);
		if (next != NULL) {
			buf_puts(&plain, "\n");
			next++;
		}
	}
	result = fold(&plain);
	buf_clear(&plain);
	free(text);
	return result;
}
