/*
 * Notices.  See notice.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/id.h"
#include "common/mem.h"
#include "common/starter.h"
#include "common/timefmt.h"
#include "daemon/agent/result.h"
#include "daemon/config.h"
#include "daemon/hook/notice.h"
#include "daemon/hook/only.h"
#include "daemon/question/question.h"
#include "daemon/record/record.h"
#include "daemon/task/cost.h"
#include "daemon/task/environment.h"
#include "daemon/task/keeper.h"
#include "daemon/task/task.h"
#include "daemon/view/line.h"
#include "daemon/view/name.h"
#include "daemon/view/questions.h"
#include "daemon/view/text.h"
#include "json/json.h"

#define DOT " \xc2\xb7 "
/* Characters of the end of each stream, or of a result; and of questions. */
#define TAIL_CHARS 2000
#define ASKS_CHARS 2000
/* Tasks of a group that failed and are named in its line. */
#define NAMED_MAX 8

static const char *
event_of(const struct notice *notice)
{
	return notice->question != NULL ? "needs_input" :
	    notice->group != NULL       ? "group_end" :
					  "finish";
}

static const char *
or_nothing(const char *text)
{
	return text == NULL ? "" : text;
}

static double
cost_of(const struct notice *notice)
{
	const struct record *rec = task_record(notice->task);

	if (notice->group != NULL)
		return cost_of_group(rec);
	return rec->result == NULL ? -1 : rec->result->cost_usd;
}

static int64_t
took_ms(const struct notice *notice)
{
	return notice->group != NULL ? only_took_ms(notice->group, notice->n) :
				       view_elapsed_ms(notice->task);
}

static size_t
count_failed(const struct notice *notice)
{
	size_t i, n = 0;

	for (i = 0; i < notice->n; i++)
		n += record_failed(task_record(notice->group[i]));
	return n;
}

/* "g7 nightly: 50 ended, 1 failed: t30 bad" */
static void
add_group_line(const struct notice *notice, struct buf *out)
{
	const struct record *rec = task_record(notice->task);
	size_t i, failed = count_failed(notice), named = 0;

	buf_printf(out, "%s%s%s: %zu ended", rec->from.group,
	    rec->from.group_name == NULL ? "" : " ",
	    or_nothing(rec->from.group_name), notice->n);
	if (failed > 0)
		buf_printf(out, ", %zu failed", failed);
	for (i = 0; i < notice->n && failed <= NAMED_MAX; i++) {
		rec = task_record(notice->group[i]);
		if (!record_failed(rec))
			continue;
		buf_printf(out, "%s" TASK_ID "%s%s", named++ == 0 ? ": " : ", ",
		    rec->number, rec->spec.label == NULL ? "" : " ",
		    or_nothing(rec->spec.label));
	}
}

/* "t7 link failed: exit code 3" */
static void
add_task_line(const struct notice *notice, struct buf *out)
{
	const struct record *rec = task_record(notice->task);
	char *signal;

	buf_printf(out, TASK_ID "%s%s %s", rec->number,
	    rec->spec.label == NULL ? "" : " ", or_nothing(rec->spec.label),
	    notice->question != NULL ? "needs input" : state_name(rec->state));
	if (notice->question != NULL)
		return;
	if (rec->reason == REASON_EXIT_CODE)
		buf_printf(out, ": exit code %" PRId64, rec->exit.exit_code);
	else if (rec->reason == REASON_SIGNAL) {
		signal = view_signal((int)rec->exit.exit_signal);
		buf_printf(out, ": killed by %s", signal);
		free(signal);
	} else if (reason_name(rec->reason) != NULL)
		buf_printf(out, ": %s", reason_name(rec->reason));
}

/* Nothing in it is of a task, its command or its agent. */
static char *
summary_of(const struct notice *notice)
{
	int64_t took = took_ms(notice);
	char span[TIMEFMT_SIZE];
	struct buf out = { 0 };

	if (notice->group != NULL)
		add_group_line(notice, &out);
	else
		add_task_line(notice, &out);
	if (took >= 0)
		buf_printf(&out, DOT "%s", timefmt_span(took, span));
	if (cost_of(notice) > 0)
		buf_printf(&out, DOT "$%.2f", cost_of(notice));
	return buf_steal(&out);
}

/* What a person would type next; the caller frees. */
static char *
next_of(const struct notice *notice)
{
	const struct record *rec = task_record(notice->task);

	if (notice->group != NULL)
		return xasprintf("ccproc report %s", rec->from.group);
	if (notice->question == NULL)
		return xasprintf("ccproc logs " TASK_ID, rec->number);
	return xasprintf(question_wants_answers(notice->question) ?
		"ccproc asks " TASK_ID :
		"ccproc answer " TASK_ID " allow",
	    rec->number);
}

static char *
id_of(const struct notice *notice)
{
	const struct record *rec = task_record(notice->task);

	return notice->group != NULL ? xstrdup(rec->from.group) :
				       xasprintf(TASK_ID, rec->number);
}

static const char *
state_of(const struct notice *notice)
{
	if (notice->group != NULL)
		return count_failed(notice) > 0 ? "failed" : "completed";
	return notice->question != NULL ?
	    state_name(STATE_NEEDS_INPUT) :
	    state_name(task_record(notice->task)->state);
}

static void
add(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "CCPROC_%s=%s", name, or_nothing(value));
	buf_add(out, "", 1);
}

