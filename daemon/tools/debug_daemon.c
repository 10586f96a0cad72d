/*
 * debug_daemon: the living daemon as JSON, for the command.  Names, phases and
 * sizes, no contents.  See debug_daemon.h.
 */
#include <config.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/id.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/hook/launcher.h"
#include "daemon/os/loop.h"
#include "daemon/queue/queue.h"
#include "daemon/queue/turn.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/task/task.h"
#include "daemon/tools/debug_daemon.h"
#include "daemon/tools/tools.h"
#include "json/json.h"
#include "json/schema.h"
#include "mcp/mcp.h"

/* The most tasks that are listed, so that other sessions need not wait long. */
#define LISTED_MAX 200

#define FORM \
	(JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | \
	    JSON_C_TO_STRING_NOSLASHESCAPE)

static const struct field fields[] = {
	END_OF_FIELDS,
};

static struct mcp_reply debug_daemon(struct mcp_call *call, const void *args);

const struct mcp_tool debug_daemon_tool = {
	.name = "debug_daemon",
	.description = "The living daemon as JSON, for those who debug it.",
	.fields = fields,
	.flags = MCP_READ_ONLY | MCP_UNLISTED,
	.call = debug_daemon,
};

static struct json_object *(*clients)(void);

void
debug_daemon_clients(struct json_object *(*fn)(void))
{
	clients = fn;
}

static void
add_id(struct json_object *out, const struct task *task)
{
	char *id = xasprintf(TASK_ID, task_record(task)->number);

	json_add_string(out, "id", id);
	free(id);
}

/* Returns the watchers of a task, or (NULL) of all. */
static struct json_object *
watchers_of(const struct task *task)
{
	struct json_object *out = json_object_new_array();
	const struct watcher *watcher = NULL;

	while ((watcher = task_next_watcher(task, watcher)) != NULL)
		json_object_array_add(out,
		    json_object_new_string(watcher->name == NULL ?
			    "?" :
			    watcher->name));
	return out;
}

static struct json_object *
task_published(const struct task *task)
{
	struct json_object *out = json_object_new_object();
	const struct record *rec = task_record(task);

	add_id(out, task);
	json_add_string(out, "phase", task_phase_name(task_phase(task)));
	json_add_string(out, "state", state_name(rec->state));
	json_add_int(out, "run", rec->run.number);
	json_add_int(out, "references", task_references(task));
	json_add(out, "watchers", watchers_of(task));
	if (task_keeper_pid(task) != 0)
		json_add_int(out, "keeper_pid", task_keeper_pid(task));
	if (task_is_held(task))
		json_add_bool(out, "held", true);
	return out;
}

static struct json_object *
tasks_published(void)
{
	struct json_object *out = json_object_new_array();
	const struct task *task = NULL;
	size_t n = 0;

	while ((task = task_next_live(task)) != NULL && n++ < LISTED_MAX)
		json_object_array_add(out, task_published(task));
	return out;
}

static struct json_object *
turn_published(const struct task *task)
{
	struct json_object *out = json_object_new_object();
	struct turn turn;

	turn_look(task, &turn);
	add_id(out, task);
	json_add_string(out, "reason", turn_reason_name(turn.reason));
	if (turn.again_ms > 0)
		json_add_int(out, "again_ms", turn.again_ms);
	if (turn.again_at > 0)
		json_add_int(out, "again_at", turn.again_at);
	return out;
}

/* Returns the queued tasks in their order. */
static struct json_object *
queue_published(void)
{
	struct json_object *out = json_object_new_object();
	struct json_object *waiting = json_object_new_array();
	const struct task *task = NULL;
	size_t n = 0;

	while ((task = task_next_queued(task)) != NULL && n++ < LISTED_MAX)
		json_object_array_add(waiting, turn_published(task));
	json_add_int(out, "running_agents", (int64_t)task_count_running(true));
	json_add_int(out, "running_commands",
	    (int64_t)task_count_running(false));
	json_add_int(out, "queued", (int64_t)task_count_queued());
	json_add(out, "waiting", waiting);
	return out;
}

static void
add_timer(const char *name, int64_t left_ms, void *arg)
{
	struct json_object *timer = json_object_new_object();

	json_add_string(timer, "timer", name);
	json_add_int(timer, "left_ms", left_ms);
	json_object_array_add(arg, timer);
}

static struct json_object *
timers_published(void)
{
	struct json_object *out = json_object_new_array();

	loop_each_timer(add_timer, out);
	return out;
}

static struct json_object *
limits_published(void)
{
	struct json_object *out = json_object_new_object();
	struct rlimit descriptors;

	json_add_int(out, "agents", (int64_t)queue_slots(true));
	json_add_int(out, "commands", (int64_t)queue_slots(false));
	json_add_int(out, "live_tasks", TASKS_MAX_LIVE);
	json_add_int(out, "clients", CLIENTS_MAX);
	json_add_int(out, "calls_of_a_client", CLIENT_MAX_CALLS);
	json_add_int(out, "bytes_queued_of_a_client", CLIENT_MAX_QUEUED);
	if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0)
		json_add_int(out, "descriptors", (int64_t)descriptors.rlim_cur);
	return out;
}

static struct mcp_reply
debug_daemon(struct mcp_call *call, const void *args)
{
	struct json_object *out = json_object_new_object();
	struct mcp_reply reply;

	(void)args;
	json_add_string(out, "version", PACKAGE_VERSION);
	json_add_int(out, "pid", getpid());
	json_add_string(out, "state", store_root());
	json_add_int(out, "uptime_ms", loop_age_ms());
	json_add_bool(out, "debug_lines", log_debugging());
	json_add(out, "tasks", tasks_published());
	json_add(out, "watchers_of_all", watchers_of(NULL));
	json_add(out, "queue", queue_published());
	json_add(out, "hooks", launcher_describe());
	if (clients != NULL)
		json_add(out, "clients", clients());
	json_add(out, "timers", timers_published());
	json_add(out, "limits", limits_published());
	reply = mcp_reply_text(call, json_object_to_json_string_ext(out, FORM));
	json_object_put(out);
	return reply;
}
