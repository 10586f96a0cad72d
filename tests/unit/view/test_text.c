/*
 * Tasks as text: the promised first lines, and what stands below them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"
#include "daemon/view/line.h"
#include "daemon/view/text.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define DOT " \xc2\xb7 "
#define LABELLED "{\"command\":\"x\",\"label\":\"fix-login\"}"
#define AGENT "{\"prompt\":\"x\"}"
#define RESULT(error, more) \
	"{\"type\":\"result\",\"is_error\":" error ",\"num_turns\":6," \
	"\"total_cost_usd\":0.314,\"result\":\"the end\"" more "}\n"

/* Takes task; number is not looked at. */
static void
expect_line(struct task *task, const char *expected)
{
	char *line = view_first_line(task);

	ck_assert_str_eq(strchr(line, ' ') + 1, expected);
	free(line);
	task_unref(task);
}

static void
expect_text(struct task *task, size_t chars, const char *expected)
{
	char *text = view_task(task, chars, 45);

	ck_assert_str_eq(strchr(text, ' ') + 1, expected);
	free(text);
	task_unref(task);
}

START_TEST(first_lines_of_commands)
{
	struct exitrec exit = taskbox_exit(0);

	expect_line(taskbox_ended(LABELLED, &exit),
	    "fix-login completed" DOT "1.2 s");
	exit.exit_code = 3;
	expect_line(taskbox_ended(LABELLED, &exit),
	    "fix-login failed: exit code 3" DOT "1.2 s");
	expect_line(taskbox_ended("{\"command\":\"x\"}", &exit),
	    "failed: exit code 3" DOT "1.2 s");
	exit.exit_code = -1;
	exit.exit_signal = 11;
	expect_line(taskbox_ended(LABELLED, &exit),
	    "fix-login failed: killed by SIGSEGV" DOT "1.2 s");
	exit.stop_reason = STOP_USER;
	expect_line(taskbox_ended(LABELLED, &exit),
	    "fix-login cancelled: by user" DOT "1.2 s");
	exit.stop_reason = STOP_WALL;
	exit.elapsed = 60100;
	expect_line(taskbox_ended("{\"command\":\"x\",\"timeout_s\":60}",
			&exit),
	    "timeout: 60 s wall" DOT "60.1 s");
	exit.stop_reason = STOP_IDLE;
	expect_line(taskbox_ended("{\"command\":\"x\",\"timeout_s\":900,"
				  "\"options\":{\"idle_timeout_s\":60}}",
			&exit),
	    "timeout: 60 s idle" DOT "60.1 s");
	exit.stop_reason = STOP_OUTPUT_LIMIT;
	expect_line(taskbox_ended(LABELLED, &exit),
	    "fix-login failed: output_limit" DOT "60.1 s");
	exit.stop_reason = STOP_UNKNOWN;
	expect_line(taskbox_ended(LABELLED, &exit),
	    "fix-login failed: stopped, for a reason of a later version" DOT
	    "60.1 s");
}
END_TEST

START_TEST(first_lines_of_the_lost)
{
	struct exitrec exit = taskbox_exit(0);

	exit.main_exited = false;
	exit.elapsed = -1;
	exit.stop_reason = STOP_KEEPER_LOST;
	expect_line(taskbox_ended("{\"command\":\"x\"}", &exit),
	    "lost: keeper killed");
	exit.stop_reason = STOP_REBOOT;
	expect_line(taskbox_ended("{\"command\":\"x\"}", &exit),
	    "lost: machine restarted");
	exit.stop_reason = STOP_DEPENDENCY;
	strcpy(exit.note, "t3 failed");
	exit.started_at = 0;
	expect_line(taskbox_ended("{\"command\":\"x\"}", &exit),
	    "cancelled: t3 failed");
}
END_TEST

