/*
 * Idle tasks, while somebody sets the clock or the machine sleeps: for that
 * the wall clock is told to have been elsewhere at the last look.
 */
#include <fcntl.h>
#include <unistd.h>

#include "keeper/clock.h"
#include "keeper/idle.h"
#include "tests/unit/unit.h"

#define SPAN_S 100
#define SPAN_MS (SPAN_S * 1000)
#define HOUR_MS 3600000

static int fds[2];
static struct idle idle;

static void
setup(void)
{
	unit_write("stdout", "");
	unit_write("stderr", "");
	fds[0] = open(unit_path("stdout"), O_WRONLY | O_APPEND | O_CLOEXEC);
	fds[1] = open(unit_path("stderr"), O_WRONLY | O_APPEND | O_CLOEXEC);
	ck_assert_int_ge(fds[0], 0);
	ck_assert_int_ge(fds[1], 0);
	idle_init(&idle, SPAN_S, unit_dir(), fds);
}

static void
teardown(void)
{
	close(fds[0]);
	close(fds[1]);
	unit_cleanup();
}

/* Makes the last sign ms older. */
static void
age(int64_t ms)
{
	idle.since -= ms;
	idle.due -= ms;
}

static int64_t
left(void)
{
	return idle.due - clock_ms(CLOCK_MONOTONIC);
}

static void
wrote(int stream)
{
	ck_assert_int_eq(write(fds[stream], "x", 1), 1);
}

START_TEST(it_is_silent)
{
	ck_assert_int_le(left(), SPAN_MS);
	age(SPAN_MS - 1000);
	ck_assert(!idle_expired(&idle));
	ck_assert_int_le(left(), 1000);
	age(1000);
	ck_assert(idle_expired(&idle));
}
END_TEST

START_TEST(it_has_written)
{
	int i;

	for (i = 0; i < 2; i++) {
		age(SPAN_MS);
		wrote(i);
		ck_assert(!idle_expired(&idle));
		ck_assert_int_gt(left(), SPAN_MS - 5000);
	}
	age(SPAN_MS);
	ck_assert(idle_expired(&idle));
}
END_TEST

/* Whatever the clock says: a write is new, and silence is silence. */
START_TEST(the_clock_is_set)
{
	static const int64_t steps[] = { HOUR_MS, -HOUR_MS };
	size_t i;

	for (i = 0; i < 2; i++) {
		age(SPAN_MS);
		wrote(0);
		idle.ahead += steps[i];
		ck_assert(!idle_expired(&idle));
		ck_assert_int_gt(left(), SPAN_MS - 5000);
		age(SPAN_MS);
		idle.ahead += steps[i];
		ck_assert(idle_expired(&idle));
	}
}
END_TEST

START_TEST(nothing_is_due_without_a_span)
{
	idle_init(&idle, 0, unit_dir(), fds);
	ck_assert_int_eq(idle.due, CLOCK_NEVER);
}
END_TEST

START_TEST(questions)
{
	unit_write("ask-7.json", "{}");
	age(SPAN_MS);
	ck_assert(!idle_expired(&idle));
	ck_assert_int_gt(left(), SPAN_MS - 5000);
	age(SPAN_MS);
	unit_write("answer-7.json", "{}");
	ck_assert(!idle_expired(&idle));
	ck_assert_int_gt(left(), SPAN_MS - 5000);
	age(SPAN_MS);
	ck_assert(idle_expired(&idle));
}
END_TEST

UNIT_SUITE
{
	unit_suite("idle", setup, teardown, it_is_silent, it_has_written,
	    the_clock_is_set, nothing_is_due_without_a_span, questions, NULL);
}
