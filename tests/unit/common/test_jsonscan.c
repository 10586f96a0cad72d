/*
 * Tests of common/jsonscan: what passes, what is refused and where, and
 * what is read from text that passed.
 */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#undef fail /* libcheck's, deprecated: it hides the one of error.h */

#include "common/error.h"
#include "common/jsonscan.h"
#include "common/limits.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

/* A literal with its length, which may have NULs inside. */
/* clang-format off */
#define TEXT(s) { s, sizeof(s) - 1 }
/* clang-format on */

static struct error err;

static const struct jsonspan good[] = {
	TEXT("{}"),
	TEXT("[]"),
	TEXT("\"\""),
	TEXT("0"),
	TEXT("-0"),
	TEXT("-0.0e-0"),
	TEXT("1.5E+300"),
	TEXT("18446744073709551616"),
	TEXT("true"),
	TEXT("false"),
	TEXT("null"),
	TEXT(" \t\r\n{ \"a\" : [ 1 , { } , [ ] ] , \"b\" : null } \n"),
	TEXT("{\"a\":1,\"a\":2}"),
	TEXT("{\"\":0}"),
	TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\""),
	TEXT("\"\\ud800\""),
	TEXT("\"\\udc00\\ud800x\""),
	TEXT("\"a\\u0000b\""),
	TEXT("\"\x7f\""),
	TEXT("\"\xc2\x80 \xdf\xbf\""),
	TEXT("\"\xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf\""),
	TEXT("\"\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf\""),
	TEXT("{\"\xc3\xa9\":\"long enough for whole words \xe6\x97\xa5\"}"),
};

static const struct {
	struct jsonspan text;
	const char *complaint;
} bad[] = {
	{ TEXT(""), "byte 0: expected a value, got the end" },
	{ TEXT("["), "byte 1: expected a value, got the end" },
	{ TEXT("[1"), "byte 2: expected ',' or ']', got the end" },
	{ TEXT("[1}"), "byte 2: expected ',' or ']', got '}'" },
	{ TEXT("{\"a\":1]"), "byte 6: expected ',' or '}', got ']'" },
	{ TEXT("[1,]"), "byte 3: expected a value, got ']'" },
	{ TEXT("[,1]"), "byte 1: expected a value, got ','" },
	{ TEXT("{\"a\":1,}"),
	    "byte 7: expected a key in double quotes, got '}'" },
	{ TEXT("{\"a\" }"), "byte 5: expected ':' after a key, got '}'" },
	{ TEXT("{\"a\":}"), "byte 5: expected a value, got '}'" },
	{ TEXT("{a:1}"), "byte 1: expected a key in double quotes, got 'a'" },
	{ TEXT("{'a':1}"), "byte 1: expected a key in double quotes, got '''" },
	{ TEXT("'a'"), "byte 0: expected a value, got '''" },
	{ TEXT("NaN"), "byte 0: expected a value, got 'N'" },
	{ TEXT("-Infinity"), "byte 1: expected a digit, got 'I'" },
	{ TEXT("nulL"), "byte 0: expected a value, got 'n'" },
	{ TEXT("[1.]"), "byte 3: expected a digit, got ']'" },
	{ TEXT("1 2"), "byte 2: expected the end of the text, got '2'" },
	{ TEXT("01"), "byte 1: expected the end of the text, got '1'" },
	{ TEXT("[-]"), "byte 2: expected a digit, got ']'" },
	{ TEXT(".5"), "byte 0: expected a value, got '.'" },
	{ TEXT("1e+"), "byte 3: expected a digit, got the end" },
	{ TEXT("0x10"), "byte 1: expected the end of the text, got 'x'" },
	{ TEXT("[1] // why"), "byte 4: expected the end of the text, got '/'" },
	{ TEXT("\xef\xbb\xbf{}"), "byte 0: expected a value, got byte 0xef" },
	{ TEXT("{}\0"), "byte 2: expected the end of the text, got byte 0x00" },
	{ TEXT("\0"), "byte 0: expected a value, got byte 0x00" },
	{ TEXT("\"a"), "byte 2: expected the end of a string, got the end" },
	{ TEXT("\"\0\""),
	    "byte 1: expected control characters to be "
	    "escaped, got byte 0x00" },
	{ TEXT("\"a\tb\""),
	    "byte 2: expected control characters to be "
	    "escaped, got byte 0x09" },
	{ TEXT("\"12345678\n\""),
	    "byte 9: expected control characters to be "
	    "escaped, got byte 0x0a" },
	{ TEXT("\"\\x41\""),
	    "byte 2: expected one of \"\\/bfnrtu after a backslash, got 'x'" },
	{ TEXT("\"\\\0\""),
	    "byte 2: expected one of \"\\/bfnrtu after a "
	    "backslash, got byte 0x00" },
	{ TEXT("\"\\"),
	    "byte 2: expected one of \"\\/bfnrtu after a "
	    "backslash, got the end" },
	{ TEXT("\"\\u12g4\""),
	    "byte 3: expected 4 hexadecimal digits after \\u, got '1'" },
	{ TEXT("\"\\u12"),
	    "byte 3: expected 4 hexadecimal digits after \\u, got '1'" },
	{ TEXT("{\"a\\u0000b\":1}"),
	    "byte 5: expected no \\u0000 in a key, got '0'" },
	{ TEXT("\"\x80\""), "byte 1: expected valid UTF-8, got byte 0x80" },
	{ TEXT("\"\xc0\x80\""), "byte 1: expected valid UTF-8, got byte 0xc0" },
	{ TEXT("\"\xe0\x9f\xbf\""),
	    "byte 1: expected valid UTF-8, got byte 0xe0" },
	{ TEXT("\"\xed\xa0\x80\""),
	    "byte 1: expected valid UTF-8, got byte 0xed" },
	{ TEXT("\"\xf0\x8f\xbf\xbf\""),
	    "byte 1: expected valid UTF-8, got byte 0xf0" },
	{ TEXT("\"\xf4\x90\x80\x80\""),
	    "byte 1: expected valid UTF-8, got byte 0xf4" },
	{ TEXT("\"\xf5\x80\x80\x80\""),
	    "byte 1: expected valid UTF-8, got byte 0xf5" },
	{ TEXT("\"\xe6\x97\""), "byte 1: expected valid UTF-8, got byte 0xe6" },
	{ TEXT("{\"\xc0\x80\":1}"),
	    "byte 2: expected valid UTF-8, got byte 0xc0" },
};

