/*
 * A task as text.  See text.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "common/utf8.h"
#include "daemon/agent/result.h"
#include "daemon/record/record.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/control.h"
#include "daemon/task/task.h"
#include "daemon/view/call.h"
#include "daemon/view/hint.h"
#include "daemon/view/line.h"
#include "daemon/view/output.h"
#include "daemon/view/progress.h"
#include "daemon/view/questions.h"
#include "daemon/view/text.h"
#include "daemon/worktree/worktree.h"

/* Characters of a warning of an agent that completed. */
#define WARNING_CHARS 300
/* Characters of a last line, and of stderr in which it is looked for. */
#define LAST_LINE_CHARS 300
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

/* What a text is made for. */
struct place {
	size_t chars;
	int next_wait_s; /* of the next call; 0: names none */
	bool *cut; /* set where something is left out, in place of a call */
};

char *
view_tail(const struct record *rec, const char *name, size_t chars, int *cut)
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
		return view_tail(rec, "stdout", chars, cut);
	if (rec->result == NULL || rec->result->text == NULL)
		return NULL;
	return shorten(rec->result->text, chars, cut);
}

/* The last line of text with something on it, or NULL.  Takes text. */
static char *
last_line_of(char *text)
{
	size_t len = text == NULL ? 0 : strlen(text);
	char *line = NULL;

	while (len > 0 && (unsigned char)text[len - 1] <= ' ')
		text[--len] = '\0';
	if (len > 0) {
		line = strrchr(text, '\n');
		line = line == NULL ? text : line + 1;
		line = xstrndup(line,
		    utf8_first(line, strlen(line), LAST_LINE_CHARS));
	}
	free(text);
	return line;
}

/* A command that failed tells why on stderr, others say what they do. */
char *
view_last_line(const struct record *rec, const char *result)
{
	bool failed = !record_is_agent(rec) && record_ended(rec) &&
	    rec->state != STATE_COMPLETED;
	char *line = failed ? NULL : last_line_of(xstrdup(result));
	int cut;

	if (line == NULL)
		line = last_line_of(view_tail(rec, "stderr", LAST_LINE_CHARS,
		    &cut));
	return line != NULL || !failed ? line : last_line_of(xstrdup(result));
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

/* Adds that this is not all; one of several leaves it to the list how to read
 * on. */
static void
add_how_cut(const struct record *rec, const struct place *place,
    const char *what, const char *stream, struct buf *out)
{
	buf_printf(out, "\n[%s", what);
	if (place->cut == NULL) {
		buf_puts(out, "; all of it: ");
		call_read(rec, stream, out);
	} else
		*place->cut = true;
	buf_puts(out, "]");
}

/* Adds the end of a stream; takes text. */
static void
add_tail(const struct record *rec, const struct place *place, const char *name,
    char *text, int cut, struct buf *out)
{
	bool is_stderr = strcmp(name, "stderr") == 0;

	if (text == NULL)
		return;
	if (cut)
		add_how_cut(rec, place,
		    is_stderr ? "the end of stderr" : "the end of stdout", name,
		    out);
	else if (is_stderr)
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
	const struct place place = { .chars = WARNING_CHARS };
	char *text;
	int cut;

	text = view_tail(rec, "stderr", WARNING_CHARS, &cut);
	if (text != NULL && !cut && strncmp(text, "[claude-code:", 13) == 0)
		add_tail(rec, &place, "stderr", xstrdup(text), 0, out);
	free(text);
}

static void
add_agent_outcome(const struct task *task, const struct place *place,
    struct buf *out)
{
	const struct record *rec = task_record(task);
	char *text;
	int cut;

	text = view_result(task, place->chars, &cut);
	if (text != NULL)
		add_block(out, text);
	if (cut)
		add_how_cut(rec, place, "cut", "result", out);
	free(text);
	if (rec->reason == REASON_DENIED)
		view_denied_questions(rec, out);
	if (rec->result != NULL && rec->result->partial != NULL) {
		buf_puts(out, "\n[its last words]");
		text = shorten(rec->result->partial, place->chars / 2, &cut);
		add_block(out, text);
		free(text);
	}
	if (rec->state == STATE_COMPLETED)
		add_warning(rec, out);
	else if (rec->reason != REASON_DENIED)
		add_tail(rec, place, "stderr",
		    view_tail(rec, "stderr", place->chars / 2, &cut), cut, out);
}

/* Of a failure stderr has up to a half of the room, and stdout the rest. */
static void
add_command_outcome(const struct task *task, const struct place *place,
    struct buf *out)
{
	const struct record *rec = task_record(task);
	size_t room = place->chars;
	char *text, *errors = NULL;
	int cut, errors_cut = 0;

	if (rec->state != STATE_COMPLETED)
		errors = view_tail(rec, "stderr", room / 2, &errors_cut);
	if (errors != NULL)
		room -= utf8_chars(errors, strlen(errors));
	text = view_tail(rec, "stdout", room, &cut);
	add_tail(rec, place, "stdout", text, cut, out);
	add_tail(rec, place, "stderr", errors, errors_cut, out);
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
add_so_far(const struct task *task, const struct place *place, struct buf *out)
{
	const struct record *rec = task_record(task);
	char *text;
	int cut;

	if (progress_is_there(rec))
		add_progress(rec, place->chars, out);
	else if (rec->state == STATE_RUNNING) {
		text = view_tail(rec, "stdout", place->chars, &cut);
		add_tail(rec, place, "stdout", text, cut, out);
	}
	view_questions(task, out);
	if (task_paused_at(task) != 0)
		buf_printf(out,
		    "\n[it stands still until somebody runs: ccproc unpause " TASK_ID
		    "]",
		    rec->number);
	if (place->next_wait_s == 0)
		return;
	buf_puts(out, "\nnext: ");
	call_check(rec, place->next_wait_s, out);
}

static void
add_hint(const struct record *rec, struct buf *out)
{
	char *text = hint_text(rec);

	if (text != NULL)
		buf_printf(out, "\nhint: %s", text);
	free(text);
}

static char *
render(const struct task *task, const struct place *place)
{
	const struct record *rec = task_record(task);
	struct buf out = { 0 };
	char *line = view_first_line(task);

	buf_puts(&out, line);
	free(line);
	add_hint(rec, &out);
	if (!record_ended(rec))
		add_so_far(task, place, &out);
	else if (record_is_agent(rec))
		add_agent_outcome(task, place, &out);
	else
		add_command_outcome(task, place, &out);
	add_remarks(rec, &out);
	return buf_steal(&out);
}

char *
view_task(const struct task *task, size_t chars, int next_wait_s)
{
	const struct place place = { .chars = chars,
		.next_wait_s = next_wait_s };

	return render(task, &place);
}

char *
view_listed(const struct task *task, size_t chars, bool *cut)
{
	const struct place place = { .chars = chars, .cut = cut };

	return render(task, &place);
}
