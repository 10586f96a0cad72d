/*
 * Being told of losses in a directory.
 */
#include <stdio.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "daemon/os/dirwatch.h"
#include "daemon/os/loop.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static struct dirwatch *watch;
static int told;

static void
lost(void *arg)
{
	(void)arg;
	told++;
}

static bool
was_told(void *arg)
{
	(void)arg;
	return told > 0;
}

static void
setup(void)
{
	struct error err;

	taskbox_open();
	told = 0;
	watch = dirwatch_new(lost, NULL);
	ck_assert_int_eq(dirwatch_follow(watch, unit_path("state"), &err), 0);
}

static void
teardown(void)
{
	dirwatch_free(watch);
	taskbox_close();
}

/* Takes what is there; whether it is to tell of something then. */
static bool
is_telling(void)
{
	int before = event_base_get_num_events(loop_base(),
	    EVENT_BASE_COUNT_ADDED);

	event_base_loop(loop_base(), EVLOOP_NONBLOCK);
	return event_base_get_num_events(loop_base(), EVENT_BASE_COUNT_ADDED) >
	    before;
}

START_TEST(a_file_that_is_removed)
{
	unit_write("state/x", "");
	ck_assert(!is_telling());
	ck_assert_int_eq(unlink(unit_path("state/x")), 0);
	ck_assert(is_telling());
	taskbox_until(was_told, NULL);
}
END_TEST

/* Else each file that we write would look like a loss. */
START_TEST(a_file_that_is_written_anew)
{
	char from[200];

	unit_write("state/x", "");
	unit_write("state/x.tmp", "");
	snprintf(from, sizeof(from), "%s", unit_path("state/x.tmp"));
	ck_assert_int_eq(rename(from, unit_path("state/x")), 0);
	ck_assert(!is_telling());
	ck_assert_int_eq(unlink(unit_path("state/x")), 0);
	ck_assert(is_telling());
}
END_TEST

UNIT_SUITE
{
	unit_suite("dirwatch", setup, teardown, a_file_that_is_removed,
	    a_file_that_is_written_anew, NULL);
}
