/*
 * list_tasks: tasks of all sessions, newest first, as a table.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/find/resolve.h"
#include "daemon/record/record.h"
#include "daemon/reply/tool.h"
#include "daemon/session.h"
#include "daemon/task/cost.h"
#include "daemon/task/lineage.h"
#include "daemon/task/task.h"
#include "daemon/tools/tools.h"
#include "daemon/view/json.h"
#include "daemon/view/table.h"
#include "json/schema.h"

enum scope { SCOPE_ALL, SCOPE_ACTIVE, SCOPE_FINISHED };
enum form { FORM_TABLE, FORM_JSON };

struct list_args {
	int64_t scope; /* enum scope */
	int64_t mine;
	char *cwd;
	char *label;
	char *tree;
	int64_t since_s;
	int64_t limit;
	char *cursor;
	int64_t form; /* enum form */
};

static const struct choice scopes[] = {
	{ "active", SCOPE_ACTIVE },
	{ "finished", SCOPE_FINISHED },
	{ "all", SCOPE_ALL },
	{ NULL, 0 },
};

static const struct choice forms[] = {
	{ "table", FORM_TABLE },
	{ "json", FORM_JSON },
	{ NULL, 0 },
};

static const struct field fields[] = {
	CHOICE(struct list_args, scope, .choices = scopes,
	    .help = "Default all."),
	BOOLEAN(struct list_args, mine, .help = "This session's."),
	STRING(struct list_args, cwd, .hidden = true,
	    .help = "In this directory."),
	STRING(struct list_args, label, .help = "Labels like a*."),
	STRING(struct list_args, tree, .hidden = true, .help = "Of this task."),
	INTEGER(struct list_args, since_s, .min = 0, .max = AGE_MAX_S,
	    .hidden = true, .help = "Of the last seconds."),
	INTEGER(struct list_args, limit, .min = 1, .max = 200, .absent = 20),
	STRING(struct list_args, cursor, .help = "From the last answer."),
	CHOICE(struct list_args, form, .choices = forms, .hidden = true),
	END_OF_FIELDS,
};

static struct mcp_reply list_tasks(struct mcp_call *call,
    const void *arguments);

const struct mcp_tool list_tasks_tool = {
	.name = "list_tasks",
	.description = "List running, queued or finished tasks (background "
		       "jobs) of all sessions.",
	.fields = fields,
	.size = sizeof(struct list_args),
	.flags = MCP_READ_ONLY,
	.call = list_tasks,
};

/* The predecessor's name for the active ones. */
static const struct field old_fields[] = {
	CHOICE(struct list_args, scope, .hidden = true, .choices = scopes,
	    .absent = SCOPE_ACTIVE),
	INTEGER(struct list_args, limit, .hidden = true, .min = 1, .max = 200,
	    .absent = 200),
	END_OF_FIELDS,
};

const struct mcp_tool list_active_tasks_tool = {
	.name = "list_active_tasks",
	.description = "Old name of list_tasks, for active ones.",
	.fields = old_fields,
	.size = sizeof(struct list_args),
	.flags = MCP_READ_ONLY | MCP_UNLISTED,
	.call = list_tasks,
};

/* A label has 40; a pattern is matched with that of each record. */
#define LABEL_MAX_BYTES 200
/* Records that one call reads at most; the answer says where to go on. */
#define SCAN_MAX 2000

struct filter {
	const struct list_args *args;
	const struct session *session;
	int64_t since;          /* ms; 0: whenever */
	struct task_list roots; /* of the tree; none: every task */
};

static bool
is_in_tree(const struct filter *f, const struct record *rec)
{
	uint64_t root;
	size_t i;

	for (i = 0; i < f->roots.n; i++) {
		root = task_record(f->roots.tasks[i])->number;
		if (rec->number == root || lineage_descends(rec, root))
			return true;
	}
	return f->roots.n == 0;
}

static bool
matches(const struct task *task, void *arg)
{
	const struct filter *f = arg;
	const struct record *rec = task_record(task);
	const struct task_spec *spec = &rec->spec;
	const char *owner = rec->from.owner;

	if (f->args->scope != SCOPE_ALL &&
	    record_ended(rec) != (f->args->scope == SCOPE_FINISHED))
		return false;
	if (f->args->mine && strcmp(owner, f->session->owner) != 0)
		return false;
	if (f->args->cwd != NULL && strcmp(spec->cwd, f->args->cwd) != 0)
		return false;
	if (f->args->label != NULL &&
	    (spec->label == NULL ||
		fnmatch(f->args->label, spec->label, 0) != 0))
		return false;
	if (!is_in_tree(f, rec))
		return false;
	return f->since == 0 ||
	    time_parse_iso(rec->from.created_at) >= f->since;
}

