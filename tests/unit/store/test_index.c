/*
 * The remembered names of tasks.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/id.h"
#include "common/mem.h"
#include "daemon/store/delete.h"
#include "daemon/store/files.h"
#include "daemon/store/index.h"
#include "daemon/store/name.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define UUID "00000000-0000-4000-8000-0000000000"

static char text[400];

/* Makes the folder of a task; its UUID ends with two digits of its own. */
static char *
make(const char *day, uint64_t number, const char *digits)
{
	char *folder = xasprintf("tasks/%s", day);
	char *path = xasprintf("%s/%llu-" UUID "%s", folder,
	    (unsigned long long)number, digits);

	mkdirat(store_rootfd(), folder, 0700);
	ck_assert_int_eq(mkdirat(store_rootfd(), path, 0700), 0);
	free(folder);
	return path;
}

static void
make_known(const char *day, uint64_t number, const char *digits)
{
	char *path = make(day, number, digits);

	index_add(path);
	free(path);
}

static bool
note(const struct store_name *name, void *arg)
{
	size_t len = strlen(text), *left = arg;

	snprintf(text + len, sizeof(text) - len, "%s%llu", len > 0 ? " " : "",
	    (unsigned long long)name->number);
	return --*left > 0;
}

static const char *
newest(size_t n, uint64_t below)
{
	text[0] = '\0';
	index_each(below, note, &n);
	return text;
}

static const char *
between(uint64_t from, uint64_t to)
{
	struct store_name names[3];
	size_t i, len = 0, n = index_range(from, to, names, 3);

	text[0] = '\0';
	for (i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\n",
		    names[i].path);
	return text;
}

static void
note_day(const char *day)
{
	snprintf(text, sizeof(text), "%s", day);
}

static void
setup(void)
{
	taskbox_open();
	free(make("2026-01-02", 3, "03"));
	free(make("2026-01-01", 2, "02"));
	free(make("2026-01-01", 1, "01"));
	free(make("2026-01-01", 4, "04.gone")); /* a tombstone */
	/* what is no task */
	free(make("2026-01-01", 5, "0"));
	ck_assert_int_eq(mkdirat(store_rootfd(), "tasks/2026-01-01/x", 0700),
	    0);
}

START_TEST(read_from_the_disk)
{
	ck_assert_str_eq(newest(9, 0), "3 2 1");
	ck_assert_str_eq(newest(2, 0), "3 2");
	ck_assert_str_eq(newest(9, 3), "2 1");
	ck_assert_str_eq(newest(9, 1), "");
	ck_assert_str_eq(between(2, 3),
	    "tasks/2026-01-01/2-" UUID "02\ntasks/2026-01-02/3-" UUID "03\n");
	ck_assert_str_eq(between(4, 9), "");
	ck_assert_str_eq(between(0, 9),
	    "tasks/2026-01-01/1-" UUID "01\ntasks/2026-01-01/2-" UUID
	    "02\ntasks/2026-01-02/3-" UUID "03\n");
}
END_TEST

START_TEST(followed_from_then_on)
{
	ck_assert_str_eq(newest(9, 0), "3 2 1");
	make_known("2026-01-03", 9, "09");
	make_known("2026-01-03", 7, "07"); /* late */
	ck_assert_str_eq(newest(9, 0), "9 7 3 2 1");
	ck_assert_str_eq(between(7, 7), "tasks/2026-01-03/7-" UUID "07\n");
	index_drop(2, UUID "03"); /* another one */
	index_drop(8, UUID "08");
	index_drop(2, UUID "02");
	ck_assert_str_eq(newest(9, 0), "9 7 3 1");
	index_drop(9, UUID "09");
	index_drop(1, UUID "01");
	ck_assert_str_eq(newest(9, 0), "7 3");
}
END_TEST

START_TEST(follows_acceptance_and_deletion)
{
	struct exitrec exit = taskbox_exit(0);
	struct task *task;
	struct error err;

	ck_assert_str_eq(newest(9, 0), "3 2 1");
	task = taskbox_ended("{\"command\":\"true\"}", &exit);
	ck_assert_str_eq(newest(9, 0), "5 3 2 1"); /* 4 is taken */
	ck_assert_int_eq(store_delete(task_record(task), &err), 0);
	ck_assert_str_eq(newest(9, 0), "3 2 1");
	task_unref(task);
}
END_TEST

static bool
note_uuid(const struct store_name *name, size_t i, void *arg)
{
	size_t len = strlen(text);

	snprintf(text + len, sizeof(text) - len, "%zu: %s\n", i, name->path);
	index_drop(name->number, name->uuid); /* as one that finds it gone */
	(void)arg;
	return true;
}

START_TEST(by_their_uuids)
{
	uuid_t uuids[3];

	ck_assert_int_eq(uuid_parse(UUID "04", uuids[0]), 0);
	ck_assert_int_eq(uuid_parse(UUID "09", uuids[1]), 0);
	ck_assert_int_eq(uuid_parse(UUID "02", uuids[2]), 0);
	text[0] = '\0';
	index_each_uuid(uuids, 3, note_uuid, NULL);
	ck_assert_str_eq(text,
	    "0: tasks/2026-01-01/4-" UUID "04.gone\n"
	    "2: tasks/2026-01-01/2-" UUID "02\n");
	ck_assert_str_eq(newest(9, 0), "3 1");
}
END_TEST