/* Checks a copy of its exact size, so that a sanitizer sees every overrun. */
static int
check(struct jsonspan text)
{
	char *copy = xcalloc(1, text.len + (text.len == 0));
	int rc;

	memcpy(copy, text.at, text.len);
	error_clear(&err);
	rc = jsonscan_check(copy, text.len, &err);
	free(copy);
	return rc;
}

START_TEST(passes)
{
	ck_assert_msg(check(good[_i]) == 0, "%s: %s", good[_i].at, err.text);
}
END_TEST

START_TEST(is_refused)
{
	ck_assert_msg(check(bad[_i].text) == -1, "%s", bad[_i].text.at);
	ck_assert_str_eq(err.text, bad[_i].complaint);
	ck_assert_int_eq(err.code, ERR_INVALID);
}
END_TEST

/* Every beginning of a text that passes is refused, none is overrun. */
START_TEST(is_refused_when_cut)
{
	const char *text = good[_i].at;
	size_t len = good[_i].len, n;

	if (text[0] != '{' && text[0] != '[' && text[0] != '"')
		return;
	for (n = 0; n < len; n++)
		ck_assert_int_eq(check((struct jsonspan){ text, n }), -1);
}
END_TEST

static int
check_nested(const char *open, const char *middle, const char *close,
    unsigned depth)
{
	struct buf b = { 0 };
	unsigned i;
	int rc;

	for (i = 0; i < depth; i++)
		buf_puts(&b, open);
	buf_puts(&b, middle);
	for (i = 0; i < depth; i++)
		buf_puts(&b, close);
	rc = check((struct jsonspan){ b.data, b.len });
	buf_clear(&b);
	return rc;
}

START_TEST(depth_is_bounded)
{
	ck_assert_int_eq(JSON_MAX_DEPTH, 64);
	ck_assert_int_eq(check_nested("[", "1", "]", 64), 0);
	ck_assert_int_eq(check_nested("[", "", "]", 64), 0);
	ck_assert_int_eq(check_nested("{\"a\":", "1", "}", 64), 0);
	ck_assert_int_eq(check_nested("[{\"a\":", "1", "}]", 32), 0);
	ck_assert_int_eq(check_nested("[", "1", "]", 65), -1);
	ck_assert_int_eq(err.code, ERR_LIMIT);
	ck_assert_str_eq(err.text,
	    "byte 64: nested deeper than 64 levels, the most allowed");
	ck_assert_int_eq(check_nested("{\"a\":", "1", "}", 65), -1);
	ck_assert_int_eq(check_nested("[", "", "", 1000000), -1);
	/* the kind of each level is remembered */
	ck_assert_int_eq(check_nested("[{\"a\":", "1", "]}", 3), -1);
}
END_TEST

