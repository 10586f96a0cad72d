/*
 * Tasks as text.  See render.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "common/utf8.h"
#include "daemon/agent/result.h"
#include "daemon/tasks/output.h"
#include "daemon/tasks/record.h"
#include "daemon/tasks/render.h"
#include "daemon/tasks/task.h"
#include "daemon/tasks/worktree.h"

#define DOT " \xc2\xb7 "
/* Of a path in a first line. */
#define SHOWN_PATH_CHARS 200

long long
render_elapsed_ms(const struct task *task)
{
	const struct record *rec = task_record(task);

	if (rec->exit.started_at == 0)
		return -1;
	if (rec->exit.complete)
		return rec->exit.elapsed;
	return time_wall_ms() - rec->exit.started_at;
}

char *
render_signal(int signo)
{
	const char *name = sigabbrev_np(signo);

	return name != NULL ? xasprintf("SIG%s", name) :
			      xasprintf("signal %d", signo);
}

static const char *
program_of(const struct task_spec *spec)
{
	if (spec->shell != NULL)
		return "/bin/sh";
	return spec->argv != NULL ? spec->argv[0] : "of the agent";
}

/* What a spawn error says: its own note, or stage and errno. */
static void
add_spawn_error(const struct record *rec, struct buf *out)
{
	const struct exitrec *exit = &rec->exit;
	const struct task_spec *spec = &rec->stored.spec;

	if (exit->note[0] != '\0')
		buf_printf(out, "%s", exit->note);
	else if (strcmp(exit->spawn_stage, "cwd") == 0)
		buf_printf(out, "cwd %.*s: %s",
		    (int)utf8_first(spec->cwd, strlen(spec->cwd),
			SHOWN_PATH_CHARS),
		    spec->cwd, strerror((int)exit->spawn_errno));
	else
		buf_printf(out, "%s %.*s: %s", exit->spawn_stage,
		    SHOWN_PATH_CHARS, program_of(spec),
		    strerror((int)exit->spawn_errno));
}

static void
add_denied(const struct record *rec, struct buf *out)
{
	char *const *name = rec->result->denied;

	buf_puts(out, "denied");
	for (; *name != NULL; name++)
		buf_printf(out, "%s%s",
		    name == rec->result->denied ? " " : ", ", *name);
}

static void
add_failure(const struct record *rec, struct buf *out)
{
	char *signal;

	switch (rec->reason) {
	case REASON_EXIT_CODE:
		buf_printf(out, "exit code %" PRId64, rec->exit.exit_code);
		break;
	case REASON_SIGNAL:
		signal = render_signal((int)rec->exit.exit_signal);
		buf_printf(out, "killed by %s", signal);
		free(signal);
		break;
	case REASON_OOM:
		buf_puts(out, "killed for want of memory");
		break;
	case REASON_SPAWN_ERROR:
		buf_puts(out, "not started, ");
		add_spawn_error(rec, out);
		break;
	case REASON_DENIED:
		add_denied(rec, out);
		break;
	default:
		buf_puts(out, reason_name(rec->reason));
		break;
	}
}

static void
add_state(const struct record *rec, struct buf *out)
{
	char span[TIMEFMT_SIZE];

	buf_puts(out, state_name(rec->state));
	switch (rec->state) {
	case STATE_FAILED:
		buf_puts(out, ": ");
		add_failure(rec, out);
		break;
	case STATE_TIMEOUT:
		timefmt_span(rec->stored.spec.timeout_s * 1000, span);
		buf_printf(out, ": %s %s", span, reason_name(rec->reason));
		break;
	case STATE_CANCELLED:
		if (rec->reason == REASON_DEPENDENCY)
			buf_printf(out, ": %s", rec->exit.note);
		else
			buf_puts(out, ": by user");
		break;
	case STATE_LOST:
		buf_puts(out,
		    rec->reason == REASON_REBOOT ? ": machine restarted" :
						   ": keeper killed");
		break;
	case STATE_QUEUED:
		if (rec->held)
			buf_puts(out,
			    ": held since the machine was restarted, "
			    "until somebody waits for it");
		break;
	case STATE_RUNNING:
	case STATE_COMPLETED:
		break;
	}
}

