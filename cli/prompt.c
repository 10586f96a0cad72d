/*
 * Prompts.  See prompt.h.
 */
#include <stdbool.h>
#include <string.h>

#include "cli/input.h"
#include "cli/prompt.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/utf8.h"

/* With quotes and backslashes doubled it still fits into a line. */
#define MAX_BYTES (LINE_MAX_BYTES / 2)

static int
check(const struct buf *text, struct error *err)
{
	if (text->len == 0)
		fail(err, ERR_INVALID,
		    "the prompt is empty; expected words, or text on stdin");
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
is_all_stdin(char *const *words)
{
	return words[0] == NULL ||
	    (words[1] == NULL && strcmp(words[0], "-") == 0);
}

/* The words, and after them what is piped in, as `claude -p` takes both. */
static int
join(char *const *words, bool piped, struct buf *text, struct error *err)
{
	size_t len;

	for (; *words != NULL; words++)
		buf_printf(text, "%s%s", text->len == 0 ? "" : " ", *words);
	if (!piped) {
		input_left();
		return 0;
	}
	len = text->len;
	buf_puts(text, "\n");
	if (input_piped(MAX_BYTES, text, err) != 0)
		return -1;
	if (text->len == len + 1)
		text->data[--text->len] = '\0';
	return 0;
}

char *
prompt_text(char *const *words, bool piped, struct error *err)
{
	struct buf text = { 0 };
	int result = is_all_stdin(words) ? input_stdin(MAX_BYTES, &text, err) :
					   join(words, piped, &text, err);

	if (result == 0 && check(&text, err) == 0)
		return buf_steal(&text);
	buf_clear(&text);
	return NULL;
}