/* An array of n elements. */
static int
check_array(const char *element, unsigned n)
{
	struct buf b = { 0 };
	unsigned i;
	int rc;

	buf_puts(&b, "[");
	for (i = 0; i < n; i++) {
		buf_puts(&b, i == 0 ? "" : ",");
		buf_puts(&b, element);
	}
	buf_puts(&b, "]");
	rc = check((struct jsonspan){ b.data, b.len });
	buf_clear(&b);
	return rc;
}

START_TEST(values_are_counted)
{
	ck_assert_int_eq(check_array("1", JSON_MAX_NODES - 1), 0);
	ck_assert_int_eq(check_array("1", JSON_MAX_NODES), -1);
	ck_assert_int_eq(err.code, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err.text, "values, the most allowed"));
	ck_assert_int_eq(check_array("{}", JSON_MAX_NODES), -1);
	ck_assert_int_eq(check_array("{\"a\":1}", JSON_MAX_NODES / 2), -1);
	ck_assert_int_eq(check_array("{\"a\":1}", JSON_MAX_NODES / 2 - 1), 0);
}
END_TEST

static struct jsonspan
span(const char *text)
{
	return (struct jsonspan){ text, strlen(text) };
}

static void
assert_span(struct jsonspan got, const char *expected)
{
	ck_assert_ptr_nonnull(got.at);
	ck_assert_uint_eq(got.len, strlen(expected));
	ck_assert_mem_eq(got.at, expected, got.len);
}

START_TEST(tells_types)
{
	static const char *const texts[] = { " {}", "[]", "\t\"\"", "true",
		"false", "null", "-1", "0", "7.5" };
	static const char types[] = "{[\"tfn000";
	struct jsonspan none = { NULL, 0 };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_int_eq(jsonscan_type(span(texts[i])), types[i]);
	ck_assert_int_eq(jsonscan_type(none), '\0');
}
END_TEST

START_TEST(steps_through_an_object)
{
	struct jsonspan object = span(" { \"a\" : 1 , \"b]}\\\"\" :\"x\\\"}\","
				      "\"c\":[{\"d\":\"]\"},2] , \"e\":true} ");
	struct jsonspan key, member;
	size_t pos = 0;

	ck_assert(jsonscan_next(object, &pos, &key, &member));
	assert_span(key, "\"a\"");
	assert_span(member, "1");
	ck_assert(jsonscan_next(object, &pos, &key, &member));
	assert_span(key, "\"b]}\\\"\"");
	assert_span(member, "\"x\\\"}\"");
	ck_assert(jsonscan_next(object, &pos, &key, &member));
	assert_span(key, "\"c\"");
	assert_span(member, "[{\"d\":\"]\"},2]");
	ck_assert(jsonscan_next(object, &pos, &key, &member));
	assert_span(key, "\"e\"");
	assert_span(member, "true");
	ck_assert(!jsonscan_next(object, &pos, &key, &member));
	ck_assert(!jsonscan_next(object, &pos, &key, &member));
}
END_TEST

START_TEST(steps_through_an_array)
{
	static const char *const elements[] = { "-1.5e3", "{}", "[[],[]]",
		"\"\xe6\x97\xa5,\"", "null" };
	struct jsonspan array = span("[-1.5e3 ,{}, [[],[]],\n"
				     "\"\xe6\x97\xa5,\",null]");
	struct jsonspan element;
	size_t i, pos = 0;

	for (i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
		ck_assert(jsonscan_next(array, &pos, NULL, &element));
		assert_span(element, elements[i]);
	}
	ck_assert(!jsonscan_next(array, &pos, NULL, &element));
}
END_TEST

START_TEST(steps_through_nothing)
{
	static const char *const texts[] = { "{}", "[]", " [ ] ", "1", "\"{\"",
		"null" };
	struct jsonspan member;
	size_t i, pos;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		pos = 0;
		ck_assert(!jsonscan_next(span(texts[i]), &pos, NULL, &member));
	}
}
END_TEST

