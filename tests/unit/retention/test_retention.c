/*
 * Retention: what goes and what stays, by age, number and size; live, awaited
 * and unseen ones; tombstones; and that it takes its turns.
 *
 * Long because the tests share one store of ended tasks and one pass.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/config.h"
#include "daemon/os/loop.h"
#include "daemon/record/record.h"
#include "daemon/retention/pass.h"
#include "daemon/retention/retention.h"
#include "daemon/store/index.h"
#include "daemon/store/lock.h"
#include "daemon/store/name.h"
#include "daemon/store/number.h"
#include "daemon/store/store.h"
#include "daemon/store/unsynced.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define TRUE_SPEC "{\"command\":\"true\"}"
#define UUID "11111111-2222-4333-8444-555555555555"
#define HOUR_S 3600
#define DAY_MS (INT64_C(24) * 3600 * 1000)

static struct error err;
static struct pass_sum sum; /* of the last pass; ids are text */
static char ids[3000];
static bool over;

static void
configure(const char *retention)
{
	char *text = xasprintf("{\"retention\":{%s}}", retention);

	unit_write("config", text);
	ck_assert_msg(config_load(unit_path("config"), &err) == 0, "%s",
	    err.text);
	free(text);
}

static void
done(const struct pass_sum *result, void *arg)
{
	(void)arg;
	sum = *result;
	snprintf(ids, sizeof(ids), "%s",
	    result->ids.data == NULL ? "" : result->ids.data);
	over = true;
}

static bool
is_over(void *arg)
{
	(void)arg;
	return over;
}

static const char *
pass(bool dry_run)
{
	over = false;
	pass_new(dry_run, done, NULL);
	taskbox_until(is_over, NULL);
	return ids;
}

/* A task that ended so long ago; seen, unless told otherwise. */
static void
make_ended(int64_t age_s, bool seen)
{
	struct exitrec exit = taskbox_exit(0);
	struct timespec times[2] = { { 0 } };
	struct task *task;
	char *path;

	exit.ended_at = time_wall_ms() - age_s * 1000;
	task = taskbox_ended(TRUE_SPEC, &exit);
	if (seen)
		task_mark_seen(task);
	path = xasprintf("state/%s/exit.json", task_record(task)->path);
	times[0].tv_sec = times[1].tv_sec = exit.ended_at / 1000;
	ck_assert_int_eq(utimensat(AT_FDCWD, unit_path(path), times, 0), 0);
	free(path);
	task_unref(task);
}

static bool
is_there(uint64_t number)
{
	struct task *task = lookup_number(number, &err);

	task_unref(task);
	return task != NULL;
}

static size_t told, told_of;

static void
tell(size_t looked_at, size_t all, void *arg)
{
	(void)arg;
	ck_assert_uint_ge(looked_at, told);
	told = looked_at;
	told_of = all;
}

/* Whoever waits can be told how far it is. */
START_TEST(tells_how_far)
{
	make_ended(0, true);
	make_ended(0, true);
	over = false;
	told = told_of = 0;
	pass_tell(pass_new(true, done, NULL), tell);
	taskbox_until(is_over, NULL);
	ck_assert_uint_eq(told, 2);
	ck_assert_uint_eq(told_of, 2);
}
END_TEST

START_TEST(by_age)
{
	configure("\"max_age_s\":3600");
	make_ended(2 * HOUR_S, true);
	make_ended(HOUR_S / 2, true);
	make_ended(2 * HOUR_S, true);
	ck_assert_str_eq(pass(true), "t3, t1");
	ck_assert_uint_eq(sum.old, 2);
	ck_assert(is_there(1) && is_there(3));
	ck_assert_str_eq(pass(false), "t3, t1");
	ck_assert(!is_there(1) && is_there(2) && !is_there(3));
	ck_assert_uint_eq(sum.tasks, 1);
	ck_assert_int_gt(sum.freed, 0);
	ck_assert_str_eq(pass(false), "");
	configure("\"max_age_s\":0");
	make_ended(20000 * HOUR_S, true);
	ck_assert_str_eq(pass(false), "");
}
END_TEST

