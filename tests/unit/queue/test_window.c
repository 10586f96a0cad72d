/*
 * Windows of accounts that are used up.
 */
#include <string.h>

#include "common/timefmt.h"
#include "daemon/queue/window.h"
#include "daemon/record/record.h"
#include "tests/unit/unit.h"

static char mine[] = "mine", yours[] = "yours", hours[] = "five_hour",
	    opus[] = "seven_day_opus", model[] = "opus";

static struct record
agent(uint64_t number, char *account)
{
	struct record rec = { .number = number };

	rec.from.account = account;
	return rec;
}

/* It was refused, and waits so long for a window. */
static struct record
refused(uint64_t number, char *account, char *limit, int64_t ms)
{
	struct record rec = agent(number, account);

	rec.run.asked.limit = limit;
	rec.run.asked.not_before = time_wall_ms() + ms;
	window_note_queued(&rec);
	return rec;
}

static void
teardown(void)
{
	window_forget();
}

START_TEST(closed_for_its_account)
{
	struct record other = agent(8, mine), stranger = agent(9, yours),
		      unknown = agent(10, NULL);
	struct window_wait wait;

	ck_assert(!window_is_closed(&other, &wait));
	refused(7, mine, hours, 60000);
	refused(6, mine, hours, 30000); /* told earlier, or by another clock */
	ck_assert(window_is_closed(&other, &wait));
	ck_assert_str_eq(wait.limit, "five_hour");
	ck_assert(wait.ms > 50000 && wait.ms <= 60000);
	ck_assert_uint_eq(wait.probe, 0);
	ck_assert(!window_is_closed(&stranger, &wait));
	ck_assert(!window_is_closed(&unknown, &wait));
	/* a reply that comes with other credentials */
	other.run.asked.account = yours;
	ck_assert(!window_is_closed(&other, &wait));
}
END_TEST

START_TEST(of_one_model)
{
	struct record same = agent(8, mine), other = agent(9, mine);
	struct record first = agent(7, mine);
	struct window_wait wait;

	first.spec.model = same.spec.model = model;
	first.run.asked.limit = opus;
	first.run.asked.not_before = time_wall_ms() + 60000;
	window_note_queued(&first);
	ck_assert(window_is_closed(&same, &wait));
	ck_assert(!window_is_closed(&other, &wait));
}
END_TEST

START_TEST(one_goes_first_when_it_opens)
{
	struct record probe = refused(7, mine, hours, -1),
		      other = agent(8, mine);
	struct window_wait wait;

	ck_assert(!window_is_closed(&other, &wait));
	window_note_started(&probe);
	ck_assert(window_is_closed(&other, &wait));
	ck_assert_uint_eq(wait.probe, 7);
	ck_assert(wait.ms > 9000 && wait.ms <= 10000);
	/* refused once more: the window has another end */
	refused(7, mine, hours, 60000);
	ck_assert(window_is_closed(&other, &wait));
	ck_assert_uint_eq(wait.probe, 0);
	ck_assert(wait.ms > 50000);
}
END_TEST

START_TEST(all_follow_when_that_was_served)
{
	struct record probe = refused(7, mine, hours, -1),
		      other = agent(8, mine);
	struct window_wait wait;

	window_note_started(&probe);
	probe.reason = REASON_RATE_LIMITED;
	window_note_ended(&probe); /* the next one tries */
	ck_assert(!window_is_closed(&other, &wait));
	window_note_started(&other);
	ck_assert(window_is_closed(&probe, &wait));
	window_note_ended(&other);
	ck_assert(!window_is_closed(&probe, &wait));
}
END_TEST

UNIT_SUITE
{
	unit_suite("window", NULL, teardown, closed_for_its_account,
	    of_one_model, one_goes_first_when_it_opens,
	    all_follow_when_that_was_served, NULL);
}
