/*
 * ccproc show: everything that is known of tasks.  Long because all that is
 * known is one list of facts, in the order in which people read them.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/asking.h"
#include "cli/facts.h"
#include "cli/files.h"
#include "cli/hooks.h"
#include "cli/options.h"
#include "cli/path.h"
#include "cli/result.h"
#include "cli/rpc.h"
#include "cli/runs.h"
#include "cli/say.h"
#include "cli/select.h"
#include "cli/spec.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "cli/usage.h"
#include "cli/verbs/verbs.h"
#include "cli/when.h"
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

static void
tell_limits(const struct spec_limits *limits, struct facts *facts)
{
	struct json_object *object = json_object_new_object();
	struct buf text = { 0 };

	if (limits->memory_max > 0) {
		json_add_int(object, "memory_max", limits->memory_max);
		buf_printf(&text, "memory %.0f MiB",
		    (double)limits->memory_max / (1 << 20));
	}
	if (limits->cpu_max > 0) {
		json_add_number(object, "cpu_max", limits->cpu_max);
		buf_printf(&text, "%s%.3g cores", text.len == 0 ? "" : ", ",
		    limits->cpu_max);
	}
	if (limits->tasks_max > 0) {
		json_add_int(object, "tasks_max", limits->tasks_max);
		buf_printf(&text, "%s%" PRId64 " processes",
		    text.len == 0 ? "" : ", ", limits->tasks_max);
	}
	facts_add(facts, "limits", "limits", object, text.data);
	buf_clear(&text);
}

static struct json_object *
command_json(const struct spec *spec)
{
	struct json_object *argv;
	size_t i;

	if (spec->shell != NULL)
		return json_object_new_string(spec->shell);
	if (spec->argv == NULL)
		return NULL;
	argv = json_object_new_array();
	for (i = 0; spec->argv[i] != NULL; i++)
		json_object_array_add(argv,
		    json_object_new_string(spec->argv[i]));
	return argv;
}

static void
tell_spec(const struct task_info *task, struct facts *facts)
{
	struct spec spec = { 0 };
	struct error err;
	char *command;

	if (spec_read(task->output.dir, &spec, &err) != 0)
		say("%s: %s", task->id, err.text);
	command = spec_command(&spec);
	facts_add(facts, "command", "command", command_json(&spec), command);
	free(command);
	facts_add_text(facts, "permission_mode", "permissions",
	    spec.permission_mode);
	facts_add_list(facts, "allowed_tools", "allowed", spec.allowed_tools);
	facts_add_list(facts, "after", "after", spec.after);
	facts_add_list(facts, "env", "environment", spec.options.env);
	facts_add_seconds(facts, "timeout_s", "timeout", spec.timeout_s);
	facts_add_seconds(facts, "idle_timeout_s", "idle timeout",
	    spec.options.idle_timeout_s);
	tell_limits(&spec.options.limits, facts);
	facts_add_text(facts, "started_by", "started by", spec.origin);
	facts_add_text(facts, "parent", "parent", spec.parent);
	facts_add(facts, "unknown_origin", "origin",
	    json_object_new_boolean(spec.unknown_origin != 0),
	    spec.unknown_origin ? "unknown: its client's process could not be "
				  "looked at, so it counts as deep in a task" :
				  NULL);
	spec_clear(&spec);
}

/* A moment; the daemon's JSON has it by UTC. */
static void
tell_time(struct facts *facts, const char *key, const char *name,
    const char *time)
{
	int64_t ms = time == NULL ? 0 : time_parse_iso(time);
	char text[WHEN_SIZE];

	facts_add(facts, key, name, NULL, ms == 0 ? NULL : when_was(ms, text));
}

static void
tell_outcome(const struct task_info *task, struct facts *facts)
{
	char took[TIMEFMT_SIZE];

	facts_add_text(facts, "state", "state", task->state);
	facts_add_text(facts, "reason", "reason", task->reason);
	if (task->exit_code >= 0)
		facts_addf(facts, "exit_code", "exit code", NULL, "%" PRId64,
		    task->exit_code);
	facts_add_text(facts, "signal", "signal", task->signal);
	tell_time(facts, "created_at", "created", task->created_at);
	tell_time(facts, "started_at", "started", task->started_at);
	if (task->paused_at != NULL)
		tell_time(facts, "paused_at", "paused", task->paused_at);
	tell_time(facts, "ended_at", "ended", task->ended_at);
	if (task->started_at != NULL)
		facts_add(facts, "elapsed_s", "took", NULL,
		    timefmt_span((int64_t)(task->elapsed_s * 1000), took));
	facts_add_text(facts, "note", "note", task->note);
}