START_TEST(finds_members)
{
	static const char *const names[] = { "id", "method", "none" };
	struct jsonspan found[3];

	jsonscan_members(span("{\"params\":{\"id\":9,\"method\":\"no\"},"
			      "\"id\":1,\"m\\u0065thod\":\"a/b\",\"id\":2}"),
	    names, found, 3);
	assert_span(found[0], "2");
	assert_span(found[1], "\"a/b\"");
	ck_assert_ptr_null(found[2].at);
	jsonscan_members(span("[\"id\",1]"), names, found, 3);
	ck_assert_ptr_null(found[0].at);
}
END_TEST

START_TEST(compares_strings)
{
	ck_assert(jsonscan_is(span("\"abc\""), "abc"));
	ck_assert(jsonscan_is(span("\"\\u0061b\\u0063\""), "abc"));
	ck_assert(jsonscan_is(span("\"\""), ""));
	ck_assert(jsonscan_is(span("\"\\/\\n\""), "/\n"));
	ck_assert(jsonscan_is(span("\"\\u00e9\""), "\xc3\xa9"));
	ck_assert(!jsonscan_is(span("\"abc\""), "ab"));
	ck_assert(!jsonscan_is(span("\"ab\""), "abc"));
	ck_assert(!jsonscan_is(span("\"a\\u0000b\""), "a"));
	ck_assert(!jsonscan_is(span("1"), "1"));
}
END_TEST

START_TEST(decodes_strings)
{
	static const struct {
		const char *json, *text;
	} rows[] = {
		{ "\"plain\"", "plain" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"\\u0041\\u00E9\\u20ac\"", "A\xc3\xa9\xe2\x82\xac" },
		{ "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
		{ "\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf" },
		{ "\"\\ud800\"", "\xef\xbf\xbd" },
		{ "\"\\ud800x\"", "\xef\xbf\xbdx" },
		{ "\"\\ud800\\n\"", "\xef\xbf\xbd\n" },
		{ "\"\\ud800\\u0041\"",
		    "\xef\xbf\xbd"
		    "A" },
		{ "\"\\udc00\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80" },
	};
	char buf[64];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert(jsonscan_string(span(rows[i].json), buf,
		    sizeof(buf)));
		ck_assert_str_eq(buf, rows[i].text);
	}
}
END_TEST

START_TEST(decodes_no_more_than_fits)
{
	char buf[4];

	ck_assert(jsonscan_string(span("\"abc\""), buf, sizeof(buf)));
	ck_assert(!jsonscan_string(span("\"abcd\""), buf, sizeof(buf)));
	ck_assert(!jsonscan_string(span("\"a\\u20ac\""), buf, sizeof(buf)));
	ck_assert(jsonscan_string(span("\"\""), buf, 1));
	ck_assert(!jsonscan_string(span("\"\""), buf, 0));
	ck_assert(!jsonscan_string(span("\"\\u0000\""), buf, sizeof(buf)));
	ck_assert(!jsonscan_string(span("12"), buf, sizeof(buf)));
}
END_TEST

START_TEST(reads_integers)
{
	int64_t n = 42;

	ck_assert(jsonscan_int(span("0"), &n) && n == 0);
	ck_assert(jsonscan_int(span("-0"), &n) && n == 0);
	ck_assert(jsonscan_int(span("-17"), &n) && n == -17);
	ck_assert(jsonscan_int(span("9223372036854775807"), &n) &&
	    n == INT64_MAX);
	ck_assert(jsonscan_int(span("-9223372036854775808"), &n) &&
	    n == INT64_MIN);
	n = 42;
	ck_assert(!jsonscan_int(span("9223372036854775808"), &n));
	ck_assert(!jsonscan_int(span("-9223372036854775809"), &n));
	ck_assert(!jsonscan_int(span("18446744073709551616"), &n));
	ck_assert(!jsonscan_int(span("1.0"), &n));
	ck_assert(!jsonscan_int(span("1e2"), &n));
	ck_assert(!jsonscan_int(span("\"1\""), &n));
	ck_assert(!jsonscan_int(span("true"), &n));
	ck_assert_int_eq(n, 42);
}
END_TEST

UNIT_SUITE
{
	TCase *tc = unit_suite("jsonscan", NULL, NULL, depth_is_bounded,
	    values_are_counted, tells_types, steps_through_an_object,
	    steps_through_an_array, steps_through_nothing, finds_members,
	    compares_strings, decodes_strings, decodes_no_more_than_fits,
	    reads_integers, NULL);

	tcase_add_loop_test(tc, passes, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tc, is_refused, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_loop_test(tc, is_refused_when_cut, 0,
	    sizeof(good) / sizeof(good[0]));
}
