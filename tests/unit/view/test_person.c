/*
 * What people read of tools that failed.
 */
#include <stdlib.h>

#include "daemon/view/person.h"
#include "tests/unit/unit.h"

static void
expect(const char *text, const char *want)
{
	char *got = person_words(text);

	ck_assert_str_eq(got, want);
	free(got);
}

START_TEST(tools_are_verbs)
{
	expect("t3: no such task; the newest are t2, t1; list_tasks shows more",
	    "t3: no such task; the newest are t2, t1; ccproc ls shows more");
	expect(
	    "it runs; check_tasks {\"ids\":[\"t7\",\"t8\"],\"wait_s\":45} tells",
	    "it runs; ccproc show t7 t8 tells");
	expect("see read_output {\"id\":\"t1\",\"cursor\":0}",
	    "see ccproc logs t1");
	expect("my_list_tasks and list_tasks2",
	    "my_list_tasks and list_tasks2");
}
END_TEST

START_TEST(arguments_are_options)
{
	expect("run_task: label: \"t7\" looks like an id; timeout_s: 0 is out",
	    "--label: \"t7\" looks like an id; --timeout: 0 is out");
	expect("start_tasks: tasks[0].options.limits.memory_max: is too little",
	    "--memory-max: is too little");
	expect("tasks[2].label: is long; cwd: /no does not exist",
	    "--label: is long; --cwd: /no does not exist");
	expect("stop them first, or give kill_running true",
	    "stop them first, or give --force");
	expect("options.env: is empty", "--env: is empty");
	expect("label: \"a b\" must match [A-Za-z0-9][A-Za-z0-9._-]{0,39}",
	    "--label: \"a b\" is none: expected up to 40 letters, digits, "
	    "'.', '_' and '-', a letter or digit first");
}
END_TEST

START_TEST(other_words_stay)
{
	expect("", "");
	expect("program: x was not found in PATH",
	    "program: x was not found in PATH");
	expect("the label is a group of its own, and a model",
	    "the label is a group of its own, and a model");
	expect(
	    "\"list_tasks\" and 'timeout_s' are labels; /cwd/label is a path",
	    "\"list_tasks\" and 'timeout_s' are labels; /cwd/label is a path");
	expect("label", "label");
	expect("list_tasks {", "ccproc ls {");
	expect("tasks[", "tasks[");
}
END_TEST

UNIT_SUITE
{
	unit_suite("person", NULL, NULL, tools_are_verbs, arguments_are_options,
	    other_words_stay, NULL);
}
