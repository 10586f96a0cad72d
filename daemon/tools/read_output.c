/*
 * read_output: the tail of a task's output, on from a cursor, or the
 * lines that match.
 * Long because every stream is read in a way of its own.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "daemon/agent/activity.h"
#include "daemon/agent/result.h"
#include "daemon/find/resolve.h"
#include "daemon/record/record.h"
#include "daemon/reply/later.h"
#include "daemon/reply/tool.h"
#include "daemon/store/files.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/task.h"
#include "daemon/tools/grep.h"
#include "daemon/tools/tools.h"
#include "daemon/view/output.h"
#include "daemon/view/progress.h"
#include "daemon/view/search.h"
#include "json/schema.h"

#define DOT " \xc2\xb7 "

enum stream {
	STREAM_DEFAULT,
	STREAM_STDOUT,
	STREAM_STDERR,
	STREAM_RESULT,
	STREAM_ACTIVITY,
	STREAM_RAW,
};

/* The default of max_chars; a minute of an agent's work is below 1 kB. */
#define MAX_CHARS 4000
#define ACTIVITY_CHARS 900

struct read_args {
	char *id;
	int64_t stream; /* enum stream */
	int64_t cursor; /* -1: the tail */
	char *grep;
	int64_t context;
	int64_t max_chars;
	int64_t wait_s;
	int64_t run; /* 0: the current one */
};

static const struct choice streams[] = {
	{ "stdout", STREAM_STDOUT },
	{ "stderr", STREAM_STDERR },
	{ "result", STREAM_RESULT },
	{ "activity", STREAM_ACTIVITY },
	{ "raw", STREAM_RAW },
	{ NULL, 0 },
};

static const struct field fields[] = {
	STRING(struct read_args, id, .required = true, .min = 1,
	    .help = "t7 or a label."),
	CHOICE(struct read_args, stream, .choices = streams,
	    .help = "Default stdout; agents: activity, then result; raw: "
		    "stream-json."),
	INTEGER(struct read_args, cursor, .min = -1, .max = INT64_MAX,
	    .absent = -1, .help = "From the last answer; -1: the tail."),
	STRING(struct read_args, grep, .min = 1, .help = "POSIX extended."),
	INTEGER(struct read_args, context, .min = 0, .max = 20,
	    .help = "Lines around a match."),
	INTEGER(struct read_args, max_chars, .min = TEXT_MIN_CHARS,
	    .max = TEXT_MAX_CHARS, .help = "4000; activity 900."),
	INTEGER(struct read_args, wait_s, .min = 0, .max = 100,
	    .help = "For more than the cursor."),
	INTEGER(struct read_args, run, .hidden = true, .min = 1,
	    .max = RUNS_MAX,
	    .help = "One of several runs of an agent; default the current "
		    "one."),
	END_OF_FIELDS,
};

static struct mcp_reply read_output(struct mcp_call *call,
    const void *arguments);

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

/* A caller that followed an agent to its end has a cursor of its activity. */
static bool
beyond_result(const struct read_args *args, const struct record *rec)
{
	return args->cursor > 0 && rec->result != NULL &&
	    rec->result->text != NULL &&
	    (size_t)args->cursor > strlen(rec->result->text);
}

static enum stream
stream_of(const struct read_args *args, const struct record *rec)
{
	if (args->stream != STREAM_DEFAULT)
		return (enum stream)args->stream;
	if (!record_is_agent(rec))
		return STREAM_STDOUT;
	return record_ended(rec) && !beyond_result(args, rec) ? STREAM_RESULT :
								STREAM_ACTIVITY;
}

static const char *
file_of(enum stream stream)
{
	return stream == STREAM_STDERR ? "stderr" : "stdout";
}

static size_t
max_chars(const struct read_args *args, enum stream stream)
{
	if (args->max_chars != 0)
		return (size_t)args->max_chars;
	return stream == STREAM_ACTIVITY ? ACTIVITY_CHARS : MAX_CHARS;
}

/* The result text read as if it were a file. */
static void
slice_result(const char *text, const struct read_args *args, struct output *out)
{
	size_t len = strlen(text), max = max_chars(args, STREAM_RESULT), from,
	       n;

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
	if (rec->result == NULL || rec->result->text == NULL) {
		fail(err, ERR_NOT_FOUND, TASK_ID " has no result%s",
		    rec->number,
		    record_ended(rec) ?
			"; look at stderr" :
			" yet; wait with check_tasks, or look at activity");
		return -1;
	}
	slice_result(rec->result->text, args, out);
	return 0;
}

