/*
 * Tests of common/program.c: which daemon is started.  The programs are
 * files without content, for none is.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#undef fail /* libcheck's, deprecated: it hides the one of error.h */

#include "common/error.h"
#include "common/mem.h"
#include "common/paths.h"
#include "common/program.h"
#include "tests/unit/unit.h"

static struct error err;

static void
note(const char *version, const char *path)
{
	char *text = xasprintf("%s %s\n", version, path);

	unit_write(PROGRAM_FILE, text);
	free(text);
}

/* A daemon that was installed somewhere; borrows. */
static const char *
installed(void)
{
	unit_write("ccprocd", "#!/bin/sh\n");
	ck_assert_int_eq(chmod(unit_path("ccprocd"), 0700), 0);
	return unit_path("ccprocd");
}

/* The one beside this program, made if it is not built; borrows. */
static const char *
chosen(void)
{
	static char path[PROGRAM_PATH_SIZE];

	return program_daemon(unit_dir(), path, sizeof(path), &err) == 0 ?
	    path :
	    NULL;
}

START_TEST(what_was_noted)
{
	struct program program;
	const char *path = installed();

	ck_assert(!program_noted(unit_dir(), &program));
	note("1.2.3", path);
	ck_assert(program_noted(unit_dir(), &program));
	ck_assert_str_eq(program.version, "1.2.3");
	ck_assert_str_eq(program.path, path);
	ck_assert_str_eq(chosen(), path);
	note(PACKAGE_VERSION, path);
	ck_assert_str_eq(chosen(), path);
}
END_TEST

/* Then it is the one beside us, which unit tests do not have. */
START_TEST(what_cannot_be_started)
{
	static const char *const texts[] = { "", "\n", "1.2.3\n",
		"1.2.3 ccprocd\n", "1.2.3 /no/such/ccprocd\n", "1.2.3 /bin\n",
		"1.2.3 /bin/sh", " ", "1.2.3 \n" };
	struct program program;

	unit_write(PROGRAM_FILE, texts[_i]);
	ck_assert(!program_noted(unit_dir(), &program));
	ck_assert_ptr_eq(chosen(), NULL);
	ck_assert_int_eq(err.code, ERR_OURS);
}
END_TEST

/* An earlier one is better than none. */
START_TEST(an_earlier_one)
{
	const char *path = installed();

	note("0.0.1", path);
	ck_assert_str_eq(chosen(), path);
}
END_TEST

START_TEST(where_we_are)
{
	char path[PROGRAM_PATH_SIZE];

	ck_assert_int_eq(program_self(path, sizeof(path), &err), 0);
	ck_assert_int_eq(access(path, X_OK), 0);
	ck_assert_int_eq(program_self(path, 3, &err), -1);
}
END_TEST

UNIT_SUITE
{
	TCase *tc = unit_suite("program", NULL, unit_cleanup, what_was_noted,
	    an_earlier_one, where_we_are, NULL);

	tcase_add_loop_test(tc, what_cannot_be_started, 0, 9);
}
