/*
 * Tasks as the daemon shows them, and its tools as functions.  See tasks.h.
 * Long because the rows of a task and the calls that read it are one thing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pages.h"
#include "cli/rpc.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "json/duration.h"
#include "json/json.h"
#include "json/schema.h"

/* How many tasks list_tasks is asked for at once, so that answers are small. */
#define PAGE 50
#define FEW_CHARS 200

#define FIGURE(m) INTEGER(struct task_worktree, m, .absent = -1)

static const struct field worktree_fields[] = {
	STRING(struct task_worktree, path),
	STRING(struct task_worktree, branch),
	FIGURE(commits),
	FIGURE(files_changed),
	FIGURE(insertions),
	FIGURE(deletions),
	FIGURE(untracked),
	BOOLEAN(struct task_worktree, dirty),
	END_OF_FIELDS,
};

static const struct field output_fields[] = {
	STRING(struct task_output, dir),
	INTEGER(struct task_output, stdout_bytes, .absent = -1),
	INTEGER(struct task_output, stderr_bytes, .absent = -1),
	END_OF_FIELDS,
};

static const struct field ask_fields[] = {
	STRING(struct ask_info, request_id, .required = true),
	STRING(struct ask_info, tool, .required = true),
	STRING(struct ask_info, question),
	JSON(struct ask_info, input),
	STRING(struct ask_info, asked_at),
	STRING(struct ask_info, expires_at),
	END_OF_FIELDS,
};

static const struct field info_fields[] = {
	STRING(struct task_info, id, .required = true),
	STRING(struct task_info, uuid),
	STRING(struct task_info, label),
	STRING(struct task_info, name),
	STRING(struct task_info, group),
	STRING(struct task_info, group_name),
	NUMBER(struct task_info, group_budget_usd),
	STRING(struct task_info, kind),
	STRING(struct task_info, owner),
	STRING(struct task_info, state, .required = true),
	STRING(struct task_info, reason),
	INTEGER(struct task_info, exit_code, .absent = -1),
	STRING(struct task_info, signal),
	STRING(struct task_info, cwd),
	STRING(struct task_info, parent),
	STRING(struct task_info, waits_for),
	INTEGER(struct task_info, queue_position),
	STRING(struct task_info, created_at),
	NUMBER(struct task_info, age_s),
	BOOLEAN(struct task_info, held),
	STRING(struct task_info, paused_at),
	BOOLEAN(struct task_info, queue_paused),
	INTEGER(struct task_info, priority),
	STRING(struct task_info, started_at),
	STRING(struct task_info, ended_at),
	BOOLEAN(struct task_info, unseen),
	NUMBER(struct task_info, elapsed_s),
	STRING(struct task_info, activity),
	STRING(struct task_info, last),
	STRING(struct task_info, hint),
	STRING(struct task_info, partial),
	STRING(struct task_info, result),
	BOOLEAN(struct task_info, result_truncated),
	OBJECT(struct task_info, output, struct task_output,
	    .fields = output_fields, .required = true),
	OBJECT(struct task_info, worktree, struct task_worktree,
	    .fields = worktree_fields),
	INTEGER(struct task_info, leftovers),
	STRING(struct task_info, note),
	STRING(struct task_info, model),
	STRING(struct task_info, session_id),
	INTEGER(struct task_info, turns, .absent = -1),
	NUMBER(struct task_info, cost_usd),
	STRINGS(struct task_info, denied),
	INTEGER(struct task_info, run, .absent = 1),
	INTEGER(struct task_info, runs, .absent = 1),
	OBJECTS(struct task_info, asks, struct ask_info, .fields = ask_fields,
	    .max = 1000),
	END_OF_FIELDS,
};

void
tasks_clear(struct tasks *tasks)
{
	size_t i;

	for (i = 0; i < tasks->n; i++)
		schema_clear(info_fields, &tasks->info[i]);
	free(tasks->info);
	json_object_put(tasks->json);
	strv_free(tasks->left_out);
	free(tasks->unread);
	free(tasks->cursor);
	memset(tasks, 0, sizeof(*tasks));
}

