/*
 * Records: state and reason from what is on disk, and nowhere else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/agent/result.h"
#include "daemon/record/load.h"
#include "daemon/record/record.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/task.h"
#include "json/json.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define RESULT(members) "{\"type\":\"result\",\"num_turns\":1," members "}\n"
#define SUCCESS RESULT("\"subtype\":\"success\",\"is_error\":false")

/* State and reason as one word, of an ended task; unrefs it. */
static const char *
verdict(struct task *task)
{
	static char text[64];
	const struct record *rec = task_record(task);
	const char *reason = reason_name(rec->reason);

	ck_assert(record_ended(rec));
	snprintf(text, sizeof(text), "%s/%s", state_name(rec->state),
	    reason == NULL ? "" : reason);
	task_unref(task);
	return text;
}

static const char *
command(const struct exitrec *exit)
{
	return verdict(taskbox_ended("{\"command\":\"x\"}", exit));
}

/* An agent that wrote out. */
static const char *
agent(const struct exitrec *exit, const char *out)
{
	return verdict(taskbox_ended_with("{\"prompt\":\"x\"}", exit, out,
	    NULL));
}

START_TEST(commands)
{
	struct exitrec exit = taskbox_exit(0);

	ck_assert_str_eq(command(&exit), "completed/");
	exit.exit_code = 3;
	ck_assert_str_eq(command(&exit), "failed/exit_code");
	exit.exit_code = -1;
	exit.exit_signal = 9;
	ck_assert_str_eq(command(&exit), "failed/signal");
	exit.oom_kills = 1;
	ck_assert_str_eq(command(&exit), "failed/oom");
	exit.exit_signal = 15; /* not by that, but another process */
	ck_assert_str_eq(command(&exit), "failed/signal");
	exit = taskbox_exit(-1);
	exit.main_exited = false;
	strcpy(exit.spawn_stage, "cwd");
	ck_assert_str_eq(command(&exit), "failed/spawn_error");
}
END_TEST

START_TEST(stopped)
{
	static const struct {
		enum stop_reason reason;
		const char *verdict;
	} cases[] = {
		{ STOP_USER, "cancelled/user" },
		{ STOP_DEPENDENCY, "cancelled/dependency" },
		{ STOP_WALL, "timeout/wall" },
		{ STOP_IDLE, "timeout/idle" },
		{ STOP_OUTPUT_LIMIT, "failed/output_limit" },
		{ STOP_KEEPER_LOST, "lost/keeper_lost" },
		{ STOP_REBOOT, "lost/reboot" },
		{ STOP_UNKNOWN, "failed/unknown" },
	};
	struct exitrec exit;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		exit = taskbox_exit(0); /* whatever the code */
		exit.stop_reason = cases[i].reason;
		ck_assert_str_eq(command(&exit), cases[i].verdict);
		exit.exit_signal = 15;
		exit.exit_code = -1;
		ck_assert_str_eq(command(&exit), cases[i].verdict);
		ck_assert_str_eq(agent(&exit, SUCCESS), cases[i].verdict);
	}
}
END_TEST

START_TEST(agents_that_end_well)
{
	struct exitrec exit = taskbox_exit(0);

	ck_assert_str_eq(agent(&exit, SUCCESS), "completed/");
	exit.stop_reason = STOP_USER; /* too late */
	ck_assert_str_eq(agent(&exit, SUCCESS), "completed/");
}
END_TEST

/* Agents that stayed after their result, however they ended. */
START_TEST(agents_that_linger)
{
	static const int ends[][2] = { { 0, 0 }, { 143, 0 }, { -1, 9 } };
	struct exitrec exit;
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		exit = taskbox_exit(ends[i][0]);
		exit.exit_signal = ends[i][1];
		exit.stop_reason = STOP_LINGER;
		ck_assert_str_eq(agent(&exit, SUCCESS), "completed/");
		ck_assert_str_eq(
		    agent(&exit,
			RESULT("\"subtype\":\"success\",\"is_error\":false,"
			       "\"permission_denials\":"
			       "[{\"tool_name\":\"Bash\"}]")),
		    "failed/denied");
		ck_assert_str_eq(
		    agent(&exit,
			SUCCESS RESULT("\"subtype\":\"success\","
				       "\"is_error\":true,"
				       "\"api_error_status\":529")),
		    "failed/rate_limited");
		ck_assert_str_eq(agent(&exit, "{\"type\":\"user\"}\n"),
		    "failed/interrupted");
	}
}
END_TEST

