/*
 * The secret of a state directory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "daemon/store/secret.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define KEY_BYTES 32

static unsigned char first[KEY_BYTES], again[KEY_BYTES];
static struct error err;

static void
setup(void)
{
	static const unsigned char zero[KEY_BYTES];

	taskbox_open();
	ck_assert_int_eq(store_secret(first, KEY_BYTES, &err), 0);
	ck_assert_int_ne(memcmp(first, zero, KEY_BYTES), 0);
}

static void
teardown(void)
{
	taskbox_close();
}

static const char *
path(void)
{
	return unit_path("state/key");
}

/* The file is whole, and whether it holds the same as at first. */
static bool
same(void)
{
	struct stat st;

	ck_assert_int_eq(store_secret(again, KEY_BYTES, &err), 0);
	ck_assert_int_eq(stat(path(), &st), 0);
	ck_assert_int_eq(st.st_size, KEY_BYTES);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	return memcmp(first, again, KEY_BYTES) == 0;
}

START_TEST(stays)
{
	ck_assert(same());
	ck_assert(same());
}
END_TEST

START_TEST(damaged)
{
	ck_assert_int_eq(truncate(path(), KEY_BYTES - 1), 0);
	ck_assert(!same());
}
END_TEST

START_TEST(too_long)
{
	ck_assert_int_eq(truncate(path(), KEY_BYTES + 1), 0);
	ck_assert(!same());
}
END_TEST

START_TEST(readable_by_others)
{
	ck_assert_int_eq(chmod(path(), 0640), 0);
	ck_assert(!same());
}
END_TEST

START_TEST(a_symlink)
{
	ck_assert_int_eq(rename(path(), unit_path("state/other")), 0);
	ck_assert_int_eq(symlink("other", path()), 0);
	ck_assert(!same());
}
END_TEST

/* A secret is not damaged because there were no descriptors. */
START_TEST(cannot_be_read_now)
{
	static const unsigned char zero[KEY_BYTES];
	struct rlimit before = unit_no_descriptors();
	int result;

	memset(again, 0, KEY_BYTES);
	result = store_secret(again, KEY_BYTES, &err);
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err.errnum, EMFILE);
	ck_assert_int_ne(memcmp(again, zero, KEY_BYTES), 0);
	ck_assert_int_ne(memcmp(again, first, KEY_BYTES), 0);
	ck_assert(same());
}
END_TEST

START_TEST(cannot_be_kept)
{
	ck_assert_int_eq(unlink(path()), 0);
	ck_assert_int_eq(mkdir(path(), 0700), 0);
	ck_assert_int_eq(store_secret(again, KEY_BYTES, &err), -1);
	ck_assert_int_ne(memcmp(first, again, KEY_BYTES), 0);
}
END_TEST

UNIT_SUITE
{
	unit_suite("secret", setup, teardown, stays, damaged, too_long,
	    readable_by_others, a_symlink, cannot_be_read_now, cannot_be_kept,
	    NULL);
}
