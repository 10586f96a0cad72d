/*
 * watch_tasks: what happens to tasks, for `ccproc events`.  A call is answered
 * when something has happened since the last one; the first call of anybody
 * begins to note that, so it costs nothing where nobody asks.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/mem.h"
#include "common/monotime.h"
#include "daemon/os/loop.h"
#include "daemon/record/record.h"
#include "daemon/reply/tool.h"
#include "daemon/task/control.h"
#include "daemon/task/task.h"
#include "daemon/tools/tools.h"
#include "daemon/view/json.h"
#include "json/json.h"
#include "json/schema.h"

/* So many are kept for those who are slow, and told in one answer. */
#define NOTED_MAX 1024
#define TOLD_MAX 100

struct watch_args {
	char *epoch;   /* of the answer before, or NULL */
	int64_t after; /* and its `next' */
};

static const struct field fields[] = {
	STRING(struct watch_args, epoch, .help = "Of the answer before."),
	INTEGER(struct watch_args, after, .help = "What that called next."),
	END_OF_FIELDS,
};

static struct mcp_reply watch_tasks(struct mcp_call *call,
    const void *arguments);

const struct mcp_tool watch_tasks_tool = {
	.name = "watch_tasks",
	.description = "What happens to tasks, as soon as it does.",
	.fields = fields,
	.size = sizeof(struct watch_args),
	.flags = MCP_READ_ONLY | MCP_UNLISTED,
	.call = watch_tasks,
};

/* A call that waits. */
struct waiting {
	LIST_ENTRY(waiting) entry;
	struct mcp_call *call;
	uint64_t after;
};

static LIST_HEAD(, waiting) all_waiting = LIST_HEAD_INITIALIZER(all_waiting);
/* The last NOTED_MAX events, as JSON: number n is at n % NOTED_MAX. */
static char *noted[NOTED_MAX];
static uint64_t last;      /* the number of the last one */
static uint64_t asked;     /* and when somebody has asked */
static char epoch[48];     /* "": nothing is noted yet */
static struct event *soon; /* those of one turn are told together */

static struct mcp_reply
answer(struct mcp_call *call, uint64_t after)
{
	uint64_t n = after + 1, until;
	struct mcp_reply reply;
	struct buf out = { 0 };
	bool lost = last > NOTED_MAX && n <= last - NOTED_MAX;

	if (lost)
		n = last - NOTED_MAX + 1;
	until = last - n >= TOLD_MAX ? n + TOLD_MAX - 1 : last;
	buf_printf(&out,
	    "{\"epoch\":\"%s\",\"next\":%" PRIu64 "%s,\"events\":[", epoch,
	    n > last ? last : until, lost ? ",\"lost\":true" : "");
	for (; n <= last && n <= until; n++)
		buf_printf(&out, "%s%s", noted[n % NOTED_MAX],
		    n < until ? "," : "");
	buf_puts(&out, "]}");
	reply = mcp_reply_text(call, out.data);
	buf_clear(&out);
	return reply;
}

static void
on_soon(int fd, short what, void *arg)
{
	struct waiting *waiting, *next;
	struct mcp_call *call;
	uint64_t after;

	(void)fd;
	(void)what;
	(void)arg;
	if (LIST_EMPTY(&all_waiting) && last - asked > NOTED_MAX) {
		watch_tasks_stop(); /* whoever asks again has lost some */
		return;
	}
	for (waiting = LIST_FIRST(&all_waiting); waiting != NULL;
	     waiting = next) {
		next = LIST_NEXT(waiting, entry);
		call = waiting->call;
		after = waiting->after;
		LIST_REMOVE(waiting, entry);
		free(waiting);
		mcp_call_finish(call, answer(call, after));
	}
}

/*
 * What people call it, but "answered" and "seen", which are for `top'; NULL: no
 * event.
 */
static const char *
event_of(const struct task *task, unsigned news)
{
	if ((news & TASK_ENTERED(TASK_DELETED)) != 0)
		return "removed";
	if ((news & TASK_ENTERED(TASK_ENDED)) != 0)
		return "ended";
	if ((news & TASK_ENTERED(TASK_RUNNING)) != 0)
		return "started";
	if ((news & TASK_ENTERED(TASK_QUEUED)) != 0)
		return "queued";
	if ((news & TASK_SEEN) != 0)
		return "seen";
	if ((news & TASK_HELD) != 0)
		return task_is_held(task) ? "held" : "released";
	if ((news & TASK_MOVED) != 0)
		return "moved";
	if ((news & TASK_PAUSED) != 0)
		return task_paused_at(task) != 0 ? "paused" : "unpaused";
	switch (task_record(task)->state) {
	case STATE_NEEDS_INPUT:
		return "needs_input";
	case STATE_RUNNING: /* or its time was over */
		return "answered";
	default:
		return NULL;
	}
}

static void
changed(struct watcher *watcher, struct task *task, unsigned news)
{
	const char *name = event_of(task, news);
	struct json_object *event, *brief;
	char **place;

	(void)watcher;
	if (name == NULL)
		return;
	event = json_object_new_object();
	json_add_string(event, "event", name);
	brief = view_json_brief(task);
	json_object_object_foreach(brief, key, value)
		json_add(event, key, json_object_get(value));
	place = &noted[++last % NOTED_MAX];
	free(*place);
	*place = xstrdup(json_text(event, NULL));
	json_object_put(brief);
	json_object_put(event);
	if (!LIST_EMPTY(&all_waiting) || last - asked > NOTED_MAX)
		loop_timer_start(soon, 0);
}

static struct watcher watcher = {
	.name = "watch_tasks",
	.wants = TASK_ENTERED(TASK_QUEUED) | TASK_ENTERED(TASK_RUNNING) |
	    TASK_ENTERED(TASK_ENDED) | TASK_ENTERED(TASK_DELETED) |
	    TASK_QUESTIONS | TASK_PAUSED | TASK_HELD | TASK_MOVED | TASK_SEEN,
	.changed = changed,
};

static void
begin(void)
{
	snprintf(epoch, sizeof(epoch), "%d-%" PRId64, (int)getpid(),
	    monotime_ms());
	soon = loop_timer_new(on_soon, NULL);
	task_watch_all(&watcher);
}

/* Also where nobody has asked for long. */
void
watch_tasks_stop(void)
{
	size_t i;

	if (epoch[0] == '\0')
		return;
	task_unwatch(&watcher);
	event_free(soon);
	for (i = 0; i < NOTED_MAX; i++) {
		free(noted[i]);
		noted[i] = NULL;
	}
	epoch[0] = '\0';
	last = asked = 0;
}

static void
cancelled(void *arg)
{
	struct waiting *waiting = arg;

	LIST_REMOVE(waiting, entry);
	free(waiting);
}

static struct mcp_reply
watch_tasks(struct mcp_call *call, const void *arguments)
{
	const struct watch_args *args = arguments;
	uint64_t after = args->after > 0 ? (uint64_t)args->after : 0;
	struct waiting *waiting;

	if (epoch[0] == '\0')
		begin();
	asked = last;
	if (args->epoch == NULL || strcmp(args->epoch, epoch) != 0)
		return answer(call, last); /* where it can begin */
	if (after < last)
		return answer(call, after);
	waiting = xcalloc(1, sizeof(*waiting));
	waiting->call = call;
	waiting->after = last;
	LIST_INSERT_HEAD(&all_waiting, waiting, entry);
	return mcp_reply_later(call, cancelled, waiting);
}