/* One page: the tasks, and where the next one begins (0: no more). */
struct page {
	struct task_list list;
	uint64_t next;
	char *unread; /* about tasks that could not be read; or NULL */
};

static void
take_unread(struct page *page, const struct task_walk *walk)
{
	if (walk->unread == 1)
		page->unread = xasprintf("1 task could not be read: %s",
		    walk->why);
	else if (walk->unread > 1)
		page->unread = xasprintf("%zu tasks could not be read, such as "
					 "%s",
		    walk->unread, walk->why);
}

/* Active ones are all in memory; no need to read history for them. */
static void
collect_active(struct filter *filter, uint64_t before, struct page *page)
{
	size_t max = (size_t)filter->args->limit;
	struct task *task = NULL;
	uint64_t number;

	while ((task = task_live_before(task)) != NULL) {
		number = task_record(task)->number;
		if ((before != 0 && number >= before) || !matches(task, filter))
			continue;
		if (page->list.n == max) {
			page->next = number;
			return;
		}
		task_list_append(&page->list, task);
	}
}

static void
collect(struct filter *filter, uint64_t before, struct page *page)
{
	struct task_walk walk = { .before = before,
		.max = (size_t)filter->args->limit,
		.scan = SCAN_MAX,
		.match = matches,
		.arg = filter };

	if (filter->args->scope == SCOPE_ACTIVE) {
		collect_active(filter, before, page);
		return;
	}
	resolve_matching(&page->list, &walk);
	page->next = walk.stopped > 1 ? walk.stopped : 0;
	take_unread(page, &walk);
}

static void
add_costs(struct buf *out, const struct task_list *list)
{
	double shown = cost_of_list(list), today = cost_of_today();

	if (shown > 0 || today > 0)
		buf_printf(out, "; cost $%.2f of these, $%.2f today (UTC)",
		    shown, today);
}

static void
add_totals(struct buf *out, const struct page *page)
{
	buf_printf(out, "\n%zu shown; %zu running, %zu queued in all",
	    page->list.n, task_count_running(false) + task_count_running(true),
	    task_count_queued());
	add_costs(out, &page->list);
	if (page->next != 0)
		buf_printf(out, "; older ones: cursor \"" TASK_ID "\"",
		    page->next);
	if (page->unread != NULL)
		buf_printf(out, "\n%s", page->unread);
}

/* Rows that would make the answer too long are left to the next page. */
static char *
render(const struct filter *filter, struct page *page)
{
	struct task_list *list = &page->list;
	struct buf out = { 0 };
	size_t i;

	if (filter->args->form == FORM_JSON)
		return view_json_page(list->tasks, list->n, 200, page->unread,
		    cost_of_today());
	if (list->n > 0)
		view_table_head(&out);
	else
		buf_puts(&out, "no such tasks");
	for (i = 0; i < list->n && out.len < ANSWER_MAX_CHARS - 1000; i++)
		view_table_row(list->tasks[i], filter->session->owner, &out);
	if (i < list->n)
		page->next = task_record(list->tasks[i - 1])->number;
	while (list->n > i)
		task_unref(list->tasks[--list->n]);
	add_totals(&out, page);
	return buf_steal(&out);
}

/* "t7" or "7"; 0: neither. */
static uint64_t
parse_cursor(const char *cursor)
{
	const char *digits = cursor + (cursor[0] == 't');

	if (digits[0] == '\0' || strlen(digits) > 18 ||
	    digits[strspn(digits, "0123456789")] != '\0')
		return 0;
	return strtoull(digits, NULL, 10);
}

static struct mcp_reply
list_tasks(struct mcp_call *call, const void *arguments)
{
	const struct list_args *args = arguments;
	struct filter filter = { .args = args, .session = tool_session(call) };
	struct page page = { .next = 0 };
	struct mcp_reply reply;
	uint64_t before = 0;
	char *text, *ids[] = { NULL, NULL };
	struct error err;

	if (args->cursor != NULL) {
		before = parse_cursor(args->cursor);
		if (before == 0)
			return mcp_reply_failure(call,
			    "cursor: expected the one that an answer of "
			    "list_tasks named, such as \"t7\"");
	}
	if (args->label != NULL && strlen(args->label) > LABEL_MAX_BYTES)
		return mcp_reply_failure(call,
		    "label: is longer than 200 bytes, and labels have 40");
	if (args->tree != NULL) {
		ids[0] = args->tree;
		if (resolve_ids(ids, &filter.roots, &err) != 0)
			return tool_failure(call, &err);
	}
	if (args->since_s > 0)
		filter.since = time_wall_ms() - args->since_s * 1000;
	collect(&filter, before, &page);
	text = render(&filter, &page);
	reply = mcp_reply_text(call, text);
	free(text);
	task_list_clear(&page.list);
	task_list_clear(&filter.roots);
	free(page.unread);
	return reply;
}
