/*
 * Tasks as JSON, the shape that stays stable, and as rows of a table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/machine.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "common/utf8.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"
#include "daemon/view/json.h"
#include "daemon/view/table.h"
#include "json/json.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

/* Takes task; returns the object, which the caller puts. */
static struct json_object *
json_of(struct task *task)
{
	struct json_object *object = view_json(task, 4000);

	task_unref(task);
	return object;
}

static void
expect(struct json_object *object, const char *key, const char *text)
{
	ck_assert_msg(json_object_object_get_ex(object, key, NULL), "no %s",
	    key);
	ck_assert_str_eq(json_text(json_member(object, key), NULL), text);
}

START_TEST(a_command)
{
	struct exitrec exit = taskbox_exit(3);
	struct json_object *o;

	o = json_of(taskbox_ended_with(
	    "{\"command\":\"x\",\"label\":\"lab\",\"cwd\":\"/tmp\"}", &exit,
	    "some output\n", NULL));
	expect(o, "id", "\"t1\"");
	ck_assert_uint_eq(strlen(json_string_at(o, "uuid")), 36);
	expect(o, "label", "\"lab\"");
	expect(o, "group", "null");
	expect(o, "kind", "\"command\"");
	expect(o, "owner", "\"me\"");
	expect(o, "state", "\"failed\"");
	expect(o, "reason", "\"exit_code\"");
	expect(o, "exit_code", "3");
	expect(o, "signal", "null");
	expect(o, "cwd", "\"/tmp\"");
	expect(o, "started_at", "\"2026-11-22T08:24:18.118Z\"");
	expect(o, "ended_at", "\"2026-11-22T08:24:19.318Z\"");
	expect(o, "elapsed_s", "1.2");
	expect(o, "result", "\"some output\\n\"");
	expect(o, "result_truncated", "false");
	expect(json_member(o, "output"), "stdout_bytes", "12");
	expect(json_member(o, "output"), "stderr_bytes", "0");
	ck_assert(!json_object_object_get_ex(o, "turns", NULL));
	json_object_put(o);
}
END_TEST

/* taskbox_exit() tells of a time before anything here was accepted. */
START_TEST(a_clock_that_was_set_back)
{
	struct exitrec exit = taskbox_exit(0);
	struct json_object *o;
	const char *created, *started;

	machine_read(&exit.machine);
	o = json_of(taskbox_ended_with("{\"command\":\"x\"}", &exit, NULL,
	    NULL));
	created = json_string_at(o, "created_at");
	started = json_string_at(o, "started_at");
	ck_assert_int_ge(time_parse_iso(started), time_parse_iso(created));
	ck_assert_int_eq(time_parse_iso(json_string_at(o, "ended_at")),
	    time_parse_iso(started) + 1200);
	json_object_put(o);
}
END_TEST

START_TEST(what_is_not_known_is_null)
{
	struct json_object *o = json_of(taskbox_task("{\"prompt\":\"x\"}"));
	static const char *const keys[] = { "reason", "exit_code", "signal",
		"started_at", "ended_at", "elapsed_s", "result", "turns",
		"cost_usd", "tokens", "structured_output", "label", "group" };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		expect(o, keys[i], "null");
	expect(o, "state", "\"queued\"");
	expect(o, "kind", "\"agent\"");
	expect(o, "denied", "[]");
	json_object_put(o);
}
END_TEST

START_TEST(one_in_the_queue)
{
	struct task *first = taskbox_task("{\"command\":\"x\"}");
	struct json_object *o =
	    json_of(taskbox_task("{\"command\":\"x\",\"after\":[\"t1\"],"
				 "\"options\":{\"priority\":-3}}"));

	expect(o, "priority", "-3");
	expect(o, "queue_position", "2");
	expect(o, "waits_for", "\"t1\"");
	expect(o, "parent", "null");
	expect(o, "depth", "1");
	json_object_put(o);
	o = json_of(first);
	expect(o, "priority", "0");
	expect(o, "queue_position", "1");
	expect(o, "waits_for", "null"); /* it is about to start */
	json_object_put(o);
}
END_TEST

START_TEST(death_by_signal)
{
	struct exitrec exit = taskbox_exit(-1);
	struct json_object *o;

	exit.exit_signal = 9;
	o = json_of(taskbox_ended("{\"command\":\"x\"}", &exit));
	expect(o, "exit_code", "null");
	expect(o, "signal", "\"SIGKILL\"");
	expect(o, "reason", "\"signal\"");
	json_object_put(o);
}
END_TEST