/* Takes value. */
static void
add_taken(struct buf *out, const char *name, char *value)
{
	add(out, name, value);
	free(value);
}

/*
 * Of the session that started the task nothing is in it: a task chooses the
 * environment of those that it starts.  Programs are found as for agents, so
 * also ccproc.
 */
static void
add_ours(struct buf *out)
{
	char **ours = starter_environment();
	char *path = environment_agent_path(getenv("PATH"), getenv("HOME"),
	    keeper_bridge());
	size_t i;

	for (i = 0; ours[i] != NULL; i++)
		if (strncmp(ours[i], "PATH=", 5) != 0)
			buf_add(out, ours[i], strlen(ours[i]) + 1);
	buf_printf(out, "PATH=%s", path);
	buf_add(out, "", 1);
	free(path);
	free(ours);
}

static void
add_ended(const struct notice *notice, struct buf *out)
{
	const struct record *rec = task_record(notice->task);
	bool ended = notice->group == NULL && notice->question == NULL;
	double cost = cost_of(notice);
	int64_t took = took_ms(notice);

	add(out, "REASON", ended ? reason_name(rec->reason) : NULL);
	add_taken(out, "EXIT_CODE",
	    !ended || rec->exit.exit_code < 0 ?
		NULL :
		xasprintf("%" PRId64, rec->exit.exit_code));
	add_taken(out, "COST_USD", cost < 0 ? NULL : xasprintf("%.6f", cost));
	add_taken(out, "DURATION_S",
	    took < 0 ? NULL : xasprintf("%.3f", (double)took / 1000));
}

void
notice_environment(const struct notice *notice, struct buf *out)
{
	const struct record *rec = task_record(notice->task);

	add_ours(out);
	/* its mark, and how deep is what it starts */
	add_taken(out, "TASK",
	    xasprintf("%s-" TASK_NAME, notice->hook, rec->number,
		rec->from.uuid));
	add_taken(out, "DEPTH", xasprintf("%" PRId64, rec->from.depth));
	add(out, "EVENT", event_of(notice));
	add(out, "EVENT_ID", notice->uuid);
	add_taken(out, "ID", id_of(notice));
	add(out, "LABEL", notice->group != NULL ? NULL : rec->spec.label);
	add(out, "GROUP", rec->from.group);
	add(out, "GROUP_NAME", rec->from.group_name);
	add(out, "STATE", state_of(notice));
	add_ended(notice, out);
	add(out, "CWD", rec->spec.cwd);
	add_taken(out, "SUMMARY", summary_of(notice));
	add_taken(out, "NEXT", next_of(notice));
}

/* Takes text. */
static void
add_text(struct json_object *object, const char *key, char *text)
{
	json_add_string(object, key, text);
	free(text);
}

static void
add_written(const struct notice *notice, struct json_object *object)
{
	const struct record *rec = task_record(notice->task);
	int cut;

	add_text(object, "name", view_name(rec));
	if (notice->question != NULL)
		json_add(object, "asks",
		    view_questions_json(notice->task, ASKS_CHARS));
	else
		add_text(object, "result",
		    view_result(notice->task, TAIL_CHARS, &cut));
	add_text(object, "stderr", view_tail(rec, "stderr", TAIL_CHARS, &cut));
}

static void
add_tasks(const struct notice *notice, struct json_object *object)
{
	struct json_object *tasks = json_object_new_array(), *one;
	const struct record *rec;
	size_t i;

	for (i = 0; i < notice->n; i++) {
		rec = task_record(notice->group[i]);
		one = json_object_new_object();
		add_text(one, "id", xasprintf(TASK_ID, rec->number));
		json_add_string(one, "label", rec->spec.label);
		json_add_string(one, "state", state_name(rec->state));
		json_add_string(one, "reason", reason_name(rec->reason));
		json_add_known(one, "exit_code", rec->exit.exit_code);
		json_object_array_add(tasks, one);
	}
	json_add(object, "tasks", tasks);
}

char *
notice_json(const struct notice *notice)
{
	struct json_object *object = json_object_new_object();
	const struct record *rec = task_record(notice->task);
	int64_t took = took_ms(notice);
	double cost = cost_of(notice);
	struct buf text = { 0 };
	char *line;

	json_add_string(object, "event", event_of(notice));
	json_add_string(object, "event_id", notice->uuid);
	add_text(object, "id", id_of(notice));
	json_add_string(object, "label",
	    notice->group != NULL ? NULL : rec->spec.label);
	json_add_string(object, "group", rec->from.group);
	json_add_string(object, "group_name", rec->from.group_name);
	json_add_string(object, "state", state_of(notice));
	if (notice->group == NULL && notice->question == NULL) {
		json_add_string(object, "reason", reason_name(rec->reason));
		json_add_known(object, "exit_code", rec->exit.exit_code);
		json_add_known(object, "exit_signal",
		    rec->exit.exit_signal == 0 ? -1 : rec->exit.exit_signal);
	}
	if (cost >= 0)
		json_add_number(object, "cost_usd", cost);
	if (took >= 0)
		json_add_number(object, "duration_s", (double)took / 1000);
	json_add_string(object, "cwd", rec->spec.cwd);
	add_text(object, "summary", summary_of(notice));
	add_text(object, "next", next_of(notice));
	if (notice->group != NULL)
		add_tasks(notice, object);
	else
		add_written(notice, object);
	line = json_line(object);
	buf_printf(&text, "%s\n", line);
	free(line);
	json_object_put(object);
	return buf_steal(&text);
}
