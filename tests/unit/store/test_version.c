/*
 * The version of the state directory: written where it is missing, refused
 * where it is later, and then nothing is touched.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/store/lock.h"
#include "daemon/store/number.h"
#include "daemon/store/store.h"
#include "daemon/store/version.h"
#include "tests/unit/unit.h"

static struct error err;

static int
open_and_lock(void)
{
	pid_t holder;

	if (store_open(unit_path("state"), &err) != 0)
		return -1;
	return store_lock("/run/x/sock", &holder, &err);
}

/* Returns the names in the state directory, in no order. */
static size_t
entries(void)
{
	DIR *dir = opendir(unit_path("state"));
	size_t n = 0;

	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 2;
}

static void
write_version(const char *text)
{
	ck_assert_int_eq(mkdir(unit_path("state"), 0700), 0);
	unit_write("state/version", text);
}

static void
expect_version(const char *expected)
{
	char *text = unit_read("state/version");

	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(a_new_directory_has_one)
{
	ck_assert_msg(open_and_lock() == 0, "%s", err.text);
	expect_version("1\n");
}
END_TEST

/* Whoever writes what an earlier program must not pass over says so first. */
START_TEST(is_raised_when_that_is_needed)
{
	ck_assert_msg(open_and_lock() == 0, "%s", err.text);
	ck_assert_int_eq(store_raise_version(2, &err), 0);
	expect_version("2\n");
	ck_assert_int_eq(store_raise_version(1, &err), 0);
	store_close();
	ck_assert_msg(open_and_lock() == 0, "%s", err.text);
	expect_version("2\n");
}
END_TEST

START_TEST(one_without_is_the_first)
{
	ck_assert_msg(open_and_lock() == 0, "%s", err.text);
	store_close();
	ck_assert_int_eq(unlink(unit_path("state/version")), 0);
	ck_assert_msg(open_and_lock() == 0, "%s", err.text);
	expect_version("1\n");
}
END_TEST

START_TEST(an_empty_one_is_of_a_power_failure)
{
	write_version("");
	ck_assert_msg(open_and_lock() == 0, "%s", err.text);
	expect_version("1\n");
}
END_TEST

static void
expect_refused(const char *text, enum error_code code, const char *words)
{
	struct stat before, after;

	write_version(text);
	ck_assert_int_eq(stat(unit_path("state"), &before), 0);
	ck_assert_int_eq(store_open(unit_path("state"), &err), -1);
	ck_assert_int_eq(err.code, code);
	ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);
	ck_assert_uint_eq(entries(), 1);
	ck_assert_int_eq(stat(unit_path("state"), &after), 0);
	ck_assert_int_eq(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
	expect_version(text);
}

START_TEST(a_later_one_is_refused)
{
	expect_refused("4\n", ERR_NEWER,
	    "has version 4, and this program knows those up to 3");
}
END_TEST

START_TEST(what_is_no_number_is_refused)
{
	expect_refused("one\n", ERR_INVALID, "has \"one\", expected a number");
}
END_TEST

START_TEST(zero_is_refused)
{
	expect_refused("0\n", ERR_INVALID, "expected a number");
}
END_TEST

/* Between the open and the lock another daemon had the directory. */
START_TEST(looked_at_again_under_the_lock)
{
	pid_t holder;

	ck_assert_int_eq(store_open(unit_path("state"), &err), 0);
	unit_write("state/version", "7\n");
	ck_assert_int_eq(store_lock("/run/x/sock", &holder, &err), -1);
	ck_assert_int_eq(err.code, ERR_NEWER);
	expect_version("7\n");
}
END_TEST

START_TEST(so_are_the_numbers)
{
	uint64_t number;
	pid_t holder;

	ck_assert_int_eq(store_open(unit_path("state"), &err), 0);
	unit_write("state/seq", "00000000000000000041\n");
	ck_assert_int_eq(store_lock("/run/x/sock", &holder, &err), 0);
	ck_assert_int_eq(store_next_number(&number, &err), 0);
	ck_assert_uint_eq(number, 42);
}
END_TEST

static void
teardown(void)
{
	store_close();
	unit_cleanup();
}

UNIT_SUITE
{
	unit_suite("version", NULL, teardown, a_new_directory_has_one,
	    is_raised_when_that_is_needed, one_without_is_the_first,
	    an_empty_one_is_of_a_power_failure, a_later_one_is_refused,
	    what_is_no_number_is_refused, zero_is_refused,
	    looked_at_again_under_the_lock, so_are_the_numbers, NULL);
}