START_TEST(by_number)
{
	int i;

	configure("\"max_tasks\":3");
	for (i = 0; i < 7; i++)
		make_ended(10, true);
	ck_assert_str_eq(pass(false), "t1-t4");
	ck_assert_uint_eq(sum.many, 4);
	ck_assert(is_there(5) && is_there(6) && is_there(7));
	configure("\"max_tasks\":0");
	ck_assert_str_eq(pass(false), "");
}
END_TEST

START_TEST(by_size)
{
	char *text;
	int64_t each;
	int i;

	for (i = 0; i < 5; i++)
		make_ended(10, true);
	pass(true);
	each = sum.bytes / 5;
	ck_assert_int_gt(each, 0);
	text = xasprintf("\"max_bytes\":%lld", 2LL * each + 1);
	configure(text);
	free(text);
	ck_assert_str_eq(pass(false), "t1-t3");
	ck_assert_uint_eq(sum.large, 3);
	ck_assert_int_eq(sum.freed, 3 * each);
	ck_assert_int_eq(sum.bytes, 2 * each);
}
END_TEST

START_TEST(unseen_ones_have_their_grace)
{
	configure("\"max_age_s\":60,\"unseen_grace_s\":7200");
	make_ended(3 * HOUR_S, false);
	make_ended(HOUR_S, false);
	make_ended(HOUR_S, true);
	ck_assert_str_eq(pass(false), "t3, t1");
	ck_assert_uint_eq(sum.unseen, 1);
	ck_assert(is_there(2));
	configure("\"max_age_s\":60,\"unseen_grace_s\":0");
	ck_assert_str_eq(pass(false), "t2");
}
END_TEST

START_TEST(live_ones_stay)
{
	struct task *queued, *ended;

	configure("\"max_age_s\":1,\"max_tasks\":1,\"max_bytes\":1,"
		  "\"unseen_grace_s\":0");
	queued = taskbox_held(TRUE_SPEC);
	make_ended(10, true);
	ck_assert_str_eq(pass(false), "t2");
	ck_assert(is_there(1));
	/* its record is there, and we have not heard yet */
	ended = taskbox_held(TRUE_SPEC);
	taskbox_write(ended, "exit.json", "{");
	ck_assert_str_eq(pass(false), "");
	ck_assert(taskbox_has(ended, "spec.json"));
	task_unref(queued);
	task_unref(ended);
}
END_TEST

START_TEST(awaited_ones_stay)
{
	struct task *waits;

	configure("\"max_age_s\":60");
	make_ended(HOUR_S, true);
	make_ended(HOUR_S, true);
	make_ended(HOUR_S, true);
	waits = taskbox_held("{\"command\":\"true\",\"after\":[\"t2\"]}");
	ck_assert_str_eq(pass(false), "t3, t1");
	ck_assert_uint_eq(sum.awaited, 1);
	ck_assert(is_there(2));
	ck_assert_int_eq(task_stop(waits, KEEPER_NOW, 0, &err), 0);
	ck_assert_str_eq(pass(false), "t2");
	task_unref(waits);
}
END_TEST

START_TEST(later_versions_stay)
{
	struct task *task;

	configure("\"max_age_s\":60");
	make_ended(HOUR_S, true);
	task = lookup_number(1, &err);
	taskbox_write(task, "spec.json", "{\"version\":99}");
	ck_assert_str_eq(pass(false), "");
	ck_assert_uint_eq(sum.unread, 1);
	ck_assert(taskbox_has(task, "spec.json"));
	task_unref(task);
}
END_TEST

static bool
exists(const char *path)
{
	struct stat st;

	return lstat(unit_path(path), &st) == 0;
}

static void
make_day(const char *day, const char *entry)
{
	char path[200];

	snprintf(path, sizeof(path), "state/tasks/%s", day);
	mkdir(unit_path(path), 0700);
	snprintf(path, sizeof(path), "state/tasks/%s/%s", day, entry);
	unit_write(path, "");
}