static int
read_file(const struct record *rec, const char *name,
    const struct read_args *args, struct output *out, struct error *err)
{
	size_t max = max_chars(args, STREAM_STDOUT);
	int result;

	if (args->cursor < 0)
		result = output_tail(rec, name, max, out, err);
	else
		result = output_from(rec, name, args->cursor, max, out, err);
	if (result != 0 && err->code == ERR_NOT_FOUND) {
		out->text = xstrdup(""); /* no file: nothing written yet */
		result = 0;
	}
	return result;
}

/*
 * Returns the first line of an answer; it tells the run if there are several.
 */
static char *
header(const struct record *rec, int stream, const struct output *out)
{
	struct buf text = { 0 };

	buf_printf(&text, TASK_ID " %s %" PRId64 "-%" PRId64 " of %" PRId64,
	    rec->number, choice_name(streams, stream), out->from, out->to,
	    out->size);
	if (rec->run.count > 1)
		buf_printf(&text, DOT "run %u of %u", rec->run.number,
		    rec->run.count);
	buf_printf(&text, DOT "%s" DOT "next cursor %" PRId64,
	    state_name(rec->state), out->to);
	return buf_steal(&text);
}

/* Returns the digest of no activity. */
static const char *
nothing(const struct record *rec, const struct output *out)
{
	return record_ended(rec) || out->to > 0 ? "nothing new" : "nothing yet";
}

/*
 * Returns an answer that has, with its header, at most as many bytes as it may
 * have characters, so that looking often costs little.  The cursor goes to the
 * end: lines without room are counted.
 */
static char *
read_activity(const struct record *rec, const struct read_args *args,
    struct error *err)
{
	size_t max = max_chars(args, STREAM_ACTIVITY), used;
	struct activity activity;
	struct output out = { 0 };
	char *head, *text, *whole;

	if (progress_read(rec, args->cursor, PROGRESS_LOOK_BYTES, &activity,
		&out, err) != 0 &&
	    err->code != ERR_NOT_FOUND)
		return NULL;
	head = header(rec, STREAM_ACTIVITY, &out);
	used = strlen(head) + 1;
	text = activity_digest(&activity, used < max ? max - used : 0);
	whole = xasprintf("%s\n%s", head,
	    text[0] != '\0' ? text : nothing(rec, &out));
	free(text);
	free(head);
	activity_clear(&activity);
	return whole;
}

static char *
read_stream(const struct record *rec, const struct read_args *args,
    enum stream stream, struct error *err)
{
	struct output out = { 0 };
	char *head, *whole;
	int result;

	if (stream == STREAM_RESULT)
		result = read_result(rec, args, &out, err);
	else
		result = read_file(rec, file_of(stream), args, &out, err);
	if (result != 0)
		return NULL;
	head = header(rec, stream, &out);
	whole = xasprintf("%s%s%s", head, out.text[0] != '\0' ? "\n" : "",
	    out.text);
	free(head);
	free(out.text);
	return whole;
}

/*
 * Says in what to search; returns the text or the path that what borrows, and
 * in at what a text stands for.  NULL with err.
 */
static char *
choose_text(const struct record *rec, const struct read_args *args,
    enum stream stream, struct search *what, struct output *at,
    struct error *err)
{
	struct activity activity;
	char *text;

	what->max_chars = max_chars(args, stream);
	if (stream == STREAM_RESULT) {
		if (read_result(rec, args, at, err) != 0)
			return NULL;
		free(at->text);
		at->from = 0;
		at->to = at->size;
		text = xstrdup(rec->result->text);
	} else if (stream == STREAM_ACTIVITY) {
		if (progress_read(rec, args->cursor, PROGRESS_LOOK_BYTES,
			&activity, at, err) != 0 &&
		    err->code != ERR_NOT_FOUND)
			return NULL;
		text = activity_all(&activity);
		activity_clear(&activity);
	} else if (output_bytes(rec, file_of(stream), args->cursor, 0, at,
		       err) == 0) {
		free(at->text);
		what->cursor = args->cursor < 0 ? 0 : args->cursor;
		text = xasprintf("%s/%s", store_full_path(rec->dir),
		    file_of(stream));
		what->path = text;
		return text;
	} else if (err->code == ERR_NOT_FOUND) {
		text = xstrdup(""); /* no file: nothing written yet */
	} else {
		return NULL;
	}
	what->text = text;
	return text;
}

