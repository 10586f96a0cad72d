/*
 * ccproc logs: what a task wrote, byte by byte; what an agent does and what
 * it came to.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/activity.h"
#include "cli/attend.h"
#include "cli/follow.h"
#include "cli/options.h"
#include "cli/result.h"
#include "cli/rpc.h"
#include "cli/runs.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/utf8.h"

struct logs_options {
	bool activity;
	bool follow;
	bool clean;
	bool use_stderr;
	int64_t lines; /* -1: all */
	bool raw;
	int64_t run; /* 0: the current one */
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct logs_options, activity, .letter = 'a',
	    .name = "activity", .help = "agents: what it does, line by line"),
	OPTION_FLAG(struct logs_options, follow, .letter = 'f',
	    .name = "follow", .help = "go on until the task ends"),
	OPTION_FLAG(struct logs_options, clean, .name = "clean",
	    .help = "commands: show what a terminal would obey"),
	OPTION_FLAG(struct logs_options, use_stderr, .letter = 'e',
	    .name = "stderr", .help = "its stderr, not its stdout"),
	OPTION_NUMBER(struct logs_options, lines, .letter = 'n',
	    .name = "lines", .value = "LINES", .max = INT64_MAX,
	    .help = "only the last lines"),
	OPTION_FLAG(struct logs_options, raw, .letter = 'r', .name = "raw",
	    .help = "agents: stream-json instead of the result"),
	OPTION_NUMBER(struct logs_options, run, .letter = 'R', .name = "run",
	    .value = "RUN", .max = INT64_MAX,
	    .help = "agents: one of several runs, as show names them"),
	END_OF_OPTIONS,
};

static const struct logs_options defaults = { .lines = -1 };

static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb logs_verb = {
	.name = "logs",
	.synopsis = "[OPTION ...] ID",
	.summary = "Print a task's output, or what an agent does or came to",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct logs_options),
	.words = "ID",
	.min_words = 1,
	.max_words = 1,
	.run = run,
};

/*
 * Where the last lines of len bytes begin, or -1: further back.  *lines
 * counts down the newlines that are still to be found.
 */
static ssize_t
last_lines(const char *text, size_t len, int64_t *lines)
{
	while (len > 0)
		if (text[--len] == '\n' && (*lines)-- == 0)
			return (ssize_t)len + 1;
	return -1;
}

/* A newline at the very end ends the last line, and begins none. */
static int64_t
newlines_before(int64_t lines, char last)
{
	return last == '\n' ? lines : lines - 1;
}

static int64_t
tail_of_file(int fd, int64_t size, int64_t lines)
{
	char buf[65536], last = '\0';
	ssize_t n, at;

	if (size == 0 || pread(fd, &last, 1, size - 1) != 1)
		return 0;
	if (lines == 0)
		return size;
	for (lines = newlines_before(lines, last); size > 0; size -= n) {
		n = size < (int64_t)sizeof(buf) ? size : (ssize_t)sizeof(buf);
		if (pread(fd, buf, (size_t)n, size - n) != n)
			return 0;
		at = last_lines(buf, (size_t)n, &lines);
		if (at != -1)
			return size - n + at;
	}
	return 0;
}

/* The byte from which the last lines of a file begin. */
static int64_t
start_of(const char *dir, const char *name, int64_t lines)
{
	char *path;
	struct stat st;
	int64_t start = 0;
	int fd;

	if (lines < 0)
		return 0;
	path = xasprintf("%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	free(path);
	if (fd == -1)
		return 0;
	if (fstat(fd, &st) == 0)
		start = tail_of_file(fd, st.st_size, lines);
	close(fd);
	return start;
}

static int
copy_file(struct rpc *rpc, const struct logs_options *o,
    const struct task_info *task, struct error *err)
{
	const char *name = o->use_stderr ? "stderr" : "stdout";
	struct follow *follow = follow_open(task->output.dir, err);
	const struct attend_spec spec = { .id = task->id,
		.follow = follow,
		.signals = -1 };
	struct tasks ended = { 0 };
	int result;

	if (follow == NULL)
		return -1;
	if (tasks_is_agent(task) && !o->use_stderr)
		follow_clean(follow, utf8_add_json);
	else if (tasks_is_agent(task) || o->clean)
		follow_clean(follow, text_add_clean);
	follow_add(follow, name, STDOUT_FILENO,
	    start_of(task->output.dir, name, o->lines));
	result = o->follow ? attend(rpc, &spec, &ended, err) :
			     follow_drain(follow, err);
	follow_free(follow);
	tasks_clear(&ended);
	return result;
}

static void
print_lines(const char *text, int64_t lines)
{
	size_t len = strlen(text);
	ssize_t start = 0;

	if (lines == 0 || len == 0)
		return;
	if (lines > 0) {
		lines = newlines_before(lines, text[len - 1]);
		start = last_lines(text, len, &lines);
	}
	text += start > 0 ? start : 0;
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
print(struct rpc *rpc, const struct logs_options *o, const struct tasks *tasks,
    const char *id, struct error *err)
{
	const struct task_info *task = &tasks->info[0];

	if (tasks->n > 1) {
		fail(err, ERR_INVALID,
		    "%s is %zu tasks, from %s on; name one of them", id,
		    tasks->n, task->id);
		return -1;
	}
	if (tasks_is_agent(task) && !o->raw && !o->use_stderr)
		return print_agent(rpc, o, task, err);
	if (o->activity) {
		fail(err, ERR_INVALID, "%s is a command: it has no activity",
		    task->id);
		return -1;
	}
	return copy_file(rpc, o, task, err);
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

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct tasks_query query = {
		.result_chars = TASKS_RESULT_CHARS,
	};
	struct logs_options o = *(const struct logs_options *)options;
	struct tasks tasks = { 0 };
	struct error err;
	int status = 0;

	if (tasks_check(rpc, words, &query, &tasks, &err) != 0 ||
	    (tasks.n == 1 && choose_run(&o, &tasks.info[0], &err) != 0) ||
	    print(rpc, &o, &tasks, words[0], &err) != 0)
		status = say_failed(&err);
	tasks_clear(&tasks);
	return status;
}
