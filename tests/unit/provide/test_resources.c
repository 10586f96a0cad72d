/*
 * Resources, as a client meets them.
 */
#include <stdio.h>
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

#define UPDATED "notifications/resources/updated"
#define CALLS 10
#define CHANGED "notifications/resources/list_changed"
#define MIB (1u << 20)

static struct task *task;

static void
setup(void)
{
	provided_open();
}

static void
teardown(void)
{
	task_unref(task);
	task = NULL;
	provided_close();
}

static void
ended(const char *spec, const char *out, const char *errors)
{
	struct exitrec exit = taskbox_exit(0);

	task_unref(task);
	task = taskbox_ended_with(spec, &exit, out, errors);
}

/* The one content of a URI; borrows. */
static struct json_object *
content(const char *name)
{
	char *members = xasprintf("\"uri\":\"ccproc://tasks/%s\"", name);
	struct json_object *list = json_array_at(provided_ask("resources/read",
						     members),
	    "contents");

	free(members);
	ck_assert_int_eq(json_object_array_length(list), 1);
	return json_object_array_get_idx(list, 0);
}

static const char *
text(const char *name, const char *mime)
{
	struct json_object *it = content(name);

	ck_assert_str_eq(json_string_at(it, "mimeType"), mime);
	return json_string_at(it, "text");
}

static void
missing(const char *uri)
{
	char *members = xasprintf("\"uri\":\"%s\"", uri);

	ck_assert_int_eq(provided_error("resources/read", members), -32602);
	free(members);
}

START_TEST(a_command)
{
	char *by_uuid;

	ended("{\"command\":\"true\",\"label\":\"lab\"}", "out\n",
	    "b\xff\033[1m\n");
	ck_assert_int_eq(strncmp(text("t1", "application/json"),
			     "{\"id\":\"t1\",\"uuid\":", 18),
	    0);
	ck_assert_str_eq(text("lab/result", "text/plain"),
	    "t1 lab completed \xc2\xb7 1.2 s\nout");
	ck_assert_str_eq(text("1/stdout", "text/plain"), "out\n");
	ck_assert_str_eq(text("t1/stderr", "text/plain"),
	    "b\xef\xbf\xbd\033[1m\n");
	/* eight digits would be a number */
	by_uuid = xasprintf("%.13s/stdout", task_record(task)->from.uuid);
	ck_assert_str_eq(text(by_uuid, "text/plain"), "out\n");
	free(by_uuid);
}
END_TEST

START_TEST(an_agent)
{
	ended("{\"prompt\":\"do it\"}",
	    "{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false,"
	    "\"result\":\"**done**\",\"num_turns\":1}\n",
	    NULL);
	ck_assert_ptr_nonnull(strstr(text("t1/result", "text/markdown"),
	    "\n**done**"));
	ck_assert_str_eq(text("t1/stderr", "text/plain"), "");
}
END_TEST

START_TEST(what_is_not_there)
{
	ended("{\"command\":\"true\"}", "x", NULL);
	missing("ccproc://tasks/t2");
	missing("ccproc://tasks/");
	missing("ccproc://tasks");
	missing("ccproc://tasks/t1/");
	missing("ccproc://tasks/t1/nothing");
	missing("ccproc://tasks/t1/stdout/x");
	missing("ccproc://tasks/../t1");
	missing("file:///etc/passwd");
	missing("");
}
END_TEST

START_TEST(a_long_stream)
{
	char *line = xcalloc(1, 1001), *out = xcalloc(1, 2 * MIB + 1);
	char head[200];
	const char *got;
	size_t i;

	memset(line, 'x', 999);
	line[999] = '\n';
	for (i = 0; i < 2000; i++)
		memcpy(out + i * 1000, line, 1000);
	ended("{\"command\":\"true\"}", out, NULL);
	got = text("t1/stdout", "text/plain");
	snprintf(head, sizeof(head),
	    "[the last 262000 of 2000000 bytes; all of it: read_output "
	    "{\"id\":\"t1\",\"stream\":\"stdout\",\"cursor\":0}]\n");
	ck_assert_int_eq(strncmp(got, head, strlen(head)), 0);
	ck_assert_uint_eq(strlen(got), strlen(head) + 262000);
	ck_assert_int_eq(strncmp(got + strlen(head), line, 1000), 0);
	free(out);
	free(line);
}
END_TEST

/* Expects the first resource of a page; returns how many it has. */
static size_t
page(const char *members, const char *first, char *cursor)
{
	struct json_object *result = provided_ask("resources/list", members);
	struct json_object *list = json_array_at(result, "resources");
	const char *next = json_string_at(result, "nextCursor");

	snprintf(cursor, 64, "\"cursor\":\"%s\"", next == NULL ? "" : next);
	if (next == NULL)
		cursor[0] = '\0';
	ck_assert_str_eq(json_string_at(json_object_array_get_idx(list, 0),
			     "uri"),
	    first);
	return json_object_array_length(list);
}

