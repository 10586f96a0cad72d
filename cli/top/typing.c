/*
 * A line that is typed.  See typing.h.
 */
#include <stddef.h>

#include "cli/top/keys.h"
#include "cli/top/typing.h"
#include "common/mem.h"
#include "common/utf8.h"

#define TYPED_MAX 2000

static size_t
encode(int key, char *text)
{
	int bytes = key < 0x80 ? 1 : key < 0x800 ? 2 : key < 0x10000 ? 3 : 4;
	static const int firsts[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	int i;

	for (i = bytes - 1; i > 0; i--, key >>= 6)
		text[i] = (char)(0x80 | (key & 0x3f));
	text[0] = (char)(firsts[bytes] | key);
	return (size_t)bytes;
}

static void
erase(struct buf *line)
{
	while (line->len > 0 && (line->data[line->len - 1] & 0xc0) == 0x80)
		line->len--;
	if (line->len > 0)
		line->data[--line->len] = '\0';
}

void
typing_key(struct buf *line, int key)
{
	char text[4];
	size_t n;

	if (key == KEY_IS_ERASE)
		erase(line);
	else if (key == ('U' & 0x1f))
		line->len = 0;
	else if (key >= ' ' && key < KEY_IS_UP) {
		n = encode(key, text);
		if (line->len + n < TYPED_MAX && utf8_valid(text, n))
			buf_add(line, text, n);
	}
}
