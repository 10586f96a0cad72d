/*
 * Listing and reading resources.  See resources.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "common/utf8.h"
#include "daemon/provide/recent.h"
#include "daemon/provide/resource_uri.h"
#include "daemon/provide/resource_watch.h"
#include "daemon/provide/resources.h"
#include "daemon/record/record.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/task.h"
#include "daemon/view/call.h"
#include "daemon/view/json.h"
#include "daemon/view/output.h"
#include "daemon/view/several.h"
#include "daemon/view/text.h"
#include "json/json.h"
#include "mcp/prompts.h"

static bool list_resources(void *user, const char *cursor,
    struct mcp_page *page);
static struct mcp_reply read_resource(struct mcp_call *call, const char *uri);
static void complete(void *user, const struct mcp_completion *completion,
    struct mcp_values *values);

static const struct mcp_template templates[] = {
	{ .uri = RESOURCE_PREFIX "{id}",
	    .name = "task",
	    .title = "Record of a task",
	    .description = "State, times, command, exit code. Id: t7, a label, "
			   "or a group such as g7.",
	    .mime = "application/json",
	    .complete = complete },
	{ .uri = RESOURCE_PREFIX "{id}/result",
	    .name = "result",
	    .title = "Result of a task",
	    .description = "State and exit code, then an agent's result or a "
			   "command's output.",
	    .complete = complete },
	{ .uri = RESOURCE_PREFIX "{id}/stdout",
	    .name = "stdout",
	    .title = "Stdout of a task",
	    .description = "As it was written, the last MiB.",
	    .mime = "text/plain",
	    .complete = complete },
	{ .uri = RESOURCE_PREFIX "{id}/stderr",
	    .name = "stderr",
	    .title = "Stderr of a task",
	    .description = "As it was written, the last MiB.",
	    .mime = "text/plain",
	    .complete = complete },
	{ .uri = NULL },
};

const struct mcp_resources resources = {
	.list = list_resources,
	.templates = templates,
	.read = read_resource,
	.watch = resource_watch,
	.unwatch = resource_unwatch,
};

/* Tasks on a page, each with two or three resources. */
#define PAGE_TASKS 50
/*
 * Bytes of a stream, which cost some milliseconds.  Escaped it may be six times
 * as long.
 */
#define STREAM_MAX_BYTES (256u << 10)
/* Characters of a command or prompt in a list. */
#define WHAT_CHARS 80
/* Characters of a result, of at most four bytes, so as much. */
#define RESULT_MAX_CHARS (64u << 10)

/* NULL: see mime_of. */
static const char *const mimes[] = {
	[PART_RECORD] = "application/json",
	[PART_RESULT] = NULL,
	[PART_STDOUT] = "text/plain",
	[PART_STDERR] = "text/plain",
};

static bool
is_agent(const struct task *task)
{
	return record_is_agent(task_record(task));
}

static const char *
mime_of(const struct task *task, enum resource_part part)
{
	if (mimes[part] != NULL)
		return mimes[part];
	return is_agent(task) ? "text/markdown" : "text/plain";
}

static char *
record_text(const struct task_list *list)
{
	struct json_object *object;
	size_t shown;
	char *text;

	if (list->n > 1)
		return view_json_list(list->tasks, list->n, RESULT_CHARS,
		    &shown);
	object = view_json(list->tasks[0], RESULT_CHARS);
	text = xstrdup(json_text(object, NULL));
	json_object_put(object);
	return text;
}

static char *
result_text(const struct task_list *list)
{
	return list->n == 1 ?
	    view_task(list->tasks[0], RESULT_MAX_CHARS, CALL_WAIT_S) :
	    view_tasks(list->tasks, list->n, false, RESULT_CHARS, CALL_WAIT_S);
}

/* Returns "" if the task has written nothing yet; NULL with err: unreadable. */
static char *
stream_text(const struct task *task, const char *name, struct error *err)
{
	const struct record *rec = task_record(task);
	struct buf text = { 0 };
	struct output out;
	char *clean;

	if (output_bytes(rec, name, -1, STREAM_MAX_BYTES, &out, err) != 0)
		return err->code == ERR_NOT_FOUND ? xstrdup("") : NULL;
	if (out.from > 0) {
		buf_printf(&text,
		    "[the last %" PRId64 " of %" PRId64 " bytes; all of it: ",
		    out.to - out.from, out.size);
		call_read(rec, name, &text);
		buf_puts(&text, "]\n");
	}
	clean = utf8_clean(out.text, (size_t)(out.to - out.from));
	buf_puts(&text, clean);
	free(clean);
	free(out.text);
	return buf_steal(&text);
}