START_TEST(old_tombstones_go)
{
	char recent[TIMEFMT_SIZE], path[200];

	configure("\"max_age_s\":86400");
	timefmt_day(time_wall_ms() - 7 * DAY_MS, recent);
	make_day("2020-01-01", "7-" UUID ".gone");
	make_day("2020-01-01", "8-" UUID ".gone");
	make_day("2020-01-02", "9-" UUID ".gone");
	make_day("2020-01-02", "a stranger");
	make_day("2020-01-03", "10-" UUID ".gone");
	ck_assert_int_eq(mkdir(unit_path("state/tasks/2020-01-03/11-" UUID),
			     0700),
	    0);
	make_day(recent, "12-" UUID ".gone");
	pass(true);
	ck_assert(exists("state/tasks/2020-01-01/7-" UUID ".gone"));
	pass(false);
	ck_assert(!exists("state/tasks/2020-01-01"));
	ck_assert(!exists("state/tasks/2020-01-02/9-" UUID ".gone"));
	ck_assert(exists("state/tasks/2020-01-02/a stranger"));
	ck_assert(exists("state/tasks/2020-01-03/10-" UUID ".gone"));
	snprintf(path, sizeof(path), "state/tasks/%s/12-" UUID ".gone", recent);
	ck_assert(exists(path));
}
END_TEST

/* Without the newest tombstones a lost seq could begin anew. */
START_TEST(the_newest_tombstones_stay)
{
	uint64_t number;
	pid_t holder;

	make_day("2020-01-01", "7-" UUID ".gone");
	make_day("2020-01-02", "8-" UUID ".gone");
	pass(false);
	ck_assert(!exists("state/tasks/2020-01-01"));
	ck_assert(exists("state/tasks/2020-01-02/8-" UUID ".gone"));
	ck_assert_int_eq(unlink(unit_path("state/seq")), 0);
	ck_assert_int_eq(store_open(unit_path("state"), &err), 0);
	ck_assert_int_eq(store_lock("/run/x/sock", &holder, &err), 0);
	ck_assert_int_eq(store_next_number(&number, &err), 0);
	ck_assert_uint_eq(number, 9);
}
END_TEST

/* Killed between the tombstone and the move. */
START_TEST(a_half_deleted_one_goes)
{
	struct task *task;
	char *path;

	configure("\"max_age_s\":60");
	make_ended(HOUR_S, true);
	task = lookup_number(1, &err);
	path = xasprintf("state/%s.gone", task_record(task)->path);
	unit_write(path, "");
	ck_assert_str_eq(pass(false), "t1");
	ck_assert(!is_there(1));
	ck_assert(exists(path));
	free(path);
	task_unref(task);
}
END_TEST

/* Others have their turn between. */
START_TEST(in_slices)
{
	struct pass *r;
	char name[64];
	int i, turns = 0;

	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "%d-" UUID ".gone", i + 1);
		make_day("2020-01-02", name);
	}
	make_day("2020-01-03", "5001-" UUID ".gone");
	over = false;
	r = pass_new(false, done, NULL); /* given up in the middle */
	event_base_loop(loop_base(), EVLOOP_ONCE);
	ck_assert(!over);
	pass_free(r);
	pass_new(false, done, NULL);
	while (!over && turns < 1000) {
		event_base_loop(loop_base(), EVLOOP_ONCE);
		turns++;
	}
	ck_assert(over);
	ck_assert_int_ge(turns, 2);
}
END_TEST

static size_t
count_tasks(void)
{
	index_forget(); /* others have deleted some */
	return index_count(0);
}

