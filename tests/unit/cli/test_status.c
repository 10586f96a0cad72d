/*
 * What a task's end is as an exit status.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/status.h"
#include "cli/tasks.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

static const struct {
	const char *state, *reason;
	int exit_code;
	const char *signal;
	int status; /* -1: it has not ended */
} cases[] = {
	{ "queued", NULL, -1, NULL, -1 },
	{ "running", NULL, -1, NULL, -1 },
	{ "needs_input", NULL, -1, NULL, -1 },
	{ "of the future", NULL, -1, NULL, -1 },
	{ "completed", NULL, 0, NULL, 0 },
	{ "failed", "exit_code", 1, NULL, 1 },
	{ "failed", "exit_code", 255, NULL, 255 },
	{ "failed", "signal", -1, "SIGKILL", 137 },
	{ "failed", "signal", -1, "SIGTERM", 143 },
	{ "failed", "signal", -1, "signal 40", 168 },
	{ "failed", "signal", -1, "SIGNONSENSE", 128 },
	{ "failed", "denied", 0, NULL, 1 },
	{ "failed", "api_error", 1, NULL, 1 },
	{ "failed", "interrupted", -1, NULL, 125 },
	{ "failed", "spawn_error", -1, NULL, 125 }, /* no record */
	{ "timeout", "wall", -1, "SIGTERM", 124 },
	{ "cancelled", "user", 0, NULL, 130 },
	{ "cancelled", "dependency", -1, NULL, 130 },
	{ "lost", "keeper_lost", -1, NULL, 125 },
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static struct task_info
task_of(size_t i, char **words)
{
	struct task_info task = { .exit_code = cases[i].exit_code };

	words[0] = task.state = xstrdup(cases[i].state);
	words[1] = task.reason = xstrdup(cases[i].reason);
	words[2] = task.signal = xstrdup(cases[i].signal);
	words[3] = task.output.dir = xstrdup("/no/such/directory");
	return task;
}

START_TEST(of_one)
{
	struct task_info task;
	char *words[4];
	size_t i, j;

	for (i = 0; i < CASES; i++) {
		task = task_of(i, words);
		ck_assert_msg(status_ended(&task) == (cases[i].status != -1),
		    "case %zu", i);
		if (status_ended(&task))
			ck_assert_msg(status_of(&task) == cases[i].status,
			    "case %zu: %d", i, status_of(&task));
		for (j = 0; j < 4; j++)
			free(words[j]);
	}
}
END_TEST

/* An exit record says at which stage the start failed, and why. */
static int
status_by_record(const char *stage, int errnum)
{
	struct task_info task = { .exit_code = -1 };
	char state[] = "failed", reason[] = "spawn_error";
	char *record;
	int status;

	record = xasprintf("{\"version\":1,\"spawn_stage\":\"%s\","
			   "\"spawn_errno\":%d}",
	    stage, errnum);
	unit_write("exit.json", record);
	free(record);
	task.state = state;
	task.reason = reason;
	task.output.dir = xstrdup(unit_dir());
	status = status_of(&task);
	free(task.output.dir);
	return status;
}

START_TEST(of_a_start)
{
	ck_assert_int_eq(status_by_record("exec", 2), 127);  /* ENOENT */
	ck_assert_int_eq(status_by_record("exec", 13), 126); /* EACCES */
	ck_assert_int_eq(status_by_record("exec", 8), 126);  /* ENOEXEC */
	ck_assert_int_eq(status_by_record("cwd", 2), 125);
	ck_assert_int_eq(status_by_record("output", 28), 125);
}
END_TEST

START_TEST(of_several)
{
	static const size_t chosen[] = { 1, 4, 15, 6 };
	char *words[4][4];
	struct task_info info[4];
	struct tasks tasks = { .info = info };
	size_t i, j;

	for (i = 0; i < 4; i++)
		info[i] = task_of(chosen[i], words[i]);
	ck_assert_int_eq(status_of_all(&tasks), 0);
	tasks.n = 2; /* one runs, one completed */
	ck_assert_int_eq(status_of_all(&tasks), 0);
	tasks.n = 4; /* then a timeout, then 255 */
	ck_assert_int_eq(status_of_all(&tasks), 124);
	for (i = 0; i < 4; i++)
		for (j = 0; j < 4; j++)
			free(words[i][j]);
}
END_TEST

START_TEST(of_a_refusal)
{
	ck_assert_int_eq(status_of_refusal("program: x was not found in PATH "
					   "(/bin)"),
	    127);
	ck_assert_int_eq(status_of_refusal("program: /x does not exist"), 127);
	ck_assert_int_eq(status_of_refusal("cwd: /y does not exist; program: "
					   "/x is not executable"),
	    126);
	ck_assert_int_eq(status_of_refusal("program: /x is a directory"), 126);
	ck_assert_int_eq(status_of_refusal("cwd: /x does not exist"), 125);
	ck_assert_int_eq(status_of_refusal(""), 125);
}
END_TEST

UNIT_SUITE
{
	unit_suite("status", NULL, unit_cleanup, of_one, of_a_start, of_several,
	    of_a_refusal, NULL);
}
