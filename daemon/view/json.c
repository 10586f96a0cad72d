/*
 * Tasks as JSON.  See json.h.  Long because the shape of a task and the pages
 * that are filled with it decide together what is left out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/id.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "common/utf8.h"
#include "daemon/agent/result.h"
#include "daemon/queue/drain.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/control.h"
#include "daemon/task/task.h"
#include "daemon/view/hint.h"
#include "daemon/view/json.h"
#include "daemon/view/line.h"
#include "daemon/view/name.h"
#include "daemon/view/place.h"
#include "daemon/view/progress.h"
#include "daemon/view/questions.h"
#include "daemon/view/text.h"
#include "daemon/worktree/worktree.h"
#include "json/json.h"

/* JSON of this length is shown, whatever result_chars says. */
#define JSON_MIN_CHARS 2000
/* Characters of what an agent does. */
#define ACTIVITY_CHARS 100

static void
add_exit(const struct record *rec, struct json_object *object)
{
	const struct exitrec *exit = &rec->exit;
	char *signal = NULL;

	if (exit->main_exited && exit->exit_signal != 0)
		signal = view_signal((int)exit->exit_signal);
	json_add_known(object, "exit_code",
	    exit->main_exited && signal == NULL ? exit->exit_code : -1);
	json_add_string(object, "signal", signal);
	free(signal);
}

static void
add_identity(const struct record *rec, struct json_object *object)
{
	const struct record_origin *from = &rec->from;
	char id[32], *name = view_name(rec);

	snprintf(id, sizeof(id), TASK_ID, rec->number);
	json_add_string(object, "id", id);
	json_add_string(object, "uuid", from->uuid);
	json_add_string(object, "label", rec->spec.label);
	json_add_string(object, "name", name);
	free(name);
	json_add_string(object, "group", from->group);
	json_add_string(object, "group_name", from->group_name);
	if (from->max_budget_usd > 0)
		json_add_number(object, "group_budget_usd",
		    from->max_budget_usd);
	json_add_string(object, "kind",
	    record_is_agent(rec) ? "agent" : "command");
	json_add_string(object, "owner", from->owner);
	json_add_string(object, "state", state_name(rec->state));
	json_add_string(object, "reason", reason_name(rec->reason));
}

/* Adds "t9" of "t9-UUID", or whatever else an environment said. */
static void
add_lineage(const struct record *rec, struct json_object *object)
{
	const char *parent = rec->from.parent;
	char *id = parent == NULL ? NULL :
				    xstrndup(parent, strcspn(parent, "-"));

	json_add_string(object, "parent", id);
	json_add_known(object, "depth",
	    rec->from.depth == 0 ? -1 : rec->from.depth);
	free(id);
}

/*
 * A clock that was set back has a task start, or end, before it was accepted:
 * then the clock of the boot tells how much later it was.
 */
static void
put_in_order(const struct record *rec, int64_t *started, int64_t *ended)
{
	const struct exitrec *exit = &rec->exit;
	int64_t created = time_parse_iso(rec->from.created_at), waited;

	*started = exit->started_at;
	*ended = exit->ended_at;
	if (*started != 0 && *started < created && rec->from.boot != NULL &&
	    strcmp(rec->from.boot, exit->machine.boot) == 0) {
		waited = exit->keeper_start * 1000 / sysconf(_SC_CLK_TCK) -
		    rec->from.boot_ms;
		*started = created + (waited > 0 ? waited : 0);
	}
	if (*ended != 0 && *ended < *started)
		*ended = *started + (exit->elapsed > 0 ? exit->elapsed : 0);
}

static void
add_times(const struct task *task, struct json_object *object)
{
	const struct record *rec = task_record(task);
	long long elapsed = view_elapsed_ms(task);
	int64_t started, ended;

	json_add_string(object, "cwd", rec->spec.cwd);
	json_add_string(object, "created_at", rec->from.created_at);
	put_in_order(rec, &started, &ended);
	json_add_time(object, "started_at", started);
	json_add_time(object, "ended_at", ended);
	if (record_ended(rec) && rec->seen_at == 0)
		json_add_bool(object, "unseen", true);
	json_add_number(object, "elapsed_s", (double)elapsed / 1000);
	json_add_number(object, "age_s", (double)view_age_ms(task) / 1000);
	if (task_is_held(task))
		json_add_bool(object, "held", true);
	if (rec->spec.options.replaces != NULL)
		json_add_string(object, "replaces", rec->spec.options.replaces);
	if (rec->state == STATE_QUEUED && rec->waiting.held_by != NULL)
		json_add_string(object, "held_by", rec->waiting.held_by);
	if (rec->state == STATE_QUEUED && drain_of(rec) != NULL)
		json_add_bool(object, "queue_paused", true);
	if (task_paused_at(task) != 0)
		json_add_time(object, "paused_at", task_paused_at(task));
}

