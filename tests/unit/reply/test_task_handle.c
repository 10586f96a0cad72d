/*
 * Handles: ids of tasks and groups for clients that are told later.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/reply/task_handle.h"
#include "daemon/session.h"
#include "daemon/store/delete.h"
#include "daemon/store/live.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/task.h"
#include "json/schema.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define MANY 3

static struct task *tasks[MANY];
static struct task_handle handle;
static struct error err;

static void
setup(void)
{
	taskbox_open();
}

static void
teardown(void)
{
	size_t i;

	task_handle_clear(&handle);
	for (i = 0; i < MANY; i++) {
		task_unref(tasks[i]);
		tasks[i] = NULL;
	}
	taskbox_close();
}

/* Accepts a group of three. */
static void
start_group(enum notify notify)
{
	const struct task_group group = { .grouped = true,
		.name = "all-of-it",
		.notify = notify };
	struct task_spec spec = { 0 };
	const struct task_spec *specs[MANY] = { &spec, &spec, &spec };

	taskbox_spec("{\"command\":\"true\"}", &spec);
	ck_assert_msg(task_create(specs, MANY, &group, taskbox_session(), 99,
			  tasks, &err) == 0,
	    "%s", err.text);
	schema_clear(task_spec_fields, &spec);
}

/* Ends the i-th as its keeper would, with that status. */
static void
end(size_t i, int code)
{
	struct record rec = *task_record(tasks[i]);

	rec.exit = taskbox_exit(code);
	ck_assert_msg(store_finish(&rec, &err) == 0, "%s", err.text);
	store_settle(&rec);
}

static const char *
id_of(char kind, size_t i)
{
	static char id[64];
	const struct record *rec = task_record(tasks[i]);

	snprintf(id, sizeof(id), "%c%d-%s", kind, (int)rec->number,
	    rec->from.uuid);
	return id;
}

/* The status that a daemon finds which has just been started. */
static enum mcp_task_status
status(const char *id)
{
	task_forget_all();
	task_handle_clear(&handle);
	ck_assert_msg(task_handle_find(id, &handle), "%s", id);
	ck_assert_str_eq(handle.id, id);
	return task_handle_status(&handle);
}

static void
message(const char *text)
{
	char *got = task_handle_message(&handle);

	ck_assert_str_eq(got, text);
	free(got);
}

START_TEST(what_cannot_be_looked_at_is_not_gone)
{
	struct rlimit limit;
	char *id;
	bool found;

	tasks[0] = taskbox_task("{\"command\":\"true\"}");
	id = xstrdup(id_of('t', 0));
	end(0, 0);
	task_forget_all();
	limit = unit_no_descriptors();
	found = task_handle_find(id, &handle);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert(found);
	ck_assert_uint_eq(handle.list.n, 0);
	ck_assert_int_eq(handle.damage.code, ERR_SYSTEM);
	ck_assert_int_eq(status(id), MCP_TASK_COMPLETED);
	free(id);
}
END_TEST

START_TEST(ids_that_were_never_given_out)
{
	static const char *const bad[] = { "", "t", "t1", "g1", "1", "t1-",
		"x1-11111111-2222-4333-8444-555555555555",
		"t1-11111111-2222-4333-8444-555555555555",
		"t0-11111111-2222-4333-8444-555555555555",
		"t01-11111111-2222-4333-8444-555555555555",
		"t1-../../../../../../../../../etc/passwd___",
		"t99999999999999999999-11111111-2222-4333-8444-555555555555",
		NULL };
	char *id;
	size_t i;

	tasks[0] = taskbox_task("{\"command\":\"true\"}");
	for (i = 0; bad[i] != NULL; i++)
		ck_assert_msg(!task_handle_find(bad[i], &handle), "%s", bad[i]);
	ck_assert(task_handle_find(id_of('t', 0), &handle));
	task_handle_clear(&handle);
	ck_assert(!task_handle_find(id_of('g', 0),
	    &handle)); /* it has no group */
	id = xasprintf("%sx", id_of('t', 0));
	ck_assert(!task_handle_find(id, &handle));
	free(id);
}
END_TEST

START_TEST(one_task)
{
	struct mcp_task task;

	tasks[0] = taskbox_task("{\"command\":\"true\",\"label\":\"lab\"}");
	ck_assert(task_handle_of(tasks, 1, &handle));
	ck_assert_str_eq(handle.id, id_of('t', 0));
	ck_assert_int_eq(task_handle_status(&handle), MCP_TASK_WORKING);
	message("t1 lab queued");
	end(0, 3);
	ck_assert_int_eq(status(id_of('t', 0)), MCP_TASK_COMPLETED);
	message("t1 lab failed: exit code 3 \xc2\xb7 1.2 s");
	task_handle_publish(&handle, "m", &task);
	ck_assert_str_eq(task.id, id_of('t', 0));
	ck_assert_int_ge(task.ttl_ms, INT64_C(30) * 24 * 3600 * 1000);
	ck_assert_int_eq(task.poll_ms, 1000);
	ck_assert_int_gt(task.created_ms, 0);
	ck_assert_int_ge(task.updated_ms, task.created_ms);
}
END_TEST

