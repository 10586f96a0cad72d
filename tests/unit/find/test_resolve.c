/*
 * From what a caller names to tasks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/find/labels.h"
#include "daemon/find/resolve.h"
#include "daemon/record/record.h"
#include "daemon/session.h"
#include "daemon/store/delete.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static struct error err;
static struct task_list list;

static void
teardown(void)
{
	task_list_clear(&list);
	taskbox_close();
}

/* Returns the numbers that ids, separated by spaces, stand for. */
static const char *
numbers(const char *ids)
{
	static char text[200];
	char *copy = xstrdup(ids), *rest = copy, *id, **v = NULL;
	size_t i, len = 0;

	while ((id = strsep(&rest, " ")) != NULL)
		v = strv_add(v, id);
	free(copy);
	task_list_clear(&list);
	text[0] = '\0';
	if (resolve_ids(v, &list, &err) != 0)
		strcpy(text, "error");
	for (i = 0; i < list.n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%s%llu", i == 0 ? "" : " ",
		    (unsigned long long)task_record(list.tasks[i])->number);
	strv_free(v);
	return text;
}

/* Walks to the end. */
static void
walk_all(struct task_walk *walk)
{
	walk->began = false;
	walk->scanned = 0;
	memset(&walk->at, 0, sizeof(walk->at));
	while (resolve_step(&list, walk))
		continue;
}

/* Accepts n commands as a group; ends them when they shall not be live. */
static void
make_group(const char *name, size_t n)
{
	const struct task_group group = { .grouped = true, .name = name };
	struct task_spec *spec = xcalloc(1, sizeof(*spec));
	const struct task_spec *specs[10];
	struct task *tasks[10] = { NULL };
	size_t i;

	taskbox_spec("{\"command\":\"x\"}", spec);
	for (i = 0; i < n; i++)
		specs[i] = spec;
	ck_assert_int_eq(task_create(specs, n, &group, taskbox_session(), 77,
			     tasks, &err),
	    0);
	for (i = 0; i < n; i++)
		task_unref(tasks[i]);
	task_spec_free(spec);
}

static void
make_ended(const char *label)
{
	struct exitrec exit = taskbox_exit(0);
	char *spec = xasprintf("{\"command\":\"x\",\"label\":\"%s\"}", label);

	task_unref(taskbox_ended(spec, &exit));
	free(spec);
}

START_TEST(numbers_and_uuids)
{
	struct task *task = taskbox_task("{\"command\":\"x\"}");
	const char *uuid = task_record(task)->from.uuid;
	char *id = xasprintf("t1-%s", uuid), *prefix = xstrndup(uuid, 8);

	task_unref(taskbox_task("{\"command\":\"y\"}"));
	ck_assert_str_eq(numbers("t1"), "1");
	ck_assert_str_eq(numbers("1"), "1");
	ck_assert_str_eq(numbers(id), "1");
	if (prefix[0] >= 'a') /* else it may be a number */
		ck_assert_str_eq(numbers(prefix), "1");
	ck_assert_str_eq(numbers("t2 t1 1"), "2 1");
	task = taskbox_reopen(task); /* the same on disk */
	ck_assert_str_eq(numbers("t1"), "1");
	ck_assert_str_eq(numbers(id), "1");
	free(id);
	free(prefix);
	task_unref(task);
}
END_TEST

START_TEST(groups)
{
	task_unref(taskbox_task("{\"command\":\"x\"}"));
	make_group("night", 3);
	make_group(NULL, 1);
	ck_assert_str_eq(numbers("g2"), "2 3 4");
	ck_assert_str_eq(numbers("night"), "2 3 4");
	ck_assert_str_eq(numbers("g5"), "5");
	ck_assert_str_eq(numbers("t3 g2"), "3 2 4");
	ck_assert_str_eq(numbers("g1"), "error");
	ck_assert_str_eq(numbers("g3"), "error");
	task_forget_all();
	labels_stop();
	ck_assert_str_eq(numbers("night g5"), "2 3 4 5");
}
END_TEST

START_TEST(labels)
{
	make_ended("docs");
	make_ended("docs");
	make_ended("other");
	ck_assert_str_eq(numbers("docs"), "2"); /* the newest */
	task_unref(taskbox_task("{\"command\":\"x\",\"label\":\"docs\"}"));
	make_group("docs", 1);
	ck_assert_str_eq(numbers("docs"), "4"); /* the live one */
	ck_assert_str_eq(numbers("other"), "3");
}
END_TEST

