/*
 * The tools of the daemon as functions.  See tasks.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/rpc.h"
#include "cli/tasks.h"
#include "common/error.h"
#include "common/json.h"
#include "common/mem.h"
#include "common/schema.h"

/* What list_tasks is asked for at once, so that an answer stays small. */
#define PAGE 50
#define FEW_CHARS 200

static const struct field output_fields[] = {
	STRING(struct task_output, dir),
	INTEGER(struct task_output, stdout_bytes, .absent = -1),
	INTEGER(struct task_output, stderr_bytes, .absent = -1),
	END_OF_FIELDS
};

static const struct field info_fields[] = {
	STRING(struct task_info, id, .required = true),
	STRING(struct task_info, uuid),
	STRING(struct task_info, label),
	STRING(struct task_info, group),
	STRING(struct task_info, kind),
	STRING(struct task_info, owner),
	STRING(struct task_info, state, .required = true),
	STRING(struct task_info, reason),
	INTEGER(struct task_info, exit_code, .absent = -1),
	STRING(struct task_info, signal),
	STRING(struct task_info, cwd),
	STRING(struct task_info, created_at),
	STRING(struct task_info, started_at),
	STRING(struct task_info, ended_at),
	NUMBER(struct task_info, elapsed_s),
	STRING(struct task_info, result),
	BOOLEAN(struct task_info, result_truncated),
	OBJECT(struct task_info, output, struct task_output,
	    .fields = output_fields, .required = true),
	INTEGER(struct task_info, leftovers),
	STRING(struct task_info, note),
	STRING(struct task_info, model),
	STRING(struct task_info, session_id),
	INTEGER(struct task_info, turns, .absent = -1),
	NUMBER(struct task_info, cost_usd),
	STRINGS(struct task_info, denied),
	END_OF_FIELDS
};

void
tasks_clear(struct tasks *tasks)
{
	size_t i;

	for (i = 0; i < tasks->n; i++)
		schema_clear(info_fields, &tasks->info[i]);
	free(tasks->info);
	json_object_put(tasks->json);
	memset(tasks, 0, sizeof(*tasks));
}

static int
add_info(struct tasks *tasks, struct json_object *list, struct error *err)
{
	size_t i, n = json_object_array_length(list);

	tasks->info = xreallocarray(tasks->info, tasks->n + n + 1,
	    sizeof(*tasks->info));
	memset(tasks->info + tasks->n, 0, (n + 1) * sizeof(*tasks->info));
	for (i = 0; i < n; i++)
		if (schema_load(info_fields, json_object_array_get_idx(list, i),
			&tasks->info[tasks->n++], err) != 0) {
			fail_prefix(err, "the daemon tells of a task");
			return -1;
		}
	return 0;
}

/* Takes over the elements of list. */
static void
add_json(struct tasks *tasks, struct json_object *list)
{
	size_t i, n = json_object_array_length(list);

	if (tasks->json == NULL)
		tasks->json = json_object_new_array();
	for (i = 0; i < n; i++)
		json_object_array_add(tasks->json,
		    json_object_get(json_object_array_get_idx(list, i)));
}

void
tasks_print_json(const struct tasks *tasks)
{
	struct json_object *root = json_object_new_object();

	json_add(root, "tasks",
	    tasks->json == NULL ? json_object_new_array() :
				  json_object_get(tasks->json));
	puts(json_text(root, NULL));
	json_object_put(root);
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
	if (list != NULL && add_info(tasks, list, err) == 0) {
		add_json(tasks, list);
		result = 0;
	}
	json_object_put(root);
	return result;
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
with_ids(char *const *ids)
{
	struct json_object *args = json_object_new_object();

	json_add_strv(args, "ids", ids);
	return args;
}

static struct json_object *
check_args(char *const *ids, const struct tasks_query *query)
{
	struct json_object *args = with_ids(ids);

	json_add_string(args, "detail", "full");
	json_add_int(args, "wait_s", query->wait_s);
	json_add_string(args, "until", query->any ? "any" : "all");
	json_add_int(args, "result_chars",
	    query->result_chars == 0 ? FEW_CHARS : query->result_chars);
	return args;
}

int
tasks_check(struct rpc *rpc, char *const *ids, const struct tasks_query *query,
    struct tasks *tasks, struct error *err)
{
	return call_for_tasks(rpc, "check_tasks", check_args(ids, query), tasks,
	    err);
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
	int64_t call_id;

	call_id = send_call(rpc, "check_tasks", check_args(ids, query), err);
	free(name);
	return call_id;
}

static struct json_object *
stop_args(char *const *ids, bool now, int64_t grace_s)
{
	struct json_object *args = with_ids(ids);

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
	int64_t call_id;

	call_id = send_call(rpc, "stop_tasks", stop_args(ids, now, -1), err);
	free(name);
	return call_id;
}

char *
tasks_stop(struct rpc *rpc, char *const *ids, bool now, int64_t grace_s,
    struct error *err)
{
	return call(rpc, "stop_tasks", stop_args(ids, now, grace_s), err);
}

char *
tasks_describe(struct rpc *rpc, char *const *ids, struct error *err)
{
	struct json_object *args = with_ids(ids);

	json_add_string(args, "detail", "status");
	return call(rpc, "check_tasks", args, err);
}

char *
tasks_remove(struct rpc *rpc, char *const *ids, bool kill, struct error *err)
{
	struct json_object *args = with_ids(ids);

	json_add_bool(args, "kill_running", kill);
	return call(rpc, "cleanup_tasks", args, err);
}

static struct json_object *
list_args(const struct tasks_filter *filter, int64_t limit, const char *cursor)
{
	struct json_object *args = json_object_new_object();

	json_add_string(args, "form", "json");
	json_add_string(args, "scope", filter->active ? "active" : "finished");
	json_add_bool(args, "mine", filter->mine);
	json_add_string(args, "cwd", filter->cwd);
	json_add_string(args, "label", filter->label);
	json_add_int(args, "limit", limit);
	json_add_string(args, "cursor", cursor);
	return args;
}

int
tasks_list(struct rpc *rpc, const struct tasks_filter *filter,
    struct tasks *tasks, struct error *err)
{
	int64_t left = filter->limit, page = PAGE;
	const char *cursor = NULL;
	size_t before;

	while (left != 0 && page == PAGE) {
		if (left > 0 && left < PAGE)
			page = left;
		before = tasks->n;
		if (call_for_tasks(rpc, "list_tasks",
			list_args(filter, page, cursor), tasks, err) != 0)
			return -1;
		if ((int64_t)(tasks->n - before) < page)
			return 0;
		cursor = tasks->info[tasks->n - 1].id;
		if (left > 0)
			left -= page;
	}
	return 0;
}

bool
tasks_is_agent(const struct task_info *task)
{
	return task->kind != NULL && strcmp(task->kind, "agent") == 0;
}