static void
make_room(struct tasks *tasks, size_t n)
{
	tasks->info = xreallocarray(tasks->info, tasks->n + n + 1,
	    sizeof(*tasks->info));
	memset(tasks->info + tasks->n, 0, (n + 1) * sizeof(*tasks->info));
	if (tasks->json == NULL)
		tasks->json = json_object_new_array();
}

static int
add_all(struct tasks *tasks, struct json_object *list, struct error *err)
{
	size_t i, n = json_object_array_length(list);
	struct json_object *element;

	make_room(tasks, n);
	for (i = 0; i < n; i++) {
		element = json_object_array_get_idx(list, i);
		if (schema_load(info_fields, element, &tasks->info[tasks->n++],
			err) != 0) {
			fail_prefix(err, "the daemon tells of a task");
			return -1;
		}
		json_object_array_add(tasks->json, json_object_get(element));
	}
	return 0;
}

static bool
is_among(const struct tasks *tasks, size_t known, const char *id)
{
	size_t i;

	for (i = 0; i < known; i++)
		if (strcmp(tasks->info[i].id, id) == 0)
			return true;
	return false;
}

void
tasks_merge(struct tasks *to, struct tasks *from, size_t known)
{
	size_t i;

	make_room(to, from->n);
	for (i = 0; i < from->n; i++) {
		if (is_among(to, known, from->info[i].id)) {
			schema_clear(info_fields, &from->info[i]);
			continue;
		}
		to->info[to->n++] = from->info[i];
		json_object_array_add(to->json,
		    json_object_get(json_object_array_get_idx(from->json, i)));
	}
	from->n = 0;
	if (from->cost_today_usd > 0)
		to->cost_today_usd = from->cost_today_usd;
	if (from->matched > 0)
		to->matched = from->matched;
	if (to->unread == NULL) {
		to->unread = from->unread;
		from->unread = NULL;
	}
	tasks_clear(from);
}

void
tasks_print_json(const struct tasks *tasks)
{
	struct json_object *root = json_object_new_object();

	json_add(root, "tasks",
	    tasks->json == NULL ? json_object_new_array() :
				  json_object_get(tasks->json));
	text_print_json(root);
	json_object_put(root);
}

static void
take_left_out(struct json_object *ids, struct tasks *tasks)
{
	size_t i, n = ids == NULL ? 0 : json_object_array_length(ids);
	struct json_object *id;

	for (i = 0; i < n; i++) {
		id = json_object_array_get_idx(ids, i);
		if (json_object_is_type(id, json_type_string))
			tasks->left_out = strv_add(tasks->left_out,
			    json_object_get_string(id));
	}
}

int
tasks_read(const char *text, struct tasks *tasks, struct error *err)
{
	struct json_object *root, *list;
	int result = -1;

	root = json_parse(text, strlen(text), err);
	list = json_array_at(root, "tasks");
	if (root != NULL && list == NULL)
		fail(err, ERR_INVALID,
		    "expected tasks from the daemon, got: %.200s; is it of "
		    "another version than ccproc?",
		    text);
	if (list != NULL)
		result = add_all(tasks, list, err);
	if (result == 0)
		take_left_out(json_array_at(root, "omitted_ids"), tasks);
	if (result == 0 && tasks->unread == NULL)
		tasks->unread = xstrdup(json_string_at(root, "unread"));
	if (root != NULL) {
		json_number_at(root, "cost_today_usd", &tasks->cost_today_usd);
		json_int_at(root, "matched", &tasks->matched);
		free(tasks->cursor);
		tasks->cursor = xstrdup(json_string_at(root, "cursor"));
	}
	json_object_put(root);
	return result;
}

char **
tasks_names(const struct tasks *tasks)
{
	char **names = xcalloc(tasks->n + 1, sizeof(*names));
	size_t i;

	for (i = 0; i < tasks->n; i++)
		names[i] = xstrdup(tasks->info[i].id);
	return names;
}

