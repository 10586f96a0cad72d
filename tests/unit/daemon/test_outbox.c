/*
 * Lines that wait for the disk, and which of them a refusal is about.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/mem.h"
#include "daemon/os/loop.h"
#include "daemon/outbox.h"
#include "daemon/store/unsynced.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static struct outbox outbox;

static void
on_batch(void)
{
}

static void
setup(void)
{
	const char *build = getenv("CCPROC_BUILD");
	char *program = xasprintf("%s/ccprocd", build == NULL ? "." : build);

	taskbox_open();
	unsynced_start(program, on_batch);
	free(program);
	outbox_init(&outbox);
}

static void
teardown(void)
{
	outbox_clear(&outbox);
	unsynced_stop();
	taskbox_close();
}

static bool
over(void *arg)
{
	return unsynced_over(*(struct unsynced_span *)arg);
}

/* Notes a file of task 7 with what no disk takes, or with nothing. */
static void
note(bool refused)
{
	char name[300];

	unsynced_file("tasks/2026-01-01/7-u", "spec.json");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	if (refused)
		unsynced_file("tasks", name);
}

static void
hold(const char *line)
{
	ck_assert(outbox_hold(&outbox, xasprintf("%s\n", line),
	    strlen(line) + 1));
}

static void
settle(void)
{
	struct unsynced_span span = unsynced_now();

	taskbox_until(over, &span);
}

/* The next line is as it was, or says that the disk has refused. */
static void
expect(const char *line, bool refused)
{
	size_t len = 0;
	char *got = outbox_next(&outbox, &len);

	ck_assert_ptr_nonnull(got);
	ck_assert_uint_eq(strlen(got), len);
	if (refused)
		ck_assert_ptr_nonnull(strstr(got, "the disk refused to keep"));
	else
		ck_assert_int_eq(strncmp(got, line, strlen(line)), 0);
	free(got);
}

#define RESULT(text) "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":" text "}"
#define LIST(one, other) ("[" one "," other "]")
#define TEXT(text) \
	RESULT("{\"content\":[{\"type\":\"text\",\"text\":\"" text "\"}]}")

START_TEST(what_a_call_did_is_refused)
{
	note(true);
	hold(RESULT("{}"));
	settle();
	expect(NULL, true);
}
END_TEST

START_TEST(what_tells_of_no_refused_task_goes_out)
{
	static const char *const fine[] = { RESULT("{}"),
		RESULT("{\"tools\":[]}"), TEXT("t8 completed"),
		TEXT("t77 x, at7"), TEXT("t8-t12: 5 completed"), TEXT("t8-7"),
		"{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"params\":{\"a\":\"t7\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":\"t7\"}" };
	static const char *const bad[] = { TEXT("t7 failed: exit code 3"),
		TEXT("g1: all ended\\nt7 completed"),
		TEXT("t3-t12: 10 completed"),
		RESULT(
		    "{\"contents\":[{\"uri\":\"ccproc://tasks/t7/result\"}]}"),
		RESULT("{\"taskId\":\"t7-uuid\"}"),
		LIST(TEXT("t8"), TEXT("t7")) };
	size_t i;

	note(true);
	unsynced_request((struct unsynced_span){ 0, 0 });
	for (i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		hold(fine[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		hold(bad[i]);
	settle();
	for (i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		expect(fine[i], false);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(NULL, true);
}
END_TEST

/* The syncer has one batch when the call notes what comes into the next. */
START_TEST(what_a_call_did_may_be_in_the_next_batch)
{
	struct unsynced_span span;

	do {
		note(true);
		event_base_loop(loop_base(), EVLOOP_ONCE);
		unsynced_request((struct unsynced_span){ 0, 0 });
		unsynced_folder("live");
		span = unsynced_now();
	} while (span.first == span.last);
	hold(RESULT("{}"));
	settle();
	expect(RESULT("{}"), false);
}
END_TEST

/* A call that goes on turn after turn answers for all that it did. */
START_TEST(what_a_call_did_may_be_over)
{
	struct unsynced_span did;
	char *fine = xasprintf("%s\n", RESULT("{}"));

	note(true);
	did = unsynced_done();
	ck_assert_uint_ne(did.first, 0);
	settle();
	ck_assert_uint_eq(unsynced_done().first, 0);
	ck_assert(!outbox_hold(&outbox, fine, strlen(fine)));
	unsynced_request(did);
	hold(RESULT("{}"));
	expect(NULL, true);
	note(false); /* nor is it undone by what is kept later */
	hold(RESULT("{}"));
	settle();
	expect(NULL, true);
	free(fine);
}
END_TEST

UNIT_SUITE
{
	unit_suite("outbox", setup, teardown, what_a_call_did_is_refused,
	    what_tells_of_no_refused_task_goes_out,
	    what_a_call_did_may_be_in_the_next_batch,
	    what_a_call_did_may_be_over, NULL);
}
