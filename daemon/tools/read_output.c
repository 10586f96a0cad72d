/*
 * read_output: the tail of a task's output, on from a cursor, or the
 * lines that match.
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
#include "daemon/tasks/search.h"
#include "daemon/tasks/store.h"
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
	char *grep;
	int64_t context;
	int64_t max_chars;
	int64_t wait_s;
};

static const struct choice streams[] = {
	{ "stdout", STREAM_STDOUT },
	{ "stderr", STREAM_STDERR },
	{ "result", STREAM_RESULT },
	{ NULL, 0 },
};

static const struct field fields[] = { STRING(struct read_args, id,
					   .required = true, .min = 1,
					   .help = "t7 or a label."),
	CHOICE(struct read_args, stream, .choices = streams,
	    .help = "Default stdout; result for agents, whose stdout is "
		    "stream-json."),
	INTEGER(struct read_args, cursor, .min = -1, .max = INT64_MAX,
	    .absent = -1,
	    .help = "Byte to go on from, as the last answer said; -1: the "
		    "tail."),
	STRING(struct read_args, grep, .min = 1,
	    .help = "Only lines that match (POSIX extended)."),
	INTEGER(struct read_args, context, .min = 0, .max = 20,
	    .help = "Lines around a match."),
	INTEGER(struct read_args, max_chars, .min = 200, .max = 45000,
	    .absent = 4000),
	INTEGER(struct read_args, wait_s, .min = 0, .max = 100,
	    .help = "Seconds to wait for more than the cursor."),
	END_OF_FIELDS };

/* The result text read as if it were a file. */
static void
slice_result(const char *text, const struct read_args *args, struct output *out)
{
	size_t len = strlen(text), max = (size_t)args->max_chars, from, n;

	from = args->cursor < 0        ? len - utf8_last(text, len, max) :
	    (size_t)args->cursor < len ? (size_t)args->cursor :
					 len;
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
		fail(err, ERR_INVALID,
		    "t%" PRIu64 " is a command: it has "
		    "stdout and stderr, no result",
		    rec->number);
		return -1;
	}
	if (rec->result == NULL || rec->result->text == NULL) {
		fail(err, ERR_NOT_FOUND, "t%" PRIu64 " has no result%s",
		    rec->number,
		    record_ended(rec) ?
			"; look at stderr" :
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
	size_t max = (size_t)args->max_chars;
	int result;

	if (args->grep != NULL)
		result = search_output(rec, name, args->grep, args->context,
		    args->cursor, max, out, err);
	else if (args->cursor < 0)
		result = output_tail(rec, name, max, out, err);
	else
		result = output_from(rec, name, args->cursor, max, out, err);
	if (result != 0 && err->code == ERR_NOT_FOUND) {
		out->text = xstrdup(""); /* no file: nothing written yet */
		result = 0;
	}
	return result;
}

static enum stream
stream_of(const struct read_args *args, const struct record *rec)
{
	if (args->stream != STREAM_DEFAULT)
		return (enum stream)args->stream;
	return task_spec_is_agent(&rec->stored.spec) ? STREAM_RESULT :
						       STREAM_STDOUT;
}

static char *
render(const struct record *rec, const struct read_args *args,
    const struct output *out)
{
	struct buf text = { 0 };

	buf_printf(&text,
	    "t%" PRIu64 " %s %" PRId64 "-%" PRId64 " of %" PRId64 DOT "%s" DOT
	    "next cursor %" PRId64,
	    rec->number, choice_name(streams, stream_of(args, rec)), out->from,
	    out->to, out->size, state_name(rec->state), out->to);
	if (out->text[0] != '\0')
		buf_printf(&text, "\n%s", out->text);
	else if (args->grep != NULL)
		buf_puts(&text, "\nno line matches");
	return buf_steal(&text);
}

static struct mcp_reply
answer(struct mcp_call *call, const void *arguments, struct task *const *tasks,
    size_t n, const char *note)
{
	const struct read_args *args = arguments;
	const struct record *rec = task_record(tasks[0]);
	enum stream stream = stream_of(args, rec);
	struct output out = { 0 };
	struct mcp_reply reply;
	struct error err;
	char *text;
	int result;

	(void)n;
	(void)note;
	if (stream == STREAM_RESULT)
		result = read_result(rec, args, &out, &err);
	else
		result = read_file(rec, choice_name(streams, stream), args,
		    &out, &err);
	if (result != 0)
		return tool_failure(call, &err);
	text = render(rec, args, &out);
	reply = mcp_reply_text(call, text);
	free(text);
	free(out.text);
	return reply;
}

/* Whether there is something the caller has not had. */
static bool
has_news(const struct task *task, const void *arguments)
{
	const struct read_args *args = arguments;
	const struct record *rec = task_record(task);
	enum stream stream = stream_of(args, rec);
	int64_t size;

	if (record_ended(rec) || stream == STREAM_RESULT)
		return record_ended(rec);
	size = store_file_bytes(rec->dir, choice_name(streams, stream));
	return args->cursor >= 0 ? size > args->cursor : size > 0;
}

static struct mcp_reply
read_one(struct mcp_call *call, const struct read_args *args, struct task *task)
{
	const struct pending_spec then = {
		.until = WAIT_ALL,
		.wait_s = args->wait_s,
		.until_news = has_news,
		.answer = answer,
		.args = args,
	};

	if (args->wait_s == 0 || has_news(task, args))
		return answer(call, args, &task, 1, "");
	return pending_wait(call, &task, 1, &then);
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
		fail(&err, ERR_INVALID,
		    "id: %s are %zu tasks; name one of them", args->id, list.n);
		reply = tool_failure(call, &err);
	} else
		reply = read_one(call, args, list.tasks[0]);
	task_list_clear(&list);
	return reply;
}

const struct mcp_tool read_output_tool = {
	.name = "read_output",
	.description = "Read a task's output while it runs or later: tail by "
		       "default, cursor to go on, grep to search.",
	.fields = fields,
	.size = sizeof(struct read_args),
	.flags = MCP_READ_ONLY | MCP_ALWAYS_LOAD,
	.max_result_chars = TOOL_RESULT_CHARS,
	.call = read_output,
};
