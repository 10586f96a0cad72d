/*
 * Accepting tasks: all of a call or none; what a task gets from its session;
 * dependencies within a call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/config.h"
#include "daemon/queue/depend.h"
#include "daemon/record/record.h"
#include "daemon/session.h"
#include "daemon/store/index.h"
#include "daemon/store/name.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define MANY 3

static struct task_spec *specs[MANY];
static const struct task_spec *given[MANY];
static struct task *tasks[MANY];
static struct error err;

static void
setup(void)
{
	size_t i;

	taskbox_open();
	for (i = 0; i < MANY; i++)
		given[i] = specs[i] = xcalloc(1, sizeof(*specs[i]));
}

static void
teardown(void)
{
	size_t i;

	for (i = 0; i < MANY; i++) {
		task_spec_free(specs[i]);
		task_unref(tasks[i]);
		tasks[i] = NULL;
	}
	taskbox_close();
}

static int
create(size_t n, uint64_t ordinal)
{
	const struct task_group group = { .grouped = true,
		.name = "night",
		.max_parallel = 2 };

	return task_create(given, n, &group, taskbox_session(), ordinal, tasks,
	    &err);
}

/* Puts a variable before those of the session; pair has its NUL. */
static void
add_variable(const char *pair)
{
	struct session *session = taskbox_session();
	struct buf env = { 0 };

	buf_add(&env, pair, strlen(pair) + 1);
	buf_add(&env, session->env, session->env_len);
	free(session->env);
	session->env_len = env.len;
	session->env = buf_steal(&env);
}

static void
drop(size_t i)
{
	task_unref(tasks[i]);
	tasks[i] = NULL;
}

START_TEST(a_group)
{
	const struct record *rec;
	size_t i;

	for (i = 0; i < MANY; i++)
		taskbox_spec("{\"command\":\"true\"}", specs[i]);
	ck_assert_int_eq(create(MANY, 5), 0);
	for (i = 0; i < MANY; i++) {
		rec = task_record(tasks[i]);
		ck_assert_uint_eq(rec->number, i + 1);
		ck_assert_str_eq(rec->from.group, "g1");
		ck_assert_str_eq(rec->from.group_name, "night");
		ck_assert_int_eq(rec->from.max_parallel, 2);
		ck_assert_str_eq(rec->spec.cwd, "/");
		ck_assert_ptr_eq(task_find_live(i + 1), tasks[i]);
	}
	ck_assert_str_ne(task_record(tasks[0])->from.uuid,
	    task_record(tasks[1])->from.uuid);
}
END_TEST

/* In steps; nobody sees one before all are accepted. */
START_TEST(one_after_another)
{
	const struct task_group group = { .grouped = true };
	struct store_name names[MANY];
	struct creation *creation;
	size_t i;

	ck_assert_int_eq(index_know(&err), 0);
	for (i = 0; i < MANY; i++)
		taskbox_spec("{\"command\":\"true\"}", specs[i]);
	creation = task_create_begin(given, MANY, &group, taskbox_session(), 5,
	    tasks, &err);
	ck_assert_msg(creation != NULL, "%s", err.text);
	for (i = 1; i < MANY; i++) {
		ck_assert_int_eq(task_create_step(creation, &err), 1);
		ck_assert_ptr_nonnull(tasks[i - 1]);
		ck_assert_uint_eq(task_count_live(), 0);
		ck_assert_uint_eq(index_range(1, MANY, names, MANY), 0);
	}
	ck_assert_int_eq(task_create_step(creation, &err), 0);
	task_create_end(creation);
	ck_assert_uint_eq(task_count_live(), MANY);
	ck_assert_uint_eq(index_range(1, MANY, names, MANY), MANY);
}
END_TEST

/* The names on disk are the index of what was asked already. */
START_TEST(uuids_follow_from_the_request)
{
	char *first, *digit;

	taskbox_spec("{\"command\":\"true\"}", specs[0]);
	ck_assert_int_eq(create(1, 5), 0);
	first = xstrdup(task_record(tasks[0])->from.uuid);
	ck_assert_uint_eq(strlen(first), 36);
	ck_assert_int_eq(first[14], '5'); /* name-based, SHA-1 */
	drop(0);
	ck_assert_int_eq(create(1, 6), 0);
	ck_assert_str_ne(task_record(tasks[0])->from.uuid, first);
	drop(0);
	digit = taskbox_session()->uuid;
	*digit = *digit == '2' ? '3' : '2';
	ck_assert_int_eq(create(1, 5), 0);
	ck_assert_str_ne(task_record(tasks[0])->from.uuid, first);
	free(first);
}
END_TEST

START_TEST(all_or_none)
{
	char *link;

	taskbox_spec("{\"command\":\"true\"}", specs[0]);
	taskbox_spec("{\"command\":\"true\"}", specs[1]);
	ck_assert_int_eq(create(2, 2), 0);
	link = xasprintf("state/live/4-%s", task_record(tasks[1])->from.uuid);
	task_unref(tasks[0]);
	task_unref(tasks[1]);
	memset(tasks, 0, sizeof(tasks));
	task_forget_all();
	/* the same request again: the second of its tasks cannot be */
	ck_assert_int_eq(symlink("in-the-way", unit_path(link)), 0);
	ck_assert_int_eq(create(2, 2), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "the task was not accepted: "));
	ck_assert_ptr_null(task_next_live(NULL));
	ck_assert_ptr_null(lookup_number(3, &err));
	ck_assert_ptr_null(lookup_number(4, &err));
	memset(tasks, 0, sizeof(tasks));
	free(link);
}
END_TEST