START_TEST(a_stopped_task)
{
	tasks[0] = taskbox_task("{\"command\":\"true\"}");
	ck_assert_int_eq(task_stop(tasks[0], KEEPER_GRACEFUL, 1, &err), 0);
	ck_assert_int_eq(status(id_of('t', 0)), MCP_TASK_CANCELLED);
}
END_TEST

START_TEST(a_cleaned_up_task)
{
	struct mcp_task task;

	tasks[0] = taskbox_task("{\"command\":\"true\"}");
	end(0, 0);
	ck_assert_int_eq(store_delete(task_record(tasks[0]), &err), 0);
	ck_assert_int_eq(status(id_of('t', 0)), MCP_TASK_CANCELLED);
	message("was cleaned up");
	task_handle_publish(&handle, NULL, &task);
	ck_assert_int_gt(task.created_ms, 0);
}
END_TEST

START_TEST(a_task_of_a_later_version)
{
	tasks[0] = taskbox_task("{\"command\":\"true\"}");
	taskbox_write(tasks[0], "spec.json", "{\"version\":99}");
	status(id_of('t', 0));
	ck_assert_uint_eq(handle.list.n, 0);
	ck_assert_int_eq(handle.damage.code, ERR_NEWER);
}
END_TEST

START_TEST(a_group_is_all_of_it)
{
	struct task *two[2];

	start_group(NOTIFY_ALL);
	two[0] = tasks[0];
	two[1] = tasks[1];
	ck_assert(task_handle_of(tasks, MANY, &handle));
	ck_assert_str_eq(handle.id, id_of('g', 0));
	task_handle_clear(&handle);
	ck_assert(!task_handle_of(two, 2, &handle));
	ck_assert(task_handle_of(two, 1, &handle));
	ck_assert_str_eq(handle.id, id_of('t', 0));
	task_handle_clear(&handle);
	ck_assert(!task_handle_find(id_of('g', 1),
	    &handle)); /* not its first */
}
END_TEST

static void
by_rule(enum notify notify, enum mcp_task_status one_good,
    enum mcp_task_status one_bad)
{
	start_group(notify);
	ck_assert_int_eq(status(id_of('g', 0)), MCP_TASK_WORKING);
	message("g1 all-of-it: 0 of 3 ended, 3 queued");
	end(1, 0);
	ck_assert_int_eq(status(id_of('g', 0)), one_good);
	end(0, 1);
	ck_assert_int_eq(status(id_of('g', 0)), one_bad);
	message("g1 all-of-it: 2 of 3 ended, 1 failed: t1; 1 queued");
	end(2, 0);
	ck_assert_int_eq(status(id_of('g', 0)), MCP_TASK_COMPLETED);
}

START_TEST(notify_all)
{
	by_rule(NOTIFY_ALL, MCP_TASK_WORKING, MCP_TASK_WORKING);
}
END_TEST

START_TEST(notify_none)
{
	by_rule(NOTIFY_NONE, MCP_TASK_WORKING, MCP_TASK_WORKING);
}
END_TEST

START_TEST(notify_first)
{
	by_rule(NOTIFY_FIRST, MCP_TASK_COMPLETED, MCP_TASK_COMPLETED);
}
END_TEST

START_TEST(notify_failure)
{
	by_rule(NOTIFY_FAILURE, MCP_TASK_WORKING, MCP_TASK_COMPLETED);
}
END_TEST

START_TEST(a_group_that_is_cleaned_up)
{
	start_group(NOTIFY_ALL);
	end(0, 0);
	ck_assert_int_eq(store_delete(task_record(tasks[0]), &err), 0);
	ck_assert_int_eq(status(id_of('g', 0)), MCP_TASK_WORKING);
	message("g1 all-of-it: 0 of 2 ended, 2 queued");
	end(1, 0);
	end(2, 0);
	ck_assert_int_eq(store_delete(task_record(tasks[1]), &err), 0);
	ck_assert_int_eq(status(id_of('g', 0)), MCP_TASK_COMPLETED);
	ck_assert_int_eq(store_delete(task_record(tasks[2]), &err), 0);
	ck_assert_int_eq(status(id_of('g', 0)), MCP_TASK_CANCELLED);
	message("was cleaned up");
}
END_TEST

UNIT_SUITE
{
	unit_suite("task_handle", setup, teardown,
	    ids_that_were_never_given_out, what_cannot_be_looked_at_is_not_gone,
	    one_task, a_stopped_task, a_cleaned_up_task,
	    a_task_of_a_later_version, a_group_is_all_of_it, notify_all,
	    notify_none, notify_first, notify_failure,
	    a_group_that_is_cleaned_up, NULL);
}