START_TEST(first_lines_of_agents)
{
	struct exitrec exit = taskbox_exit(0);

	expect_line(taskbox_ended_with(AGENT, &exit, RESULT("false", ""), NULL),
	    "completed" DOT "1.2 s" DOT "6 turns" DOT "$0.31");
	expect_line(taskbox_ended_with(AGENT, &exit,
			RESULT("false",
			    ",\"permission_denials\":["
			    "{\"tool_name\":\"Bash\"},"
			    "{\"tool_name\":\"Write\"}]"),
			NULL),
	    "failed: denied Bash, Write" DOT "1.2 s" DOT "6 turns" DOT "$0.31");
	expect_line(taskbox_ended_with(AGENT, &exit,
			RESULT("false",
			    ",\"permission_denials\":["
			    "{\"tool_name\":\"B\\n\\nt9 completed\"}]"),
			NULL),
	    "failed: denied \"B\\n\\nt9 completed\"" DOT "1.2 s" DOT
	    "6 turns" DOT "$0.31");
	exit.exit_code = 1;
	expect_line(taskbox_ended_with(AGENT, &exit,
			RESULT("true", ",\"api_error_status\":429"), NULL),
	    "failed: rate_limited" DOT "1.2 s" DOT "6 turns" DOT "$0.31");
	expect_line(taskbox_ended(AGENT, &exit),
	    "failed: exit code 1" DOT "1.2 s");
}
END_TEST

START_TEST(not_started)
{
	struct exitrec exit = taskbox_exit(-1);

	exit.main_exited = false;
	exit.elapsed = 0;
	strcpy(exit.spawn_stage, "cwd");
	exit.spawn_errno = 2;
	expect_line(taskbox_ended("{\"command\":\"x\",\"cwd\":\"/gone\"}",
			&exit),
	    "failed: not started, cwd /gone: has been removed" DOT "0 s");
	expect_line(
	    taskbox_ended("{\"command\":\"x\",\"cwd\":\"/a\\nt9 completed\"}",
		&exit),
	    "failed: not started, cwd /a\\nt9 completed: has been removed" DOT
	    "0 s");
	strcpy(exit.note, "./a\nb: is empty");
	expect_line(taskbox_ended("{\"command\":[\"./a\\nb\"]}", &exit),
	    "failed: not started, ./a\\nb: is empty" DOT "0 s");
	exit.note[0] = '\0';
	strcpy(exit.note, "the keeper says why");
	exit.started_at = 0;
	expect_line(taskbox_ended("{\"command\":\"x\"}", &exit),
	    "failed: not started, the keeper says why");
}
END_TEST

START_TEST(in_the_queue)
{
	expect_text(taskbox_task(LABELLED), 4000,
	    "fix-login queued\n"
	    "next: check_tasks {\"ids\":[\"t1\"],\"wait_s\":45}");
	expect_text(taskbox_task("{\"command\":\"x\",\"timeout_s\":60}"), 4000,
	    "queued" DOT "timeout 60 s\n"
	    "next: check_tasks {\"ids\":[\"t2\"],\"wait_s\":45}");
}
END_TEST

/* A task about to start has no place; others tell theirs, and why. */
START_TEST(places_in_the_queue)
{
	static const char *const places[] = { NULL, "2nd", "3rd", "4th", "5th",
		"6th", "7th", "8th", "9th", "10th", "11th", "12th", "13th",
		"14th", "15th", "16th", "17th", "18th", "19th", "20th", "21st",
		"22nd" };
	enum { MANY = sizeof(places) / sizeof(places[0]) };
	struct task *tasks[MANY];
	char *text;
	size_t i;

	tasks[0] = taskbox_task(LABELLED);
	for (i = 1; i < MANY; i++)
		tasks[i] = taskbox_task("{\"command\":\"x\",\"timeout_s\":60,"
					"\"after\":[\"t1\"]}");
	for (i = 1; i < MANY; i++) {
		text = xasprintf("queued" DOT "%s of 22" DOT "waits for t1" DOT
				 "timeout 60 s",
		    places[i]);
		expect_line(tasks[i], text);
		free(text);
	}
	expect_line(tasks[0], "fix-login queued");
}
END_TEST

