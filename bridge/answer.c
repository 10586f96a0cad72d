/*
 * Answers of the bridge.  See answer.h.
 */
#include <string.h>

#include "bridge/answer.h"
#include "common/error.h"
#include "common/jsonscan.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/utf8.h"

#define INVALID_REQUEST (-32600)
#define INTERNAL_ERROR (-32603)

/* Adds text as a JSON string; what is no UTF-8 in it becomes '?'. */
static void
add_string(struct buf *b, const char *text)
{
	size_t i, start = b->len;
	struct error ignored;

	buf_puts(b, "\"");
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_printf(b, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			buf_printf(b, "\\u%04x", (unsigned)*text);
		else
			buf_add(b, text, 1);
	}
	buf_puts(b, "\"");
	if (jsonscan_check(b->data + start, b->len - start, &ignored) == 0)
		return;
	for (i = start; i < b->len; i++) {
		if ((unsigned char)b->data[i] >= 0x80)
			b->data[i] = '?';
	}
}

/* The beginning of an answer, up to its result or error. */
static void
begin(struct buf *b, struct jsonspan id)
{
	buf_puts(b, "{\"jsonrpc\":\"2.0\"");
	if (id.at != NULL) {
		buf_puts(b, ",\"id\":");
		buf_add(b, id.at, id.len);
	}
}

static void
finish(struct buf *b, const char *end, struct queue *out)
{
	buf_puts(b, end);
	utf8_escape_separators(b);
	queue_add(out, b->data, b->len);
	buf_clear(b);
}

static void
add_error(struct queue *out, struct jsonspan id, int code, const char *text)
{
	struct buf b = { 0 };

	begin(&b, id);
	buf_printf(&b, ",\"error\":{\"code\":%d,\"message\":", code);
	add_string(&b, text);
	finish(&b, "}}\n", out);
}

/* The text for the model; newer clients want a resultType, older ignore it. */
static void
add_tool_error(struct queue *out, struct jsonspan id, const char *text)
{
	struct buf b = { 0 };

	begin(&b, id);
	buf_puts(&b,
	    ",\"result\":{\"resultType\":\"complete\","
	    "\"content\":[{\"type\":\"text\",\"text\":");
	add_string(&b, text);
	finish(&b, "}],\"isError\":true}}\n", out);
}

void
answer_too_long(struct queue *out, struct jsonspan id)
{
	struct buf text = { 0 };

	buf_printf(&text,
	    "a line of more than %u bytes, the most allowed in "
	    "one message; put long text into a file and name the file",
	    LINE_MAX_BYTES);
	add_error(out, id, INVALID_REQUEST, text.data);
	buf_clear(&text);
}

void
answer_restarted(struct queue *out, enum method method, struct jsonspan id)
{
	add_error(out, id, INTERNAL_ERROR,
	    method == METHOD_TOOLS_CALL ?
		"the ccproc daemon restarted while this call was open, and it "
		"could not be sent again, since it was too large to be kept "
		"or part of a batch; tasks that it started run on: call "
		"list_tasks {\"scope\":\"active\"} or check_tasks to see what "
		"became of them; put long text into a file and name the file" :
		"the ccproc daemon restarted while this request was open, and "
		"it was too large to be kept or part of a batch; send it "
		"again");
}

void
answer_deadly(struct queue *out, enum method method, struct jsonspan id,
    const char *tool, unsigned deaths)
{
	struct buf text = { 0 };

	buf_printf(&text,
	    "%s is not sent again: %u ccproc daemons in a row have died of "
	    "%s; their log tells more. Tasks run on: list_tasks "
	    "and check_tasks show what became of them. Do not repeat the same "
	    "%s",
	    tool != NULL ? tool : "this request", deaths,
	    method == METHOD_TOOLS_CALL ? "this call" : "it",
	    method == METHOD_TOOLS_CALL ? "call" : "request");
	if (method == METHOD_TOOLS_CALL)
		add_tool_error(out, id, text.data);
	else
		add_error(out, id, INTERNAL_ERROR, text.data);
	buf_clear(&text);
}

void
answer_unreachable(struct queue *out, enum method method, struct jsonspan id,
    bool sent, const char *why)
{
	struct buf text = { 0 };

	buf_printf(&text, "the ccproc daemon %s: %s%s",
	    sent ?
		"went away while this call was open and cannot be reached again" :
		"cannot be reached",
	    why,
	    sent ?
		"; tasks that it started run on, check_tasks shows them once it "
		"is back" :
		"");
	if (method == METHOD_TOOLS_CALL) {
		buf_puts(&text, ". The next call tries again.");
		add_tool_error(out, id, text.data);
	} else
		add_error(out, id, INTERNAL_ERROR, text.data);
	buf_clear(&text);
}
