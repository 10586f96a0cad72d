/*
 * The tasks extension.  See taskext.h.  Nothing is kept between two calls,
 * so it does not matter which daemon gave an id out.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/id.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/find/observer.h"
#include "daemon/provide/taskext.h"
#include "daemon/record/record.h"
#include "daemon/reply/form.h"
#include "daemon/reply/task_handle.h"
#include "daemon/task/lineage.h"
#include "daemon/task/task.h"
#include "daemon/view/several.h"

static void get(void *user, const char *id, struct mcp_task_out *out);
static bool update(void *user, const char *id, struct json_object *answers);
static bool cancel(void *user, const char *id);
static void *begin(void *user, const char *id, void (*changed)(void *arg),
    void *arg);
static void end(void *arg);

const struct mcp_tasks taskext = {
	.get = get,
	.update = update,
	.cancel = cancel,
	.watch = begin,
	.unwatch = end,
};

/* As stop_tasks by default. */
#define GRACE_S 10

static size_t
result_chars(const struct task_handle *handle)
{
	int64_t chars = task_record(handle->list.tasks[0])->from.result_chars;

	return chars > 0 ? (size_t)chars : RESULT_CHARS;
}

/*
 * Says what a wait for the tasks would have answered.  It is no error, whatever
 * became of them: Claude Code makes one line of an error and cuts that, so
 * that the last ones of a group, and newlines, would be lost.
 */
static void
say_completed(const struct task_handle *handle, struct mcp_task *task,
    struct mcp_task_out *out)
{
	char *text = view_tasks(handle->list.tasks, handle->list.n, false,
	    result_chars(handle), CALL_WAIT_S);
	const struct mcp_content content = { .type = MCP_TEXT, .text = text };
	const struct mcp_result result = { .content = &content, .n = 1 };

	task->result = &result;
	mcp_task_is(out, task);
	task->result = NULL;
	free(text);
}

/*
 * A record that cannot be read now may be readable later; a bad one stays bad.
 */
static void
say_damaged(const struct task_handle *handle, struct mcp_task *task,
    struct mcp_task_out *out)
{
	task->status = handle->damage.code == ERR_INVALID ? MCP_TASK_FAILED :
							    MCP_TASK_WORKING;
	task->message = handle->damage.text;
	task->error = handle->damage.text;
	mcp_task_is(out, task);
}

/* A client without a user sees a working task, not the questions. */
static void
say_asking(const struct session *session, const struct task_handle *handle,
    struct mcp_task *task, struct mcp_task_out *out)
{
	struct forms forms = { 0 };
	size_t i;

	for (i = 0; lineage_is_outside(session) && i < handle->list.n; i++)
		form_add_task(&forms, handle->list.tasks[i]);
	task->asks = forms.asks;
	task->nasks = forms.n;
	mcp_task_is(out, task);
	task->asks = NULL;
	task->nasks = 0;
	form_clear(&forms);
}

static void
say(const struct session *session, const struct task_handle *handle,
    struct mcp_task_out *out)
{
	char *message = task_handle_message(handle);
	struct mcp_task task;
	size_t i;

	task_handle_publish(handle, message, &task);
	if (handle->list.n == 0 && handle->damage.code != ERR_NONE)
		say_damaged(handle, &task, out);
	else if (task.status == MCP_TASK_COMPLETED)
		say_completed(handle, &task, out);
	else if (task.status == MCP_TASK_INPUT_REQUIRED)
		say_asking(session, handle, &task, out);
	else
		mcp_task_is(out, &task);
	for (i = 0; !task_handle_is_open(handle) && i < handle->list.n; i++)
		task_mark_seen(handle->list.tasks[i]);
	free(message);
}

static void
get(void *user, const char *id, struct mcp_task_out *out)
{
	struct task_handle handle;

	if (task_handle_find(id, &handle))
		say(user, &handle, out);
	task_handle_clear(&handle);
}

static bool
update(void *user, const char *id, struct json_object *answers)
{
	struct task_handle handle;
	bool found = task_handle_find(id, &handle);

	if (found)
		form_take(user, handle.list.tasks, handle.list.n, answers);
	task_handle_clear(&handle);
	return found;
}

/* A turn that has not come yet is stopped with the one that runs. */
static void
stop_one(struct task *task)
{
	struct task *live = task_find_live(task_record(task)->number);
	struct error err;

	if (!record_ended(task_record(task)) &&
	    task_stop(live == NULL ? task : live, KEEPER_GRACEFUL, GRACE_S,
		&err) != 0)
		log_warnx(TASK_ID ": %s", task_record(task)->number, err.text);
}

/* Newest first, because a slot that comes free must not start the next one. */
static void
stop_all(const struct task_handle *handle)
{
	size_t i;

	for (i = handle->list.n; i > 0; i--)
		stop_one(handle->list.tasks[i - 1]);
}

static bool
cancel(void *user, const char *id)
{
	struct task_handle handle;
	bool found = task_handle_find(id, &handle);

	(void)user;
	if (found && task_handle_is_open(&handle))
		stop_all(&handle);
	task_handle_clear(&handle);
	return found;
}

struct task_watch {
	char id[64];               /* of a handle */
	struct observer *observer; /* NULL: nothing more can change */
	void (*changed)(void *arg);
	void *arg;
};

static bool
is_open(const char *id)
{
	struct task_handle handle;
	bool open = task_handle_find(id, &handle) &&
	    task_handle_is_open(&handle);

	task_handle_clear(&handle);
	return open;
}

static void
heard(void *arg)
{
	struct task_watch *watch = arg;

	if (!is_open(watch->id)) {
		observer_free(watch->observer);
		watch->observer = NULL;
	}
	watch->changed(watch->arg);
}

/* Observes live tasks: a turn that has not come yet is reached by those. */
static struct observer *
observe_now(struct task_handle *handle, struct task_watch *watch)
{
	struct task_list now = { 0 };
	struct task *live;
	struct observer *observer;
	size_t i;

	for (i = 0; i < handle->list.n; i++) {
		live =
		    task_find_live(task_record(handle->list.tasks[i])->number);
		task_list_add(&now,
		    live == NULL ? handle->list.tasks[i] : live);
	}
	observer = observer_new("taskext", now.tasks, now.n, heard, watch);
	task_list_clear(&now);
	return observer;
}

static void *
begin(void *user, const char *id, void (*changed)(void *arg), void *arg)
{
	struct task_watch *watch = NULL;
	struct task_handle handle;

	(void)user;
	if (task_handle_find(id, &handle)) {
		watch = xcalloc(1, sizeof(*watch));
		snprintf(watch->id, sizeof(watch->id), "%s", handle.id);
		watch->changed = changed;
		watch->arg = arg;
		if (task_handle_is_open(&handle))
			watch->observer = observe_now(&handle, watch);
	}
	task_handle_clear(&handle);
	return watch;
}

static void
end(void *arg)
{
	struct task_watch *watch = arg;

	observer_free(watch->observer);
	free(watch);
}