START_TEST(unknown_ids)
{
	ck_assert_str_eq(numbers("t1"), "error");
	ck_assert_str_eq(err.text,
	    "t1: no such task; there are no tasks at all");
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
	make_ended("docs");
	task_unref(taskbox_task("{\"command\":\"x\"}"));
	ck_assert_str_eq(numbers("t1 t9 nix"), "error");
	ck_assert_uint_eq(list.n, 0); /* nothing is done */
	ck_assert_str_eq(err.text,
	    "t9: no such task; nix: no such task; "
	    "the newest are t2, t1 docs; list_tasks shows more");
	ck_assert_str_eq(numbers("t0"), "error");
	ck_assert_str_eq(numbers("t99999999999999999999999"), "error");
	ck_assert_str_eq(numbers("t1-22222222-2222-4333-8444-555555555555"),
	    "error");
	ck_assert_ptr_nonnull(strstr(err.text, "no such task"));
}
END_TEST

/* Of a variable that was not set there is nothing left. */
START_TEST(no_name)
{
	struct exitrec exit = taskbox_exit(0);

	task_unref(taskbox_ended("{\"command\":\"x\"}", &exit));
	task_unref(taskbox_task("{\"command\":\"x\"}"));
	ck_assert_str_eq(numbers(""), "error");
	ck_assert_str_eq(err.text,
	    "\"\": expected an id, got no character; "
	    "the newest are t2, t1; list_tasks shows more");
}
END_TEST

START_TEST(cleaned_up)
{
	struct exitrec exit = taskbox_exit(0);
	struct task *task = taskbox_ended("{\"command\":\"x\"}", &exit);

	ck_assert_int_eq(store_delete(task_record(task), &err), 0);
	task_unref(task);
	ck_assert_str_eq(numbers("t1"), "error");
	ck_assert_ptr_nonnull(strstr(err.text, "t1: was cleaned up; "));
}
END_TEST

static bool
any(const struct task *task, void *arg)
{
	(void)task;
	++*(int *)arg;
	return true;
}

START_TEST(walks_are_bounded)
{
	int looked = 0;
	struct task_walk walk = { .max = 2,
		.scan = 10,
		.match = any,
		.arg = &looked };
	int i;

	for (i = 0; i < 5; i++)
		make_ended("l");
	walk_all(&walk);
	ck_assert_uint_eq(list.n, 2);
	ck_assert_uint_eq(task_record(list.tasks[0])->number, 5);
	ck_assert_uint_eq(task_record(list.tasks[1])->number, 4);
	ck_assert_int_eq(looked, 2);
	task_list_clear(&list);
	walk.before = 3;
	walk.max = 10;
	walk.scan = 1;
	walk_all(&walk);
	ck_assert_uint_eq(list.n, 1);
	ck_assert_uint_eq(task_record(list.tasks[0])->number, 2);
	ck_assert_int_eq(looked, 3);
	ck_assert_uint_eq(walk.unread, 0);
}
END_TEST

START_TEST(what_cannot_be_read_is_counted)
{
	int looked = 0;
	struct task_walk walk = { .max = 9,
		.scan = 10,
		.match = any,
		.arg = &looked };
	struct task *task;
	int i;

	for (i = 0; i < 3; i++)
		make_ended("l");
	task = lookup_number(2, &err);
	taskbox_write(task, "spec.json", "{\"version\":99}");
	task_unref(task);
	walk_all(&walk);
	ck_assert_uint_eq(list.n, 2);
	ck_assert_uint_eq(walk.unread, 1);
	ck_assert_msg(strncmp(walk.why, "t2: ", 4) == 0, "%s", walk.why);
}
END_TEST

START_TEST(what_cannot_be_looked_at_is_not_gone)
{
	static const char *const ids[] = { "t2", "g1", "l", "nobody",
		"abcdabcd", NULL };
	struct exitrec exit = taskbox_exit(0);
	struct rlimit limit;
	size_t i;

	make_group("night", 1);
	task_forget_all();
	make_ended("l");
	task_unref(taskbox_ended("{\"command\":\"x\"}", &exit));
	limit = unit_no_descriptors();
	for (i = 0; ids[i] != NULL; i++) {
		ck_assert_str_eq(numbers(ids[i]), "error");
		ck_assert_msg(strstr(err.text, "Too many open files") != NULL &&
			strstr(err.text, "no such") == NULL &&
			strstr(err.text, "cleaned up") == NULL &&
			strstr(err.text, "no tasks") == NULL,
		    "%s: %s", ids[i], err.text);
	}
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_str_eq(numbers("t2 g1 l"), "2 1");
}
END_TEST

START_TEST(each_task_once)
{
	struct task *task = taskbox_task("{\"command\":\"x\"}");

	task_list_add(&list, task);
	task_list_add(&list, task);
	ck_assert_uint_eq(list.n, 1);
	task_unref(task);
}
END_TEST

UNIT_SUITE
{
	unit_suite("resolve", taskbox_open, teardown, numbers_and_uuids, groups,
	    labels, unknown_ids, no_name, cleaned_up, walks_are_bounded,
	    what_cannot_be_read_is_counted,
	    what_cannot_be_looked_at_is_not_gone, each_task_once, NULL);
}
