/*
 * The daemon as MCP clients see it.  See provide.h.
 */
#include <config.h>
#include <stddef.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "daemon/os/loop.h"
#include "daemon/provide/prompts.h"
#include "daemon/provide/provide.h"
#include "daemon/provide/resources.h"
#include "daemon/provide/taskext.h"
#include "daemon/reply/elicit.h"
#include "daemon/session.h"
#include "daemon/store/secret.h"
#include "daemon/task/task.h"
#include "daemon/tools/permission.h"
#include "daemon/tools/tools.h"
#include "daemon/view/person.h"
#include "mcp/mcp.h"

static const char instructions[] =
    "ccproc runs shell commands and Claude agents that outlive this session, "
    "many at once. Start one with run_task or up to 50 with start_tasks, then "
    "go on working: where the client can, you are woken with the result; "
    "elsewhere call check_tasks with wait_s when you need it, never in a "
    "loop. Ids are t7 (task), g7 (group) or labels. An agent sees nothing of "
    "this conversation: put paths, goal and limits into its prompt. An "
    "answer's first line tells state and exit code, or who failed; if it is "
    "not completed, look with read_output before you guess. stop_tasks keeps "
    "the data, cleanup_tasks deletes it.";

static const struct mcp_prompt *const prompts[] = {
	&status_prompt,
	&fan_out_prompt,
	&pick_up_prompt,
	NULL,
};

/*
 * When clients are told that the list of resources has changed: it wakes the
 * bridge and the client of each session, which need not be while programs start.
 */
#define SOON_MS 200

static struct mcp_key key;

/* The command has said that a person reads it. */
static char *
word_failure(const void *user, const char *text)
{
	return session_can(user, "person") ? person_words(text) : NULL;
}

static const struct mcp_info info = {
	.name = "ccproc",
	.title = "ccproc task supervisor",
	.version = PACKAGE_VERSION,
	.instructions = instructions,
	.tools = tools_all,
	.prompts = prompts,
	.resources = &resources,
	.tasks = &taskext,
	.key = &key,
	.ready = elicit_join,
	.word_failure = word_failure,
	.changing = MCP_LIST_RESOURCES,
};

static const struct mcp_tool *const ask_tools[] = {
	&permission_tool,
	NULL,
};

static const struct mcp_info question_info = {
	.name = "ccproc-ask",
	.version = PACKAGE_VERSION,
	.tools = ask_tools,
};

static struct event *soon; /* tells that the list of resources has changed */

const struct mcp_info *
provide_info(void)
{
	return &info;
}

const struct mcp_info *
provide_ask_info(void)
{
	return &question_info;
}

static void
on_soon(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	mcp_list_changed(&info, MCP_LIST_RESOURCES);
}

/* However many tasks are started meanwhile, clients are told once. */
static void
changed(struct watcher *watcher, struct task *task, unsigned news)
{
	(void)watcher;
	(void)task;
	(void)news;
	if (!event_pending(soon, EV_TIMEOUT, NULL))
		loop_timer_start(soon, SOON_MS);
}

static struct watcher watcher = {
	.name = "provide",
	.wants = TASK_ENTERED(TASK_QUEUED) | TASK_ENTERED(TASK_DELETED),
	.changed = changed,
};

void
provide_start(void)
{
	struct error err;

	if (store_secret(key.bytes, sizeof(key.bytes), &err) != 0)
		log_warnx("%s; what was signed before is not valid now",
		    err.text);
	soon = loop_timer_new(on_soon, NULL);
	task_watch_all(&watcher);
	elicit_start();
}

void
provide_stop(void)
{
	task_unwatch(&watcher);
	elicit_stop();
	if (soon != NULL)
		event_free(soon);
	soon = NULL;
}