static void
add_output(const struct record *rec, struct json_object *object)
{
	struct json_object *output = json_object_new_object();

	json_add_int(output, "stdout_bytes",
	    store_file_bytes(rec->dir, "stdout"));
	json_add_int(output, "stderr_bytes",
	    store_file_bytes(rec->dir, "stderr"));
	if (rec->exit.stdout_cut > 0)
		json_add_int(output, "stdout_cut", rec->exit.stdout_cut);
	if (rec->exit.stderr_cut > 0)
		json_add_int(output, "stderr_cut", rec->exit.stderr_cut);
	json_add_string(output, "dir", store_full_path(rec->dir));
	json_add(object, "output", output);
	json_add_int(object, "leftovers", rec->exit.leftovers);
	json_add_string(object, "note",
	    rec->exit.note[0] == '\0' ? NULL : rec->exit.note);
}

/* JSON cannot be cut, so a value that is too long is null, with a remark. */
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

/* Adds figures that are known before there is a result. */
static void
add_running(const struct record *rec, struct json_object *object)
{
	struct progress progress;

	progress_look(rec, ACTIVITY_CHARS, &progress);
	json_add_known(object, "turns", progress.turns);
	json_add_number(object, "cost_usd", progress.cost_usd);
	json_add_text(object, "tokens", progress.tokens);
	json_add_string(object, "activity", progress.newest);
	progress_clear(&progress);
}

/* Adds what to do about a task that did not complete. */
static void
add_hint(const struct record *rec, struct json_object *object)
{
	char *hint = hint_text(rec);

	json_add_string(object, "hint", hint);
	free(hint);
}

/* Few commands have one. */
static void
add_command_hint(const struct record *rec, struct json_object *object)
{
	char *hint = hint_text(rec);

	if (hint != NULL)
		json_add_string(object, "hint", hint);
	free(hint);
}

static void
add_agent(const struct record *rec, size_t chars, struct json_object *object)
{
	const struct agent_result *r = rec->result;
	const char *model = r != NULL && r->model != NULL ? r->model :
							    rec->spec.model;

	json_add_string(object, "model", model);
	json_add_string(object, "session_id",
	    r != NULL && r->session_id != NULL  ? r->session_id :
		task_spec_is_claude(&rec->spec) ? rec->from.uuid :
						  NULL);
	json_add_known(object, "turns", r == NULL ? -1 : r->turns);
	json_add_number(object, "cost_usd", r == NULL ? -1 : r->cost_usd);
	add_bounded(object, "tokens", r == NULL ? NULL : r->usage, 0);
	json_add_string(object, "partial", r == NULL ? NULL : r->partial);
	add_hint(rec, object);
	if (progress_is_there(rec))
		add_running(rec, object);
	json_add_strv(object, "denied", r == NULL ? NULL : r->denied);
	add_bounded(object, "structured_output",
	    r == NULL ? NULL : r->structured_output, chars);
}

struct json_object *
view_json_brief(const struct task *task)
{
	const struct record *rec = task_record(task);
	struct json_object *object = json_object_new_object();

	add_identity(rec, object);
	add_exit(rec, object);
	json_add_string(object, "cwd", rec->spec.cwd);
	return object;
}

struct json_object *
view_json(const struct task *task, size_t chars)
{
	const struct record *rec = task_record(task);
	struct json_object *object = json_object_new_object();
	char *result, *last;
	int cut;

	add_identity(rec, object);
	add_exit(rec, object);
	add_times(task, object);
	add_lineage(rec, object);
	view_queued_json(task, object);
	result = view_result(task, chars, &cut);
	json_add_string(object, "result", result);
	last = view_last_line(rec, result);
	json_add_string(object, "last", last);
	free(last);
	free(result);
	json_add_bool(object, "result_truncated", cut != 0);
	add_output(rec, object);
	if (rec->spec.worktree)
		json_add(object, "worktree", worktree_json(rec));
	if (record_is_agent(rec)) {
		add_agent(rec, chars, object);
		json_add_int(object, "run", rec->run.number);
		json_add_int(object, "runs", rec->run.count);
		json_add(object, "asks", view_questions_json(task, chars));
	} else
		add_command_hint(rec, object);
	return object;
}

/* Characters for what is around the tasks, and for the id of one left out. */
#define FRAME_CHARS 1000
#define ID_CHARS 24

/*
 * Each task is rendered with its whole result.  If that is too long, each is
 * with none; and if that leaves room, those that differ are again, with half
 * the characters each time, until they fit.
 */
enum round { ROUND_WHOLE, ROUND_LEAST, ROUND_LESS, ROUND_OVER };

struct row {
	char *text, *least; /* in the round so far, and with no result */
	size_t len, least_len;
};

struct view_json_page {
	struct task *const *tasks;
	struct row *rows;
	size_t n, shown;
	enum round round;
	size_t chars, at; /* of a result, and whose turn it is, in this round */
};

