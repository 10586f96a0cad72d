/*
 * Tasks as JSON and as rows of a table.  See render.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/json.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "common/utf8.h"
#include "daemon/agent/result.h"
#include "daemon/tasks/output.h"
#include "daemon/tasks/record.h"
#include "daemon/tasks/render.h"
#include "daemon/tasks/render_asks.h"
#include "daemon/tasks/store.h"
#include "daemon/tasks/task.h"

/* Whatever result_chars says, JSON of this length is shown. */
#define JSON_MIN_CHARS 2000

static void
add_exit(const struct record *rec, struct json_object *object)
{
	const struct exitrec *exit = &rec->exit;
	char *signal = NULL;

	if (exit->main_exited && exit->exit_signal != 0)
		signal = render_signal((int)exit->exit_signal);
	json_add_known(object, "exit_code",
	    exit->main_exited && signal == NULL ? exit->exit_code : -1);
	json_add_string(object, "signal", signal);
	free(signal);
}

static void
add_identity(const struct record *rec, struct json_object *object)
{
	const struct record_origin *from = &rec->stored.from;
	char id[32];

	snprintf(id, sizeof(id), "t%" PRIu64, rec->number);
	json_add_string(object, "id", id);
	json_add_string(object, "uuid", from->uuid);
	json_add_string(object, "label", rec->stored.spec.label);
	json_add_string(object, "group", from->group);
	json_add_string(object, "kind",
	    task_spec_is_agent(&rec->stored.spec) ? "agent" : "command");
	json_add_string(object, "owner", from->owner);
	json_add_string(object, "state", state_name(rec->state));
	json_add_string(object, "reason", reason_name(rec->reason));
}

static void
add_times(const struct task *task, struct json_object *object)
{
	const struct record *rec = task_record(task);
	long long elapsed = render_elapsed_ms(task);

	json_add_string(object, "cwd", rec->stored.spec.cwd);
	json_add_string(object, "created_at", rec->stored.from.created_at);
	json_add_time(object, "started_at", rec->exit.started_at);
	json_add_time(object, "ended_at", rec->exit.ended_at);
	json_add_number(object, "elapsed_s", (double)elapsed / 1000);
}

static void
add_output(const struct record *rec, struct json_object *object)
{
	struct json_object *output = json_object_new_object();

	json_add_int(output, "stdout_bytes",
	    store_file_bytes(rec->dir, "stdout"));
	json_add_int(output, "stderr_bytes",
	    store_file_bytes(rec->dir, "stderr"));
	json_add_string(output, "dir", store_full_path(rec->dir));
	json_add(object, "output", output);
	json_add_int(object, "leftovers", rec->exit.leftovers);
	json_add_string(object, "note",
	    rec->exit.note[0] == '\0' ? NULL : rec->exit.note);
}

/* JSON cannot be cut: what is too long is null, and said to be there. */
static void
add_bounded(struct json_object *object, const char *key, const char *text,
    size_t chars)
{
	bool fits = text == NULL ||
	    strlen(text) <= (chars < JSON_MIN_CHARS ? JSON_MIN_CHARS : chars);
	char *cut;

	json_add_text(object, key, fits ? text : NULL);
	if (fits)
		return;
	cut = xasprintf("%s_truncated", key);
	json_add_bool(object, cut, true);
	free(cut);
}

static void
add_agent(const struct record *rec, size_t chars, struct json_object *object)
{
	const struct agent_result *r = rec->result;
	const char *model = r != NULL && r->model != NULL ?
	    r->model :
	    rec->stored.spec.model;

	json_add_string(object, "model", model);
	json_add_string(object, "session_id",
	    r != NULL && r->session_id != NULL ? r->session_id :
						 rec->stored.from.uuid);
	json_add_known(object, "turns", r == NULL ? -1 : r->turns);
	json_add_number(object, "cost_usd", r == NULL ? -1 : r->cost_usd);
	add_bounded(object, "tokens", r == NULL ? NULL : r->usage, 0);
	json_add_strv(object, "denied", r == NULL ? NULL : r->denied);
	add_bounded(object, "structured_output",
	    r == NULL ? NULL : r->structured_output, chars);
}