START_TEST(agents_that_do_not)
{
	static const struct {
		int code;
		const char *out;
		const char *verdict;
	} cases[] = {
		{ 0, NULL, "failed/interrupted" },
		{ 0, "", "failed/interrupted" },
		{ 1, NULL, "failed/exit_code" },
		{ 143, "no json", "failed/exit_code" },
		{ 1, SUCCESS, "failed/exit_code" },
		{ 0,
		    RESULT("\"subtype\":\"success\",\"is_error\":false,"
			   "\"permission_denials\":[{\"tool_name\":\"Bash\"}]"),
		    "failed/denied" },
		{ 1,
		    RESULT("\"subtype\":\"error_max_turns\",\"is_error\":true"),
		    "failed/max_turns" },
		{ 1,
		    RESULT("\"subtype\":\"error_max_budget_usd\","
			   "\"is_error\":true"),
		    "failed/budget" },
		{ 1,
		    RESULT("\"subtype\":\"success\",\"is_error\":true,"
			   "\"api_error_status\":429"),
		    "failed/rate_limited" },
		{ 1,
		    RESULT("\"subtype\":\"success\",\"is_error\":true,"
			   "\"api_error_status\":529"),
		    "failed/rate_limited" },
		{ 1,
		    RESULT("\"subtype\":\"success\",\"is_error\":true,"
			   "\"api_error_status\":401"),
		    "failed/auth" },
		{ 1,
		    RESULT("\"subtype\":\"success\",\"is_error\":true,"
			   "\"api_error_status\":500"),
		    "failed/api_error" },
		{ 1,
		    RESULT("\"subtype\":\"success\",\"is_error\":true,"
			   "\"terminal_reason\":\"api_error\""),
		    "failed/api_error" },
		{ 0,
		    RESULT("\"subtype\":\"error_during_execution\","
			   "\"is_error\":true,"
			   "\"terminal_reason\":\"aborted_streaming\""),
		    "failed/interrupted" },
	};
	struct exitrec exit;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		exit = taskbox_exit(cases[i].code);
		ck_assert_msg(strcmp(agent(&exit, cases[i].out),
				  cases[i].verdict) == 0,
		    "case %zu: not %s", i, cases[i].verdict);
	}
}
END_TEST

START_TEST(loaded_as_it_was_stored)
{
	static const char spec[] =
	    "{\"command\":[\"ls\",\"-l\"],\"label\":\"lab\",\"cwd\":\"/tmp\","
	    "\"timeout_s\":9,\"options\":{\"env\":{\"A\":\"secret\"}}}";
	struct task *task = taskbox_task(spec);
	const struct record *rec;
	char *text = taskbox_read(task, "spec.json");
	struct json_object *object;
	struct error err;

	ck_assert_ptr_null(strstr(text, "secret"));
	object = json_parse(text, strlen(text), &err);
	ck_assert_str_eq(json_text(json_member(object, "command"), NULL),
	    "[\"ls\",\"-l\"]");
	ck_assert_str_eq(json_string_at(object, "owner"), "me");
	ck_assert_str_eq(json_string_at(object, "origin"), "bridge");
	json_object_put(object);
	free(text);
	task = taskbox_reopen(task);
	rec = task_record(task);
	ck_assert_int_eq(rec->state, STATE_QUEUED);
	ck_assert_str_eq(rec->spec.argv[1], "-l");
	ck_assert_str_eq(rec->spec.label, "lab");
	ck_assert_int_eq(rec->spec.timeout_s, 9);
	ck_assert_ptr_null(rec->spec.options.env);
	ck_assert_int_eq(rec->from.umask, 022);
	ck_assert_int_eq(rec->from.depth, 1);
	ck_assert_ptr_null(rec->from.group);
	task_unref(task);
}
END_TEST

/* Loads the record of a new task whose spec.json is text. */
static int
load(const char *text, struct error *err)
{
	struct task *task = taskbox_task("{\"command\":\"x\"}");
	const char *path = task_record(task)->path;
	int dirfd = store_open_task(path, err), result;
	struct record rec;

	memset(&rec, 0, sizeof(rec));
	taskbox_write(task, "spec.json", text);
	result = record_load(&rec, dirfd, NULL, err);
	record_clear(&rec);
	close(dirfd);
	task_unref(task);
	return result;
}

START_TEST(damaged_specs)
{
	struct error err;

	ck_assert_int_eq(load("", &err), -1);
	ck_assert_int_eq(load("{\"version\":1", &err), -1);
	ck_assert_int_eq(load("[]", &err), -1);
	ck_assert_str_eq(err.text, "spec.json: expected an object, got array");
	ck_assert_int_eq(
	    load("{\"version\":2,\"uuid\":\"u\",\"owner\":\"o\","
		 "\"created_at\":\"c\",\"cwd\":\"/\",\"command\":\"x\"}",
		&err),
	    -1);
	ck_assert_str_eq(err.text,
	    "spec.json: version 2 is newer than this program's 1");
	ck_assert_int_eq(load("{\"version\":1,\"cwd\":\"/\"}", &err), -1);
	ck_assert_str_eq(err.text,
	    "spec.json: uuid: is required; owner: is required; "
	    "created_at: is required");
}
END_TEST