char *
tasks_folder(const struct task_info *task)
{
	char *dir = xstrdup(task->output.dir), *name = strrchr(dir, '/');

	if (name != NULL &&
	    (strncmp(name, "/run-", 5) == 0 ||
		strncmp(name, "/retry-", 7) == 0))
		*name = '\0';
	return dir;
}

bool
tasks_is_agent(const struct task_info *task)
{
	return task->kind != NULL && strcmp(task->kind, "agent") == 0;
}

void
tasks_keep_asking(struct tasks *tasks)
{
	struct json_object *kept = json_object_new_array(), *asks;
	size_t i;

	for (i = 0; i < tasks->n; i++) {
		asks = json_array_at(json_object_array_get_idx(tasks->json, i),
		    "asks");
		if (asks != NULL && json_object_array_length(asks) > 0)
			json_object_array_add(kept,
			    json_object_get(
				json_object_array_get_idx(tasks->json, i)));
	}
	json_object_put(tasks->json);
	tasks->json = kept;
}

/* Calls, and takes the text of the answer; NULL with err.  Takes args. */
static char *
call(struct rpc *rpc, const char *tool, struct json_object *args,
    struct error *err)
{
	struct rpc_reply reply;

	if (rpc_call(rpc, tool, args, &reply, err) != 0)
		return NULL;
	if (!reply.failed)
		return reply.text;
	fail(err, ERR_NOT_FOUND, "%s", reply.text);
	free(reply.text);
	return NULL;
}

/* The same where the answer is tasks. */
static int
call_for_tasks(struct rpc *rpc, const char *tool, struct json_object *args,
    struct tasks *tasks, struct error *err)
{
	char *text = call(rpc, tool, args, err);
	int result = -1;

	if (text != NULL)
		result = tasks_read(text, tasks, err);
	if (result != 0)
		tasks_clear(tasks);
	free(text);
	return result;
}

static struct json_object *
check_args(struct rpc *rpc, const struct tasks_query *query)
{
	struct json_object *args = json_object_new_object();

	json_add_string(args, "detail", "full");
	json_add_int(args, "wait_s", query->wait_s);
	json_add_int(args, "result_chars",
	    query->result_chars == 0 ? FEW_CHARS : query->result_chars);
	if (query->glance && rpc_glances(rpc))
		json_add_bool(args, "glance", true);
	return args;
}

/* Adds what an answer tells, and then what it had no room for. */
static int
add_page(struct rpc *rpc, const char *text, const struct tasks_query *query,
    struct tasks *tasks, struct error *err)
{
	const struct tasks_query rest = { .result_chars = query->result_chars,
		.glance = query->glance };
	struct tasks page = { 0 };
	char **left;
	size_t known = tasks->n;
	int result = tasks_read(text, &page, err);

	left = page.left_out;
	page.left_out = NULL;
	if (result == 0) {
		tasks_merge(tasks, &page, 0);
		if (tasks->n == known) {
			fail(err, ERR_NOT_FOUND,
			    "the daemon tells of no such task");
			result = -1;
		}
	}
	if (result == 0 && left != NULL)
		result = tasks_check(rpc, left, &rest, tasks, err);
	strv_free(left);
	tasks_clear(&page);
	return result;
}

/* The first answers have waited for all; what they left out is asked for. */
int
tasks_check(struct rpc *rpc, char *const *ids, const struct tasks_query *query,
    struct tasks *tasks, struct error *err)
{
	char **texts = pages_call(rpc, "check_tasks", check_args(rpc, query),
	    ids, err);
	int result = texts == NULL ? -1 : 0;
	size_t i;

	for (i = 0; result == 0 && texts[i] != NULL; i++)
		result = add_page(rpc, texts[i], query, tasks, err);
	strv_free(texts);
	if (result != 0)
		tasks_clear(tasks);
	return result;
}

/* Puts args. */
static int64_t
send_call(struct rpc *rpc, const char *tool, struct json_object *args,
    struct error *err)
{
	int64_t id = rpc_send(rpc, tool, args, err);