/* Where there are several: the last ones of them. */
static void
tell_runs(const struct task_info *task, struct facts *facts)
{
	int64_t n = task->runs > RUNS_SHOWN ? task->runs - RUNS_SHOWN + 1 : 1;
	struct json_object *list = json_object_new_array();
	static char names[RUNS_SHOWN][32];
	char *text;
	size_t i = 0;

	facts_add(facts, "run_list", "runs", list, NULL);
	for (; task->runs > 1 && n <= task->runs; n++, i++) {
		snprintf(names[i], sizeof(names[i]), "run %" PRId64, n);
		text = runs_describe(task, n);
		json_object_array_add(list, json_object_new_string(text));
		facts_add(facts, "run_list", names[i], NULL, text);
		free(text);
	}
}

static void
tell_worktree(const struct task_worktree *w, struct facts *facts)
{
	facts_add(facts, "worktree", "worktree", NULL, w->path);
	facts_add(facts, "worktree", "branch", NULL, w->branch);
	if (w->commits >= 0 && w->path != NULL)
		facts_addf(facts, "worktree", "changes", NULL,
		    "%" PRId64 " commits, %" PRId64 " files +%" PRId64
		    " -%" PRId64 ", %" PRId64 " untracked%s",
		    w->commits, w->files_changed, w->insertions, w->deletions,
		    w->untracked, w->dirty ? ", not all committed" : "");
}

/* What a running task uses, as its cgroup tells. */
static void
tell_usage(const char *cgroup, struct facts *facts)
{
	struct usage usage;

	usage_read(cgroup, &usage);
	if (usage.cpu_us >= 0)
		facts_addf(facts, "cpu_s", "cpu",
		    json_object_new_double((double)usage.cpu_us / 1000000),
		    "%.2f s so far", (double)usage.cpu_us / 1000000);
	if (usage.memory >= 0) {
		facts_addf(facts, "memory_bytes", "memory",
		    json_object_new_int64(usage.memory),
		    "%.1f MiB, at most %.1f MiB so far",
		    (double)usage.memory / (1 << 20),
		    (double)usage.memory_peak / (1 << 20));
		facts_add(facts, "memory_peak_bytes", "peak",
		    json_object_new_int64(usage.memory_peak), NULL);
	}
	facts_add_text(facts, "pressure", "pressure", usage.pressure);
}

static void
tell_measured(const struct exitrec *rec, struct facts *facts)
{
	if (rec->memory_peak_kb > 0)
		facts_addf(facts, "memory_peak_bytes", "peak",
		    json_object_new_int64(rec->memory_peak_kb * 1024),
		    "%.1f MiB of memory, all together",
		    (double)rec->memory_peak_kb / 1024);
	if (rec->maxrss_kb > 0) {
		facts_addf(facts, "cpu_s", "cpu",
		    json_object_new_double((double)(rec->utime + rec->stime) /
			1000),
		    "%.2f s user, %.2f s system", (double)rec->utime / 1000,
		    (double)rec->stime / 1000);
		facts_addf(facts, "maxrss_bytes", "memory",
		    json_object_new_int64(rec->maxrss_kb * 1024),
		    "%.1f MB at most", (double)rec->maxrss_kb / 1024);
	}
	if (rec->leftovers > 0)
		facts_addf(facts, "leftover_names", "leftovers",
		    json_object_new_string(rec->leftover_names),
		    "%" PRId64 " processes outlived it: %s", rec->leftovers,
		    rec->leftover_names);
	if (rec->unkillable > 0)
		facts_addf(facts, "unkillable", "unkillable",
		    json_object_new_int64(rec->unkillable),
		    "%" PRId64 " of them could not be killed", rec->unkillable);
}

/* What the keeper measured, or the cgroup of one that runs. */
static void
tell_record(const struct task_info *task, struct facts *facts)
{
	struct exitrec rec = { 0 };
	struct error err;
	int result, dirfd;

	dirfd = open(task->output.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dirfd == -1)
		return;
	result = exitrec_read(dirfd, "exit.json", &rec, &err);
	if (result != 0 && exitrec_read(dirfd, CLAIM_FILE, &rec, &err) == 0)
		tell_usage(rec.cgroup, facts);
	close(dirfd);
	if (result == 0 && rec.complete)
		tell_measured(&rec, facts);
}

static void
tell_files(const struct task_info *task, struct facts *facts)
{
	char *dir = path_short(task->output.dir);
	char size[SIZE_TEXT];

	facts_addf(facts, "output", "stdout", NULL, "%s/stdout (%s)", dir,
	    text_size(task->output.stdout_bytes, size));
	facts_addf(facts, "output", "stderr", NULL, "%s/stderr (%s)", dir,
	    text_size(task->output.stderr_bytes, size));
	free(dir);
}

/* The agent has said it, and a person is to paste it into a shell. */
static bool
is_plain(const char *id)
{
	return id[0] != '\0' && id[0] != '-' &&
	    id[strspn(id,
		"0123456789abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ-_")] == '\0';
}

