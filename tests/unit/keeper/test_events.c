/*
 * Events of agents: whatever is JSON is told rightly, in pieces of any size,
 * and what is not does no harm.
 */
#include <stdio.h>
#include <string.h>

#include "keeper/events.h"
#include "tests/unit/unit.h"

static struct events events;

static void
setup(void)
{
	events_init(&events);
}

/* The event of one line, which comes in pieces of some size. */
static const struct event *
feed(const char *line, size_t size)
{
	const char *p = line, *end = line + strlen(line), *stop;
	bool ended = false;

	while (p < end) {
		ck_assert_msg(!ended, "%s", line);
		stop = (size_t)(end - p) < size ? end : p + size;
		ended = events_next(&events, &p, stop);
	}
	ck_assert_msg(ended, "%s", line);
	return &events.event;
}

static void
expect_type(const char *line, const char *type)
{
	char text[1024];
	size_t size;

	snprintf(text, sizeof(text), "%s\n", line);
	for (size = 1; size < 8; size++)
		ck_assert_msg(strcmp(feed(text, size)->type, type) == 0,
		    "%zu: %s: '%s'", size, text, events.event.type);
	ck_assert_str_eq(feed(text, sizeof(text))->type, type);
}

START_TEST(types)
{
	expect_type("{\"type\":\"result\"}", "result");
	expect_type(" { \"a\" : 1 , \"type\"\t:  \"result\" , \"z\":[] } \r",
	    "result");
	expect_type("{\"a\":{\"type\":\"user\"},\"type\":\"result\","
		    "\"b\":[{\"type\":\"system\"}]}",
	    "result");
	expect_type("{\"type\":\"user\",\"type\":\"result\"}", "result");
	expect_type("{\"type\":\"result\",\"type\":7}", "");
	expect_type("{\"type\":\"result\",\"type\":[\"result\"]}", "");
	expect_type("{}", "");
	expect_type("{\"types\":\"result\",\"typ\":\"result\"}", "");
	expect_type("{\"type\":\"a word that is longer than any of ours\"}",
	    "");
	expect_type("{\"type\":\"\"}", "");
}
END_TEST

START_TEST(words_inside_of_strings)
{
	expect_type("{\"text\":\"\\\"type\\\":\\\"result\\\"\","
		    "\"type\":\"user\"}",
	    "user");
	expect_type("{\"text\":\"}\\n{\\\"type\\\":\\\"result\\\"}\"}", "");
	expect_type("{\"text\":\"\\\\\",\"type\":\"result\"}", "result");
	expect_type("{\"text\":\"\\\\\\\"\",\"type\":\"result\"}", "result");
	expect_type("{\"m\":{\"t\":\"]}\\\"{[\"},\"type\":\"result\"}",
	    "result");
	expect_type("{\"m\":[\"\\\\\",\"type\"],\"x\":\"result\"}", "");
	expect_type("{\"type\":\"us\\u0065r\"}", "");
	expect_type("{\"x\":\"type\",\"result\":\"type\"}", "");
}
END_TEST

START_TEST(no_objects)
{
	expect_type("", "");
	expect_type("null", "");
	expect_type("[{\"type\":\"result\"}]", "");
	expect_type("\"type\":\"result\"", "");
	expect_type("x{\"type\":\"result\"}", "");
	expect_type("{\"type\":\"result\"}x", "");
	expect_type("{\"type\":\"result\"}}", "");
	expect_type("{\"type\":\"result\"} {\"type\":\"result\"}", "");
	expect_type("{\"type\":\"result\"", "");
	expect_type("{\"type\":\"result\",\"a\":\"", "");
	expect_type("}{\"type\":\"result\"}", "");
	/* and the one after them is read */
	expect_type("{\"type\":\"result\"}", "result");
}
END_TEST

START_TEST(members)
{
	const struct event *event = feed(
	    "{\"is_error\":true,\"api_error_status\":429,"
	    "\"api_error_type\":\"rate_limit_error\",\"subtype\":\"success\","
	    "\"task_id\":\"b1\",\"tasks\":[ ],\"type\":\"result\"}\n",
	    100);
	uint64_t id = event->task_id;

	ck_assert_str_eq(event->is_error, "true");
	ck_assert_str_eq(event->api_error_status, "429");
	ck_assert_str_eq(event->api_error_type, "rate_limit_error");
	ck_assert_str_eq(event->subtype, "success");
	ck_assert_uint_ne(id, 0);
	ck_assert(!event->has_tasks);
	event = feed("{\"task_id\":\"b2\",\"tasks\":[{\"task_id\":\"b1\"}]}\n",
	    3);
	ck_assert_uint_ne(event->task_id, 0);
	ck_assert_uint_ne(event->task_id, id);
	ck_assert(event->has_tasks);
	ck_assert_str_eq(event->is_error, "");
	event = feed("{\"is_error\":\"true\",\"api_error_status\":\"429\","
		     "\"subtype\":true,\"task_id\":1,\"a\":{\"tasks\":[1]}}\n",
	    1);
	ck_assert_str_eq(event->is_error, "");
	ck_assert_str_eq(event->api_error_status, "");
	ck_assert_str_eq(event->subtype, "");
	ck_assert_uint_eq(event->task_id, 0);
	ck_assert(!event->has_tasks);
	event = feed("{\"is_error\":false,\"is_error\" : true }\n", 2);
	ck_assert_str_eq(event->is_error, "true");
}
END_TEST

START_TEST(a_last_line_without_an_end)
{
	static const char line[] = "{\"type\":\"result\"}";
	const char *p = line;

	ck_assert(!events_finish(&events));
	ck_assert(!events_next(&events, &p, line + strlen(line)));
	ck_assert(events_finish(&events));
	ck_assert_str_eq(events.event.type, "result");
	ck_assert(!events_finish(&events));
	expect_type("{\"type\":\"user\"}", "user");
	ck_assert(!events_finish(&events));
}
END_TEST

START_TEST(the_rest_of_a_line)
{
	expect_type("{\"type\":\"user\"}", "user");
	events_init(&events);
	events_skip(&events);
	ck_assert_str_eq(feed("{\"type\":\"result\"}\n", 4)->type, "");
	expect_type("{\"type\":\"result\"}", "result");
}
END_TEST

UNIT_SUITE
{
	unit_suite("events", setup, NULL, types, words_inside_of_strings,
	    no_objects, members, a_last_line_without_an_end, the_rest_of_a_line,
	    NULL);
}
