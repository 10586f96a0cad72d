/*
 * Prompts.  See prompt.h.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cli/prompt.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/utf8.h"

/* With quotes and backslashes doubled it still fits into a line. */
#define MAX_BYTES (LINE_MAX_BYTES / 2)
#define CHUNK (64u << 10)

/* Up to the end, or a bit more than is allowed. */
static int
read_stdin(struct buf *text, struct error *err)
{
	ssize_t n;

	do {
		buf_reserve(text, CHUNK);
		n = read(STDIN_FILENO, text->data + text->len, CHUNK);
		if (n > 0)
			text->len += (size_t)n;
	} while ((n > 0 && text->len <= MAX_BYTES) ||
	    (n == -1 && errno == EINTR));
	text->data[text->len] = '\0'; /* buf_reserve made room */
	if (n != -1)
		return 0;
	fail_errno(err, "cannot read the prompt from stdin");
	return -1;
}

static int
check(const struct buf *text, struct error *err)
{
	if (text->len == 0)
		fail(err, ERR_INVALID,
		    "the prompt is empty; expected words, or text on stdin");
	else if (text->len > MAX_BYTES)
		fail(err, ERR_LIMIT,
		    "the prompt on stdin has more than %u bytes; put it into "
		    "a file and let the prompt name that",
		    MAX_BYTES);
	else if (memchr(text->data, '\0', text->len) != NULL ||
	    !utf8_valid(text->data, text->len))
		fail(err, ERR_INVALID,
		    "the prompt on stdin is no UTF-8 text; a file with other "
		    "bytes can be named in a prompt");
	else
		return 0;
	return -1;
}

static bool
from_stdin(char *const *words)
{
	return words[0] == NULL ||
	    (words[1] == NULL && strcmp(words[0], "-") == 0);
}

char *
prompt_text(char *const *words, struct error *err)
{
	struct buf text = { 0 };
	int result = 0;

	if (from_stdin(words))
		result = read_stdin(&text, err);
	else
		for (; *words != NULL; words++)
			buf_printf(&text, "%s%s", text.len == 0 ? "" : " ",
			    *words);
	if (result == 0 && check(&text, err) == 0)
		return buf_steal(&text);
	buf_clear(&text);
	return NULL;
}
