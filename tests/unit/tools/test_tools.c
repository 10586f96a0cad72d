/*
 * The tools as clients meet them: what tools/list publishes, and calls
 * through a peer with real keepers, without the daemon's socket.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/provide/provide.h"
#include "daemon/session.h"
#include "daemon/task/task.h"
#include "json/json.h"
#include "mcp/mcp.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

/* The tools array as compact UTF-8: clients cut a longer one. */
#define LIST_MAX_BYTES 6000

static struct mcp_peer *peer;
static struct json_object *answer; /* to the last request */
static struct error err;
static int next_id;

static void
on_send(void *user, char *line, size_t len)
{
	struct json_object *object = json_parse(line, len, &err);

	ck_assert_ptr_eq(user, taskbox_session());
	ck_assert_msg(object != NULL, "%s", line);
	if (json_member(object, "id") != NULL) {
		ck_assert_ptr_null(answer);
		answer = object;
	} else
		json_object_put(object);
	free(line);
}

static void
send_line(const char *line)
{
	mcp_peer_line(peer, line, strlen(line));
}

static void
forget_answer(void)
{
	json_object_put(answer);
	answer = NULL;
}

static void
setup(void)
{
	taskbox_open();
	peer = mcp_peer_new(provide_info(), on_send, taskbox_session());
	send_line("{\"jsonrpc\":\"2.0\",\"id\":\"i\",\"method\":\"initialize\","
		  "\"params\":{\"protocolVersion\":\"2025-11-25\"}}");
	forget_answer();
	next_id = 0;
}

static void
teardown(void)
{
	forget_answer();
	mcp_peer_free(peer);
	taskbox_close();
}

static bool
answered(void *arg)
{
	(void)arg;
	return answer != NULL;
}

/* Starts a call. */
static void
begin(const char *tool, const char *arguments)
{
	char *line = xasprintf("{\"jsonrpc\":\"2.0\",\"id\":%d,"
			       "\"method\":\"tools/call\",\"params\":{"
			       "\"name\":\"%s\",\"arguments\":%s}}",
	    ++next_id, tool, arguments);

	forget_answer();
	send_line(line);
	free(line);
}

/* Calls a tool, waits, and returns its text; borrows. */
static const char *
call(const char *tool, const char *arguments, bool *failed)
{
	struct json_object *result, *block;

	begin(tool, arguments);
	taskbox_until(answered, NULL);
	result = json_object_at(answer, "result");
	ck_assert_msg(result != NULL, "%s", json_text(answer, NULL));
	*failed = json_member(result, "isError") != NULL;
	block = json_object_array_get_idx(json_array_at(result, "content"), 0);
	return json_string_at(block, "text");
}

static const char *
good(const char *tool, const char *arguments)
{
	bool failed;
	const char *text = call(tool, arguments, &failed);

	ck_assert_msg(!failed, "%s", text);
	return text;
}

static const char *
bad(const char *tool, const char *arguments)
{
	bool failed;
	const char *text = call(tool, arguments, &failed);

	ck_assert_msg(failed, "%s", text);
	return text;
}

static void
begins(const char *text, const char *start)
{
	ck_assert_msg(strncmp(text, start, strlen(start)) == 0,
	    "'%s' does not begin with '%s'", text, start);
}

static void
contains(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "'%s' not in '%s'", part,
	    text);
}

START_TEST(the_list)
{
	struct json_object *tools, *tool;
	size_t i, len;

	send_line("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}");
	tools = json_array_at(json_object_at(answer, "result"), "tools");
	json_text(tools, &len);
	ck_assert_uint_le(len, LIST_MAX_BYTES);
	ck_assert_uint_ge(json_object_array_length(tools), 7);
	for (i = 0; i < json_object_array_length(tools); i++) {
		tool = json_object_array_get_idx(tools, i);
		ck_assert_ptr_nonnull(json_string_at(tool, "description"));
		ck_assert_str_eq(json_string_at(json_member(tool,
						    "inputSchema"),
				     "type"),
		    "object");
		ck_assert_ptr_null(json_member(tool, "outputSchema"));
	}
}
END_TEST

