/*
 * ccproc logs: what a task wrote, byte by byte; what an agent does and what
 * it came to.
 */
#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/activity.h"
#include "cli/attend.h"
#include "cli/follow.h"
#include "cli/lens.h"
#include "cli/many.h"
#include "cli/options.h"
#include "cli/result.h"
#include "cli/rpc.h"
#include "cli/runs.h"
#include "cli/say.h"
#include "cli/select.h"
#include "cli/status.h"
#include "cli/tail.h"
#include "cli/tasks.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/utf8.h"

struct logs_options {
	struct select select;
	const char *grep;
	bool times;
	bool json;
	bool activity;
	bool follow;
	bool clean;
	bool use_stdout;
	bool use_stderr;
	const char *color;
	int64_t lines; /* -1: all */
	bool raw;
	int64_t run; /* 0: the current one */
};

static const struct option_row rows[] = {
	SELECT_OPTIONS(struct logs_options, select),
	OPTION_FLAG(struct logs_options, activity, .name = "activity",
	    .help = "agents: what it does, line by line"),
	OPTION_FLAG(struct logs_options, follow, .letter = 'f',
	    .name = "follow", .help = "go on until the task ends"),
	OPTION_FLAG(struct logs_options, clean, .name = "clean",
	    .help = "commands: show what a terminal would obey"),
	OPTION_FLAG(struct logs_options, use_stderr, .letter = 'e',
	    .name = "stderr", .help = "its stderr only"),
	OPTION_FLAG(struct logs_options, use_stdout, .name = "stdout",
	    .help = "its stdout only"),
	OPTION_TEXT(struct logs_options, color, .name = "color",
	    .value = "WHEN", .help = "its stderr: " TERMINAL_COLOURS),
	OPTION_NUMBER(struct logs_options, lines, .letter = 'n',
	    .name = "lines", .value = "LINES", .max = INT64_MAX,
	    .help = "only the last lines"),
	OPTION_TEXT(struct logs_options, grep, .name = "grep", .value = "REGEX",
	    .help = "only lines that match"),
	OPTION_FLAG(struct logs_options, times, .letter = 'T',
	    .name = "timestamps", .help = "when each line came here"),
	OPTION_FLAG(struct logs_options, json, .letter = 'j', .name = "json",
	    .help = "a JSON object for each line"),
	OPTION_FLAG(struct logs_options, raw, .letter = 'r', .name = "raw",
	    .help = "agents: stream-json instead of the result"),
	OPTION_NUMBER(struct logs_options, run, .letter = 'R', .name = "run",
	    .value = "RUN", .max = INT64_MAX,
	    .help = "agents: one of several runs, as show names them"),
	END_OF_OPTIONS,
};

static const struct logs_options defaults = { .lines = -1 };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb logs_verb = {
	.name = "logs",
	.synopsis = "[OPTION ...] [ID ...]",
	.summary = "Print a task's output, or what an agent does or came to",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct logs_options),
	.words = "ID",
	.check = check,
	.run = run,
};

#define STDERR_COLOUR 31 /* red */

/* A file of the task, and where it goes. */
struct stream {
	const char *name;
	int out;
};

/* What may be shown of a command are its bytes; of an agent it is text. */
static void
choose_lens(const struct logs_options *o, const struct task_info *task,
    const char *name, int out, struct lens *lens)
{
	bool is_stderr = strcmp(name, "stderr") == 0;

	if (tasks_is_agent(task))
		lens->clean = is_stderr ? text_add_clean : utf8_add_json;
	else if (o->clean)
		lens->clean = text_add_clean;
	if (is_stderr && !o->use_stderr && terminal_coloured(out, o->color))
		lens->colour = STDERR_COLOUR;
}

/* Both, or the one that is wanted, which then goes to stdout. */
static size_t
choose_streams(const struct logs_options *o, const struct task_info *task,
    struct stream *streams)
{
	size_t n = 0;

	if (!o->use_stderr)
		streams[n++] = (struct stream){ "stdout", STDOUT_FILENO };
	if (o->use_stderr)
		streams[n++] = (struct stream){ "stderr", STDOUT_FILENO };
	else if (!o->use_stdout && !tasks_is_agent(task))
		streams[n++] = (struct stream){ "stderr", STDERR_FILENO };
	return n;
}

