/*
 * read_output: the tail of a task's output, or on from a cursor.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/schema.h"
#include "common/utf8.h"
#include "daemon/agent/result.h"
#include "daemon/tasks/output.h"
#include "daemon/tasks/record.h"
#include "daemon/tasks/resolve.h"
#include "daemon/tasks/task.h"
#include "daemon/tools/pending.h"
#include "daemon/tools/tools.h"

#define DOT " \xc2\xb7 "

enum stream {
	STREAM_DEFAULT,
	STREAM_STDOUT,
	STREAM_STDERR,
	STREAM_RESULT,
};

struct read_args {
	char *id;
	int64_t stream; /* enum stream */
	int64_t cursor; /* -1: the tail */
	int64_t max_chars;
};

static const struct choice streams[] = {
	{ "stdout", STREAM_STDOUT },
	{ "stderr", STREAM_STDERR },
	{ "result", STREAM_RESULT },
	{ NULL, 0 },
};

static const struct field fields[] = {
	STRING(struct read_args, id, .required = true, .min = 1,
	    .help = "t7 or a label."),
	CHOICE(struct read_args, stream, .choices = streams,
	    .help = "Default stdout; result for agents, whose stdout is "
	    "stream-json."),
	INTEGER(struct read_args, cursor, .min = -1, .max = INT64_MAX,
	    .absent = -1,
	    .help = "Byte to go on from, as the last answer said; -1: the "
	    "tail."),
	INTEGER(struct read_args, max_chars, .min = 200, .max = 45000,
	    .absent = 4000),
	END_OF_FIELDS
};

/* The result text read as if it were a file. */
static void
slice_result(const char *text, const struct read_args *args,
    struct output *out)
{
	size_t len = strlen(text), max = (size_t)args->max_chars, from, n;

	from = args->cursor < 0 ? len - utf8_last(text, len, max) :
	    (size_t)args->cursor < len ? (size_t)args->cursor : len;
	n = utf8_first(text + from, len - from, max);
	out->from = (int64_t)from;
	out->to = (int64_t)(from + n);
	out->size = (int64_t)len;
	out->text = utf8_clean(text + from, n);
}

static int
read_result(const struct record *rec, const struct read_args *args,
    struct output *out, struct error *err)
{
	if (!task_spec_is_agent(&rec->stored.spec)) {
		fail(err, ERR_INVALID, "t%" PRIu64 " is a command: it has "
		    "stdout and stderr, no result", rec->number);
		return -1;
	}
	if (rec->result == NULL || rec->result->text == NULL) {
		fail(err, ERR_NOT_FOUND, "t%" PRIu64 " has no result%s",
		    rec->number, record_ended(rec) ? "; look at stderr" :
		    " yet; wait with check_tasks, or look at stdout");
		return -1;
	}
	slice_result(rec->result->text, args, out);
	return 0;
}

static int
read_file(const struct record *rec, const char *name,
    const struct read_args *args, struct output *out, struct error *err)
{
	int result;

	if (args->cursor < 0)
		result = output_tail(rec, name, (size_t)args->max_chars, out,
		    err);
	else
		result = output_from(rec, name, args->cursor,
		    (size_t)args->max_chars, out, err);
	if (result != 0 && err->code == ERR_NOT_FOUND) {
		out->text = xstrdup(""); /* no file: nothing written yet */
		result = 0;
	}
	return result;
}

static struct mcp_reply
answer(struct mcp_call *call, const struct record *rec, const char *name,
    const struct output *out)
{
	struct buf text = { 0 };
	struct mcp_reply reply;

	buf_printf(&text, "t%" PRIu64 " %s %" PRId64 "-%" PRId64 " of %" PRId64
	    DOT "%s" DOT "next cursor %" PRId64, rec->number, name, out->from,
	    out->to, out->size, state_name(rec->state), out->to);
	if (out->text[0] != '\0')
		buf_printf(&text, "\n%s", out->text);
	reply = mcp_reply_text(call, text.data);
	buf_clear(&text);
	return reply;
}

static struct mcp_reply
read_task(struct mcp_call *call, const struct read_args *args,
    const struct record *rec)
{
	int64_t stream = args->stream;
	struct output out = { 0 };
	struct mcp_reply reply;
	struct error err;
	int result;

	if (stream == STREAM_DEFAULT)
		stream = task_spec_is_agent(&rec->stored.spec) ?
		    STREAM_RESULT : STREAM_STDOUT;
	if (stream == STREAM_RESULT)
		result = read_result(rec, args, &out, &err);
	else
		result = read_file(rec, choice_name(streams, stream), args,
		    &out, &err);
	if (result != 0)
		return tool_failure(call, &err);
	reply = answer(call, rec, choice_name(streams, stream), &out);
	free(out.text);
	return reply;
}

static struct mcp_reply
read_output(struct mcp_call *call, const void *arguments)
{
	const struct read_args *args = arguments;
	char *ids[] = { args->id, NULL };
	struct task_list list = { 0 };
	struct mcp_reply reply;
	struct error err;

	if (resolve_ids(ids, &list, &err) != 0)
		return tool_failure(call, &err);
	if (list.n > 1) {
		fail(&err, ERR_INVALID, "id: %s are %zu tasks; name one of "
		    "them", args->id, list.n);
		reply = tool_failure(call, &err);
	} else
		reply = read_task(call, args, task_record(list.tasks[0]));
	task_list_clear(&list);
	return reply;
}

const struct mcp_tool read_output_tool = {
	.name = "read_output",
	.description = "Read a task's output while it runs or later: tail by "
	    "default, cursor to go on.",
	.fields = fields,
	.size = sizeof(struct read_args),
	.flags = MCP_READ_ONLY | MCP_ALWAYS_LOAD,
	.call = read_output,
};
