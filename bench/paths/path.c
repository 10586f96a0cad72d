/*
 * Runs a path inside of a test of libcheck, whose assertions the worlds of unit
 * tests use: once so that all is loaded, then so often that one in between
 * that is dearer, such as a buffer that grows, does not count for all.
 */
#include <stdlib.h>

#include <check.h>

#include "bench/paths/path.h"

#define TIMES 5

/* What callgrind counts, by this name. */
void hot_path(void);

static void (*at_end)(void);

void __attribute__((noinline)) hot_path(void)
{
	path_run();
	__asm__ volatile("" ::: "memory"); /* no call may be the last thing */
}

void
path_at_end(void (*fn)(void))
{
	at_end = fn;
}

START_TEST(path)
{
	int i;

	path_setup();
	path_run();
	for (i = 0; i < TIMES; i++)
		hot_path();
	if (at_end != NULL)
		at_end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("path");
	TCase *tests = tcase_create("path");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, path);
	suite_add_tcase(suite, tests);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
