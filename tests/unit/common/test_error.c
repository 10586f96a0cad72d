/*
 * The error object: what its text is, also when it does not fit.
 */
#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "tests/unit/unit.h"

static struct error err;

static void
setup(void)
{
	memset(&err, 'x', sizeof(err));
	error_clear(&err);
}

START_TEST(clear_is_empty)
{
	ck_assert_int_eq(err.code, ERR_NONE);
	ck_assert_int_eq(err.errnum, 0);
	ck_assert_str_eq(err.text, "");
}
END_TEST

START_TEST(fail_fills)
{
	err.errnum = 5;
	fail(&err, ERR_LIMIT, "%d of %s", 3, "four");
	ck_assert_int_eq(err.code, ERR_LIMIT);
	ck_assert_int_eq(err.errnum, 0);
	ck_assert_str_eq(err.text, "3 of four");
	fail(&err, ERR_INVALID, "again");
	ck_assert_str_eq(err.text, "again");
}
END_TEST

START_TEST(errno_is_said)
{
	errno = ENOENT;
	fail_errno(&err, "cannot open %s", "/x");
	ck_assert_int_eq(err.code, ERR_SYSTEM);
	ck_assert_int_eq(err.errnum, ENOENT);
	ck_assert_str_eq(err.text, "cannot open /x: No such file or directory");
}
END_TEST

START_TEST(what_passes)
{
	errno = EMFILE;
	fail_errno(&err, "cannot open it");
	ck_assert(error_passes(&err));
	errno = ENOENT;
	fail_errno(&err, "cannot open it");
	ck_assert(!error_passes(&err));
	fail(&err, ERR_LIMIT, "too many");
	ck_assert(!error_passes(&err));
	ck_assert(errno_passes(ENOSPC));
	ck_assert(!errno_passes(EIO));
}
END_TEST

START_TEST(problems_are_joined)
{
	fail_add(&err, ERR_INVALID, "one");
	ck_assert_str_eq(err.text, "one");
	fail_add(&err, ERR_NOT_FOUND, "%s", "two");
	ck_assert_str_eq(err.text, "one; two");
	ck_assert_int_eq(err.code, ERR_INVALID);
	fail_prefix(&err, "t%d", 7);
	ck_assert_str_eq(err.text, "t7: one; two");
	ck_assert_int_eq(err.code, ERR_INVALID);
}
END_TEST

START_TEST(too_many_end_in_dots)
{
	size_t i, len;

	for (i = 0; i < ERROR_TEXT_SIZE; i++)
		fail_add(&err, ERR_INVALID, "problem %zu", i);
	len = strlen(err.text);
	ck_assert_uint_eq(len, ERROR_TEXT_SIZE - 1);
	ck_assert_str_eq(err.text + len - 3, "...");
	ck_assert_int_eq(strncmp(err.text, "problem 0; problem 1; ", 22), 0);
}
END_TEST

/* Whatever room is left for the separator. */
START_TEST(every_fill)
{
	static char filler[ERROR_TEXT_SIZE];
	size_t n;

	memset(filler, 'y', sizeof(filler) - 1);
	for (n = ERROR_TEXT_SIZE - 8; n < ERROR_TEXT_SIZE; n++) {
		fail(&err, ERR_INVALID, "%.*s", (int)n, filler);
		fail_add(&err, ERR_INVALID, "z");
		ck_assert_uint_lt(strlen(err.text), ERROR_TEXT_SIZE);
		ck_assert_int_eq(err.text[n - 6], 'y');
		fail_prefix(&err, "%s", filler + 100);
		ck_assert_uint_eq(strlen(err.text), ERROR_TEXT_SIZE - 1);
		errno = EPERM;
		fail_errno(&err, "%.*s", (int)n, filler);
		ck_assert_uint_lt(strlen(err.text), ERROR_TEXT_SIZE);
	}
}
END_TEST

UNIT_SUITE
{
	unit_suite("error", setup, NULL, clear_is_empty, fail_fills,
	    errno_is_said, what_passes, problems_are_joined,
	    too_many_end_in_dots, every_fill, NULL);
}