static void
add_stream(struct follow *follow, const struct logs_options *o,
    const struct task_info *task, const struct stream *stream,
    struct lens *lens)
{
	choose_lens(o, task, stream->name, stream->out, lens);
	follow_add(follow, stream->name, stream->out,
	    tail_start(task->output.dir, stream->name, o->lines));
	if (lens->clean != NULL || lens->colour != 0)
		follow_through(follow, stream->name, lens);
}

/* Tells a person who has followed it how it failed. */
static void
say_end(struct rpc *rpc, const struct tasks *ended)
{
	char *ids[] = { ended->info[0].id, NULL }, *line;
	struct error err;

	if (strcmp(ended->info[0].state, "completed") == 0 ||
	    !isatty(STDERR_FILENO))
		return;
	line = tasks_describe(rpc, ids, &err);
	if (line != NULL)
		say("%s", line);
	free(line);
}

/* One stream as it is now; the next one comes after it. */
static int
copy_stream(const struct logs_options *o, const struct task_info *task,
    const struct stream *stream, struct error *err)
{
	struct follow *follow = follow_open(task->output.dir, err);
	struct lens lens = { .clean = NULL };
	int result = -1;

	if (follow != NULL) {
		add_stream(follow, o, task, stream, &lens);
		result = follow_drain(follow, err);
	}
	follow_free(follow);
	return result;
}

static int
follow_streams(struct rpc *rpc, const struct logs_options *o,
    const struct task_info *task, const struct stream *streams, size_t n,
    struct error *err)
{
	struct follow *follow = follow_open(task->output.dir, err);
	const struct attend_spec spec = { .id = task->id,
		.follow = follow,
		.signals = -1 };
	struct lens lenses[2] = { { .clean = NULL } };
	struct tasks ended = { 0 };
	size_t i;
	int result;

	if (follow == NULL)
		return -1;
	for (i = 0; i < n; i++)
		add_stream(follow, o, task, &streams[i], &lenses[i]);
	result = attend(rpc, &spec, &ended, err);
	follow_free(follow);
	if (result == 0)
		say_end(rpc, &ended);
	tasks_clear(&ended);
	return result;
}

static int
copy_output(struct rpc *rpc, const struct logs_options *o,
    const struct task_info *task, struct error *err)
{
	struct stream streams[2];
	size_t i, n = choose_streams(o, task, streams);
	int result = 0;

	if (o->follow)
		return follow_streams(rpc, o, task, streams, n, err);
	for (i = 0; i < n && result == 0; i++)
		result = copy_stream(o, task, &streams[i], err);
	return result;
}

static void
print_lines(const char *text, int64_t lines)
{
	text = tail_of(text, lines);
	if (*text != '\0')
		text_print(stdout, text);
}

static int
print_result(struct rpc *rpc, const struct logs_options *o,
    const struct task_info *task, struct error *err)
{
	const struct attend_spec spec = { .id = task->id,
		.signals = -1,
		.result_chars = TASKS_RESULT_CHARS };
	struct tasks ended = { 0 };
	char *text = NULL;

	if (!o->follow)
		text = result_text(task, err);
	else if (attend(rpc, &spec, &ended, err) == 0)
		text = result_text(&ended.info[0], err);
	if (text != NULL)
		print_lines(text, o->lines);
	tasks_clear(&ended);
	free(text);
	return text != NULL ? 0 : -1;
}

/* Prints the result of a run that is not the current one. */
static int
print_result_of_run(const struct logs_options *o, const struct task_info *task,
    struct error *err)
{
	char *text = result_in(task->output.dir);

	if (text == NULL) {
		fail(err, ERR_NOT_FOUND,
		    "run %" PRId64 " of %s has no result; --activity, --raw "
		    "and --stderr show what there is of it",
		    o->run, task->id);
		return -1;
	}
	print_lines(text, o->lines);
	free(text);
	return 0;
}

/*
 * Of an agent that works what it does; of one that is followed the result
 * in the end, apart from that.
 */