START_TEST(an_agent)
{
	struct exitrec exit = taskbox_exit(0);
	struct json_object *o;

	o = json_of(taskbox_ended_with("{\"prompt\":\"x\",\"model\":\"m\"}",
	    &exit,
	    "{\"type\":\"result\",\"is_error\":false,\"num_turns\":2,"
	    "\"session_id\":\"s-1\",\"total_cost_usd\":0.5,"
	    "\"result\":\"done\",\"usage\":{\"input_tokens\":3},"
	    "\"structured_output\":{\"a\":[1]}}\n",
	    NULL));
	expect(o, "state", "\"completed\"");
	expect(o, "reason", "null");
	expect(o, "result", "\"done\"");
	expect(o, "model", "\"m\"");
	expect(o, "session_id", "\"s-1\"");
	expect(o, "turns", "2");
	expect(o, "cost_usd", "0.5");
	expect(o, "tokens", "{\"input_tokens\":3}");
	expect(o, "structured_output", "{\"a\":[1]}");
	json_object_put(o);
}
END_TEST

/* Results give way first; it is always whole JSON. */
START_TEST(lists_stay_within_their_bound)
{
	struct exitrec exit = taskbox_exit(0);
	struct task *tasks[50];
	struct json_object *o;
	char *text = xcalloc(1, 3001), *spec;
	struct error err;
	size_t i, shown;

	memset(text, 'a', 3000);
	spec = xasprintf("{\"command\":\"x\",\"cwd\":\"/%.1500s\"}", text);
	for (i = 0; i < 50; i++)
		tasks[i] = taskbox_ended_with(spec, &exit, text, NULL);
	free(text);
	text = view_json_list(tasks, 2, 3000, &shown);
	ck_assert_uint_eq(shown, 2);
	o = json_parse(text, strlen(text), &err);
	ck_assert_uint_eq(json_object_array_length(json_array_at(o, "tasks")),
	    2);
	json_object_put(o);
	ck_assert_ptr_null(strstr(text, "\"result_truncated\":true"));
	free(text);
	text = view_json_list(tasks, 50, 3000, &shown);
	ck_assert_uint_le(utf8_chars(text, strlen(text)), ANSWER_MAX_CHARS);
	o = json_parse(text, strlen(text), &err);
	ck_assert_msg(o != NULL, "%s", err.text);
	ck_assert_uint_eq(json_object_array_length(json_array_at(o, "tasks")),
	    shown);
	ck_assert_uint_gt(shown, 10);
	ck_assert_uint_eq(json_object_array_length(json_array_at(o,
			      "omitted_ids")),
	    50 - shown);
	json_object_put(o);
	free(text);
	free(spec);
	for (i = 0; i < 50; i++)
		task_unref(tasks[i]);
}
END_TEST

/* Rows have nine cells, whatever is in them. */
START_TEST(rows)
{
	struct exitrec exit = taskbox_exit(1);
	struct task *task = taskbox_ended_with(
	    "{\"command\":\"x\",\"label\":\"lab\",\"cwd\":\"/a\\tb\"}", &exit,
	    "first\nlast\tline\n\n", NULL);
	struct buf out = { 0 };
	char *cell, *rest;
	int cells = 0;

	view_table_head(&out);
	ck_assert_str_eq(out.data,
	    "id\tlabel\tstate\tage\tturns\tcost\towner\tcwd\tlast");
	buf_clear(&out);
	view_table_row(task, "me", &out);
	ck_assert_int_eq(out.data[0], '\n');
	rest = out.data + 1;
	ck_assert_ptr_null(strchr(rest, '\n'));
	ck_assert_int_eq(strncmp(rest, "t1\tlab\tfailed/exit_code\t", 24), 0);
	ck_assert_ptr_nonnull(strstr(rest, "\t-\t-\tmine\t/a b\tlast line"));
	while ((cell = strsep(&rest, "\t")) != NULL) {
		ck_assert_str_ne(cell, "");
		cells++;
	}
	ck_assert_int_eq(cells, 9);
	buf_clear(&out);
	view_table_row(task, "somebody", &out);
	ck_assert_ptr_nonnull(strstr(out.data, "\tme\t"));
	buf_clear(&out);
	task_unref(task);
}
END_TEST

UNIT_SUITE
{
	unit_suite("json", taskbox_open, taskbox_close, a_command,
	    a_clock_that_was_set_back, what_is_not_known_is_null,
	    one_in_the_queue, death_by_signal, an_agent,
	    lists_stay_within_their_bound, rows, NULL);
}
