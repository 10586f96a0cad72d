/*
 * Answering after a wait.  See later.h.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/os/filewatch.h"
#include "daemon/question/question.h"
#include "daemon/record/record.h"
#include "daemon/reply/elicit.h"
#include "daemon/reply/later.h"
#include "daemon/reply/tool.h"
#include "daemon/session.h"
#include "daemon/store/files.h"
#include "daemon/task/task.h"
#include "daemon/view/group.h"
#include "daemon/view/line.h"
#include "daemon/view/progress.h"

/*
 * SDK clients give up after 60 s without an answer, unless progress resets
 * that.  So a wait whose progress nobody hears is cut before.
 */
#define SILENT_WAIT_MAX_S 50
#define NOTICE_MS 15000
/* Bytes of what an agent does, in a notice. */
#define NEWEST_BYTES 80

struct later {
	struct mcp_call *call;
	struct wait *wait;
	struct filewatch *filewatch; /* only with until_news */
	struct later_spec spec;
	char note[160];
};

/* Whether the task has gone on behind the turn that the call is about. */
static bool
is_beyond(const struct later *later, const struct task *task)
{
	return later->spec.turn > 0 &&
	    task_record(task)->run.turn > later->spec.turn;
}

/*
 * Returns the task as that turn left it, and notes that it goes on; NULL: it
 * cannot be read now, and the task as it is has to do.
 */
static struct task *
look_back(struct later *later, struct task *task)
{
	struct error err;
	struct task *then = task_at_turn(task, later->spec.turn, &err);
	unsigned more;

	if (then == NULL) {
		log_warnx("%s", err.text);
		return NULL;
	}
	more = task_record(task)->run.count - task_record(then)->run.number;
	if (task_is_live(task))
		snprintf(later->note, sizeof(later->note),
		    "\n[" TASK_ID " goes on with %u more message%s]",
		    task_record(task)->number, more, more == 1 ? "" : "s");
	return then;
}

static void
done(struct wait *wait, void *arg)
{
	struct later *later = arg;
	struct mcp_reply reply;
	struct task *const *tasks;
	struct task *then = NULL;
	size_t n;

	tasks = wait_tasks(wait, &n);
	if (is_beyond(later, tasks[0]))
		then = look_back(later, tasks[0]);
	reply = later->spec.answer(later->call, later->spec.args,
	    then == NULL ? tasks : &then, n, later->note);
	mcp_call_finish(later->call, reply);
	task_unref(then);
	filewatch_free(later->filewatch);
	free(later);
}

static void
grew(void *arg)
{
	struct later *later = arg;

	wait_look(later->wait);
}

/*
 * Whether a task asks something that neither the owner's model was told nor the
 * user of this session sees.
 */
static bool
is_news(const struct later *later, const struct task *task)
{
	const struct session *session = tool_session(later->call);

	return question_untold(task, session->owner) &&
	    !elicit_shows(session, task);
}

static bool
enough(const struct wait *wait, const void *arg)
{
	const struct later *later = arg;
	struct task *const *tasks;
	size_t i, n;

	tasks = wait_tasks(wait, &n);
	if (is_beyond(later, tasks[0]))
		return true;
	if (later->spec.until_news != NULL &&
	    later->spec.until_news(tasks[0], later->spec.args))
		return true;
	for (i = 0; later->spec.until_asked && i < n; i++)
		if (is_news(later, tasks[i]))
			return true;
	return false;
}

/* Comes before the wait, whose first look then misses no write. */
static void
watch_growth(struct later *later, const struct task *task)
{
	struct error err;

	later->filewatch =
	    filewatch_new(store_full_path(task_record(task)->dir), grew, later,
		&err);
	if (later->filewatch == NULL)
		log_warnx("%s; waiting for the end only", err.text);
}

/* Returns the task's line and, of a running agent, what it does now. */
static char *
notice_of(const struct task *task)
{
	const struct record *rec = task_record(task);
	char *line = view_first_line(task), *notice;
	struct progress progress;

	if (!progress_is_there(rec))
		return line;
	progress_look(rec, NEWEST_BYTES, &progress);
	notice = xasprintf("%s%s%s", line,
	    progress.newest == NULL ? "" : " \xc2\xb7 ",
	    progress.newest == NULL ? "" : progress.newest);
	progress_clear(&progress);
	free(line);
	return notice;
}

static void
notice(struct wait *wait, void *arg)
{
	struct later *later = arg;
	struct task *const *tasks;
	char *text;
	size_t n;

	tasks = wait_tasks(wait, &n);
	text = n == 1 ? notice_of(tasks[0]) : view_verdict(tasks, n, false);
	mcp_call_progress(later->call, text);
	free(text);
}

static void
cancelled(void *arg)
{
	struct later *later = arg;

	wait_free(later->wait);
	filewatch_free(later->filewatch);
	free(later);
}

/* The part of a wait that is left when an earlier daemon has had the call. */
static int64_t
time_left(const struct mcp_call *call, int64_t wait_s)
{
	int64_t left = wait_s * 1000 - mcp_call_age_ms(call);

	return left > 0 ? left : 0;
}

struct mcp_reply
later_wait(struct mcp_call *call, struct task *const *tasks, size_t n,
    const struct later_spec *spec)
{
	struct later *later = xcalloc(1, sizeof(*later));
	struct wait_spec wait = {
		.until = spec->until,
		.timeout_ms = time_left(call, spec->wait_s),
		.since = tool_since(call),
		.done = done,
		.notice = notice,
		.arg = later,
	};

	later->call = call;
	later->spec = *spec;
	if (mcp_call_wants_progress(call))
		wait.notice_ms = NOTICE_MS;
	else if (spec->wait_s > SILENT_WAIT_MAX_S) {
		wait.timeout_ms = time_left(call, SILENT_WAIT_MAX_S);
		snprintf(later->note, sizeof(later->note),
		    "\n[wait_s was cut to %d: this client gave no "
		    "progressToken]",
		    SILENT_WAIT_MAX_S);
	}
	if (spec->until_news != NULL || spec->until_asked || spec->turn > 0)
		wait.enough = enough;
	if (spec->until_news != NULL)
		watch_growth(later, tasks[0]);
	later->wait = wait_new(tasks, n, &wait);
	return mcp_reply_later(call, cancelled, later);
}