static int
print_agent(struct rpc *rpc, const struct logs_options *o,
    const struct task_info *task, struct error *err)
{
	const struct activity_spec spec = { .id = task->id,
		.run = o->run,
		.follow = o->follow,
		.lines = o->lines,
		.out = o->follow && !o->activity ? stderr : stdout };
	int any = 0;

	if (!o->activity && o->run > 0)
		return print_result_of_run(o, task, err);
	if (!o->activity && status_ended(task))
		return print_result(rpc, o, task, err);
	any = activity_print(rpc, &spec, err);
	if (any == -1 || o->activity || (any == 1 && !o->follow))
		return any == -1 ? -1 : 0;
	return print_result(rpc, o, task, err);
}

static int
print(struct rpc *rpc, const struct logs_options *o,
    const struct task_info *task, struct error *err)
{
	if (tasks_is_agent(task) && !o->raw && !o->use_stdout && !o->use_stderr)
		return print_agent(rpc, o, task, err);
	if (o->activity) {
		fail(err, ERR_INVALID, "%s is a command: it has no activity",
		    task->id);
		return -1;
	}
	return copy_output(rpc, o, task, err);
}

/* Another run than the current one is looked at where it is, as it is. */
static int
choose_run(struct logs_options *o, struct task_info *task, struct error *err)
{
	char *dir;

	if (o->run == task->run)
		o->run = 0;
	if (o->run == 0)
		return 0;
	dir = runs_dir(task, o->run, err);
	if (dir == NULL)
		return -1;
	free(task->output.dir);
	task->output.dir = dir;
	o->follow = false;
	return 0;
}

/* What concerns one task needs one. */
static int
print_many(struct rpc *rpc, const struct logs_options *o, const regex_t *grep,
    const struct tasks *tasks, struct error *err)
{
	const struct many_spec spec = { .lens = { .times = o->times,
					    .grep = grep,
					    .clean = o->clean ? text_add_clean :
								NULL },
		.follow = o->follow,
		.json = o->json,
		.use_stdout = !o->use_stderr,
		.use_stderr = !o->use_stdout,
		.lines = o->lines,
		.colour = o->color };

	if (!o->raw && o->run == 0 && !o->activity)
		return many_print(rpc, &spec, tasks, err);
	fail(err, ERR_INVALID,
	    "--raw, --run and --activity are for one task as it is, not for %s",
	    tasks->n > 1 ? "several" : "its lines");
	return -1;
}

/* Lines with something before them, or some of them, are those of many. */
static int
print_all(struct rpc *rpc, struct logs_options *o, const regex_t *grep,
    struct tasks *tasks, struct error *err)
{
	if (tasks->n > 1 || grep != NULL || o->times || o->json)
		return print_many(rpc, o, grep, tasks, err);
	if (choose_run(o, &tasks->info[0], err) != 0)
		return -1;
	return print(rpc, o, &tasks->info[0], err);
}

static int
compile(const char *pattern, regex_t *regex, struct error *err)
{
	int code = regcomp(regex, pattern, REG_EXTENDED | REG_NOSUB);
	char why[100];

	if (code == 0)
		return 0;
	regerror(code, regex, why, sizeof(why));
	fail(err, ERR_INVALID, "--grep: %s", why);
	return -1;
}

static int
check(const void *options, char *const *words, struct error *err)
{
	const struct logs_options *o = options;
	regex_t regex;

	if (o->grep != NULL) {
		if (compile(o->grep, &regex, err) != 0)
			return -1;
		regfree(&regex);
	}
	if (o->use_stdout && o->use_stderr) {
		fail(err, ERR_INVALID,
		    "--stdout and --stderr are all there is; give neither");
		return -1;
	}
	return terminal_check_colours(o->color, err) != 0 ?
	    -1 :
	    select_check_some(&o->select, words, err);
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	struct logs_options o = *(const struct logs_options *)options;
	struct tasks tasks = { 0 };
	struct error err;
	regex_t grep;
	int status = 0;

	if (select_whole(rpc, &o.select, words, &tasks, &err) != 0)
		return say_failed(&err);
	if (tasks.n == 0)
		return say_none();
	if (o.grep != NULL && compile(o.grep, &grep, &err) != 0)
		status = say_failed(&err);
	else if (print_all(rpc, &o, o.grep == NULL ? NULL : &grep, &tasks,
		     &err) != 0)
		status = say_failed(&err);
	if (o.grep != NULL)
		regfree(&grep);
	tasks_clear(&tasks);
	return status;
}