static struct mcp_reply
search(struct mcp_call *call, const struct read_args *args, struct task *task,
    enum stream stream)
{
	struct search what = { .pattern = args->grep,
		.context = args->context };
	struct output at = { .text = NULL };
	struct mcp_reply reply;
	struct error err;
	char *text, *head;
	size_t used;

	text = choose_text(task_record(task), args, stream, &what, &at, &err);
	if (text == NULL)
		return tool_failure(call, &err);
	if (stream == STREAM_ACTIVITY) {
		head = header(task_record(task), stream, &at);
		used = strlen(head) + 1;
		what.max_chars -= used < what.max_chars ? used : what.max_chars;
		free(head);
	}
	reply = grep_reply(call, &what,
	    &(struct grep_answer){ task, (int)stream, at,
		stream == STREAM_ACTIVITY &&
		    at.from > (args->cursor < 0 ? 0 : args->cursor),
		header });
	free(text);
	return reply;
}

static struct mcp_reply
answer(struct mcp_call *call, const void *arguments, struct task *const *tasks,
    size_t n, const char *note)
{
	const struct read_args *args = arguments;
	const struct record *rec = task_record(tasks[0]);
	enum stream stream = stream_of(args, rec);
	struct mcp_reply reply;
	struct error err;
	char *text = NULL;

	(void)n;
	(void)note;
	if (!record_is_agent(rec) &&
	    (stream == STREAM_RESULT || stream == STREAM_ACTIVITY))
		fail(&err, ERR_INVALID,
		    TASK_ID " is a command: it has "
			    "stdout and stderr, no %s",
		    rec->number, choice_name(streams, stream));
	else if (args->grep != NULL)
		return search(call, args, tasks[0], stream);
	else if (stream == STREAM_ACTIVITY)
		text = read_activity(rec, args, &err);
	else
		text = read_stream(rec, args, stream, &err);
	if (text == NULL)
		return tool_failure(call, &err);
	reply = mcp_reply_text(call, text);
	free(text);
	return reply;
}

/* Whether an agent has done anything that a digest would tell. */
static bool
has_done(const struct record *rec, int64_t cursor)
{
	struct activity activity;
	struct output out;
	struct error err;
	bool news;

	if (progress_read(rec, cursor, PROGRESS_LOOK_BYTES, &activity, &out,
		&err) != 0)
		news = err.code != ERR_NOT_FOUND; /* the answer will tell why */
	else
		news = activity.n > 0 || activity.passed_over > 0;
	activity_clear(&activity);
	return news;
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
	if (stream == STREAM_ACTIVITY && record_is_agent(rec))
		return has_done(rec, args->cursor);
	/* a shorter file belongs to the next run */
	size = store_file_bytes(rec->dir, file_of(stream));
	return args->cursor >= 0 ? size != args->cursor : size > 0;
}

/* Returns the task as it is or was in that run; NULL with err. */
static struct task *
at_run(struct task *task, int64_t run, struct error *err)
{
	const struct record *rec = task_record(task);

	if (run == 0)
		return task_ref(task);
	if (run <= (int64_t)rec->run.count)
		return task_at_run(task, (unsigned)run, err);
	fail(err, ERR_NOT_FOUND,
	    "run: " TASK_ID " has %u run%s; there is no run %" PRId64,
	    rec->number, rec->run.count, rec->run.count == 1 ? "" : "s", run);
	return NULL;
}

static struct mcp_reply
read_one(struct mcp_call *call, const struct read_args *args, struct task *task)
{
	const struct later_spec then = {
		.until = WAIT_ALL,
		.wait_s = args->wait_s,
		.until_news = has_news,
		.answer = answer,
		.args = args,
	};

	struct mcp_reply reply;
	struct error err;
	struct task *at = at_run(task, args->run, &err);

	if (at == NULL)
		return tool_failure(call, &err);
	/* any run but the current one has ended, or not begun */
	if (args->wait_s == 0 || at != task || has_news(task, args))
		reply = answer(call, args, &at, 1, "");
	else
		reply = later_wait(call, &task, 1, &then);
	task_unref(at);
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
		fail(&err, ERR_INVALID,
		    "id: %s are %zu tasks; name one of them", args->id, list.n);
		reply = tool_failure(call, &err);
	} else
		reply = read_one(call, args, list.tasks[0]);
	task_list_clear(&list);
	return reply;
}