	json_object_put(args);
	return id;
}

int64_t
tasks_send_check(struct rpc *rpc, const char *id,
    const struct tasks_query *query, struct error *err)
{
	char *name = xstrdup(id);
	char *ids[] = { name, NULL };
	struct json_object *args = check_args(rpc, query);
	int64_t call_id;

	json_add_strv(args, "ids", ids);
	call_id = send_call(rpc, "check_tasks", args, err);
	free(name);
	return call_id;
}

int64_t
tasks_send_check_any(struct rpc *rpc, char *const *ids, size_t n,
    const struct tasks_query *query, struct error *err)
{
	struct json_object *args = check_args(rpc, query);
	char **page = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		page = strv_add(page, ids[i]);
	json_add_strv(args, "ids", page);
	json_add_string(args, "until", "any");
	strv_free(page);
	return send_call(rpc, "check_tasks", args, err);
}

static struct json_object *
stop_args(bool tree, bool now, int64_t grace_s)
{
	struct json_object *args = json_object_new_object();

	if (tree)
		json_add_bool(args, "tree", true);
	json_add_string(args, "mode", now ? "now" : "graceful");
	if (grace_s >= 0)
		json_add_int(args, "grace_s", grace_s);
	return args;
}

int64_t
tasks_send_stop(struct rpc *rpc, const char *id, bool now, struct error *err)
{
	char *name = xstrdup(id);
	char *ids[] = { name, NULL };
	struct json_object *args = stop_args(false, now, -1);
	int64_t call_id;

	json_add_strv(args, "ids", ids);
	call_id = send_call(rpc, "stop_tasks", args, err);
	free(name);
	return call_id;
}

int
tasks_stop(struct rpc *rpc, char *const *ids, bool tree, bool now,
    int64_t grace_s, struct error *err)
{
	char **texts = pages_call(rpc, "stop_tasks",
	    stop_args(tree, now, grace_s), ids, err);

	strv_free(texts);
	return texts == NULL ? -1 : 0;
}

char *
tasks_describe(struct rpc *rpc, char *const *ids, struct error *err)
{
	struct json_object *args = json_object_new_object();
	struct buf lines = { 0 };
	char **texts;
	size_t i;

	json_add_string(args, "detail", "status");
	texts = pages_call(rpc, "check_tasks", args, ids, err);
	for (i = 0; texts != NULL && texts[i] != NULL; i++)
		buf_printf(&lines, "%s%s", i == 0 ? "" : "\n", texts[i]);
	strv_free(texts);
	return texts == NULL ? NULL : buf_steal(&lines);
}

char **
tasks_remove(struct rpc *rpc, char *const *ids,
    const struct tasks_removal *removal, struct error *err)
{
	struct json_object *args = json_object_new_object();

	json_add_bool(args, "kill_running", removal->kill);
	json_add_bool(args, "force_worktree", removal->worktrees);
	if (rpc_selects(rpc))
		json_add_string(args, "form", "json");
	return pages_call(rpc, "cleanup_tasks", args, ids, err);
}

char *
tasks_debug(struct rpc *rpc, struct error *err)
{
	return call(rpc, "debug_daemon", json_object_new_object(), err);
}

char *
tasks_prune(struct rpc *rpc, bool dry_run, bool json, struct error *err)
{
	struct json_object *args = json_object_new_object();

	if (json)
		json_add_string(args, "form", "json");
	json_add_bool(args, "dry_run", dry_run);
	return call(rpc, "prune_tasks", args, err);
}

char *
tasks_answer(struct rpc *rpc, const char *id, const struct tasks_answer *answer,
    struct error *err)
{
	struct json_object *args = json_object_new_object();
	struct json_object *object = json_object_new_object();

	if (answer->request_id != NULL)
		json_add_string(object, "request_id", answer->request_id);
	if (answer->answers != NULL)
		json_add_strv(object, "answers", answer->answers);
	else
		json_add_string(object, "decision", answer->decision);
	if (answer->reason != NULL)
		json_add_string(object, "reason", answer->reason);
	if (answer->always)
		json_add_bool(object, "always", true);
	json_add_string(args, "id", id);
	json_add(args, "answer", object);
	json_add_int(args, "wait_s", 0);
	return call(rpc, "reply_task", args, err);
}

