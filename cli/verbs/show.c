/*
 * ccproc show: everything that is known of tasks.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/asking.h"
#include "cli/files.h"
#include "cli/options.h"
#include "cli/result.h"
#include "cli/rpc.h"
#include "cli/runs.h"
#include "cli/say.h"
#include "cli/select.h"
#include "cli/spec.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "cli/usage.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/exitrec.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "json/json.h"

#define RUNS_SHOWN 20

struct show_options {
	struct select select;
	bool files;
	bool json;
};

static const struct option_row rows[] = {
	SELECT_OPTIONS(struct show_options, select),
	OPTION_FLAG(struct show_options, files, .name = "files",
	    .help = "only its folder, and the files there with their sizes"),
	OPTION_FLAG(struct show_options, json, .letter = 'j', .name = "json",
	    .help = "print everything as JSON"),
	END_OF_OPTIONS,
};

static const struct show_options defaults = { .files = false };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb show_verb = {
	.name = "show",
	.synopsis = "[OPTION ...] [ID ...]",
	.summary = "Show everything that is known of tasks",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct show_options),
	.words = "ID",
	.check = check,
	.run = run,
};

/* A line with a name and a value; none when the value is not known. */
static void
show(const char *name, const char *value)
{
	char *clean;

	if (value == NULL || *value == '\0')
		return;
	clean = text_clean(value, false);
	printf("  %-12s %s\n", name, clean);
	free(clean);
}

static void showf(const char *name, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
showf(const char *name, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) != -1)
		show(name, text);
	va_end(ap);
	free(text);
}

static void
show_list(const char *name, char *const *list)
{
	struct buf text = { 0 };

	for (; list != NULL && *list != NULL; list++)
		buf_printf(&text, "%s%s", text.len == 0 ? "" : ", ", *list);
	show(name, text.data);
	buf_clear(&text);
}

static void
show_span(const char *name, int64_t ms)
{
	char text[TIMEFMT_SIZE];

	show(name, timefmt_span(ms, text));
}

static void
show_limits(const struct spec_limits *limits)
{
	struct buf text = { 0 };

	if (limits->memory_max > 0)
		buf_printf(&text, "memory %.0f MiB",
		    (double)limits->memory_max / (1 << 20));
	if (limits->cpu_max > 0)
		buf_printf(&text, "%s%.3g cores", text.len == 0 ? "" : ", ",
		    limits->cpu_max);
	if (limits->tasks_max > 0)
		buf_printf(&text, "%s%" PRId64 " processes",
		    text.len == 0 ? "" : ", ", limits->tasks_max);
	show("limits", text.data);
	buf_clear(&text);
}

static void
show_spec(const struct task_info *task)
{
	struct spec spec = { 0 };
	struct error err;
	char *command = NULL;

	if (spec_read(task->output.dir, &spec, &err) != 0)
		say("%s: %s", task->id, err.text);
	command = spec_command(&spec);
	show("command", command);
	free(command);
	show("permissions", spec.permission_mode);
	show_list("allowed", spec.allowed_tools);
	show_list("after", spec.after);
	show_list("environment", spec.options.env);
	if (spec.timeout_s > 0)
		show_span("timeout", spec.timeout_s * 1000);
	if (spec.options.idle_timeout_s > 0)
		show_span("idle timeout", spec.options.idle_timeout_s * 1000);
	show_limits(&spec.options.limits);
	show("started by", spec.origin);
	show("parent", spec.parent);
	if (spec.unknown_origin)
		show("origin",
		    "unknown: its client's process could not be "
		    "looked at, so it counts as deep in a task");
	spec_clear(&spec);
}

static void
show_outcome(const struct task_info *task)
{
	show("state", task->state);
	show("reason", task->reason);
	if (task->exit_code >= 0)
		showf("exit code", "%" PRId64, task->exit_code);
	show("signal", task->signal);
	show("created", task->created_at);
	show("started", task->started_at);
	show("ended", task->ended_at);
	if (task->started_at != NULL)
		show_span("took", (int64_t)(task->elapsed_s * 1000));
	show("note", task->note);
}

/* Where there are several: the last ones of them. */
static void
show_runs(const struct task_info *task)
{
	int64_t n = task->runs > RUNS_SHOWN ? task->runs - RUNS_SHOWN + 1 : 1;
	char name[32], *text;

	for (; task->runs > 1 && n <= task->runs; n++) {
		snprintf(name, sizeof(name), "run %" PRId64, n);
		text = runs_describe(task, n);
		show(name, text);
		free(text);
	}
}

static void
show_worktree(const struct task_worktree *w)
{
	show("worktree", w->path);
	show("branch", w->branch);
	if (w->commits >= 0)
		showf("changes",
		    "%" PRId64 " commits, %" PRId64 " files +%" PRId64
		    " -%" PRId64 ", %" PRId64 " untracked%s",
		    w->commits, w->files_changed, w->insertions, w->deletions,
		    w->untracked, w->dirty ? ", not all committed" : "");
}

/* What a running task uses, as its cgroup tells. */
static void
show_usage(const char *cgroup)
{
	struct usage usage;

	usage_read(cgroup, &usage);
	if (usage.cpu_us >= 0)
		showf("cpu", "%.2f s so far", (double)usage.cpu_us / 1000000);
	if (usage.memory >= 0)
		showf("memory", "%.1f MiB, at most %.1f MiB so far",
		    (double)usage.memory / (1 << 20),
		    (double)usage.memory_peak / (1 << 20));
	show("pressure", usage.pressure);
}