START_TEST(run_task)
{
	begins(good("run_task", "{\"command\":\"echo hi\",\"label\":\"lab\"}"),
	    "t1 lab completed \xc2\xb7 ");
	begins(bad("run_task", "{\"command\":\"exit 3\"}"),
	    "t2 failed: exit code 3 \xc2\xb7 ");
	begins(good("run_task", "{\"command\":\"sleep 60\",\"wait_s\":0}"),
	    "t3 running");
	contains(json_text(answer, NULL), "next: check_tasks");
	begins(good("stop_tasks", "{\"ids\":[\"t3\"],\"mode\":\"now\"}"),
	    "t3 cancelled: by user");
}
END_TEST

START_TEST(problems_of_a_call_at_once)
{
	const char *text = bad("run_task",
	    "{\"command\":\"x\",\"cwd\":\"rel\",\"label\":\"t7\",\"nix\":1,"
	    "\"timeout_s\":0}");

	begins(text, "run_task: ");
	contains(text, "timeout_s: 0 is out of range, allowed are 1 to 604800");
	contains(text, "nix: is not known here; known are prompt, command");
	contains(text, "cwd: \"rel\" is not absolute; it must begin with /");
	contains(text, "label: \"t7\" looks like an id");
	ck_assert_ptr_null(task_next_live(NULL));
}
END_TEST

START_TEST(programs_are_looked_for)
{
	contains(bad("run_task", "{\"command\":[\"no-such-program-x\"]}"),
	    "no-such-program-x was not found in PATH");
	contains(bad("run_task", "{\"command\":\"true\",\"cwd\":\"/no/such\"}"),
	    "cwd: /no/such does not exist");
	contains(bad("start_tasks",
		     "{\"tasks\":[{\"command\":\"true\"},"
		     "{\"command\":[\"/no/such\"]}]}"),
	    "tasks[1].program: /no/such does not exist");
	ck_assert_ptr_null(task_next_live(NULL)); /* none was started */
}
END_TEST

START_TEST(start_tasks)
{
	begins(good("start_tasks",
		   "{\"tasks\":[{\"command\":\"sleep 60\",\"label\":\"a\"},"
		   "{\"command\":\"sleep 60\",\"after\":[\"a\"]}]}"),
	    "started g1: t1 a running, t2 queued (1 of 16 slots)");
	begins(bad("start_tasks",
		   "{\"tasks\":[{\"command\":\"x\",\"label\":\"d\"},7,"
		   "{\"command\":\"x\",\"label\":\"d\"}]}"),
	    "start_tasks: tasks[1]: expected an object, got integer");
	contains(json_text(answer, NULL), "tasks[2].label: ");
	begins(good("stop_tasks", "{\"scope\":\"mine\",\"mode\":\"now\"}"),
	    "t1 a cancelled: by user");
}
END_TEST

START_TEST(check_tasks)
{
	begins(good("check_tasks", "{}"),
	    "no unfinished or unseen tasks of this session; list_tasks "
	    "scope=all shows all");
	good("run_task", "{\"command\":\"echo out\"}");
	begins(good("check_tasks", "{\"ids\":[\"t1\"]}"), "t1 completed");
	begins(good("check_tasks", "{\"ids\":[\"1\"],\"detail\":\"full\"}"),
	    "{\"tasks\":[{\"id\":\"t1\",\"uuid\":\"");
	begins(bad("check_tasks", "{\"ids\":[\"t1\",\"t9\"]}"),
	    "t9: no such task; the newest are t1; list_tasks shows more");
	begins(bad("check_tasks", "{\"ids\":[\"t7\",7]}"),
	    "check_tasks: ids[1]: expected a string, got integer");
	begins(good("check_task_status", "{\"task_id\":\"t1\"}"),
	    "t1 completed");
}
END_TEST