static void
add_agent_figures(const struct record *rec, struct buf *out)
{
	if (rec->result == NULL)
		return;
	if (rec->result->turns >= 0)
		buf_printf(out, DOT "%" PRId64 " turn%s", rec->result->turns,
		    rec->result->turns == 1 ? "" : "s");
	if (rec->result->cost_usd >= 0)
		buf_printf(out, DOT "$%.2f", rec->result->cost_usd);
}

char *
render_first_line(const struct task *task)
{
	const struct record *rec = task_record(task);
	const struct task_spec *spec = &rec->stored.spec;
	struct buf out = { 0 };
	char span[TIMEFMT_SIZE];
	long long elapsed = render_elapsed_ms(task);

	buf_printf(&out, "t%" PRIu64 " ", rec->number);
	if (spec->label != NULL)
		buf_printf(&out, "%s ", spec->label);
	add_state(rec, &out);
	if (elapsed >= 0)
		buf_printf(&out, DOT "%s", timefmt_span(elapsed, span));
	if (!record_ended(rec) && spec->timeout_s > 0)
		buf_printf(&out, DOT "timeout %s",
		    timefmt_span(spec->timeout_s * 1000, span));
	add_agent_figures(rec, &out);
	return buf_steal(&out);
}

/* The last chars characters of text, or the first. */
static char *
shorten(const char *text, size_t chars, int *cut)
{
	size_t len = strlen(text), keep = utf8_first(text, len, chars);

	*cut = keep < len;
	return xstrndup(text, keep);
}

static char *
tail_of(const struct record *rec, const char *name, size_t chars, int *cut)
{
	struct output out;
	struct error err;

	*cut = 0;
	if (output_tail(rec, name, chars, &out, &err) != 0)
		return NULL;
	*cut = out.from > 0;
	if (out.text[0] == '\0') {
		free(out.text);
		return NULL;
	}
	return out.text;
}

char *
render_result(const struct task *task, size_t chars, int *cut)
{
	const struct record *rec = task_record(task);

	*cut = 0;
	if (!task_spec_is_agent(&rec->stored.spec))
		return tail_of(rec, "stdout", chars, cut);
	if (rec->result == NULL || rec->result->text == NULL)
		return NULL;
	return shorten(rec->result->text, chars, cut);
}

static void
add_block(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	if (len == 0)
		return;
	buf_printf(out, "\n%s", text);
	if (text[len - 1] == '\n')
		out->data[--out->len] = '\0';
}

/* Takes text. */
static void
add_tail(struct buf *out, const struct record *rec, const char *name,
    char *text, int cut)
{
	if (text == NULL)
		return;
	if (cut)
		buf_printf(out,
		    "\n[the end of %s; all of it: read_output "
		    "{\"id\":\"t%" PRIu64 "\",\"stream\":\"%s\","
		    "\"cursor\":0}]",
		    name, rec->number, name);
	else if (strcmp(name, "stderr") == 0)
		buf_puts(out, "\n[stderr]");
	add_block(out, text);
	free(text);
}

static void
add_agent_outcome(const struct task *task, size_t chars, struct buf *out)
{
	const struct record *rec = task_record(task);
	char *text;
	int cut;

	text = render_result(task, chars, &cut);
	if (text != NULL)
		add_block(out, text);
	if (cut)
		buf_printf(out,
		    "\n[cut; all of it: read_output {\"id\":\"t%" PRIu64
		    "\",\"stream\":\"result\",\"cursor\":0}]",
		    rec->number);
	free(text);
	if (rec->reason == REASON_DENIED)
		buf_printf(out,
		    "\nto allow it, run again with "
		    "\"allowed_tools\":[\"%s\"] or another permission_mode",
		    rec->result->denied[0]);
	if (rec->state != STATE_COMPLETED && rec->reason != REASON_DENIED)
		add_tail(out, rec, "stderr",
		    tail_of(rec, "stderr", chars / 2, &cut), cut);
}

