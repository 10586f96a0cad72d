/*
 * ccproc rm: delete tasks with all their data.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/select.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"

struct rm_options {
	struct select select;
	bool force;
	bool force_worktree;
	bool yes;
	bool json;
};

static const struct option_row rows[] = {
	SELECT_OPTIONS(struct rm_options, select),
	OPTION_FLAG(struct rm_options, yes, .letter = 'y', .name = "yes",
	    .help = "do not ask before those that are selected"),
	OPTION_FLAG(struct rm_options, force, .letter = 'f', .name = "force",
	    .help = "stop those that still go on"),
	OPTION_FLAG(struct rm_options, force_worktree, .name = "force-worktree",
	    .help = "remove worktrees with changes, too"),
	OPTION_FLAG(struct rm_options, json, .letter = 'j', .name = "json",
	    .help = "print what went as JSON"),
	END_OF_OPTIONS,
};

static const struct rm_options defaults = { .force = false };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb rm_verb = {
	.name = "rm",
	.synopsis = "[OPTION ...] [ID ...]",
	.summary = "Delete tasks that have ended, with their output",
	.harmful = true,
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct rm_options),
	.words = "ID",
	.check = check,
	.run = run,
};

static int
check_ended(const struct tasks *tasks, struct error *err)
{
	const struct task_info *task;
	size_t i;

	error_clear(err);
	for (i = 0; i < tasks->n; i++) {
		task = &tasks->info[i];
		if (!status_ended(task))
			fail_add(err, ERR_BUSY, "%s is %s", task->id,
			    task->state);
	}
	if (err->code == ERR_NONE)
		return 0;
	fail_add(err, ERR_BUSY,
	    "nothing was removed: stop what goes on, or give --force");
	return -1;
}

/* What the answers tell, together. */
struct removed {
	int64_t tasks, bytes;
	struct json_object *skipped; /* ids, and why */
};

static void
add_answer(const char *text, struct removed *sum)
{
	struct error err;
	struct json_object *answer = json_parse(text, strlen(text), &err);
	struct json_object *skipped = json_object_at(answer, "skipped");
	int64_t tasks = 0, bytes = 0;

	if (answer == NULL) { /* of an older daemon */
		text_print(stdout, text);
		return;
	}
	json_int_at(answer, "removed", &tasks);
	json_int_at(answer, "bytes", &bytes);
	sum->tasks += tasks;
	sum->bytes += bytes;
	if (skipped != NULL) {
		json_object_object_foreach(skipped, id, why)
			json_add(sum->skipped, id, json_object_get(why));
	}
	json_object_put(answer);
}

static void
print_json(const struct removed *sum)
{
	struct json_object *object = json_object_new_object();

	json_add_int(object, "removed", sum->tasks);
	json_add_int(object, "bytes", sum->bytes);
	json_add(object, "skipped", json_object_get(sum->skipped));
	text_print_json(object);
	json_object_put(object);
}

static void
print_text(const struct removed *sum)
{
	char size[SIZE_TEXT];

	printf("removed %" PRId64 " task%s, freed %s\n", sum->tasks,
	    plural((uint64_t)sum->tasks), text_size(sum->bytes, size));
	json_object_object_foreach(sum->skipped, id, why)
		say("%s stays: %s", id, json_object_get_string(why));
}

static int
tell(const struct rm_options *o, char *const *answers)
{
	struct removed sum = { .skipped = json_object_new_object() };
	bool any = answers[0] != NULL && answers[0][0] == '{';
	int status;

	for (; *answers != NULL; answers++)
		add_answer(*answers, &sum);
	if (o->json)
		print_json(&sum);
	else if (any)
		print_text(&sum);
	status = json_object_object_length(sum.skipped) > 0 ? STATUS_OURS : 0;
	json_object_put(sum.skipped);
	return status;
}

/* A task that could not be removed is still where it was. */
static int
status_after(const struct tasks *tasks)
{
	size_t i;

	for (i = 0; i < tasks->n; i++)
		if (access(tasks->info[i].output.dir, F_OK) == 0)
			return STATUS_OURS;
	return 0;
}

static int
remove_all(struct rpc *rpc, const struct rm_options *o, char *const *ids,
    const struct tasks *tasks)
{
	const struct tasks_removal removal = { .kill = o->force,
		.worktrees = o->force_worktree };
	struct error err;
	char **answers;
	int status;

	if (!o->force && check_ended(tasks, &err) != 0)
		return say_failed(&err);
	if (select_is_used(&o->select) && !o->yes &&
	    !select_confirm(tasks, "delete"))
		return STATUS_CANCELLED;
	answers = tasks_remove(rpc, ids, &removal, &err);
	if (answers == NULL)
		return say_failed(&err);
	status = tell(o, answers);
	strv_free(answers);
	return status == 0 ? status_after(tasks) : status;
}

static int
check(const void *options, char *const *words, struct error *err)
{
	return select_check_some(&((const struct rm_options *)options)->select,
	    words, err);
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct rm_options *o = options;
	struct tasks tasks = { 0 };
	struct error err;
	char **ids;
	int status;

	ids = select_tasks(rpc, &o->select, words,
	    o->force ? SELECT_ANY : SELECT_ENDED, &tasks, &err);
	if (ids == NULL)
		return say_failed(&err);
	if (tasks.n > 0)
		status = remove_all(rpc, o, ids, &tasks);
	else if (o->json)
		status = tell(o, ids); /* nothing went */
	else
		status = say_none();
	strv_free(ids);
	tasks_clear(&tasks);
	return status;
}
