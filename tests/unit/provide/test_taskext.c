/*
 * The tasks extension, as a client meets it.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"
#include "json/json.h"
#include "tests/unit/provided.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static char *id; /* "\"taskId\":\"t1-...\"" */

static void
setup(void)
{
	provided_open();
}

static void
teardown(void)
{
	free(id);
	id = NULL;
	provided_close();
}

/* Takes the id out of an answer that is a task of that kind. */
static void
take_id(struct json_object *result, const char *start)
{
	const char *text = json_string_at(result, "taskId");

	ck_assert_msg(text != NULL, "%s", json_text(result, NULL));
	ck_assert_str_eq(json_string_at(result, "resultType"), "task");
	ck_assert_int_eq(strncmp(text, start, strlen(start)), 0);
	free(id);
	id = xasprintf("\"taskId\":\"%s\"", text);
}

static void
call(const char *tool, const char *arguments, const char *start)
{
	char *members = xasprintf("\"name\":\"%s\",\"arguments\":%s", tool,
	    arguments);

	take_id(provided_ask("tools/call", members), start);
	free(members);
}

static struct json_object *
get(const char *status)
{
	struct json_object *task = provided_ask("tasks/get", id);

	ck_assert_str_eq(json_string_at(task, "status"), status);
	return task;
}

/* The text of a tool's answer; borrows. */
static const char *
tool_text(const char *tool, const char *arguments)
{
	char *members = xasprintf("\"name\":\"%s\",\"arguments\":%s", tool,
	    arguments);
	struct json_object *result = provided_ask("tools/call", members);

	free(members);
	ck_assert_ptr_null(json_member(result, "taskId"));
	return json_string_at(json_object_array_get_idx(json_array_at(result,
							    "content"),
				  0),
	    "text");
}

static void
contains(const char *text, const char *part)
{
	ck_assert_msg(text != NULL && strstr(text, part) != NULL,
	    "'%s' not in '%s'", part, text);
}

static bool
is_over(void *arg)
{
	(void)arg;
	return task_next_live(NULL) == NULL;
}

static bool
first_is_over(void *arg)
{
	(void)arg;
	return task_find_live(1) == NULL;
}

static const char *
text_of(struct json_object *task)
{
	struct json_object *result = json_object_at(task, "result");

	return json_string_at(json_object_array_get_idx(json_array_at(result,
							    "content"),
				  0),
	    "text");
}

START_TEST(a_group)
{
	struct json_object *task;
	const char *text;

	call("start_tasks",
	    "{\"tasks\":[{\"command\":\"echo one\"},"
	    "{\"command\":\"sleep 60\",\"label\":\"long\"}]}",
	    "g1-");
	task = get("working");
	ck_assert_ptr_null(json_member(task, "result"));
	taskbox_until(first_is_over, NULL);
	provided_ask("tasks/cancel", id);
	provided_ask("tasks/cancel", id); /* as Claude Code does */
	taskbox_until(is_over, NULL);
	task = get("completed");
	ck_assert_str_eq(json_string_at(task, "statusMessage"),
	    "g1: 2 ended, 1 cancelled: t2 long");
	ck_assert_ptr_null(json_member(json_object_at(task, "result"),
	    "isError"));
	text = text_of(task);
	ck_assert_int_eq(strncmp(text,
			     "g1: 2 ended, 1 cancelled: t2 long\n\n"
			     "t2 long cancelled: ",
			     54),
	    0);
	contains(text, "\n\nt1 completed ");
	contains(text, "\none");
	provided_ask("tasks/cancel", id); /* nothing more to do */
	get("completed");
}
END_TEST

START_TEST(nobody_is_told)
{
	contains(tool_text("start_tasks",
		     "{\"notify\":\"none\",\"tasks\":["
		     "{\"command\":\"true\"}]}"),
	    "started g1: t1 ");
}
END_TEST