static void
add_command_outcome(const struct task *task, size_t chars, struct buf *out)
{
	const struct record *rec = task_record(task);
	bool failed = rec->state != STATE_COMPLETED;
	char *text;
	int cut;

	text = tail_of(rec, "stdout", failed ? chars / 2 : chars, &cut);
	add_tail(out, rec, "stdout", text, cut);
	if (failed) {
		text = tail_of(rec, "stderr", chars / 2, &cut);
		add_tail(out, rec, "stderr", text, cut);
	}
}

/* What else a reader should know. */
static void
add_remarks(const struct record *rec, struct buf *out)
{
	if (rec->reason == REASON_OUTPUT_LIMIT)
		buf_puts(out,
		    "\n[stopped because it wrote more than the "
		    "configuration's output.max_bytes; what it wrote is kept]");
	if (rec->state == STATE_LOST)
		buf_printf(out, "\n[%s]", rec->exit.note);
	if (rec->exit.leftovers > 0)
		buf_printf(out,
		    "\n[%" PRId64 " processes outlived it and were "
		    "stopped: %s]",
		    rec->exit.leftovers, rec->exit.leftover_names);
	if (rec->exit.unkillable > 0)
		buf_printf(out,
		    "\n[%" PRId64 " processes could not be "
		    "killed]",
		    rec->exit.unkillable);
	if (record_ended(rec) && worktree_made(rec)) {
		buf_puts(out, "\n[");
		worktree_describe(rec, out);
		buf_puts(out, "]");
	}
}

/* The words of an agent that still works are in its stream of JSON. */
static void
add_so_far(const struct task *task, size_t chars, int next_wait_s,
    struct buf *out)
{
	const struct record *rec = task_record(task);
	char *text;
	int cut;

	if (rec->state == STATE_RUNNING &&
	    !task_spec_is_agent(&rec->stored.spec)) {
		text = tail_of(rec, "stdout", chars, &cut);
		add_tail(out, rec, "stdout", text, cut);
	}
	buf_printf(out,
	    "\nnext: check_tasks {\"ids\":[\"t%" PRIu64 "\"],\"wait_s\":%d}",
	    rec->number, next_wait_s);
}

char *
render_task(const struct task *task, size_t chars, int next_wait_s)
{
	const struct record *rec = task_record(task);
	struct buf out = { 0 };
	char *line = render_first_line(task);

	buf_puts(&out, line);
	free(line);
	if (!record_ended(rec))
		add_so_far(task, chars, next_wait_s, &out);
	else if (task_spec_is_agent(&rec->stored.spec))
		add_agent_outcome(task, chars, &out);
	else
		add_command_outcome(task, chars, &out);
	add_remarks(rec, &out);
	return buf_steal(&out);
}

static char *
render_all(struct task *const *tasks, size_t n, bool brief, size_t chars,
    int next_wait_s)
{
	struct buf out = { 0 };
	char *text;
	size_t i;

	for (i = 0; i < n; i++) {
		text = brief ? render_first_line(tasks[i]) :
			       render_task(tasks[i], chars, next_wait_s);
		buf_printf(&out, "%s%s",
		    i == 0    ? "" :
			brief ? "\n" :
				"\n\n",
		    text);
		free(text);
	}
	return buf_steal(&out);
}

char *
render_tasks(struct task *const *tasks, size_t n, bool brief, size_t chars,
    int next_wait_s)
{
	char *text;

	for (;;) {
		text = render_all(tasks, n, brief, chars, next_wait_s);
		if (utf8_chars(text, strlen(text)) <= ANSWER_MAX_CHARS)
			return text;
		if (chars == 0)
			break;
		free(text);
		chars /= 2;
	}
	text[utf8_first(text, strlen(text), ANSWER_MAX_CHARS)] = '\0';
	return text;
}