/* Of 160 tasks 100 are recent; the first one is old but has not ended. */
START_TEST(pages)
{
	char cursor[64];
	size_t i;

	task = taskbox_task("{\"command\":\"true\"}");
	for (i = 0; i < 159; i++) {
		struct error err;
		struct task *other = taskbox_task("{\"command\":\"true\"}");

		ck_assert_int_eq(task_stop(other, KEEPER_NOW, 0, &err), 0);
		task_unref(other);
	}
	ck_assert_uint_eq(page("", "ccproc://tasks/t160", cursor), 150);
	ck_assert_uint_eq(page(cursor, "ccproc://tasks/t110", cursor), 150);
	ck_assert_uint_eq(page(cursor, "ccproc://tasks/t1", cursor), 3);
	ck_assert_str_eq(cursor, "");
	ck_assert_int_eq(provided_error("resources/list", "\"cursor\":\"t7\""),
	    -32602);
}
END_TEST

static size_t
completed(const char *typed)
{
	char *members = xasprintf("\"ref\":{\"type\":\"ref/resource\","
				  "\"uri\":\"ccproc://tasks/{id}/stdout\"},"
				  "\"argument\":{\"name\":\"id\","
				  "\"value\":\"%s\"}",
	    typed);
	struct json_object *result = provided_ask("completion/complete",
	    members);

	free(members);
	return json_object_array_length(json_array_at(json_object_at(result,
							  "completion"),
	    "values"));
}

START_TEST(completion)
{
	ended("{\"command\":\"true\",\"label\":\"build\"}", NULL, NULL);
	ended("{\"command\":\"true\",\"label\":\"build\"}", NULL, NULL);
	ck_assert_uint_eq(completed(""), 3);
	ck_assert_uint_eq(completed("t"), 2);
	ck_assert_uint_eq(completed("t2"), 1);
	ck_assert_uint_eq(completed("bu"), 1);
	ck_assert_uint_eq(completed("x"), 0);
}
END_TEST

static void
listen_to(const char *name)
{
	char *members = xasprintf("\"notifications\":{\"resourcesListChanged\":"
				  "true,\"resourceSubscriptions\":["
				  "\"ccproc://tasks/%s\"]}",
	    name);

	provided_send("subscriptions/listen", members);
	free(members);
}

/* Accepts a task that nobody starts, and listens. */
static void
watch(const char *name)
{
	task = taskbox_held("{\"command\":\"true\"}");
	listen_to(name);
	ck_assert_uint_eq(provided_notices(UPDATED), 0);
}

static void
stop(void)
{
	struct error err;

	ck_assert_int_eq(task_stop(task, KEEPER_NOW, 0, &err), 0);
}

START_TEST(a_record_changes)
{
	watch("t1");
	taskbox_write(task, "stdout", "x");
	stop();
	provided_until(UPDATED, 1);
	provided_until(CHANGED, 1);
	ck_assert_uint_eq(provided_notices(UPDATED), 1);
}
END_TEST

START_TEST(a_stream_grows)
{
	watch("t1/stdout");
	taskbox_write(task, "stderr", "not this one");
	taskbox_write(task, "stdout", "a");
	provided_until(UPDATED, 1);
	taskbox_write(task, "stdout", "ab"); /* told when it may be again */
	ck_assert_uint_eq(provided_notices(UPDATED), 1);
	provided_until(UPDATED, 2);
	taskbox_write(task, "stdout", "abc");
	stop(); /* told at once */
	provided_until(UPDATED, 3);
	taskbox_write(task, "stdout", "abcd");
	ck_assert_uint_eq(provided_notices(UPDATED), 3);
}
END_TEST

START_TEST(a_stream_that_is_silent)
{
	watch("t1/stderr");
	taskbox_write(task, "stdout", "another");
	stop();
	provided_until(CHANGED, 1);
	ck_assert_uint_eq(provided_notices(UPDATED), 0);
}
END_TEST

/* However many tasks a call accepts, and however many calls come then. */
START_TEST(the_list_changes)
{
	size_t i;

	ended("{\"command\":\"true\"}", NULL, NULL);
	listen_to("t1");
	provided_ask("tools/call",
	    "\"name\":\"start_tasks\",\"arguments\":{\"tasks\":["
	    "{\"command\":\"true\"},{\"command\":\"true\"},"
	    "{\"command\":\"true\"}]}");
	provided_until(CHANGED, 1);
	ck_assert_uint_eq(provided_notices(CHANGED), 1);
	for (i = 0; i < CALLS; i++)
		provided_ask("tools/call",
		    "\"name\":\"start_tasks\",\"arguments\":{\"tasks\":["
		    "{\"command\":\"true\"}]}");
	provided_until(CHANGED, 2);
	ck_assert_uint_lt(provided_notices(CHANGED), 1 + CALLS);
	provided_ask("tools/call",
	    "\"name\":\"cleanup_tasks\",\"arguments\":{\"ids\":[\"t1\"]}");
	provided_until(CHANGED, 3);
}
END_TEST

UNIT_SUITE
{
	unit_suite("resources", setup, teardown, a_command, an_agent,
	    what_is_not_there, a_long_stream, pages, completion,
	    a_record_changes, a_stream_grows, a_stream_that_is_silent,
	    the_list_changes, NULL);
}