/* A result that is delivered counts as seen; a failure is no error. */
START_TEST(seen)
{
	struct json_object *task;

	call("start_tasks",
	    "{\"notify\":\"failure\",\"tasks\":["
	    "{\"command\":\"echo no >&2; exit 3\"},{\"command\":\"true\"}]}",
	    "g1-");
	taskbox_until(is_over, NULL);
	contains(tool_text("check_tasks", "{\"detail\":\"status\"}"),
	    "t1 failed: exit code 3");
	task = get("completed");
	ck_assert_ptr_null(json_member(json_object_at(task, "result"),
	    "isError"));
	contains(text_of(task), "\n[stderr]\nno");
	contains(tool_text("check_tasks", "{}"),
	    "no unfinished or unseen tasks");
}
END_TEST

START_TEST(a_run_that_takes_longer)
{
	call("run_task", "{\"command\":\"sleep 60\",\"label\":\"x\"}", "t1-");
	ck_assert_int_eq(strncmp(json_string_at(get("working"),
				     "statusMessage"),
			     "t1 x running", 12),
	    0);
	contains(tool_text("run_task", "{\"command\":\"echo quick\"}"),
	    "quick");
	contains(tool_text("run_task",
		     "{\"command\":\"sleep 60\",\"wait_s\":1}"),
	    "t3 running");
	call("check_tasks", "{\"ids\":[\"x\"],\"wait_s\":30}", "t1-");
	provided_ask("tasks/cancel", id);
	tool_text("stop_tasks", "{\"ids\":[\"t3\"],\"mode\":\"now\"}");
	taskbox_until(is_over, NULL);
	ck_assert_ptr_null(json_member(get("cancelled"), "result"));
}
END_TEST

START_TEST(unknown)
{
	static const char *const methods[] = { "tasks/get", "tasks/cancel",
		"tasks/update", NULL };
	size_t i;

	for (i = 0; methods[i] != NULL; i++)
		ck_assert_int_eq(provided_error(methods[i],
				     "\"inputResponses\":{},\"taskId\":"
				     "\"t1-11111111-2222-4333-8444-"
				     "555555555555\""),
		    -32602);
}
END_TEST

START_TEST(gone)
{
	struct json_object *task;

	call("start_tasks", "{\"tasks\":[{\"command\":\"true\"}]}", "g1-");
	taskbox_until(is_over, NULL);
	provided_ask("tools/call",
	    "\"name\":\"cleanup_tasks\",\"arguments\":{\"ids\":[\"t1\"]}");
	task = get("cancelled");
	ck_assert_str_eq(json_string_at(task, "statusMessage"),
	    "was cleaned up");
	provided_ask("tasks/cancel", id);
}
END_TEST

START_TEST(pushed)
{
	static const char notice[] = "notifications/tasks";
	char *listen;

	call("start_tasks",
	    "{\"notify\":\"first\",\"tasks\":[{\"command\":\"sleep 60\"},"
	    "{\"command\":\"sleep 60\"}]}",
	    "g1-");
	listen = xasprintf("\"notifications\":{\"taskIds\":[\"%s]}",
	    strchr(id, ':') + 2);
	provided_send("subscriptions/listen", listen);
	free(listen);
	ck_assert_uint_eq(provided_notices(notice), 0);
	provided_ask("tools/call",
	    "\"name\":\"stop_tasks\",\"arguments\":{\"ids\":[\"t2\"],"
	    "\"mode\":\"now\"}");
	provided_until(notice, 1);
	provided_ask("tools/call",
	    "\"name\":\"stop_tasks\",\"arguments\":{\"ids\":[\"t1\"],"
	    "\"mode\":\"now\"}");
	taskbox_until(is_over, NULL);
	ck_assert_uint_eq(provided_notices(notice), 1); /* it was done */
}
END_TEST

UNIT_SUITE
{
	unit_suite("taskext", setup, teardown, a_group, nobody_is_told, seen,
	    a_run_that_takes_longer, unknown, gone, pushed, NULL);
}
