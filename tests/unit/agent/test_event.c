/*
 * Lines of an agent's output: a NUL in a string does not end it.
 */
#include <string.h>

#include "common/error.h"
#include "daemon/agent/event.h"
#include "json/json.h"
#include "tests/unit/unit.h"

static void
expect(const char *line, const char *expected)
{
	struct error err;
	struct json_object *value = event_parse(line, strlen(line), &err);

	ck_assert_msg(value != NULL, "%s", err.text);
	ck_assert_str_eq(json_string_at(value, "s"), expected);
	json_object_put(value);
}

START_TEST(a_nul_is_shown)
{
	expect("{\"s\":\"a\\u0000b\\u0000\"}",
	    "a\xef\xbf\xbd"
	    "b\xef\xbf\xbd");
	expect("{\"s\":\"\\\\\\u0000\"}", "\\\xef\xbf\xbd");
	/* a backslash, and digits */
	expect("{\"s\":\"\\\\u0000\"}", "\\u0000");
	expect("{\"s\":\"plain\"}", "plain");
}
END_TEST

START_TEST(what_is_wrong_is_named)
{
	static const char line[] = "{\"s\":\"a\\u0000\0\"}";
	struct error err;

	ck_assert_ptr_null(event_parse(line, sizeof(line) - 1, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "byte 13: "));
	ck_assert_ptr_null(event_parse("", 0, &err));
}
END_TEST

UNIT_SUITE
{
	unit_suite("event", NULL, NULL, a_nul_is_shown, what_is_wrong_is_named,
	    NULL);
}