/* What an older daemon does not understand, the answer is held against. */
static struct json_object *
list_args(const struct tasks_filter *filter, bool selects, int64_t limit,
    const char *cursor)
{
	struct json_object *args = json_object_new_object(), *states;
	const char *const *state;

	json_add_string(args, "form", "json");
	json_add_string(args, "scope", filter->active ? "active" : "finished");
	json_add_bool(args, "mine", filter->mine);
	json_add_string(args, "cwd", filter->cwd);
	json_add_string(args, "label", filter->label);
	if (filter->tree != NULL)
		json_add_string(args, "tree", filter->tree);
	if (filter->since_ms > 0)
		json_add_int(args, "since_s", duration_s(filter->since_ms));
	json_add_int(args, "limit", limit);
	json_add_string(args, "cursor", cursor);
	if (!selects)
		return args;
	if (filter->group != NULL)
		json_add_string(args, "group", filter->group);
	if (filter->queue)
		json_add_bool(args, "queue", true);
	if (filter->states != NULL) {
		states = json_object_new_array();
		for (state = filter->states; *state != NULL; state++)
			json_object_array_add(states,
			    json_object_new_string(*state));
		json_add(args, "states", states);
	}
	return args;
}

static bool
is_wanted(const struct task_info *task, const struct tasks_filter *filter)
{
	const char *const *state = filter->states;

	if (filter->group != NULL &&
	    (task->group == NULL || strcmp(task->group, filter->group) != 0) &&
	    (task->group_name == NULL ||
		strcmp(task->group_name, filter->group) != 0))
		return false;
	while (state != NULL && *state != NULL &&
	    strcmp(*state, task->state) != 0)
		state++;
	return state == NULL || *state != NULL;
}

/* Drops what was not asked for; a daemon of today tells none of that. */
static void
keep_wanted(struct tasks *tasks, const struct tasks_filter *filter)
{
	struct json_object *kept = json_object_new_array();
	size_t i, n = 0;

	for (i = 0; i < tasks->n; i++) {
		if (!is_wanted(&tasks->info[i], filter)) {
			schema_clear(info_fields, &tasks->info[i]);
			continue;
		}
		json_object_array_add(kept,
		    json_object_get(json_object_array_get_idx(tasks->json, i)));
		tasks->info[n++] = tasks->info[i];
	}
	json_object_put(tasks->json);
	tasks->json = kept;
	tasks->n = n;
}

/*
 * Where the next page begins, which the caller frees; NULL: this is the last.
 * A page may be short, or empty, as a call looks at so many tasks at most; an
 * older daemon does not say that.
 */
static char *
next_cursor(struct tasks *page)
{
	char *cursor = page->cursor;

	page->cursor = NULL;
	if (page->n == 0 || (page->left_out == NULL && page->n < PAGE))
		return cursor;
	free(cursor);
	return xstrdup(page->info[page->n - 1].id);
}

int
tasks_list(struct rpc *rpc, const struct tasks_filter *filter,
    struct tasks *tasks, struct error *err)
{
	int64_t left = filter->limit, limit = PAGE;
	size_t known = tasks->n;
	struct tasks page = { 0 };
	bool more = true;
	char *cursor = NULL;
	int result = 0;

	while (result == 0 && left != 0 && more) {
		if (left > 0 && left < PAGE)
			limit = left;
		result = call_for_tasks(rpc, "list_tasks",
		    list_args(filter, rpc_selects(rpc), limit, cursor), &page,
		    err);
		free(cursor);
		cursor = next_cursor(&page);
		more = cursor != NULL;
		if (page.n > 0)
			keep_wanted(&page, filter);
		if (left > 0)
			left -= (int64_t)page.n;
		tasks_merge(tasks, &page, known);
	}
	free(cursor);
	return result;
}
