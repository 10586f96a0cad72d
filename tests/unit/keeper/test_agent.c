/*
 * Following an agent: when it has had its last word, and whether the API was
 * too busy for it.  Recordings of claude, and lines made up from them.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keeper/agent.h"
#include "keeper/clock.h"
#include "tests/unit/unit.h"

#define RESULT "{\"is_error\":false,\"type\":\"result\"}\n"
#define SYSTEM(subtype) "{\"type\":\"system\",\"subtype\":\"" subtype "\"}\n"
#define TASK(subtype, id) \
	"{\"type\":\"system\",\"subtype\":\"" subtype "\",\"task_id\":\"" id \
	"\"}\n"
#define TASKS(list) \
	"{\"type\":\"system\",\"subtype\":\"background_tasks_changed\"," \
	"\"tasks\":" list "}\n"
/* None is as long as this. */
#define LONG_S 600

static int fds[2];
static struct agent agent;

static void
setup(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		char path[] = "/tmp/ccproc-agent-XXXXXX";

		fds[i] = mkstemp(path);
		ck_assert_int_ge(fds[i], 0);
		unlink(path);
	}
	agent_init(&agent, fds, 30);
}

static void
teardown(void)
{
	close(fds[0]);
	close(fds[1]);
}

static void
wrote(const char *text)
{
	ck_assert_int_eq(write(fds[0], text, strlen(text)),
	    (ssize_t)strlen(text));
	agent_look(&agent);
}

/* Seconds until it has lingered; -1: it does not. */
static int
left(void)
{
	if (agent.due == CLOCK_NEVER)
		return -1;
	return (int)((agent.due - clock_ms(CLOCK_MONOTONIC) + 999) / 1000);
}

START_TEST(a_result)
{
	ck_assert_int_eq(left(), -1);
	wrote("{\"type\":\"assistant\"}\n");
	ck_assert_int_eq(left(), -1);
	wrote("{\"type\":\"res");
	wrote("ult\"}");
	ck_assert_int_eq(left(), -1);
	wrote("\n");
	ck_assert_int_eq(left(), 30);
	ck_assert(!agent_lingers(&agent));
}
END_TEST

START_TEST(a_turn_ends_the_wait)
{
	static const char *const turns[] = { SYSTEM("init"),
		"{\"type\":\"assistant\"}\n", "{\"type\":\"user\"}\n",
		"{\"type\":\"stream_event\"}\n" };
	static const char *const others[] = { SYSTEM("hook_response"), "text\n",
		"{\"type\":\"prompt_suggestion\"}\n", "half a line" };
	size_t i;

	for (i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
		wrote(RESULT);
		ck_assert_int_eq(left(), 30);
		wrote(turns[i]);
		ck_assert_int_eq(left(), -1);
	}
	wrote(RESULT);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		wrote(others[i]);
		ck_assert_int_eq(left(), 30);
	}
}
END_TEST

START_TEST(silence_is_counted)
{
	agent.linger_s = 1;
	wrote(RESULT);
	ck_assert(!agent_lingers(&agent));
	while (clock_ms(CLOCK_MONOTONIC) < agent.due)
		usleep(10000);
	/* what came at the last moment counts, on stderr as well */
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
	ck_assert(!agent_lingers(&agent));
	ck_assert_int_eq(left(), 1);
	while (clock_ms(CLOCK_MONOTONIC) < agent.due)
		usleep(10000);
	ck_assert(agent_lingers(&agent));
	ck_assert_uint_eq(agent.lingered_s, 1);
}
END_TEST

START_TEST(background_tasks)
{
	wrote(TASK("task_started", "a") TASK("task_started", "b") RESULT);
	ck_assert_int_gt(left(), LONG_S);
	wrote(TASK("task_notification", "a"));
	ck_assert_int_gt(left(), LONG_S);
	wrote(TASK("task_notification", "c"));
	ck_assert_int_gt(left(), LONG_S);
	wrote(TASK("task_notification", "b"));
	ck_assert_int_eq(left(), 30);
	wrote(TASKS("[{\"task_id\":\"d\"}]"));
	ck_assert_int_gt(left(), LONG_S);
	wrote(TASKS("[]"));
	ck_assert_int_eq(left(), 30);
	wrote(TASK("task_started", "a") TASKS("[]"));
	ck_assert_int_eq(left(), 30);
}
END_TEST

START_TEST(more_tasks_than_are_told_apart)
{
	char line[100];
	int i;

	for (i = 0; i < 3 * AGENT_TASKS_MAX; i++) {
		snprintf(line, sizeof(line), TASK("task_started", "t%d"), i);
		wrote(line);
	}
	wrote(TASKS("[1]") RESULT);
	ck_assert_int_gt(left(), LONG_S);
	for (i = 0; i < 3 * AGENT_TASKS_MAX; i++) {
		snprintf(line, sizeof(line), TASK("task_notification", "t%d"),
		    i);
		wrote(line);
	}
	ck_assert_int_gt(left(), LONG_S);
	wrote(TASKS("[]"));
	ck_assert_int_eq(left(), 30);
}
END_TEST

