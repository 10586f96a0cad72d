/*
 * Telling processes to end, later: unless that is called off when it is time.
 */
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include <event2/event.h>

#include "common/error.h"
#include "daemon/os/loop.h"
#include "daemon/os/process.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static struct error err;
static struct process *process;
static bool gone, off;
static int asked;

static void
on_gone(void *arg)
{
	(void)arg;
	gone = true;
}

static bool
is_off(const void *arg)
{
	asked++;
	return *(const bool *)arg;
}

static bool
was_asked(void *arg)
{
	return asked == *(int *)arg;
}

static bool
has_gone(void *arg)
{
	(void)arg;
	return gone;
}

static void
setup(void)
{
	/* all its signals are blocked, as a keeper unblocks them itself */
	char sleep[] = "/bin/sleep", minute[] = "60";
	char *argv[] = { sleep, minute, NULL };
	const struct process_gift gift = { .program = sleep,
		.in = -1,
		.out = -1,
		.extra = -1,
		.more = -1 };

	taskbox_open();
	process = process_start(argv, &gift, on_gone, NULL, &err);
	ck_assert_msg(process != NULL, "%s", err.text);
}

static void
teardown(void)
{
	process_free(process);
	taskbox_close();
}

static bool
is_past(void *arg)
{
	return *(bool *)arg;
}

static void
on_past(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

START_TEST(what_is_off_is_not_told_before_it_is_asked_for_again)
{
	struct event *timer;
	bool past = false;
	int once = 1;

	off = true;
	process_insist_later(process, 10, SIGKILL, 0, is_off, &off);
	taskbox_until(was_asked, &once);
	off = false;
	timer = loop_timer_new(on_past, &past);
	loop_timer_start(timer, 50);
	taskbox_until(is_past, &past);
	event_free(timer);
	ck_assert_int_eq(asked, 1); /* nobody looks again and again */
	ck_assert(!process_has_ended(process));
	process_insist_later(process, 10, SIGKILL, 0, is_off, &off);
	taskbox_until(has_gone, NULL);
	ck_assert_int_eq(asked, 2);
}
END_TEST

UNIT_SUITE
{
	unit_suite("process", setup, teardown,
	    what_is_off_is_not_told_before_it_is_asked_for_again, NULL);
}