/* They are read in any order. */
START_TEST(many)
{
	char digits[3];
	uint64_t i, last = 1000;

	for (i = 10; i < 90; i++) {
		snprintf(digits, sizeof(digits), "%02d", (int)i);
		free(make("2026-01-03", i * 7 % 80 + 10, digits));
	}
	ck_assert_uint_eq(index_count(0), 83);
	ck_assert_uint_eq(index_count(50), 43);
	ck_assert_uint_eq(index_highest(), 89);
	for (i = 0; i < 83; i++) {
		newest(1, last);
		ck_assert_uint_lt(strtoull(text, NULL, 10), last);
		last = strtoull(text, NULL, 10);
	}
	ck_assert_uint_eq(last, 1);
}
END_TEST

START_TEST(tombstones)
{
	struct store_name name;
	size_t at = 0;

	ck_assert(index_find(4, UUID "04", &name));
	ck_assert(store_is_tombstone(&name));
	ck_assert(!index_find(4, UUID "05", &name));
	index_bury(2, UUID "02");
	ck_assert(index_find(2, UUID "02", &name));
	ck_assert(store_is_tombstone(&name));
	ck_assert_str_eq(newest(9, 0), "3 1");
	ck_assert_uint_eq(index_count(0), 2);
	index_outlive("2026-01-02"); /* t1 is there */
	ck_assert(!index_tombstone(&at, &name));
	index_bury(1, UUID "01");
	index_bury(3, UUID "03");
	index_outlive("2026-01-01");
	at = 0;
	ck_assert(!index_tombstone(&at, &name));
	index_outlive("2027-01-01"); /* the newest stay */
	at = 0;
	ck_assert(index_tombstone(&at, &name));
	ck_assert_uint_eq(name.number, 1);
	ck_assert(index_tombstone(&at, &name));
	ck_assert(index_tombstone(&at, &name));
	ck_assert(!index_tombstone(&at, &name));
	index_drop_days(note_day);
	ck_assert_str_eq(text, "2026-01-01");
	ck_assert(!index_find(4, UUID "04", &name));
	ck_assert(index_find(3, UUID "03", &name));
	make_known("2026-01-01", 1, "10"); /* as if nothing had been there */
	ck_assert_str_eq(newest(9, 0), "1");
}
END_TEST

/* Else a day of many tasks would be read at each look at the directory. */
START_TEST(read_again_when_it_is_another_folder)
{
	size_t losses;

	ck_assert_str_eq(newest(9, 0), "3 2 1");
	losses = index_losses();
	index_look_again();
	ck_assert_uint_eq(index_losses(), losses);
	ck_assert_int_eq(renameat(store_rootfd(), "tasks", store_rootfd(),
			     "old"),
	    0);
	ck_assert_int_eq(mkdirat(store_rootfd(), "tasks", 0700), 0);
	index_look_again();
	ck_assert_str_eq(newest(9, 0), "");
}
END_TEST

START_TEST(what_was_never_accepted_goes)
{
	static const char dot[] = "tasks/2026-01-01/.7-" UUID "07";

	ck_assert_int_eq(mkdirat(store_rootfd(), dot, 0700), 0);
	ck_assert_str_eq(newest(9, 0), "3 2 1");
	ck_assert_int_eq(faccessat(store_rootfd(), dot, F_OK, 0), -1);
}
END_TEST

START_TEST(not_known_twice)
{
	make_known("2026-01-03", 9, "09"); /* nobody has asked yet */
	ck_assert_str_eq(newest(9, 0), "9 3 2 1");
}
END_TEST

START_TEST(known_when_it_can_be_read)
{
	struct rlimit limit = unit_no_descriptors();
	struct error err;
	int result = index_know(&err);

	ck_assert_str_eq(newest(9, 0), "");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(result, -1);
	ck_assert_str_eq(newest(9, 0), "3 2 1");
}
END_TEST

START_TEST(the_beginning_of_a_uuid)
{
	struct store_name name;

	ck_assert(!index_prefix(UUID, &name)); /* of several */
	ck_assert(!index_prefix("1", &name));
	ck_assert(index_prefix(UUID "02", &name));
	ck_assert_uint_eq(name.number, 2);
}
END_TEST

START_TEST(taken_away_by_somebody_else)
{
	struct store_name name;

	ck_assert_uint_eq(index_range(2, 2, &name, 1), 1);
	ck_assert(index_look(&name));
	store_remove_dir(store_rootfd(), name.path);
	ck_assert(!index_look(&name));
	ck_assert_str_eq(newest(9, 0), "3 1");
}
END_TEST

UNIT_SUITE
{
	unit_suite("index", setup, taskbox_close, read_from_the_disk,
	    followed_from_then_on, follows_acceptance_and_deletion,
	    by_their_uuids, many, tombstones,
	    read_again_when_it_is_another_folder, what_was_never_accepted_goes,
	    not_known_twice, known_when_it_can_be_read, the_beginning_of_a_uuid,
	    taken_away_by_somebody_else, NULL);
}