struct json_object *
render_json(const struct task *task, size_t chars)
{
	const struct record *rec = task_record(task);
	struct json_object *object = json_object_new_object();
	char *result;
	int cut;

	add_identity(rec, object);
	add_exit(rec, object);
	add_times(task, object);
	result = render_result(task, chars, &cut);
	json_add_string(object, "result", result);
	free(result);
	json_add_bool(object, "result_truncated", cut != 0);
	add_output(rec, object);
	if (task_spec_is_agent(&rec->stored.spec)) {
		add_agent(rec, chars, object);
		json_add(object, "asks", render_asks_json(task, chars));
	}
	return object;
}

static char *
list_text(struct task *const *tasks, size_t n, size_t shown, size_t chars,
    const char *unread)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list = json_object_new_array();
	const char *text;
	size_t i, len;
	char *copy;

	for (i = 0; i < shown; i++)
		json_object_array_add(list, render_json(tasks[i], chars));
	json_add(object, "tasks", list);
	if (shown < n)
		json_add_int(object, "omitted", (int64_t)(n - shown));
	if (unread != NULL)
		json_add_string(object, "unread", unread);
	text = json_text(object, &len);
	copy = xstrndup(text, len);
	json_object_put(object);
	return copy;
}

/* First the results give way, then, should paths be that long, tasks. */
char *
render_json_page(struct task *const *tasks, size_t n, size_t chars,
    const char *unread)
{
	size_t shown = n;
	char *text;

	for (;;) {
		text = list_text(tasks, n, shown, chars, unread);
		if (utf8_chars(text, strlen(text)) <= ANSWER_MAX_CHARS ||
		    shown == 0)
			return text;
		free(text);
		if (chars > 0)
			chars /= 2;
		else
			shown /= 2;
	}
}

char *
render_json_list(struct task *const *tasks, size_t n, size_t chars)
{
	return render_json_page(tasks, n, chars, NULL);
}

void
render_table_head(struct buf *out)
{
	buf_puts(out, "id\tlabel\tstate\tage\tturns\tcost\towner\tcwd\tlast");
}

/* A cell: no tab or newline, at most chars characters. */
static void
add_cell(struct buf *out, const char *text, size_t chars)
{
	size_t i, len;

	buf_puts(out, "\t");
	if (text == NULL || text[0] == '\0') {
		buf_puts(out, "-");
		return;
	}
	len = utf8_first(text, strlen(text), chars);
	for (i = 0; i < len; i++)
		buf_add(out, (unsigned char)text[i] < ' ' ? " " : &text[i], 1);
}

/* The last line with something on it. */
static char *
last_line(const struct task *task)
{
	char *text, *line;
	size_t len;
	int cut;

	text = render_result(task, 300, &cut);
	if (text == NULL)
		return NULL;
	len = strlen(text);
	while (len > 0 && (unsigned char)text[len - 1] <= ' ')
		text[--len] = '\0';
	line = strrchr(text, '\n');
	line = xstrdup(line == NULL ? text : line + 1);
	free(text);
	return line;
}

static void
add_figures(const struct record *rec, struct buf *out)
{
	const struct agent_result *r = rec->result;
	char text[32] = "";

	if (r != NULL && r->turns >= 0)
		snprintf(text, sizeof(text), "%" PRId64, r->turns);
	add_cell(out, text, sizeof(text));
	text[0] = '\0';
	if (r != NULL && r->cost_usd >= 0)
		snprintf(text, sizeof(text), "$%.2f", r->cost_usd);
	add_cell(out, text, sizeof(text));
}

void
render_table_row(const struct task *task, const char *owner, struct buf *out)
{
	const struct record *rec = task_record(task);
	const struct record_origin *from = &rec->stored.from;
	char span[TIMEFMT_SIZE], *last;

	buf_printf(out, "\nt%" PRIu64, rec->number);
	add_cell(out, rec->stored.spec.label, 40);
	add_cell(out, state_name(rec->state), 40);
	if (rec->reason != REASON_NONE)
		buf_printf(out, "/%s", reason_name(rec->reason));
	add_cell(out,
	    timefmt_span(time_wall_ms() - time_parse_iso(from->created_at),
		span),
	    sizeof(span));
	add_figures(rec, out);
	add_cell(out, strcmp(from->owner, owner) == 0 ? "mine" : from->owner,
	    8);
	add_cell(out, rec->stored.spec.cwd, 60);
	last = last_line(task);
	add_cell(out, last, 60);
	free(last);
}
