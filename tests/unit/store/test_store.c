/*
 * The state directory: what is on disk after each step, and that a kill
 * between the steps leaves nothing behind.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/record/record.h"
#include "daemon/store/accept.h"
#include "daemon/store/delete.h"
#include "daemon/store/files.h"
#include "daemon/store/index.h"
#include "daemon/store/live.h"
#include "daemon/store/lock.h"
#include "daemon/store/name.h"
#include "daemon/store/number.h"
#include "daemon/store/store.h"
#include "daemon/store/survey.h"
#include "daemon/store/task_dir.h"
#include "daemon/store/trash.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define TRUE_SPEC "{\"command\":\"true\"}"
#define UUID "11111111-2222-4333-8444-555555555555"

static struct error err;

static size_t
entries(const char *name)
{
	DIR *dir = opendir(unit_path(name));
	struct dirent *entry;
	size_t n = 0;

	ck_assert_msg(dir != NULL, "no directory %s", name);
	while ((entry = readdir(dir)) != NULL)
		n += strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return n;
}

static mode_t
mode_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(lstat(unit_path(name), &st), 0);
	return st.st_mode & 07777;
}

static bool
there(const char *name)
{
	struct stat st;

	return lstat(unit_path(name), &st) == 0;
}

static void
reopen(void)
{
	pid_t holder;

	ck_assert_msg(store_open(unit_path("state"), &err) == 0, "%s",
	    err.text);
	ck_assert_uint_eq(store_last_number(), 0); /* others may write it */
	ck_assert_msg(store_lock("/run/x/sock", &holder, &err) == 0, "%s",
	    err.text);
}

START_TEST(opened)
{
	ck_assert_str_eq(store_root(), unit_path("state"));
	ck_assert_uint_eq(mode_of("state"), 0700);
	ck_assert_uint_eq(mode_of("state/tasks"), 0700);
	ck_assert_uint_eq(mode_of("state/live"), 0700);
	ck_assert_uint_eq(mode_of("state/trash"), 0700);
	ck_assert_uint_eq(mode_of("state/seq"), 0600);
	ck_assert_str_eq(store_full_path("tasks/x"),
	    unit_path("state/tasks/x"));
	ck_assert_uint_eq(store_last_number(), 0);
}
END_TEST

START_TEST(not_opened)
{
	unit_write("file", "");
	ck_assert_int_eq(store_open(unit_path("file"), &err), -1);
	ck_assert_int_eq(mkdir(unit_path("shared"), 0755), 0);
	ck_assert_int_eq(store_open(unit_path("shared"), &err), -1);
	reopen();
}
END_TEST

START_TEST(numbers_are_never_used_again)
{
	uint64_t number = 0;
	char *text;

	ck_assert_int_eq(store_next_number(&number, &err), 0);
	ck_assert_uint_eq(number, 1);
	ck_assert_int_eq(store_next_number(&number, &err), 0);
	ck_assert_uint_eq(number, 2);
	text = unit_read("state/seq");
	ck_assert_str_eq(text, "00000000000000000002\n");
	free(text);
	reopen();
	ck_assert_uint_eq(store_last_number(), 2);
	ck_assert_int_eq(store_next_number(&number, &err), 0);
	ck_assert_uint_eq(number, 3);
}
END_TEST

START_TEST(a_lost_seq_is_made_anew)
{
	struct exitrec exit = taskbox_exit(0);
	struct task *task;

	task_unref(taskbox_ended(TRUE_SPEC, &exit));
	task = taskbox_ended(TRUE_SPEC, &exit);
	ck_assert_int_eq(store_delete(task_record(task), &err), 0);
	task_unref(task);
	unit_write("state/seq", "");
	reopen();
	ck_assert_int_eq(index_know(&err), 0);
	ck_assert_uint_eq(store_last_number(), 2); /* from the tombstone */
	ck_assert_int_eq(unlink(unit_path("state/seq")), 0);
	reopen();
	ck_assert_int_eq(index_know(&err), 0);
	ck_assert_uint_eq(store_last_number(), 2);
}
END_TEST

/* A power cut leaves files like that, since nobody syncs. */
START_TEST(an_older_seq)
{
	struct exitrec exit = taskbox_exit(0);
	uint64_t number = 0;
	int i;

	for (i = 0; i < 3; i++)
		task_unref(taskbox_ended(TRUE_SPEC, &exit));
	unit_write("state/seq", "00000000000000000001\n");
	unit_write("state/tasks/no folder", "");
	reopen();
	ck_assert_int_eq(store_next_number(&number, &err), 0);
	ck_assert_uint_eq(number, 4);
	ck_assert_int_eq(symlink("../tasks/2001-01-01/7-" UUID,
			     unit_path("state/live/7-" UUID)),
	    0);
	reopen();
	ck_assert_int_eq(store_next_number(&number, &err), 0);
	ck_assert_uint_eq(number, 8);
}
END_TEST