static struct mcp_reply
read_found(struct mcp_call *call, const char *uri, const struct task_list *list,
    enum resource_part part)
{
	struct mcp_content content = { .type = MCP_EMBEDDED,
		.uri = uri,
		.mime = mime_of(list->tasks[0], part) };
	struct mcp_reply reply;
	struct error err;
	char *text;

	if (resource_file(part) != NULL)
		text = stream_text(list->tasks[0], resource_file(part), &err);
	else
		text = part == PART_RECORD ? record_text(list) :
					     result_text(list);
	if (text == NULL)
		return mcp_reply_error(call, MCP_INTERNAL_ERROR, "%s",
		    err.text);
	content.text = text;
	reply = mcp_reply_contents(call, &content, 1);
	free(text);
	return reply;
}

static struct mcp_reply
read_resource(struct mcp_call *call, const char *uri)
{
	struct task_list list = { 0 };
	enum resource_part part;
	struct mcp_reply reply;

	if (resource_find(uri, &list, &part))
		reply = read_found(call, uri, &list, part);
	else
		reply = mcp_reply_no_resource(call);
	task_list_clear(&list);
	return reply;
}

/* Returns what the task is, which nothing that happens to it changes. */
static char *
what_it_is(const struct task *task)
{
	const struct task_spec *spec = &task_record(task)->spec;
	const char *said = spec->prompt != NULL ? spec->prompt :
	    spec->shell != NULL                 ? spec->shell :
	    spec->argv != NULL                  ? spec->argv[0] :
						  "";
	size_t line = strcspn(said, "\n");

	return xasprintf("%s: %.*s%s", is_agent(task) ? "agent" : "command",
	    (int)utf8_first(said, line, WHAT_CHARS), said,
	    utf8_first(said, line, WHAT_CHARS) < strlen(said) ? "..." : "");
}

static void
add(struct mcp_page *page, const struct task *task, enum resource_part part,
    const char *what)
{
	const struct record *rec = task_record(task);
	const char *file = resource_file(part);
	char *uri = xasprintf(RESOURCE_PREFIX TASK_ID "%s", rec->number,
	    resource_suffix(part));
	char *name = xasprintf(TASK_ID "%s", rec->number,
	    resource_suffix(part));
	char *title = rec->spec.label == NULL ?
	    NULL :
	    xasprintf("%s%s", rec->spec.label, resource_suffix(part));
	const struct mcp_resource resource = { .uri = uri,
		.name = name,
		.title = title,
		.description = what,
		.mime = mime_of(task, part),
		.bytes = file == NULL ? 0 : store_file_bytes(rec->dir, file),
		.modified_ms = rec->exit.ended_at };

	mcp_page_add(page, &resource);
	free(title);
	free(name);
	free(uri);
}

/*
 * The stdout of an agent is left out: its result is read from that.  No state
 * is told: clients show what they have listed for hours.
 */
static void
add_task(struct mcp_page *page, const struct task *task)
{
	char *what = what_it_is(task);

	add(page, task, PART_RECORD, what);
	if (is_agent(task))
		add(page, task, PART_RESULT, what);
	else {
		add(page, task, PART_STDOUT, what);
		add(page, task, PART_STDERR, what);
	}
	free(what);
}

/* Returns the number below which a page begins; 0: that is no cursor. */
static uint64_t
parse_cursor(const char *cursor)
{
	if (cursor[0] == '\0' || strlen(cursor) > 18 ||
	    cursor[strspn(cursor, "0123456789")] != '\0')
		return 0;
	return strtoull(cursor, NULL, 10);
}

static bool
list_resources(void *user, const char *cursor, struct mcp_page *page)
{
	struct task_list list = { 0 };
	uint64_t before = 0, next;
	char text[32];
	size_t i;

	(void)user;
	if (cursor != NULL && (before = parse_cursor(cursor)) == 0)
		return false;
	next = recent_tasks(before, PAGE_TASKS, &list);
	for (i = 0; i < list.n; i++)
		add_task(page, list.tasks[i]);
	task_list_clear(&list);
	if (next > 1) {
		snprintf(text, sizeof(text), "%" PRIu64, next);
		mcp_page_next(page, text);
	}
	return true;
}

static void
complete(void *user, const struct mcp_completion *completion,
    struct mcp_values *values)
{
	(void)user;
	recent_complete("", completion->typed, values);
}
