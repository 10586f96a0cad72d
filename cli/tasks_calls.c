/*
 * The tools of the daemon as functions.  See tasks.h.
 */
#include <stdlib.h>

#include "cli/rpc.h"
#include "cli/tasks.h"
#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"

/* What list_tasks is asked for at once, so that an answer stays small. */
#define PAGE 50
#define FEW_CHARS 200

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
	json_add_int(args, "result_chars",
	    query->result_chars == 0 ? FEW_CHARS : query->result_chars);
	return args;
}

int
tasks_check(struct rpc *rpc, char *const *ids, const struct tasks_query *query,
    struct tasks *tasks, struct error *err)
{
	if (call_for_tasks(rpc, "check_tasks", check_args(ids, query), tasks,
		err) != 0)
		return -1;
	if (tasks->n > 0)
		return 0;
	fail(err, ERR_NOT_FOUND, "the daemon tells of no such task");
	return -1;
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
stop_args(char *const *ids, bool tree, bool now, int64_t grace_s)
{
	struct json_object *args = with_ids(ids);

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
	int64_t call_id;

	call_id = send_call(rpc, "stop_tasks", stop_args(ids, false, now, -1),
	    err);
	free(name);
	return call_id;
}

char *
tasks_stop(struct rpc *rpc, char *const *ids, bool tree, bool now,
    int64_t grace_s, struct error *err)
{
	return call(rpc, "stop_tasks", stop_args(ids, tree, now, grace_s), err);
}

char *
tasks_describe(struct rpc *rpc, char *const *ids, struct error *err)
{
	struct json_object *args = with_ids(ids);

	json_add_string(args, "detail", "status");
	return call(rpc, "check_tasks", args, err);
}

char *
tasks_remove(struct rpc *rpc, char *const *ids, bool kill, bool worktrees,
    struct error *err)
{
	struct json_object *args = with_ids(ids);

	json_add_bool(args, "kill_running", kill);
	json_add_bool(args, "force_worktree", worktrees);
	return call(rpc, "cleanup_tasks", args, err);
}

char *
tasks_debug(struct rpc *rpc, struct error *err)
{
	return call(rpc, "debug_daemon", json_object_new_object(), err);
}

char *
tasks_prune(struct rpc *rpc, bool dry_run, struct error *err)
{
	struct json_object *args = json_object_new_object();

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

static struct json_object *
list_args(const struct tasks_filter *filter, int64_t limit, const char *cursor)
{
	struct json_object *args = json_object_new_object();

	json_add_string(args, "form", "json");
	json_add_string(args, "scope", filter->active ? "active" : "finished");
	json_add_bool(args, "mine", filter->mine);
	json_add_string(args, "cwd", filter->cwd);
	json_add_string(args, "label", filter->label);
	if (filter->tree != NULL)
		json_add_string(args, "tree", filter->tree);
	json_add_int(args, "limit", limit);
	json_add_string(args, "cursor", cursor);
	return args;
}

int
tasks_list(struct rpc *rpc, const struct tasks_filter *filter,
    struct tasks *tasks, struct error *err)
{
	int64_t left = filter->limit, limit = PAGE;
	size_t known = tasks->n, n = PAGE;
	struct tasks page = { 0 };
	char *cursor = NULL;
	int result = 0;

	while (result == 0 && left != 0 && n == PAGE) {
		if (left > 0 && left < PAGE)
			limit = left;
		result = call_for_tasks(rpc, "list_tasks",
		    list_args(filter, limit, cursor), &page, err);
		n = page.n;
		if (left > 0)
			left -= limit;
		free(cursor);
		cursor = n == 0 ? NULL : xstrdup(page.info[n - 1].id);
		tasks_merge(tasks, &page, known);
	}
	free(cursor);
	return result;
}