START_TEST(a_seq_that_cannot_be_read)
{
	struct rlimit before;
	uint64_t number = 0;

	task_unref(taskbox_task(TRUE_SPEC));
	unit_write("state/seq", "");
	reopen();
	before = unit_no_descriptors();
	ck_assert_int_eq(store_read_seq(&err), -1);
	ck_assert_int_eq(err.errnum, EMFILE);
	ck_assert_int_eq(store_next_number(&number, &err), -1);
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_int_eq(err.errnum, EMFILE);
	ck_assert_int_eq(store_next_number(&number, &err), 0);
	ck_assert_uint_eq(number, 2);
}
END_TEST

START_TEST(accepted)
{
	struct task *task = taskbox_task("{\"prompt\":\"do it\"}");
	const struct record *rec = task_record(task);
	char day[TIMEFMT_SIZE], link[120], target[200], *expected, *text;
	struct stat st;
	ssize_t n;

	timefmt_day(time_wall_ms(), day);
	expected = xasprintf("tasks/%s/1-%s", day, rec->from.uuid);
	ck_assert_str_eq(rec->path, expected);
	snprintf(link, sizeof(link), "state/live/1-%s", rec->from.uuid);
	n = readlink(unit_path(link), target, sizeof(target) - 1);
	ck_assert_int_gt(n, 3);
	target[n] = '\0';
	ck_assert_int_eq(strncmp(target, "../", 3), 0);
	ck_assert_str_eq(target + 3, expected);
	free(expected);
	text = taskbox_read(task, "prompt");
	ck_assert_str_eq(text, "do it");
	free(text);
	ck_assert(taskbox_has(task, "env"));
	ck_assert_int_eq(stat(store_full_path(rec->path), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_int_eq(chdir(store_full_path(rec->path)), 0);
	ck_assert_int_eq(stat("run", &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	ck_assert_int_ge(st.st_blocks, 8);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(stat("spec.json", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(chdir("/"), 0);
	task_unref(task);
}
END_TEST

START_TEST(not_accepted)
{
	struct task *task = taskbox_task(TRUE_SPEC);
	struct record rec = *task_record(task);
	char created[] = "2101-02-03T04:05:06.000Z", link[120];

	rec.number = 9;
	rec.path = rec.dir = NULL;
	rec.from.created_at = created;
	unit_write("state/tasks/2101-02-03", ""); /* in the way */
	ck_assert_int_eq(store_create(&rec, "", 0, &err), -1);
	ck_assert_int_eq(strncmp(err.text, "the task was not accepted: ", 27),
	    0);
	ck_assert_uint_eq(entries("state/live"), 1);
	ck_assert_int_eq(unlink(unit_path("state/tasks/2101-02-03")), 0);
	/* a link of that name is in the way: all is taken back */
	snprintf(link, sizeof(link), "state/live/9-%s", rec.from.uuid);
	ck_assert_int_eq(symlink("x", unit_path(link)), 0);
	ck_assert_int_eq(store_create(&rec, "", 0, &err), -1);
	ck_assert_uint_eq(entries("state/tasks/2101-02-03"), 0);
	ck_assert_int_eq(unlink(unit_path(link)), 0);
	ck_assert_int_eq(store_create(&rec, "", 0, &err), 0);
	ck_assert_uint_eq(entries("state/tasks/2101-02-03"), 1);
	free(rec.path);
	free(rec.dir);
	task_unref(task);
}
END_TEST

START_TEST(finished)
{
	struct task *task = taskbox_task(TRUE_SPEC);
	struct record rec = *task_record(task);

	rec.exit = taskbox_exit(3);
	ck_assert_int_eq(store_finish(&rec, &err), 0);
	ck_assert(taskbox_has(task, "exit.json"));
	ck_assert(!taskbox_has(task, "run"));
	ck_assert(taskbox_has(task, "env")); /* for another try */
	ck_assert(!taskbox_has(task, "exit.tmp"));
	ck_assert_uint_eq(entries("state/live"), 1);
	store_settle(&rec);
	ck_assert(!taskbox_has(task, "env"));
	ck_assert_uint_eq(entries("state/live"), 0);
	store_settle(&rec); /* twice is no error */
	task = taskbox_reopen(task);
	ck_assert_int_eq(task_record(task)->exit.exit_code, 3);
	ck_assert_int_eq(task_record(task)->exit.elapsed, 1200);
	task_unref(task);
}
END_TEST

START_TEST(deleted)
{
	struct exitrec exit = taskbox_exit(0);
	struct task *task = taskbox_ended_with(TRUE_SPEC, &exit, "12345", "");
	const char *path = task_record(task)->path;
	char *gone = xasprintf("state/%s.gone", path);
	char *was = xasprintf("state/%s", path);

	ck_assert_int_eq(store_file_bytes(path, "stdout"), 5);
	ck_assert_int_eq(store_file_bytes(path, "stderr"), 0);
	ck_assert_int_eq(store_file_bytes(path, "none"), 0);
	ck_assert_int_ge(store_task_bytes(path), 512);
	ck_assert_int_eq(store_delete(task_record(task), &err), 0);
	ck_assert(there(gone) && !there(was));
	ck_assert_uint_eq(entries("state/trash"), 1);
	ck_assert(trash_empty());
	ck_assert_uint_eq(entries("state/trash"), 0);
	ck_assert(!trash_empty());
	/* as somebody else would who had waited for its end, too */
	ck_assert_int_eq(store_delete(task_record(task), &err), 0);
	ck_assert(there(gone) && !there(was));
	free(gone);
	free(was);
	task_unref(task);
}
END_TEST

static bool
note_number(const struct store_name *name, void *arg)
{
	struct buf *seen = arg;

	buf_printf(seen, "%llu ", (unsigned long long)name->number);
	return name->number != 2;
}

static int
note_live(const struct store_name *name, void *arg, struct error *live_err)
{
	(void)live_err;
	note_number(name, arg);
	ck_assert_uint_eq(strlen(name->uuid), 36);
	return 0;
}

static const char *
walk_live(struct buf *seen)
{
	buf_clear(seen);
	ck_assert_int_eq(store_each_live(note_live, seen, &err), 0);
	return seen->data == NULL ? "" : seen->data;
}

START_TEST(live_ones_are_found_again)
{
	struct buf seen = { 0 };
	int i;

	for (i = 0; i < 11; i++)
		task_unref(taskbox_task(TRUE_SPEC));
	ck_assert_str_eq(walk_live(&seen), "1 2 3 4 5 6 7 8 9 10 11 ");
	buf_clear(&seen);
}
END_TEST

START_TEST(what_was_never_accepted_goes)
{
	struct buf seen = { 0 };
	char day[TIMEFMT_SIZE], path[200], target[200];

	task_unref(taskbox_task(TRUE_SPEC));
	timefmt_day(time_wall_ms(), day);
	/* killed before the rename */
	snprintf(path, sizeof(path), "state/tasks/%s/.7-" UUID, day);
	ck_assert_int_eq(mkdir(unit_path(path), 0700), 0);
	snprintf(target, sizeof(target), "../tasks/%s/7-" UUID, day);
	ck_assert_int_eq(symlink(target, unit_path("state/live/7-" UUID)), 0);
	/* killed before the link */
	snprintf(path, sizeof(path), "state/tasks/%s/.8-" UUID, day);
	ck_assert_int_eq(mkdir(unit_path(path), 0700), 0);
	strcat(path, "/spec.json");
	unit_write(path, "{");
	/* no link of ours */
	ck_assert_int_eq(symlink("/etc", unit_path("state/live/9-" UUID)), 0);
	ck_assert_str_eq(walk_live(&seen), "1 ");
	ck_assert_uint_eq(entries("state/live"), 1);
	buf_clear(&seen);
	index_forget();
	index_each(0, note_number, &seen);
	ck_assert_str_eq(seen.data, "1 ");
	snprintf(path, sizeof(path), "state/tasks/%s", day);
	ck_assert_uint_eq(entries(path), 1);
	buf_clear(&seen);
}
END_TEST

START_TEST(what_cannot_be_looked_at_stays)
{
	struct buf seen = { 0 };
	const char *loop;

	task_unref(taskbox_task(TRUE_SPEC));
	ck_assert_int_eq(symlink("loop", unit_path("state/tasks/loop")), 0);
	ck_assert_int_eq(symlink("../tasks/loop/7-" UUID,
			     unit_path("state/live/7-" UUID)),
	    0);
	/* nor does it keep a daemon from the others */
	ck_assert_str_eq(walk_live(&seen), "1 ");
	ck_assert(there("state/live/7-" UUID));
	loop = unit_path("state/tasks/loop");
	ck_assert_int_eq(unlink(loop), 0);
	ck_assert_int_eq(mkdir(loop, 0700), 0);
	ck_assert_int_eq(mkdir(unit_path("state/tasks/loop/7-" UUID), 0700), 0);
	ck_assert_str_eq(walk_live(&seen), "1 7 ");
	ck_assert_int_eq(rmdir(unit_path("state/tasks/loop/7-" UUID)), 0);
	ck_assert_str_eq(walk_live(&seen), "1 ");
	ck_assert(!there("state/live/7-" UUID));
	buf_clear(&seen);
}
END_TEST

START_TEST(live_cannot_be_read)
{
	struct buf seen = { 0 };
	struct rlimit before;

	task_unref(taskbox_task(TRUE_SPEC));
	before = unit_no_descriptors();
	ck_assert_int_eq(store_each_live(note_live, &seen, &err), -1);
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_int_eq(err.errnum, EMFILE);
	ck_assert_str_eq(walk_live(&seen), "1 ");
	buf_clear(&seen);
}
END_TEST

START_TEST(no_such_task)
{
	ck_assert_int_eq(store_open_task("tasks/none", &err), -1);
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
}
END_TEST

UNIT_SUITE
{
	unit_suite("store", taskbox_open, taskbox_close, opened, not_opened,
	    numbers_are_never_used_again, a_lost_seq_is_made_anew, an_older_seq,
	    a_seq_that_cannot_be_read, accepted, not_accepted, finished,
	    deleted, live_ones_are_found_again, what_was_never_accepted_goes,
	    what_cannot_be_looked_at_stays, live_cannot_be_read, no_such_task,
	    NULL);
}
