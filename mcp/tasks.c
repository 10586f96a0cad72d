/*
 * tasks/get, tasks/update, tasks/cancel and notifications/tasks: the
 * extension io.modelcontextprotocol/tasks.
 */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/utf8.h"
#include "json/json.h"
#include "mcp/call.h"
#include "mcp/features.h"
#include "mcp/methods.h"
#include "mcp/notices.h"
#include "mcp/tasks.h"

/* The JSON that mcp_task_is makes, for a client with those abilities. */
struct mcp_task_out {
	struct json_object *json;
	unsigned abilities;
};

static const char *const status_names[] = {
	[MCP_TASK_WORKING] = "working",
	[MCP_TASK_INPUT_REQUIRED] = "input_required",
	[MCP_TASK_COMPLETED] = "completed",
	[MCP_TASK_FAILED] = "failed",
	[MCP_TASK_CANCELLED] = "cancelled",
};

static struct json_object *
publish(const struct mcp_task *task, enum mcp_task_status status)
{
	struct json_object *out = json_object_new_object();

	json_add_string(out, "taskId", task->id);
	json_add_string(out, "status", status_names[status]);
	if (task->message != NULL)
		json_add_string(out, "statusMessage", task->message);
	json_add_time(out, "createdAt", task->created_ms);
	json_add_time(out, "lastUpdatedAt", task->updated_ms);
	json_add_known(out, "ttlMs", task->ttl_ms > 0 ? task->ttl_ms : -1);
	if (task->poll_ms > 0)
		json_add_int(out, "pollIntervalMs", task->poll_ms);
	return out;
}

/* Claude Code reads at most so many characters, and makes one line of them. */
#define NOTE_MAX_CHARS 2000

static void
add_note(struct json_object *result, const char *note)
{
	struct json_object *meta = json_object_new_object();
	struct json_object *task = json_object_new_object();
	char *text = xstrndup(note,
	    utf8_first(note, strlen(note), NOTE_MAX_CHARS));

	json_add_string(task, "modelImmediateResponse", text);
	json_add(meta, "com.anthropic/agent-task", task);
	json_add(result, "_meta", meta);
	free(text);
}

struct mcp_reply
mcp_reply_task(struct mcp_call *call, const struct mcp_task *task)
{
	struct json_object *result;

	if (!mcp_call_can(call, MCP_CAN_TASKS))
		return mcp_reply_lacks(call, MCP_CAN_TASKS);
	result = publish(task, task->status);
	json_add_string(result, "resultType", "task");
	if (task->note != NULL)
		add_note(result, task->note);
	return call_answer(call, result);
}

/* The asks of a task that the client can answer; NULL: none. */
static struct json_object *
answerable(const struct mcp_task *task, unsigned can)
{
	struct json_object *out = json_object_new_object();
	size_t i;

	for (i = 0; i < task->nasks; i++)
		if ((ask_needs(&task->asks[i]) & ~can) == 0)
			json_add(out, task->asks[i].key,
			    ask_published(&task->asks[i], MCP_MODERN, NULL));
	if (json_object_object_length(out) > 0)
		return out;
	json_object_put(out);
	return NULL;
}

static struct json_object *
result_of(const struct mcp_task *task)
{
	static const struct mcp_result none;
	struct json_object *out = content_result(task->result == NULL ?
		&none :
		task->result,
	    MCP_MODERN);

	json_add_string(out, "resultType", "complete");
	return out;
}

static struct json_object *
error_of(const struct mcp_task *task)
{
	struct json_object *out = json_object_new_object();

	json_add_int(out, "code",
	    task->error_code == 0 ? MCP_INTERNAL_ERROR : task->error_code);
	json_add_string(out, "message",
	    task->error == NULL ? "failed" : task->error);
	return out;
}

void
mcp_task_is(struct mcp_task_out *out, const struct mcp_task *task)
{
	enum mcp_task_status status = task->status;
	struct json_object *asks = NULL;

	if (status == MCP_TASK_INPUT_REQUIRED) {
		asks = answerable(task, out->abilities);
		if (asks == NULL)
			status = MCP_TASK_WORKING;
	}
	json_object_put(out->json);
	out->json = publish(task, status);
	if (asks != NULL)
		json_add(out->json, "inputRequests", asks);
	if (status == MCP_TASK_COMPLETED)
		json_add(out->json, "result", result_of(task));
	if (status == MCP_TASK_FAILED)
		json_add(out->json, "error", error_of(task));
}

/*
 * The id in the params; NULL, and answered: there is none, or the client did
 * not declare the extension.
 */
static const char *
take_id(const struct mcp_request *req)
{
	const char *id = json_string_at(req->params, "taskId");

	if ((req->abilities & MCP_CAN_TASKS) == 0) {
		abilities_lacking(req, MCP_CAN_TASKS);
		return NULL;
	}
	if (id == NULL)
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "taskId: expected the id of a task");
	return id;
}

static bool
short_enough(const char *id)
{
	return strlen(id) <= MCP_TASK_ID_MAX_BYTES;
}

static void
unknown(const struct mcp_request *req, const char *id)
{
	peer_error(req, RPC_INVALID_PARAMS, NULL, "unknown task '%.100s'", id);
}

void
tasks_get(const struct mcp_request *req)
{
	const struct mcp_peer *peer = req->peer;
	struct mcp_task_out out = { NULL, req->abilities };
	const char *id = take_id(req);

	if (id == NULL)
		return;
	if (short_enough(id))
		peer->info->tasks->get(peer->user, id, &out);
	if (out.json != NULL)
		peer_result(req, out.json);
	else
		unknown(req, id);
}

void
tasks_update(const struct mcp_request *req)
{
	struct json_object *answers = json_object_at(req->params,
	    "inputResponses");
	const struct mcp_peer *peer = req->peer;
	const char *id = take_id(req);

	if (id == NULL)
		return;
	if (answers == NULL)
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "inputResponses: expected an object of answers");
	else if (short_enough(id) &&
	    peer->info->tasks->update(peer->user, id, answers))
		peer_result(req, json_object_new_object());
	else
		unknown(req, id);
}

void
tasks_cancel(const struct mcp_request *req)
{
	const struct mcp_peer *peer = req->peer;
	const char *id = take_id(req);

	if (id == NULL)
		return;
	if (short_enough(id) && peer->info->tasks->cancel(peer->user, id))
		peer_result(req, json_object_new_object());
	else
		unknown(req, id);
}

void
tasks_push(struct mcp_peer *peer, const struct mcp_listen *listen,
    const char *id)
{
	struct mcp_task_out out = { NULL, listen->abilities };

	peer->info->tasks->get(peer->user, id, &out);
	if (out.json == NULL)
		return;
	peer_mark(out.json, listen->id);
	peer_notify(peer, "notifications/tasks", out.json);
}