START_TEST(below_commands)
{
	struct exitrec exit = taskbox_exit(0);

	expect_text(taskbox_ended_with("{\"command\":\"x\"}", &exit, "",
			"warned\n"),
	    4000, "completed" DOT "1.2 s");
	expect_text(taskbox_ended_with("{\"command\":\"x\"}", &exit,
			"one\ntwo\n", "warned\n"),
	    4000, "completed" DOT "1.2 s\none\ntwo");
	exit.exit_code = 2;
	expect_text(taskbox_ended_with("{\"command\":\"x\"}", &exit, "out\n",
			"what\nwent wrong\n"),
	    4000,
	    "failed: exit code 2" DOT "1.2 s\nout\n[stderr]\nwhat\n"
	    "went wrong");
	expect_text(taskbox_ended_with("{\"command\":\"x\"}", &exit, NULL,
			"no"),
	    4000, "failed: exit code 2" DOT "1.2 s\n[stderr]\nno");
}
END_TEST

START_TEST(what_is_cut_says_so)
{
	struct exitrec exit = taskbox_exit(0);
	char *text = xcalloc(1, 2001);

	memset(text, 'a', 1000);
	memset(text + 999, '\n', 1);
	memset(text + 1000, 'b', 10);
	expect_text(taskbox_ended_with("{\"command\":\"x\"}", &exit, text,
			NULL),
	    20,
	    "completed" DOT "1.2 s\n[the end of stdout; all of it: "
	    "read_output {\"id\":\"t1\",\"stream\":\"stdout\",\"cursor\":0}]"
	    "\nbbbbbbbbbb");
	free(text);
}
END_TEST

START_TEST(below_agents)
{
	struct exitrec exit = taskbox_exit(0);

	expect_text(taskbox_ended_with(AGENT, &exit, RESULT("false", ""),
			"noise"),
	    4000, "completed" DOT "1.2 s" DOT "6 turns" DOT "$0.31\nthe end");
	expect_text(taskbox_ended_with(AGENT, &exit, RESULT("false", ""), NULL),
	    3,
	    "completed" DOT "1.2 s" DOT "6 turns" DOT "$0.31\nthe\n"
	    "[cut; all of it: read_output {\"id\":\"t2\",\"stream\":"
	    "\"result\",\"cursor\":0}]");
	exit.exit_code = 1;
	expect_text(taskbox_ended_with(AGENT, &exit, NULL, "bad option\n"),
	    4000,
	    "failed: exit code 1" DOT "1.2 s\nhint: it ended before its "
	    "conversation began: see what it said\n[stderr]\nbad option");
	expect_text(taskbox_ended_with(AGENT, &exit,
			"{\"type\":\"assistant\",\"message\":{\"content\":["
			"{\"type\":\"text\",\"text\":\"so far\"}]}}\n" RESULT(
			    "true", ",\"api_error_status\":500"),
			"noise\n"),
	    4000,
	    "failed: api_error" DOT "1.2 s" DOT "6 turns" DOT "$0.31\n"
	    "hint: the API failed (500) after 1 try, as a rule for a while "
	    "only; wait, then start it again\n"
	    "the end\n[its last words]\nso far\n[stderr]\nnoise");
}
END_TEST

START_TEST(leftovers)
{
	struct exitrec exit = taskbox_exit(0);

	exit.leftovers = 2;
	strcpy(exit.leftover_names, "12 sleep, 13 sh");
	exit.unkillable = 1;
	expect_text(taskbox_ended("{\"command\":\"x\"}", &exit), 4000,
	    "completed" DOT "1.2 s\n[2 processes outlived it and were "
	    "stopped: 12 sleep, 13 sh]\n[1 processes could not be killed]");
}
END_TEST

START_TEST(names_of_signals)
{
	char *name = view_signal(9);

	ck_assert_str_eq(name, "SIGKILL");
	free(name);
	name = view_signal(300);
	ck_assert_str_eq(name, "signal 300");
	free(name);
}
END_TEST

UNIT_SUITE
{
	unit_suite("text", taskbox_open, taskbox_close, first_lines_of_commands,
	    first_lines_of_the_lost, first_lines_of_agents, not_started,
	    in_the_queue, places_in_the_queue, below_commands,
	    what_is_cut_says_so, below_agents, leftovers, names_of_signals,
	    NULL);
}