START_TEST(what_agents_get)
{
	const struct task_spec *spec;

	unit_write("config",
	    "{\"agents\":{\"claude\":{\"timeout_s\":77,"
	    "\"permission_mode\":\"plan\"}}}");
	ck_assert_int_eq(config_load(unit_path("config"), &err), 0);
	taskbox_spec("{\"prompt\":\"x\"}", specs[0]);
	taskbox_spec("{\"prompt\":\"x\",\"permission_mode\":\"auto\","
		     "\"timeout_s\":5,\"cwd\":\"/tmp\"}",
	    specs[1]);
	taskbox_spec("{\"command\":\"x\"}", specs[2]);
	ck_assert_int_eq(create(3, 1), 0);
	spec = &task_record(tasks[0])->spec;
	ck_assert_int_eq(spec->timeout_s, 77);
	ck_assert_int_eq(spec->permission_mode, PERMISSION_PLAN);
	spec = &task_record(tasks[1])->spec;
	ck_assert_int_eq(spec->timeout_s, 5);
	ck_assert_int_eq(spec->permission_mode, PERMISSION_AUTO);
	ck_assert_str_eq(spec->cwd, "/tmp");
	spec = &task_record(tasks[2])->spec;
	ck_assert_int_eq(spec->timeout_s, 0);
	ck_assert_int_eq(spec->permission_mode, PERMISSION_ABSENT);
}
END_TEST

START_TEST(parents_and_depth)
{
	char *env;

	add_variable("CCPROC_TASK=t9-parent");
	add_variable("CCPROC_DEPTH=2");
	taskbox_spec("{\"command\":\"x\",\"options\":{\"env\":{\"A\":\"b\"}}}",
	    specs[0]);
	ck_assert_int_eq(create(1, 1), 0);
	ck_assert_str_eq(task_record(tasks[0])->from.parent, "t9-parent");
	ck_assert_int_eq(task_record(tasks[0])->from.depth, 3);
	env = taskbox_read(tasks[0], "env");
	ck_assert_str_eq(env, "PATH=/usr/bin:/bin");
	free(env);
}
END_TEST

START_TEST(any_depth_that_is_said)
{
	add_variable("CCPROC_DEPTH=9223372036854775807");
	taskbox_spec("{\"command\":\"x\"}", specs[0]);
	ck_assert_int_eq(create(1, 1), -1);
	ck_assert_str_eq(err.text,
	    "this task is unknown (999 deep): tasks may start tasks 3 deep; do "
	    "the work here, or return and let the session that started the "
	    "first of them start it");
}
END_TEST

/* Resolves the dependencies of n specs, the first of which will be t5. */
static const char *
resolve(size_t n)
{
	static const uint64_t numbers[MANY] = { 5, 6, 7 };
	static char text[200];
	struct depends *depends = depend_begin(given, numbers, n, true);
	struct task_spec **copies;
	size_t i, len = 0;
	char **id;

	while (depend_step(depends))
		continue;
	copies = depend_end(depends, &err);
	if (copies == NULL)
		return err.text;
	text[0] = '\0';
	for (i = 0; i < n; i++) {
		for (id = copies[i]->after; id != NULL && *id != NULL; id++)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
			    "%zu:%s ", i, *id);
	}
	depend_free(copies, n);
	return text;
}

START_TEST(dependencies_become_numbers)
{
	task_unref(taskbox_task("{\"command\":\"x\",\"label\":\"old\"}"));
	taskbox_spec("{\"command\":\"x\",\"label\":\"a\"}", specs[0]);
	taskbox_spec("{\"command\":\"x\",\"label\":\"b\",\"after\":[\"a\"]}",
	    specs[1]);
	taskbox_spec("{\"command\":\"x\",\"after\":[\"b\",\"old\",\"t1\","
		     "\"a\"]}",
	    specs[2]);
	ck_assert_str_eq(resolve(3), "1:t5 2:t6 2:t5 2:t1 ");
}
END_TEST

START_TEST(dependencies_that_cannot_be)
{
	taskbox_spec("{\"command\":\"x\",\"label\":\"a\",\"after\":[\"b\"]}",
	    specs[0]);
	taskbox_spec("{\"command\":\"x\",\"label\":\"b\",\"after\":[\"a\"]}",
	    specs[1]);
	ck_assert_str_eq(resolve(2),
	    "after: these tasks wait for each other in a circle; none could "
	    "ever start");
	taskbox_spec("{\"command\":\"x\",\"label\":\"a\",\"after\":[\"a\"]}",
	    specs[0]);
	ck_assert_str_eq(resolve(1),
	    "tasks[0].after: \"a\" is the task itself");
	taskbox_spec("{\"command\":\"x\",\"after\":[\"t5\"]}", specs[0]);
	ck_assert_str_eq(resolve(1),
	    "tasks[0].after: t5: no such task; there are no tasks at all");
	taskbox_spec("{\"command\":\"x\",\"after\":[\"t6\"]}", specs[1]);
	ck_assert_str_eq(resolve(2),
	    "tasks[0].after: t5: no such task; there are no tasks at all; "
	    "tasks[1].after: t6: no such task");
}
END_TEST

UNIT_SUITE
{
	unit_suite("create", setup, teardown, a_group, one_after_another,
	    uuids_follow_from_the_request, all_or_none, what_agents_get,
	    parents_and_depth, any_depth_that_is_said,
	    dependencies_become_numbers, dependencies_that_cannot_be, NULL);
}
