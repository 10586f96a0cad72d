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
#include "daemon/reply/sliced.h"
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
	char **states;
	char *group;
	int64_t queue;
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
	STRINGS(struct list_args, states, .max = 8, .hidden = true,
	    .help = "In one of these."),
	STRING(struct list_args, group, .hidden = true,
	    .help = "Of the group with that id or name."),
	BOOLEAN(struct list_args, queue, .hidden = true,
	    .help = "The queued ones that start first, in their order."),
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
	uint64_t group;         /* what args->group means; 0: nothing */
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
is_in_state(const struct record *rec, char *const *states)
{
	for (; states != NULL && *states != NULL; states++)
		if (strcmp(*states, state_name(rec->state)) == 0)
			return true;
	return false;
}

static bool
is_in_group(const struct record *rec, uint64_t group)
{
	return rec->from.group != NULL && id_number(rec->from.group) == group;
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
	if (f->args->states != NULL && !is_in_state(rec, f->args->states))
		return false;
	if (f->args->group != NULL && !is_in_group(rec, f->group))
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

/*
 * A page that is made: first its tasks are found, then their rows.
 */
struct listing {
	struct filter filter;
	struct task_walk walk;
	bool found;
	struct task_list list;
	uint64_t next; /* where the next page begins; 0: no more */
	size_t
	    matched; /* of those that have not ended, in pages to come, too */
	size_t rows; /* so many are in out */
	struct buf out;
	struct view_json_page *json;
};

static void
listing_free(void *arg)
{
	struct listing *listing = arg;

	view_json_page_free(listing->json);
	buf_clear(&listing->out);
	task_list_clear(&listing->list);
	task_list_clear(&listing->filter.roots);
	free(listing);
}

/* Active ones are all in memory; no need to read history for them. */
static void
collect_active(struct listing *l)
{
	bool queue = l->filter.args->queue != 0;
	uint64_t number, last = 0, before = l->walk.before;
	struct task *task = NULL;

	while ((task = queue ? task_next_queued(task) :
			       task_live_before(task)) != NULL) {
		number = task_record(task)->number;
		if ((before != 0 && number >= before) ||
		    !matches(task, &l->filter))
			continue;
		l->matched++;
		if (l->list.n < l->walk.max) {
			task_list_append(&l->list, task);
			last = number;
			continue;
		}
		l->next = last;
		if (l->filter.args->form == FORM_TABLE)
			return; /* it does not tell how many */
	}
}

static void
add_costs(struct buf *out, const struct task_list *list)
{
	double shown = cost_of_list(list), today = cost_of_today();

	if (shown > 0 || today > 0)
		buf_printf(out, "; cost $%.2f of these, $%.2f today (UTC)",
		    shown, today);
}

/* Returns what is to be said of tasks that could not be read, or NULL. */
static char *
unread(const struct task_walk *walk)
{
	if (walk->unread == 0)
		return NULL;
	return walk->unread == 1 ?
	    xasprintf("1 task could not be read: %s", walk->why) :
	    xasprintf("%zu tasks could not be read, such as %s", walk->unread,
		walk->why);
}

static void
add_totals(struct listing *l)
{
	char *passed_over = unread(&l->walk);

	buf_printf(&l->out, "\n%zu shown; %zu running, %zu queued in all",
	    l->list.n, task_count_running(false) + task_count_running(true),
	    task_count_queued());
	add_costs(&l->out, &l->list);
	if (l->next != 0)
		buf_printf(&l->out, "; older ones: cursor \"" TASK_ID "\"",
		    l->next);
	if (passed_over != NULL)
		buf_printf(&l->out, "\n%s", passed_over);
	free(passed_over);
}

/* False: all that are shown are found. */
static bool
find_step(struct listing *l)
{
	if (l->filter.args->scope == SCOPE_ACTIVE)
		collect_active(l);
	else if (resolve_step(&l->list, &l->walk))
		return true;
	else if (l->walk.stopped > 1)
		l->next = l->walk.stopped;
	return false;
}

/* Rows that would make the answer too long are left to the next page. */
static bool
row_step(struct listing *l)
{
	struct task_list *list = &l->list;

	if (l->rows == list->n)
		return false;
	if (l->rows == 0)
		view_table_head(&l->out);
	if (l->out.len < ANSWER_MAX_CHARS - 1000) {
		view_table_row(list->tasks[l->rows++], l->filter.session->owner,
		    &l->out);
		return true;
	}
	l->next = task_record(list->tasks[l->rows - 1])->number;
	while (list->n > l->rows)
		task_unref(list->tasks[--list->n]);
	return false;
}

static bool
step(void *arg)
{
	struct listing *l = arg;

	if (l->found)
		return l->json != NULL ? view_json_page_step(l->json) :
					 row_step(l);
	if (find_step(l))
		return true;
	l->found = true;
	if (l->filter.args->form == FORM_JSON)
		l->json = view_json_page_new(l->list.tasks, l->list.n, 200);
	return true;
}

static struct mcp_reply
answer(struct mcp_call *call, void *arg)
{
	struct listing *l = arg;
	struct mcp_reply reply;
	char *text, *passed_over = unread(&l->walk);

	if (l->json != NULL) {
		text = view_json_page_text(l->json,
		    &(struct view_json_rest){ .unread = passed_over,
			.cost_today_usd = cost_of_today(),
			.next = l->next,
			.matched = l->matched });
	} else {
		if (l->list.n == 0)
			buf_puts(&l->out, "no such tasks");
		add_totals(l);
		text = buf_steal(&l->out);
	}
	reply = mcp_reply_text(call, text);
	free(text);
	free(passed_over);
	listing_free(l);
	return reply;
}

static const struct sliced sliced = { step, answer, listing_free };

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

static int
check(const struct list_args *args, uint64_t *before, struct error *err)
{
	*before = args->cursor == NULL ? 0 : parse_cursor(args->cursor);
	if (args->cursor != NULL && *before == 0)
		fail(err, ERR_INVALID,
		    "cursor: expected the one that an answer of list_tasks "
		    "named, such as \"t7\"");
	else if (args->queue && args->scope != SCOPE_ACTIVE)
		fail(err, ERR_INVALID,
		    "queue: expected scope \"active\" with it");
	else if (args->label != NULL && strlen(args->label) > LABEL_MAX_BYTES)
		fail(err, ERR_INVALID,
		    "label: is longer than 200 bytes, and labels have 40");
	else
		return 0;
	return -1;
}

static struct mcp_reply
list_tasks(struct mcp_call *call, const void *arguments)
{
	const struct list_args *args = arguments;
	char *ids[] = { args->tree, NULL };
	struct task_list roots = { 0 };
	struct listing *l;
	struct error err;
	uint64_t before, group = 0;

	if (check(args, &before, &err) != 0 ||
	    (args->group != NULL &&
		resolve_group(args->group, &group, &err) != 0) ||
	    (args->tree != NULL && resolve_ids(ids, &roots, &err) != 0))
		return tool_failure(call, &err);
	l = xcalloc(1, sizeof(*l));
	l->filter = (struct filter){ .args = args,
		.session = tool_session(call),
		.group = group,
		.roots = roots };
	if (args->since_s > 0)
		l->filter.since = time_wall_ms() - args->since_s * 1000;
	l->walk = (struct task_walk){ .before = before,
		.max = (size_t)args->limit,
		.scan = SCAN_MAX,
		.match = matches,
		.arg = &l->filter };
	return sliced_reply(call, &sliced, l);
}