START_TEST(read_output)
{
	good("run_task", "{\"command\":\"printf 'a\\\\nb\\\\n'\"}");
	begins(good("read_output", "{\"id\":\"t1\"}"),
	    "t1 stdout 0-4 of 4 \xc2\xb7 completed \xc2\xb7 next cursor 4\n"
	    "a\nb\n");
	begins(good("read_output", "{\"id\":\"t1\",\"cursor\":2}"),
	    "t1 stdout 2-4 of 4 \xc2\xb7 completed \xc2\xb7 next cursor 4\n"
	    "b\n");
	begins(bad("read_output", "{\"id\":\"t1\",\"cursor\":5}"),
	    "cursor: 5 is beyond the end, which is 4; it is of "
	    "another file, or the task has cut its own output; go on from "
	    "the end, or with -1 for the tail");
	begins(bad("read_output", "{\"id\":\"t1\",\"stream\":\"result\"}"),
	    "t1 is a command: it has stdout and stderr, no result");
}
END_TEST

START_TEST(list_tasks)
{
	begins(good("list_tasks", "{}"), "no such tasks\n0 shown; ");
	good("run_task", "{\"command\":\"true\",\"label\":\"abc\"}");
	good("run_task", "{\"command\":\"true\",\"label\":\"xyz\"}");
	contains(good("list_tasks", "{}"), "\nt2\txyz\tcompleted");
	contains(good("list_tasks", "{\"label\":\"a*\"}"), "\nt1\tabc");
	ck_assert_ptr_null(strstr(json_text(answer, NULL), "xyz"));
	contains(good("list_tasks", "{\"limit\":1}"), "cursor \"t2\"");
	contains(good("list_tasks", "{\"limit\":1,\"cursor\":\"t2\"}"),
	    "\nt1\tabc");
	begins(bad("list_tasks", "{\"cursor\":\"x\"}"), "cursor: expected");
}
END_TEST

START_TEST(cleanup_tasks)
{
	begins(bad("cleanup_tasks", "{}"), "give either ids or older_than_s");
	good("run_task", "{\"command\":\"true\"}");
	good("run_task", "{\"command\":\"sleep 60\",\"wait_s\":0}");
	begins(good("cleanup_tasks", "{\"ids\":[\"t1\"],\"dry_run\":true}"),
	    "would remove 1 task, freeing ");
	begins(good("cleanup_tasks",
		   "{\"ids\":[\"t2\"],\"kill_running\":false}"),
	    "removed 0 tasks, freed 0 bytes; skipped t2 (running): ");
	begins(good("cleanup_tasks", "{\"ids\":[\"t1\",\"t2\"]}"),
	    "removed 2 tasks, freed ");
	begins(bad("check_tasks", "{\"ids\":[\"t2\"]}"),
	    "t2: was cleaned up; there are no tasks at all");
}
END_TEST

/* A probe that nobody waits for is still reaped. */
static bool
no_children(void *arg)
{
	siginfo_t info;

	(void)arg;
	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1;
}

/*
 * In the probe, in the wait: whenever the client goes, nothing is left.  A
 * folder without a disk is always probed.
 */
START_TEST(cancelled_anywhere)
{
	begin("run_task", "{\"command\":\"sleep 60\",\"cwd\":\"/proc\"}");
	send_line("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
		  "\"params\":{\"requestId\":1}}");
	ck_assert_int_eq(next_id, 1);
	ck_assert_ptr_null(task_next_live(NULL));
	begin("run_task", "{\"command\":\"sleep 60\"}");
	ck_assert_ptr_nonnull(task_next_live(NULL));
	send_line("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
		  "\"params\":{\"requestId\":2}}");
	ck_assert_ptr_nonnull(task_next_live(NULL)); /* the task goes on */
	ck_assert_ptr_null(answer);
	begins(good("stop_tasks", "{\"scope\":\"mine\",\"mode\":\"now\"}"),
	    "t1 cancelled");
	begin("run_task", "{\"command\":\"true\",\"cwd\":\"/proc\"}");
	mcp_peer_free(peer);
	peer = NULL;
	ck_assert_ptr_null(answer);
	taskbox_until(no_children, NULL);
}
END_TEST

UNIT_SUITE
{
	unit_suite("tools", setup, teardown, the_list, run_task,
	    problems_of_a_call_at_once, programs_are_looked_for, start_tasks,
	    check_tasks, read_output, list_tasks, cleanup_tasks,
	    cancelled_anywhere, NULL);
}