START_TEST(it_may_stay)
{
	agent_init(&agent, fds, 0);
	wrote(RESULT);
	ck_assert_int_eq(left(), -1);
	agent_init(&agent, fds, 1000);
	wrote(TASK("task_started", "a") RESULT);
	ck_assert_int_eq(left(), 1000);
}
END_TEST

START_TEST(output_that_is_cut)
{
	wrote("{\"type\":\"assistant\",\"of\":\"some length\"}\n{\"type\":");
	ck_assert_int_eq(ftruncate(fds[0], 0), 0);
	ck_assert_int_eq(lseek(fds[0], 0, SEEK_SET), 0);
	wrote(RESULT);
	ck_assert_int_eq(left(), 30);
}
END_TEST

/* A look has an end, even if the output has none. */
START_TEST(much_at_once)
{
	char block[1 << 16];
	int i;

	memset(block, 'x', sizeof(block));
	for (i = 0; i < 300; i++)
		ck_assert_int_eq(write(fds[0], block, sizeof(block)),
		    sizeof(block));
	wrote("\n" RESULT);
	ck_assert_int_eq(agent.due, 0);
	for (i = 0; agent.due == 0; i++)
		ck_assert(!agent_lingers(&agent));
	ck_assert_int_gt(i, 1);
	ck_assert_int_lt(i, 10);
	ck_assert_int_eq(left(), 30);
	/* and when all are gone the end is what counts */
	agent_init(&agent, fds, 30);
	agent_finish(&agent);
	ck_assert(agent.done);
}
END_TEST

static bool
is_limited(const char *members)
{
	char line[200];

	snprintf(line, sizeof(line), "{%s,\"type\":\"result\"}", members);
	teardown();
	setup();
	wrote(line);
	ck_assert(!agent.done);
	agent_finish(&agent);
	ck_assert(agent.done);
	return agent.limited;
}

START_TEST(too_busy)
{
	ck_assert(is_limited("\"is_error\":true,\"api_error_status\":429"));
	ck_assert(is_limited("\"api_error_status\":529,\"is_error\":true"));
	ck_assert(is_limited("\"is_error\":true,\"api_error_status\":null,"
			     "\"api_error_type\":\"overloaded_error\""));
	ck_assert(!is_limited("\"is_error\":false,\"api_error_status\":429"));
	ck_assert(!is_limited("\"is_error\":true,\"api_error_status\":401"));
	ck_assert(!is_limited("\"is_error\":true,\"api_error_status\":500"));
	ck_assert(!is_limited("\"is_error\":true,\"api_error_status\":4290"));
	ck_assert(!is_limited("\"is_error\":true,\"result\":\"429\""));
	ck_assert(!is_limited("\"a\":{\"is_error\":true,"
			      "\"api_error_status\":429}"));
}
END_TEST

/* The last result counts. */
START_TEST(no_longer_too_busy)
{
	wrote("{\"is_error\":true,\"api_error_status\":429,"
	      "\"type\":\"result\"}\n");
	ck_assert(agent.limited);
	wrote(RESULT);
	ck_assert(!agent.limited);
}
END_TEST

static const struct {
	const char *name;
	bool done, limited;
} recordings[] = {
	{ "background.out", true, false },
	{ "err400.out", true, false },
	{ "err429.out", true, true },
	{ "err500-then-ok.out", true, false },
	{ "interrupted-api.out", false, false },
	{ "interrupted-tool.out", true, false },
	{ "jsonschema.out", true, false },
	{ "maxbudget.out", true, false },
	{ "stream-json-partial.out", true, false },
	{ "stream-json-tool.out", true, false },
	{ "text.out", false, false },
};

static void
copy_recording(const char *name)
{
	const char *srcdir = getenv("srcdir");
	char path[PATH_MAX], text[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/tests/recordings/%s",
	    srcdir == NULL ? "." : srcdir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "%s", path);
	while ((n = read(fd, text, sizeof(text))) > 0)
		ck_assert_int_eq(write(fds[0], text, (size_t)n), n);
	close(fd);
}

START_TEST(recorded)
{
	size_t i;

	for (i = 0; i < sizeof(recordings) / sizeof(recordings[0]); i++) {
		teardown();
		setup();
		copy_recording(recordings[i].name);
		agent_look(&agent);
		ck_assert_msg(agent.done == recordings[i].done, "%s",
		    recordings[i].name);
		ck_assert_int_eq(left(), recordings[i].done ? 30 : -1);
		agent_finish(&agent);
		ck_assert_msg(agent.limited == recordings[i].limited, "%s",
		    recordings[i].name);
	}
}
END_TEST

UNIT_SUITE
{
	unit_suite("agent", setup, teardown, a_result, a_turn_ends_the_wait,
	    silence_is_counted, background_tasks,
	    more_tasks_than_are_told_apart, it_may_stay, output_that_is_cut,
	    much_at_once, too_busy, no_longer_too_busy, recorded, NULL);
}
