/*
 * Syncing files: what is named and not there, and a want of descriptors.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "daemon/os/sync_files.h"
#include "tests/unit/unit.h"

static int rootfd;
static struct buf failures;

static void
setup(void)
{
	rootfd = open(unit_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdir(unit_path("task"), 0700);
	mkdir(unit_path("task/run-2"), 0700);
	unit_write("task/spec.json", "{}");
	unit_write("task/run-2/run.json", "{}");
}

static void
teardown(void)
{
	buf_clear(&failures);
	close(rootfd);
	unit_cleanup();
}

/* As the syncer does, and as the daemon. */
#define SYNC(entries) \
	(sync_files(rootfd, entries, sizeof(entries), 1, &failures) | \
	    sync_files(rootfd, entries, sizeof(entries), SYNC_THREADS, \
		&failures))

START_TEST(what_is_there)
{
	ck_assert_int_eq(SYNC("ftask/spec.json\0dtask\0atask"), 0);
	ck_assert_uint_eq(failures.len, 0);
}
END_TEST

START_TEST(what_has_gone_is_no_failure)
{
	ck_assert_int_eq(symlink("task", unit_path("link")), 0);
	ck_assert_int_eq(SYNC("fno\0dno\0ano\0dlink\0ftask\0dtask/spec.json"),
	    0);
	ck_assert_uint_eq(failures.len, 0);
}
END_TEST

START_TEST(what_cannot_be_opened_is_one)
{
	char name[300], entry[310];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	entry[0] = SYNC_FILE;
	strcpy(entry + 1, name);
	ck_assert_int_eq(sync_files(rootfd, entry, sizeof(name) + 1, 1,
			     &failures),
	    0);
	ck_assert_ptr_nonnull(strstr(failures.data, name));
	ck_assert_uint_eq(failures.len, strlen(failures.data) + 1);
}
END_TEST

START_TEST(without_descriptors_it_is_to_be_done_again)
{
	struct rlimit before = unit_no_descriptors();
	int result = SYNC("ftask/spec.json");

	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_int_eq(result, -1);
	ck_assert_uint_eq(failures.len, 0);
}
END_TEST

START_TEST(one_descriptor_is_enough)
{
	struct rlimit before, few;
	int result;

	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = (rlim_t)rootfd + 2;
	setrlimit(RLIMIT_NOFILE, &few);
	result = SYNC("ftask/spec.json\0ftask/run-2/run.json\0"
		      "ftask/spec.json\0dtask\0dtask/run-2");
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_int_eq(result, 0);
	ck_assert_uint_eq(failures.len, 0);
}
END_TEST

/* More than may be open at a time, of both kinds, mixed. */
START_TEST(many)
{
	struct buf entries = { 0 };
	char name[40];
	int i;

	for (i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "task/%d", i);
		unit_write(name, "x");
		buf_printf(&entries, "ftask/%d", i);
		buf_add(&entries, "", 1);
		buf_add(&entries, "dtask", sizeof("dtask"));
	}
	ck_assert_int_eq(sync_files(rootfd, entries.data, entries.len,
			     SYNC_THREADS, &failures),
	    0);
	ck_assert_uint_eq(failures.len, 0);
	buf_clear(&entries);
}
END_TEST

UNIT_SUITE
{
	unit_suite("sync_files", setup, teardown, what_is_there,
	    what_has_gone_is_no_failure, what_cannot_be_opened_is_one,
	    without_descriptors_it_is_to_be_done_again,
	    one_descriptor_is_enough, many, NULL);
}
