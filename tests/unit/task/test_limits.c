/*
 * Tests of daemon/task/limits.c: whose limits count, and what is said where
 * they cannot be held.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/config.h"
#include "daemon/record/spec.h"
#include "daemon/task/limits.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static struct error err;
static char line[] = "true";

static void
configure(const char *text)
{
	unit_write("config.json", text);
	ck_assert_msg(config_load(unit_path("config.json"), &err) == 0, "%s",
	    err.text);
}

START_TEST(of_the_kind_where_the_task_names_none)
{
	struct task_spec spec = { .shell = line };

	configure("{\"limits\":{\"commands\":{\"memory_max\":2000000,"
		  "\"tasks_max\":7},\"agents\":{\"cpu_max\":0.5}}}");
	spec.options.limits.tasks_max = 9;
	limits_fill(&spec);
	ck_assert_int_eq(spec.options.limits.memory_max, 2000000);
	ck_assert_int_eq(spec.options.limits.tasks_max, 9);
	ck_assert(spec.options.limits.cpu_max <= 0);
	spec = (struct task_spec){ .prompt = line };
	limits_fill(&spec);
	ck_assert_int_eq(spec.options.limits.memory_max, 0);
	ck_assert(spec.options.limits.cpu_max > 0.49);
}
END_TEST

/* No systemd has delegated anything to a unit test. */
START_TEST(refused_where_they_cannot_be_held)
{
	struct task_spec spec = { .shell = line };
	char why[300] = "";

	configure("{}");
	ck_assert_int_eq(limits_lack(&spec, why, sizeof(why)), 0);
	spec.options.limits.memory_max = 1 << 20;
	ck_assert_int_eq(limits_lack(&spec, why, sizeof(why)), -1);
	ck_assert_ptr_nonnull(strstr(why,
	    "limits cannot be held here: this daemon does not run as "
	    "ccprocd.service of the user's systemd; "));
	configure("{\"limits\":{\"mode\":\"best_effort\"}}");
	ck_assert_int_eq(limits_lack(&spec, why, sizeof(why)), 0);
}
END_TEST

START_TEST(on_the_command_line_of_the_keeper)
{
	struct task_spec spec = { .shell = line };
	char **argv, *said;

	configure("{\"limits\":{\"mode\":\"best_effort\"}}");
	ck_assert_ptr_null(limits_options(NULL, &spec));
	spec.options.limits = (struct limits){ 1 << 20, 0.001, 3 };
	argv = limits_options(NULL, &spec);
	said = xasprintf("%s %s %s %s %s %s %s", argv[0], argv[1], argv[2],
	    argv[3], argv[4], argv[5], argv[6]);
	ck_assert_str_eq(said, "-m 1048576 -q 1000 -p 3 -b");
	free(said);
	strv_free(argv);
}
END_TEST

UNIT_SUITE
{
	unit_suite("limits", taskbox_open, taskbox_close,
	    of_the_kind_where_the_task_names_none,
	    refused_where_they_cannot_be_held,
	    on_the_command_line_of_the_keeper, NULL);
}