/* Shows what the keeper measured. */
static void
show_record(const struct task_info *task)
{
	struct exitrec rec = { 0 };
	struct error err;
	int result, dirfd;

	dirfd = open(task->output.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dirfd == -1)
		return;
	result = exitrec_read(dirfd, "exit.json", &rec, &err);
	if (result != 0 && exitrec_read(dirfd, CLAIM_FILE, &rec, &err) == 0)
		show_usage(rec.cgroup);
	close(dirfd);
	if (result != 0 || !rec.complete)
		return;
	if (rec.memory_peak_kb > 0)
		showf("peak", "%.1f MiB of memory, all together",
		    (double)rec.memory_peak_kb / 1024);
	if (rec.maxrss_kb > 0) {
		showf("cpu", "%.2f s user, %.2f s system",
		    (double)rec.utime / 1000, (double)rec.stime / 1000);
		showf("memory", "%.1f MB at most",
		    (double)rec.maxrss_kb / 1024);
	}
	if (rec.leftovers > 0)
		showf("leftovers", "%" PRId64 " processes outlived it: %s",
		    rec.leftovers, rec.leftover_names);
	if (rec.unkillable > 0)
		showf("unkillable", "%" PRId64 " of them could not be killed",
		    rec.unkillable);
}

static void
show_agent(const struct task_info *task)
{
	struct error err;
	char *text;

	show("model", task->model);
	show("session", task->session_id);
	if (task->turns >= 0)
		showf("turns", "%" PRId64, task->turns);
	if (task->cost_usd > 0)
		showf("cost", "$%.4f", task->cost_usd);
	show_list("denied", task->denied);
	show("doing", task->activity);
	show("hint", task->hint);
	show("last words", task->partial);
	text = result_text(task, &err);
	if (text == NULL)
		return;
	puts("");
	text_print(stdout, text);
	free(text);
}

/* Shows what it waits to be told. */
static void
show_asks(const struct task_info *task)
{
	const struct ask_info *ask = task->asks.items;
	struct buf text = { 0 };
	size_t i;

	for (i = 0; i < task->asks.n; i++) {
		text.len = 0;
		buf_printf(&text, "%s: %s; ", ask[i].request_id,
		    ask[i].question);
		asking_how(task, &ask[i], &text);
		show("asks", text.data);
	}
	buf_clear(&text);
}

static void
show_task(const struct task_info *task)
{
	show("uuid", task->uuid);
	show("label", task->label);
	show("group", task->group);
	show("kind", task->kind);
	show_spec(task);
	show("cwd", task->cwd);
	show_worktree(&task->worktree);
	show("owner", task->owner);
	show_outcome(task);
	show_runs(task);
	show_record(task);
	showf("stdout", "%s/stdout (%" PRId64 " bytes)", task->output.dir,
	    task->output.stdout_bytes);
	showf("stderr", "%s/stderr (%" PRId64 " bytes)", task->output.dir,
	    task->output.stderr_bytes);
	if (tasks_is_agent(task)) {
		showf("prompt", "%s/prompt", task->output.dir);
		show_agent(task);
		show_asks(task);
	}
}

/* Under the line that the daemon has for each, in the same order. */
static void
show_all(const struct tasks *tasks, const char *lines)
{
	size_t i, n;
	char *line;

	for (i = 0; i < tasks->n; i++) {
		n = strcspn(lines, "\n");
		line = xstrndup(lines, n);
		fputs(i == 0 ? "" : "\n", stdout);
		text_print(stdout, line);
		free(line);
		lines += n + (lines[n] == '\n');
		show_task(&tasks->info[i]);
	}
}

static int
print(struct rpc *rpc, const struct tasks *tasks)
{
	struct error err;
	char **ids = tasks_names(tasks);
	char *lines = tasks_describe(rpc, ids, &err);

	strv_free(ids);
	if (lines == NULL)
		return say_failed(&err);
	show_all(tasks, lines);
	free(lines);
	return 0;
}

static int
check(const void *options, char *const *words, struct error *err)
{
	return select_check_some(
	    &((const struct show_options *)options)->select, words, err);
}

/* What a list tells is not enough. */
static int
collect(struct rpc *rpc, const struct select *select, char *const *words,
    struct tasks *tasks, struct error *err)
{
	const struct tasks_query query = { .result_chars = TASKS_RESULT_CHARS };
	char **ids = select_tasks(rpc, select, words, SELECT_ANY, tasks, err);
	int result = -1;

	if (ids == NULL)
		return -1;
	tasks_clear(tasks);
	result = ids[0] == NULL ? 0 : tasks_check(rpc, ids, &query, tasks, err);
	strv_free(ids);
	return result;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct show_options *o = options;
	struct tasks tasks = { 0 };
	struct error err;
	int status = 0;

	if (collect(rpc, &o->select, words, &tasks, &err) != 0)
		status = say_failed(&err);
	else if (tasks.n == 0 && !o->json)
		status = say_none();
	else if (o->files)
		status = files_show(&tasks, o->json);
	else if (o->json)
		tasks_print_json(&tasks);
	else
		status = print(rpc, &tasks);
	tasks_clear(&tasks);
	return status;
}
