/*
 * Prompts, as a client meets them.
 */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/session.h"
#include "daemon/task/task.h"
#include "json/json.h"
#include "tests/unit/provided.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static struct task *tasks[2];

static void
setup(void)
{
	provided_open();
}

static void
teardown(void)
{
	task_unref(tasks[0]);
	task_unref(tasks[1]);
	tasks[0] = tasks[1] = NULL;
	provided_close();
}

static const char *
get(const char *name, const char *arguments)
{
	char *members = xasprintf("\"name\":\"%s\",\"arguments\":%s", name,
	    arguments);
	struct json_object *list = json_array_at(provided_ask("prompts/get",
						     members),
	    "messages");
	struct json_object *message = json_object_array_get_idx(list, 0);

	free(members);
	ck_assert_uint_eq(json_object_array_length(list), 1);
	ck_assert_str_eq(json_string_at(message, "role"), "user");
	return json_string_at(json_object_at(message, "content"), "text");
}

static void
contains(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "'%s' not in '%s'", part,
	    text);
}

static void
lacks(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) == NULL, "'%s' in '%s'", part, text);
}

/* t1 has ended, t2 waits. */
static void
make_tasks(void)
{
	struct exitrec exit = taskbox_exit(3);

	tasks[0] = taskbox_ended_with("{\"command\":\"x\",\"label\":\"one\"}",
	    &exit, "what it said", NULL);
	tasks[1] = taskbox_task("{\"command\":\"true\",\"cwd\":\"/usr\"}");
}

/* From now on it is another session, in that directory. */
static void
become_another(const char *cwd)
{
	struct session *session = taskbox_session();

	free(session->owner);
	free(session->cwd);
	session->owner = xstrdup("another");
	session->cwd = xstrdup(cwd);
}

START_TEST(status)
{
	const char *text;

	contains(get("status", "{}"), "no unfinished or unseen tasks");
	make_tasks();
	text = get("status", "{}");
	contains(text,
	    "\n2 tasks: 1 of 2 ended, 1 failed: t1 one; 1 queued\n"
	    "t1 one failed: exit code 3");
	contains(text, "\nt2 queued\n");
	lacks(text, "what it said");
	contains(get("status", "{}"), "t1 one"); /* it was not shown yet */
	become_another("/");
	contains(get("status", "{}"), "no unfinished or unseen tasks");
}
END_TEST

START_TEST(pick_up)
{
	const char *text;

	contains(get("pick_up", "{}"), "no tasks of this session or directory");
	make_tasks();
	become_another("/");
	text = get("pick_up", "{}");
	contains(text, "\nt1 one failed: exit code 3");
	contains(text, "\nwhat it said");
	lacks(text, "t2");
	contains(get("status", "{}"), "no unfinished or unseen tasks");
	/* all is seen, so it is the newest again */
	contains(get("pick_up", "{}"), "what it said");
	contains(get("pick_up", "{\"ids\":\"t2, one\"}"), "\nt2 queued");
	contains(get("pick_up", "{\"ids\":\" \"}"), "what it said");
	become_another("/nowhere");
	contains(get("pick_up", "{}"), "no tasks of this session or directory");
	ck_assert_int_eq(provided_error("prompts/get",
			     "\"name\":\"pick_up\",\"arguments\":{"
			     "\"ids\":\"t9\"}"),
	    -32602);
}
END_TEST

START_TEST(pick_up_completes)
{
	struct json_object *result;

	make_tasks();
	result = provided_ask("completion/complete",
	    "\"ref\":{\"type\":\"ref/prompt\",\"name\":\"pick_up\"},"
	    "\"argument\":{\"name\":\"ids\",\"value\":\"t2, o\"}");
	ck_assert_str_eq(json_text(json_array_at(json_object_at(result,
						     "completion"),
				       "values"),
			     NULL),
	    "[\"t2, one\"]");
}
END_TEST

START_TEST(fan_out)
{
	const char *text;

	text = get("fan_out",
	    "{\"jobs\":\"make -j2 \\r\\n\\n  write the docs\\n\\n\","
	    "\"group\":\"night\"}");
	contains(text, "one start_tasks call with group \"night\", ");
	contains(text, "\n\n1. make -j2\n2. write the docs");
	lacks(text, "3.");
	lacks(text, "first word");
	contains(get("fan_out", "{\"jobs\":\"make\"}"), "first word of what");
	contains(get("fan_out", "{}"), "those we have just talked of");
	contains(get("fan_out", "{\"jobs\":\" \\n\"}"),
	    "those we have just talked of");
}
END_TEST

START_TEST(fan_out_to_many)
{
	struct buf jobs = { 0 };
	int i;

	for (i = 0; i < 60; i++)
		buf_printf(&jobs, "%sjob %d", i == 0 ? "{\"jobs\":\"" : "\\n",
		    i);
	buf_puts(&jobs, "\"}");
	contains(get("fan_out", jobs.data), "one start_tasks call for each 50");
	buf_clear(&jobs);
}
END_TEST

UNIT_SUITE
{
	unit_suite("prompts", setup, teardown, status, pick_up,
	    pick_up_completes, fan_out, fan_out_to_many, NULL);
}
