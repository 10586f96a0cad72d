/*
 * Tasks as text.  See text.h.
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
#include "daemon/record/outcome.h"
#include "daemon/record/record.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/task.h"
#include "daemon/view/call.h"
#include "daemon/view/line.h"
#include "daemon/view/output.h"
#include "daemon/view/progress.h"
#include "daemon/view/questions.h"
#include "daemon/view/text.h"
#include "daemon/worktree/worktree.h"

/* Characters of a warning of an agent that completed. */
#define WARNING_CHARS 300
/* Characters of what a running agent does, in the answer of a wait. */
#define PROGRESS_CHARS 400

/* Returns the first characters of text. */
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
view_result(const struct task *task, size_t chars, int *cut)
{
	const struct record *rec = task_record(task);

	*cut = 0;
	if (!record_is_agent(rec))
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
	if (cut) {
		buf_printf(out, "\n[the end of %s; all of it: ", name);
		call_read(rec, name, out);
		buf_puts(out, "]");
	} else if (strcmp(name, "stderr") == 0)
		buf_puts(out, "\n[stderr]");
	add_block(out, text);
	free(text);
}

/*
 * Adds a warning of claude, say of an unknown model, on stderr of a task that
 * completed.
 */
static void
add_warning(const struct record *rec, struct buf *out)
{
	char *text;
	int cut;

	text = tail_of(rec, "stderr", WARNING_CHARS, &cut);
	if (text != NULL && !cut && strncmp(text, "[claude-code:", 13) == 0)
		add_tail(out, rec, "stderr", xstrdup(text), 0);
	free(text);
}

static void
add_agent_outcome(const struct task *task, size_t chars, struct buf *out)
{
	const struct record *rec = task_record(task);
	char *text;
	int cut;

	text = view_result(task, chars, &cut);
	if (text != NULL)
		add_block(out, text);
	if (cut) {
		buf_puts(out, "\n[cut; all of it: ");
		call_read(rec, "result", out);
		buf_puts(out, "]");
	}
	free(text);
	if (rec->reason == REASON_DENIED)
		view_denied_questions(rec, out);
	if (rec->result != NULL && rec->result->partial != NULL) {
		buf_puts(out, "\n[its last words]");
		text = shorten(rec->result->partial, chars / 2, &cut);
		add_block(out, text);
		free(text);
	}
	if (rec->state == STATE_COMPLETED)
		add_warning(rec, out);
	else if (rec->reason != REASON_DENIED)
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

static void
add_cut(const char *name, int64_t bytes, struct buf *out)
{
	if (bytes > 0)
		buf_printf(out,
		    "\n[its own %s was cut by the task after %" PRId64
		    " bytes: who opens /dev/%s again truncates it]",
		    name, bytes, name);
}

/* Whether a command was ended that has shown nothing, or for showing nothing. */
static bool
may_have_kept_back(const struct record *rec)
{
	return !record_is_agent(rec) &&
	    (rec->reason == REASON_IDLE ||
		((rec->state == STATE_TIMEOUT ||
		     rec->state == STATE_CANCELLED) &&
		    rec->exit.main_exited &&
		    store_file_bytes(rec->dir, "stdout") == 0 &&
		    store_file_bytes(rec->dir, "stderr") == 0));
}

/* Adds facts that states and reasons do not tell. */
static void
add_remarks(const struct record *rec, struct buf *out)
{
	if (rec->reason == REASON_OUTPUT_LIMIT)
		buf_puts(out,
		    "\n[stopped because it wrote more than the "
		    "configuration's output.max_bytes; what it wrote is kept]");
	if (rec->damage[0] != '\0' && strcmp(rec->damage, rec->exit.note) != 0)
		buf_printf(out, "\n[a file of it is damaged: %s]", rec->damage);
	add_cut("stdout", rec->exit.stdout_cut, out);
	add_cut("stderr", rec->exit.stderr_cut, out);
	if (may_have_kept_back(rec))
		buf_puts(out,
		    "\n[it may have printed more: into a file, many programs "
		    "write only what fills a buffer; stdbuf -oL, python -u or "
		    "a flush help]");
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

/* Adds a digest of what a running agent does; its output is JSON. */
static void
add_progress(const struct record *rec, size_t chars, struct buf *out)
{
	char *text;

	text = progress_digest(rec,
	    chars < PROGRESS_CHARS ? chars : PROGRESS_CHARS);
	if (text != NULL)
		add_block(out, text);
	free(text);
}

static void
add_so_far(const struct task *task, size_t chars, int next_wait_s,
    struct buf *out)
{
	const struct record *rec = task_record(task);
	char *text;
	int cut;

	if (progress_is_there(rec))
		add_progress(rec, chars, out);
	else if (rec->state == STATE_RUNNING) {
		text = tail_of(rec, "stdout", chars, &cut);
		add_tail(out, rec, "stdout", text, cut);
	}
	view_questions(task, out);
	buf_puts(out, "\nnext: ");
	call_check(rec, next_wait_s, out);
}

static void
add_hint(const struct record *rec, struct buf *out)
{
	char *text = outcome_hint(rec);

	if (text != NULL)
		buf_printf(out, "\nhint: %s", text);
	free(text);
}

char *
view_task(const struct task *task, size_t chars, int next_wait_s)
{
	const struct record *rec = task_record(task);
	struct buf out = { 0 };
	char *line = view_first_line(task);

	buf_puts(&out, line);
	free(line);
	add_hint(rec, &out);
	if (!record_ended(rec))
		add_so_far(task, chars, next_wait_s, &out);
	else if (record_is_agent(rec))
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
		text = brief ? view_first_line(tasks[i]) :
			       view_task(tasks[i], chars, next_wait_s);
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
view_tasks(struct task *const *tasks, size_t n, bool brief, size_t chars,
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