/* A process that runs a pass until it is killed. */
static void
kill_in_the_middle(unsigned after_us)
{
	pid_t pid = fork();

	if (pid == 0) {
		event_reinit(loop_base());
		over = false;
		pass_new(false, done, NULL);
		for (;;)
			event_base_loop(loop_base(), over ? 0 : EVLOOP_ONCE);
	}
	usleep(after_us); /* any moment */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static bool
is_whole(uint64_t number)
{
	struct task *task = lookup_number(number, &err);
	bool whole = task != NULL && taskbox_has(task, "spec.json") &&
	    record_ended(task_record(task)) && task_record(task)->seen_at != 0;

	task_unref(task);
	return whole;
}

/* Kills passes over n tasks from the first on; how often in the middle. */
static unsigned
kill_passes(uint64_t first, size_t n)
{
	size_t left = n, there;
	unsigned after_us = 200, middles = 0;
	uint64_t i;

	for (i = 0; i < n; i++)
		make_ended(HOUR_S, true);
	while (left > 0) {
		kill_in_the_middle(after_us);
		there = count_tasks();
		middles += there < left && there > 0;
		/* none while it was too short: it grows till all are gone */
		after_us += there == left ? 100 : 0;
		for (i = first, left = 0; i < first + n; i++)
			if (is_there(i)) {
				ck_assert_msg(is_whole(i), "t%d", (int)i);
				left++;
			}
		ck_assert_uint_eq(left, there);
	}
	return middles;
}

/* A kill may always miss the middle of a pass that waits for a processor. */
START_TEST(killed_in_the_middle)
{
	uint64_t first = 1;

	configure("\"max_age_s\":60");
	while (kill_passes(first, 200) == 0)
		ck_assert_uint_lt(first += 200, 4000);
	ck_assert_str_eq(pass(false), "");
}
END_TEST

static void
on_batch(void)
{
}

static struct unsynced_span did; /* by the pass that is over */

static void
done_noted(const struct pass_sum *result, void *arg)
{
	did = unsynced_done();
	done(result, arg);
}

/* An answer about it waits for all of them, and is told of their refusals. */
START_TEST(answers_for_what_was_synced_before)
{
	const char *build = getenv("CCPROC_BUILD");
	char *program = xasprintf("%s/ccprocd", build == NULL ? "." : build);
	uint64_t first = 0;
	int i;

	configure("\"max_age_s\":60");
	for (i = 0; i < 500; i++)
		make_ended(HOUR_S, true);
	unsynced_start(program, on_batch);
	over = false;
	pass_new(false, done_noted, NULL);
	while (!over) {
		event_base_loop(loop_base(), EVLOOP_ONCE);
		if (first == 0)
			first = unsynced_now().first;
	}
	ck_assert_uint_eq(sum.old, 500);
	ck_assert_uint_ne(first, 0);
	ck_assert_uint_eq(did.first, first);
	ck_assert_uint_eq(unsynced_done().first, 0); /* others are not */
	unsynced_stop();
	free(program);
}
END_TEST

static bool
is_gone(void *arg)
{
	return !is_there(*(uint64_t *)arg);
}

START_TEST(by_itself)
{
	uint64_t first = 1;
	struct task *task;
	int i;

	configure("\"max_tasks\":20");
	for (i = 0; i < 20; i++)
		make_ended(10, true);
	retention_start();
	over = false;
	pass(true); /* after the first one */
	ck_assert(is_there(1));
	for (i = 0; i < 2; i++) { /* a tenth of the limit */
		ck_assert(is_there(1));
		task = taskbox_task(TRUE_SPEC);
		ck_assert_int_eq(task_stop(task, KEEPER_NOW, 0, &err), 0);
		task_unref(task);
	}
	taskbox_until(is_gone, &first);
	ck_assert(is_there(3));
	retention_stop();
}
END_TEST

UNIT_SUITE
{
	unit_suite("retention", taskbox_open, taskbox_close, tells_how_far,
	    by_age, by_number, by_size, unseen_ones_have_their_grace,
	    live_ones_stay, awaited_ones_stay, later_versions_stay,
	    old_tombstones_go, the_newest_tombstones_stay,
	    a_half_deleted_one_goes, in_slices, by_itself,
	    answers_for_what_was_synced_before, killed_in_the_middle, NULL);
}