struct view_json_page *
view_json_page_new(struct task *const *tasks, size_t n, size_t chars)
{
	struct view_json_page *page = xcalloc(1, sizeof(*page));

	page->tasks = tasks;
	page->rows = xcalloc(n + 1, sizeof(*page->rows));
	page->n = page->shown = n;
	page->chars = chars;
	return page;
}

void
view_json_page_free(struct view_json_page *page)
{
	size_t i;

	if (page == NULL)
		return;
	for (i = 0; i < page->n; i++) {
		free(page->rows[i].text);
		free(page->rows[i].least);
	}
	free(page->rows);
	free(page);
}

static char *
render(const struct task *task, size_t chars, size_t *len)
{
	struct json_object *object = view_json(task, chars);
	const char *text = json_text(object, len);
	char *copy = xstrndup(text, *len);

	*len = utf8_chars(copy, *len);
	json_object_put(object);
	return copy;
}

static void
use_least(struct row *row)
{
	free(row->text);
	row->text = row->least;
	row->len = row->least_len;
	row->least = NULL;
}

static size_t
total(const struct view_json_page *page, bool least)
{
	size_t i, sum = FRAME_CHARS;

	for (i = 0; i < page->n; i++)
		sum += 1 +
		    (least ? page->rows[i].least_len : page->rows[i].len);
	return sum;
}

/* Tasks at the end are left out until the others fit. */
static void
leave_out(struct view_json_page *page)
{
	size_t sum = total(page, false);

	while (sum > ANSWER_MAX_CHARS && page->shown > 0)
		sum = sum + ID_CHARS - 1 - page->rows[--page->shown].len;
}

static void
end_round(struct view_json_page *page)
{
	bool fits = total(page, false) <= ANSWER_MAX_CHARS;
	size_t i;

	page->at = 0;
	if (fits)
		page->round = ROUND_OVER;
	else if (page->round == ROUND_WHOLE)
		page->round = ROUND_LEAST;
	else if ((page->chars /= 2) > 0 &&
	    total(page, true) <= ANSWER_MAX_CHARS)
		page->round = ROUND_LESS;
	else {
		for (i = 0; i < page->n; i++)
			use_least(&page->rows[i]);
		leave_out(page);
		page->round = ROUND_OVER;
	}
}

bool
view_json_page_step(struct view_json_page *page)
{
	const struct task *task;
	struct row *row;

	if (page->round == ROUND_OVER)
		return false;
	if (page->at == page->n) {
		end_round(page);
		return true;
	}
	task = page->tasks[page->at];
	row = &page->rows[page->at++];
	if (page->round == ROUND_LEAST)
		row->least = render(task, 0, &row->least_len);
	else if (page->round == ROUND_WHOLE || row->len > row->least_len) {
		free(row->text);
		row->text = render(task, page->chars, &row->len);
	}
	return true;
}

/* How many tasks are left out, and which, so that they can be asked for. */
static void
add_omitted(const struct view_json_page *page, struct json_object *object)
{
	struct json_object *ids = json_object_new_array();
	char id[32];
	size_t i;

	for (i = page->shown; i < page->n; i++) {
		snprintf(id, sizeof(id), TASK_ID,
		    task_record(page->tasks[i])->number);
		json_object_array_add(ids, json_object_new_string(id));
	}
	json_add_int(object, "omitted", (int64_t)(page->n - page->shown));
	json_add(object, "omitted_ids", ids);
}

size_t
view_json_page_shown(const struct view_json_page *page)
{
	return page->shown;
}

char *
view_json_page_text(const struct view_json_page *page,
    const struct view_json_rest *of_all)
{
	struct json_object *rest = json_object_new_object();
	struct buf out = { 0 };
	const char *text;
	char cursor[32];
	size_t i;

	if (page->shown < page->n)
		add_omitted(page, rest);
	if (of_all->unread != NULL)
		json_add_string(rest, "unread", of_all->unread);
	if (of_all->cost_today_usd > 0)
		json_add_number(rest, "cost_today_usd", of_all->cost_today_usd);
	if (of_all->next > 0) {
		snprintf(cursor, sizeof(cursor), TASK_ID, of_all->next);
		json_add_string(rest, "cursor", cursor);
	}
	if (of_all->matched > 0)
		json_add_int(rest, "matched", (int64_t)of_all->matched);
	text = json_text(rest, NULL);
	buf_puts(&out, "{\"tasks\":[");
	for (i = 0; i < page->shown; i++)
		buf_printf(&out, "%s%s", i == 0 ? "" : ",", page->rows[i].text);
	buf_printf(&out, "]%s%s", text[1] == '}' ? "" : ",", text + 1);
	json_object_put(rest);
	return buf_steal(&out);
}

char *
view_json_list(struct task *const *tasks, size_t n, size_t chars, size_t *shown)
{
	struct view_json_page *page = view_json_page_new(tasks, n, chars);
	char *text;

	while (view_json_page_step(page))
		continue;
	text = view_json_page_text(page, &(struct view_json_rest){ 0 });
	*shown = page->shown;
	view_json_page_free(page);
	return text;
}
