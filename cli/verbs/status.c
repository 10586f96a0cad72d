/*
 * ccproc status: how many tasks there are, in a line, for prompts and status
 * lines: from the daemon's hello, so it costs a millisecond.  And what has
 * ended in a folder while nobody looked, for hooks that begin a session.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/link.h"
#include "cli/options.h"
#include "cli/path.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/launch.h"
#include "common/mem.h"
#include "json/json.h"

/* A status line shows nothing rather than wait for longer. */
#define ANSWER_MS 500
/* A session that begins waits for no longer. */
#define UNSEEN_S 3
/* So many are looked through, the newest, and so many told. */
#define UNSEEN_SCAN 200
#define UNSEEN_TOLD 5

struct status_options {
	bool line;
	bool unseen;
	const char *cwd;
	bool json;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct status_options, line, .name = "line",
	    .help = "for status lines: nothing where nothing is on"),
	OPTION_FLAG(struct status_options, unseen, .name = "unseen",
	    .help =
		"for hooks: what ended in this folder, and nobody has seen"),
	OPTION_TEXT(struct status_options, cwd, .letter = 'C', .name = "cwd",
	    .value = "DIR", .help = "with --unseen: in that folder"),
	OPTION_FLAG(struct status_options, json, .letter = 'j', .name = "json",
	    .help = "as JSON"),
	END_OF_OPTIONS,
};

static const struct status_options defaults = { .line = false };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb status_verb = {
	.name = "status",
	.synopsis = "[-j] [--line | --unseen [-C DIR]]",
	.summary = "Count the tasks that need you, run or are queued",
	.details =
	    "\nNo daemon is started; where none runs, nothing is on.  "
	    "Alone it is ls,\nwith an ID show; ccproc daemon tells of the "
	    "daemon.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct status_options),
	.alone = true,
	.check = check,
	.run = run,
};

static void
add(struct buf *out, int64_t n, const char *what)
{
	if (n > 0)
		buf_printf(out, "%s%" PRId64 " %s", out->len == 0 ? "" : ", ",
		    n, what);
}

/* As the last line of `ls' has it. */
static void
print_line(const struct link_daemon *daemon, bool line)
{
	struct buf text = { 0 };
	int64_t asking = daemon->needs_input > 0 ? daemon->needs_input : 0;

	add(&text, asking, asking == 1 ? "needs input" : "need input");
	add(&text, daemon->running - asking, "running");
	add(&text, daemon->queued, "queued");
	if (daemon->queue_paused)
		buf_printf(&text, "%squeue paused", text.len == 0 ? "" : ", ");
	if (text.len > 0)
		puts(text.data);
	else if (!line)
		puts("nothing runs");
	buf_clear(&text);
}

static void
print_json(const struct link_daemon *daemon)
{
	struct json_object *root = json_object_new_object();

	json_add_int(root, "needs_input", daemon->needs_input);
	json_add_int(root, "running", daemon->running);
	json_add_int(root, "queued", daemon->queued);
	json_add_bool(root, "queue_paused", daemon->queue_paused);
	text_print_json(root);
	json_object_put(root);
}

/* Only words of ours: nothing that a task wrote, or was told. */
static void
add_ended(const struct task_info *task, struct buf *out)
{
	buf_printf(out, "%s%s%s %s", task->id, task->label == NULL ? "" : " ",
	    task->label == NULL ? "" : task->label, task->state);
	if (strcmp(task->state, "completed") == 0)
		return;
	if (task->signal != NULL)
		buf_printf(out, ": %s", task->signal);
	else if (task->exit_code > 0)
		buf_printf(out, ": exit code %" PRId64, task->exit_code);
	else if (task->reason != NULL)
		buf_printf(out, ": %s", task->reason);
}

static void
print_unseen(const struct tasks *tasks)
{
	struct buf lines = { 0 }, ids = { 0 };
	size_t i, n = 0;

	for (i = 0; i < tasks->n; i++) {
		if (!tasks->info[i].unseen || n++ >= UNSEEN_TOLD)
			continue;
		add_ended(&tasks->info[i], &lines);
		buf_puts(&lines, "\n");
		buf_printf(&ids, "%s\"%s\"", ids.len == 0 ? "" : ",",
		    tasks->info[i].id);
	}
	if (n > 0)
		printf(
		    "ccproc: %zu task%s of this folder ended, and nobody has "
		    "seen how:\n%s",
		    n, n == 1 ? "" : "s", lines.data);
	if (n > UNSEEN_TOLD)
		printf("and %zu older ones\n", n - UNSEEN_TOLD);
	if (n > 0)
		printf(
		    "next: check_tasks {\"ids\":[%s]} when it matters here\n",
		    ids.data);
	buf_clear(&lines);
	buf_clear(&ids);
}

/*
 * The daemon may be about to be started by the bridge of the same session, for
 * which there is a moment.
 */
static bool
daemon_comes(void)
{
	const struct timespec moment = { .tv_nsec = 100000000 };
	char session[37];
	struct link link;
	struct error ignored;
	bool there = false;
	int tries;

	launch_session(session);
	link_init(&link);
	for (tries = 0; tries < 10 && !there; tries++) {
		if (tries > 0)
			nanosleep(&moment, NULL);
		there = link_try(&link, session, ANSWER_MS, &ignored) == 0;
	}
	link_close(&link);
	return there;
}

static int
unseen(const struct status_options *o)
{
	char *cwd = path_absolute(o->cwd == NULL ? "." : o->cwd);
	const struct tasks_filter filter = { .cwd = cwd, .limit = UNSEEN_SCAN };
	struct tasks tasks = { 0 };
	struct rpc *rpc = NULL;
	struct error err;
	int status = 0;

	alarm(UNSEEN_S);
	if (daemon_comes()) {
		if ((rpc = rpc_open(&err)) == NULL ||
		    tasks_list(rpc, &filter, &tasks, &err) != 0)
			status = say_failed(&err);
		else
			print_unseen(&tasks);
	}
	rpc_free(rpc);
	tasks_clear(&tasks);
	free(cwd);
	return status;
}

static int
check(const void *options, char *const *words, struct error *err)
{
	const struct status_options *o = options;

	(void)words;
	if (o->cwd != NULL && !o->unseen)
		fail(err, ERR_INVALID, "--cwd: expected only with --unseen");
	else if (o->unseen && (o->line || o->json))
		fail(err, ERR_INVALID,
		    "--unseen: expected without --line and --json");
	else
		return 0;
	return -1;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct status_options *o = options;
	static const struct link_daemon none;
	const struct link_daemon *daemon = &none;
	char session[37];
	struct link link;
	struct error ignored;

	(void)rpc;
	(void)words;
	if (o->unseen)
		return unseen(o);
	launch_session(session);
	link_init(&link);
	if (link_try(&link, session, ANSWER_MS, &ignored) == 0)
		daemon = &link.daemon;
	if (o->json)
		print_json(daemon);
	else
		print_line(daemon, o->line);
	link_close(&link);
	return 0;
}