/* Who rewrites the file has nothing put into a command line. */
START_TEST(names_that_are_none)
{
	static const char *const members[] = { "\"label\":\"n$(touch x)\"",
		"\"label\":\"-x\"", "\"label\":\"t7\"", "\"group\":\"g7;x\"",
		"\"group\":\"g7\",\"group_name\":\"a\\nb\"" };
	struct error err;
	char *text;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		text =
		    xasprintf("{\"version\":1,\"uuid\":\"u\",\"owner\":\"o\","
			      "\"created_at\":\"c\",\"cwd\":\"/\","
			      "\"command\":\"x\",%s}",
			members[i]);
		ck_assert_int_eq(load(text, &err), -1);
		ck_assert_str_eq(err.text,
		    "spec.json: cwd or group is missing, or a name is none");
		free(text);
	}
}
END_TEST

/* Everything else takes it for granted that there is one. */
START_TEST(a_spec_without_directory_is_damaged)
{
	struct error err;

	ck_assert_int_eq(load("{\"version\":1,\"uuid\":\"u\",\"owner\":\"o\","
			      "\"created_at\":\"c\",\"command\":\"x\"}",
			     &err),
	    -1);
}
END_TEST

START_TEST(seen)
{
	struct exitrec exit = taskbox_exit(0);
	struct task *task = taskbox_ended("{\"command\":\"x\"}", &exit);

	ck_assert(task_record(task)->seen_at == 0);
	task_mark_seen(task);
	ck_assert(task_record(task)->seen_at != 0);
	ck_assert(taskbox_has(task, "seen"));
	task = taskbox_reopen(task);
	ck_assert(task_record(task)->seen_at != 0);
	task_unref(task);
}
END_TEST

START_TEST(an_exit_record_without_end)
{
	struct exitrec exit = taskbox_exit(0);
	struct task *task = taskbox_ended("{\"command\":\"x\"}", &exit);
	char *text = taskbox_read(task, "exit.json");
	struct record rec;
	struct error err;
	int dirfd = store_open_task(task_record(task)->path, &err);

	memset(&rec, 0, sizeof(rec));
	*strrchr(text, '}') = '\0';
	taskbox_write(task, "exit.json", text);
	ck_assert_int_eq(record_read_exit(&rec, dirfd, &err), -1);
	ck_assert_int_eq(err.code, ERR_INVALID);
	ck_assert_str_eq(err.text, "exit.json ends in the middle");
	ck_assert_int_eq(rec.exit.started_at, 0);
	free(text);
	close(dirfd);
	task_unref(task);
}
END_TEST

/* The first ones had no version; a later one is made again. */
START_TEST(results_of_other_versions)
{
	static const char *const versions[] = { "", "\"version\":1,",
		"\"version\":2," };
	struct exitrec exit = taskbox_exit(0);
	struct task *task = taskbox_ended_with("{\"prompt\":\"x\"}", &exit,
	    "{\"type\":\"result\",\"result\":\"of the output\"}\n", "");
	char *text;
	size_t i;

	for (i = 0; i < 3; i++) {
		text = xasprintf("{%s\"found\":true,\"text\":\"kept\"}",
		    versions[i]);
		taskbox_write(task, "result.json", text);
		free(text);
		task = taskbox_reopen(task);
		ck_assert_str_eq(task_record(task)->result->text,
		    i == 2 ? "of the output" : "kept");
	}
	task_unref(task);
}
END_TEST

START_TEST(an_exit_record_of_a_later_version)
{
	struct exitrec exit = taskbox_exit(0);
	struct task *task;
	struct record rec;
	struct error err;
	int dirfd;

	exit.version = EXITREC_VERSION + 1;
	task = taskbox_task("{\"command\":\"x\"}");
	rec = *task_record(task);
	rec.exit = exit;
	ck_assert_int_eq(store_finish(&rec, &err), 0);
	dirfd = store_open_task(task_record(task)->path, &err);
	ck_assert_int_eq(record_read_exit(&rec, dirfd, &err), -1);
	ck_assert_int_eq(err.code, ERR_NEWER);
	ck_assert_str_eq(err.text,
	    "exit.json: version 2 is newer than this program's 1");
	close(dirfd);
	task_unref(task);
}
END_TEST

UNIT_SUITE
{
	unit_suite("record", taskbox_open, taskbox_close, commands, stopped,
	    agents_that_end_well, agents_that_linger, agents_that_do_not,
	    loaded_as_it_was_stored, damaged_specs, names_that_are_none,
	    a_spec_without_directory_is_damaged, seen,
	    an_exit_record_without_end, results_of_other_versions,
	    an_exit_record_of_a_later_version, NULL);
}