/* The line that opens the conversation of one that has ended. */
static void
tell_resume(const struct task_info *task, struct facts *facts)
{
	char *dir, *line;

	if (task->session_id == NULL || task->cwd == NULL ||
	    !status_ended(task) || !is_plain(task->session_id))
		return;
	dir = text_quoted(task->worktree.path != NULL ? task->worktree.path :
							task->cwd);
	line = xasprintf("cd %s && claude --resume %s", dir, task->session_id);
	facts_add_text(facts, "resume", "resume", line);
	free(line);
	free(dir);
}

static void
tell_agent(const struct task_info *task, struct facts *facts)
{
	char *prompt = runs_prompt(task), *line;

	line = prompt == NULL ? NULL : xstrndup(prompt, strcspn(prompt, "\n"));
	facts_add(facts, "prompt", "prompt",
	    prompt == NULL ? NULL : json_object_new_string(prompt), line);
	free(line);
	free(prompt);
	facts_add_text(facts, "model", "model", task->model);
	facts_add_text(facts, "session_id", "session", task->session_id);
	tell_resume(task, facts);
	if (task->turns >= 0)
		facts_addf(facts, "turns", "turns", NULL, "%" PRId64,
		    task->turns);
	if (task->cost_usd > 0)
		facts_addf(facts, "cost_usd", "cost", NULL, "$%.4f",
		    task->cost_usd);
	facts_add_list(facts, "denied", "denied", task->denied);
	facts_add_text(facts, "activity", "doing", task->activity);
	facts_add_text(facts, "hint", "hint", task->hint);
	facts_add_text(facts, "partial", "last words", task->partial);
}

/* What it waits to be told. */
static void
tell_asks(const struct task_info *task, struct facts *facts)
{
	const struct ask_info *ask = task->asks.items;
	struct buf text = { 0 };
	size_t i;

	for (i = 0; i < task->asks.n; i++) {
		text.len = 0;
		buf_printf(&text, "%s: %s; ", ask[i].request_id,
		    ask[i].question);
		asking_how(task, &ask[i], &text);
		facts_add(facts, "asks", "asks", NULL, text.data);
	}
	buf_clear(&text);
}

static void
tell_hooks(const struct task_info *task, struct facts *facts)
{
	char **failed = hooks_failed(task);

	facts_add_list(facts, "hooks", "hook", failed);
	strv_free(failed);
}

/* All that is known of a task, by one list for both ways to tell it. */
static void
gather(const struct task_info *task, struct facts *facts)
{
	facts_add_text(facts, "uuid", "uuid", task->uuid);
	facts_add_text(facts, "label", "label", task->label);
	facts_add_text(facts, "group", "group", task->group);
	facts_add_text(facts, "group_name", "group name", task->group_name);
	facts_add_text(facts, "kind", "kind", task->kind);
	tell_spec(task, facts);
	facts_add_text(facts, "cwd", "cwd", task->cwd);
	tell_worktree(&task->worktree, facts);
	facts_add_text(facts, "owner", "owner", task->owner);
	tell_outcome(task, facts);
	tell_runs(task, facts);
	tell_record(task, facts);
	tell_files(task, facts);
	tell_hooks(task, facts);
	if (tasks_is_agent(task)) {
		tell_agent(task, facts);
		tell_asks(task, facts);
	}
}

static void
print_task(const struct task_info *task)
{
	struct facts facts = { 0 };
	struct error err;
	char *text;

	gather(task, &facts);
	facts_print(&facts);
	facts_clear(&facts);
	text = tasks_is_agent(task) ? result_text(task, &err) : NULL;
	if (text == NULL)
		return;
	puts("");
	text_print(stdout, text);
	free(text);
}

/* Under the line that the daemon has for each, in the same order. */
static void
print_all(const struct tasks *tasks, const char *lines)
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
		print_task(&tasks->info[i]);
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
	print_all(tasks, lines);
	free(lines);
	return 0;
}

/* Adds to what the daemon tells what else is known. */
static int
print_json(const struct tasks *tasks)
{
	struct facts facts = { 0 };
	size_t i;

	for (i = 0; i < tasks->n; i++) {
		gather(&tasks->info[i], &facts);
		facts_tell(&facts, json_object_array_get_idx(tasks->json, i));
		facts_clear(&facts);
	}
	tasks_print_json(tasks);
	return 0;
}

static int
check(const void *options, char *const *words, struct error *err)
{
	return select_check_some(
	    &((const struct show_options *)options)->select, words, err);
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct show_options *o = options;
	struct tasks tasks = { 0 };
	struct error err;
	int status = 0;

	if (select_whole(rpc, &o->select, words, &tasks, &err) != 0)
		status = say_failed(&err);
	else if (tasks.n == 0 && !o->json)
		status = say_none();
	else if (o->files)
		status = files_show(&tasks, o->json);
	else if (o->json)
		status = print_json(&tasks);
	else
		status = print(rpc, &tasks);
	tasks_clear(&tasks);
	return status;
}
