/*
 * Staying with a task to its end.  See stay.h.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/attend.h"
#include "cli/follow.h"
#include "cli/lens.h"
#include "cli/result.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/stay.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "common/error.h"

/* Shows what the task writes: all of it, or only what an agent says aside. */
static struct follow *
follow_task(const struct stay_options *o, const struct task_info *task,
    struct lens *lens, struct error *err)
{
	struct follow *follow = follow_open(task->output.dir, err);

	if (follow == NULL)
		return NULL;
	if (!tasks_is_agent(task))
		follow_add(follow, "stdout", STDOUT_FILENO, 0);
	follow_add(follow, "stderr", STDERR_FILENO, 0);
	if (o->clean || tasks_is_agent(task)) {
		follow_through(follow, "stdout", lens);
		follow_through(follow, "stderr", lens);
	}
	return follow;
}

/* Ends of which the task itself did not tell. */
static bool
needs_words(const struct task_info *task)
{
	if (strcmp(task->state, "completed") == 0)
		return false;
	return task->reason == NULL ||
	    (strcmp(task->reason, "exit_code") != 0 &&
		strcmp(task->reason, "signal") != 0);
}

static void
say_end(struct rpc *rpc, const struct task_info *task)
{
	char *ids[] = { task->id, NULL }, *line;
	struct error err;

	if (!needs_words(task))
		return;
	line = tasks_describe(rpc, ids, &err);
	say("%s", line != NULL ? line : err.text);
	free(line);
}

/* Where its changes are. */
static void
say_worktree(const struct task_info *task)
{
	const struct task_worktree *w = &task->worktree;

	if (w->path != NULL && w->branch != NULL)
		say("%s: worktree %s, branch %s%s", task->id, w->path,
		    w->branch,
		    w->commits == 0 && w->dirty == 0 ? ": no changes" : "");
}

static void
print_result(const struct task_info *task)
{
	struct error err;
	char *text = result_text(task, &err);

	if (text != NULL && *text != '\0')
		text_print(stdout, text);
	free(text);
}

static int
finish(struct rpc *rpc, const struct stay_options *o, const struct tasks *tasks)
{
	const struct task_info *task = &tasks->info[0];

	if (o->json)
		tasks_print_json(tasks);
	else if (tasks_is_agent(task))
		print_result(task);
	fflush(stdout);
	say_end(rpc, task);
	if (!o->json)
		say_worktree(task);
	return status_of(task);
}

/* We cannot or shall not stay; the task does not depend on us. */
static int
leave(const char *id, const struct tasks *tasks, int signal)
{
	if (tasks->n == 0 || !status_ended(&tasks->info[0]))
		say("%s goes on; ccproc logs -f %s shows its output", id, id);
	return STATUS_SIGNAL + signal;
}

static int
attend_to_end(struct rpc *rpc, const struct stay_options *o,
    const struct attend_spec *spec, struct tasks *tasks)
{
	struct error err;
	int status, left_by = attend(rpc, spec, tasks, &err);

	if (left_by == 0)
		status = finish(rpc, o, tasks);
	else if (left_by == -1 && err.errnum == EPIPE)
		status = leave(spec->id, tasks, SIGPIPE);
	else if (left_by > 0)
		status = leave(spec->id, tasks, left_by);
	else {
		status = say_failed(&err);
		say("%s is left to itself; ccproc show %s tells of it",
		    spec->id, spec->id);
	}
	return status;
}

int
stay(struct rpc *rpc, char *id, const struct stay_options *o)
{
	const struct tasks_query query = {
		.result_chars = o->result || o->json ? TASKS_RESULT_CHARS : 0,
	};
	struct attend_spec spec = { .id = id,
		.signals = o->signals,
		.result_chars = query.result_chars };
	struct lens lens = { .clean = text_add_clean };
	char *ids[] = { id, NULL };
	struct tasks tasks = { 0 };
	struct error err;
	int status;

	if (tasks_check(rpc, ids, &query, &tasks, &err) != 0)
		return say_failed(&err);
	if (o->follow)
		spec.follow = follow_task(o, &tasks.info[0], &lens, &err);
	status = o->follow && spec.follow == NULL ?
	    say_failed(&err) :
	    attend_to_end(rpc, o, &spec, &tasks);
	follow_free(spec.follow);
	tasks_clear(&tasks);
	return status;
}
