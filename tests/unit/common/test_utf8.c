/*
 * UTF-8, against RFC 3629.
 */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/utf8.h"
#include "tests/unit/unit.h"

static const struct {
	const char *bytes;
	size_t length; /* of the character at its start */
} cases[] = {
	{ "a", 1 },
	{ "\x7f", 1 },
	{ "\x80", 0 },
	{ "\xbf", 0 },
	{ "\xc0\x80", 0 },
	{ "\xc1\xbf", 0 },
	{ "\xc2\x80", 2 },
	{ "\xdf\xbf", 2 },
	{ "\xc2", 0 },
	{ "\xc2"
	  "a",
	    0 },
	{ "\xe0\x9f\xbf", 0 },
	{ "\xe0\xa0\x80", 3 },
	{ "\xed\x9f\xbf", 3 },
	{ "\xed\xa0\x80", 0 },
	{ "\xee\x80\x80", 3 },
	{ "\xef\xbf\xbf", 3 },
	{ "\xef\xbf", 0 },
	{ "\xf0\x8f\xbf\xbf", 0 },
	{ "\xf0\x90\x80\x80", 4 },
	{ "\xf4\x8f\xbf\xbf", 4 },
	{ "\xf4\x90\x80\x80", 0 },
	{ "\xf5\x80\x80\x80", 0 },
	{ "\xf0\x90\x80", 0 },
	{ "\xff", 0 },
};

START_TEST(lengths)
{
	char *copy;
	size_t i, len;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* nothing is read beyond the end */
		len = strlen(cases[i].bytes);
		copy = malloc(len);
		memcpy(copy, cases[i].bytes, len);
		ck_assert_msg(utf8_next(copy, len) == cases[i].length,
		    "case %zu", i);
		ck_assert_int_eq(utf8_valid(copy, len), cases[i].length == len);
		free(copy);
	}
	ck_assert_uint_eq(utf8_next("a", 0), 0);
	ck_assert(utf8_valid("", 0));
}
END_TEST

START_TEST(characters_are_counted)
{
	static const char s[] = "a\xc3\xa9\xff\xe2\x82\xac\xc3";

	ck_assert_uint_eq(utf8_chars(s, sizeof(s) - 1), 5);
	ck_assert_uint_eq(utf8_chars("", 0), 0);
}
END_TEST

START_TEST(first_and_last)
{
	static const char s[] = "a\xc3\xa9\xe2\x82\xacz";
	size_t len = sizeof(s) - 1;

	ck_assert_uint_eq(utf8_first(s, len, 0), 0);
	ck_assert_uint_eq(utf8_first(s, len, 1), 1);
	ck_assert_uint_eq(utf8_first(s, len, 2), 3);
	ck_assert_uint_eq(utf8_first(s, len, 3), 6);
	ck_assert_uint_eq(utf8_first(s, len, 100), len);
	ck_assert_uint_eq(utf8_last(s, len, 0), 0);
	ck_assert_uint_eq(utf8_last(s, len, 1), 1);
	ck_assert_uint_eq(utf8_last(s, len, 2), 4);
	ck_assert_uint_eq(utf8_last(s, len, 3), 6);
	ck_assert_uint_eq(utf8_last(s, len, 100), len);
}
END_TEST

static void
expect_clean(const char *bytes, size_t len, const char *expected)
{
	char *s = utf8_clean(bytes, len);

	ck_assert_str_eq(s, expected);
	free(s);
}

START_TEST(cleaning)
{
	expect_clean("", 0, "");
	expect_clean("plain", 5, "plain");
	expect_clean("\xe2\x82\xac", 3, "\xe2\x82\xac");
	expect_clean("a\0b", 3,
	    "a\xef\xbf\xbd"
	    "b");
	expect_clean("\xe2\x82", 2, "\xef\xbf\xbd\xef\xbf\xbd");
	expect_clean("x\xffy", 3, "x\xef\xbf\xbdy");
}
END_TEST

static void
expect_visible(const char *text, bool one_line, const char *expected)
{
	struct buf out = { 0 };

	utf8_add_visible(&out, text, strlen(text), one_line);
	ck_assert_str_eq(out.data == NULL ? "" : out.data, expected);
	buf_clear(&out);
}

START_TEST(visible)
{
	expect_visible("", true, "");
	expect_visible("a\tb\n\xe2\x82\xac", false, "a\tb\n\xe2\x82\xac");
	expect_visible("a\tb\n", true, "a\\tb\\n");
	expect_visible("\x1b[1m\r\x7f", false, "\\x1b[1m\\x0d\\x7f");
	expect_visible("\xc2\x9b\xe2\x80\xae\xe2\x80\x8b\xef\xbb\xbf", false,
	    "\\x9b\\u202e\\u200b\\ufeff");
	expect_visible("\xf3\xa0\x81\xa1", true, "\\ue0061");
	expect_visible("x\xff", true, "x\xef\xbf\xbd");
}
END_TEST

static void
expect_escaped(const char *json, const char *expected)
{
	struct buf text = { 0 };

	buf_puts(&text, json);
	utf8_escape_separators(&text);
	ck_assert_str_eq(text.data == NULL ? "" : text.data, expected);
	ck_assert_uint_eq(text.len, strlen(expected));
	buf_clear(&text);
}

START_TEST(separators)
{
	expect_escaped("", "");
	expect_escaped("\"\xe2\x80\xa7\xe2\x80\xaa\xe2\x80\"",
	    "\"\xe2\x80\xa7\xe2\x80\xaa\xe2\x80\"");
	expect_escaped("\xe2\x80\xa8", "\\u2028");
	expect_escaped("\"a\xe2\x80\xa8\xe2\x80\xa9z\\\\\xe2\x80\xa9\"",
	    "\"a\\u2028\\u2029z\\\\\\u2029\"");
}
END_TEST

/* What shows nothing: fillers, blanks that are none, selectors, joiners. */
START_TEST(invisible)
{
	static const char *const names[] = { "\\xad", "\\u034f", "\\u115f",
		"\\u180e", "\\u206a", "\\u2800", "\\u3164", "\\ufe0f",
		"\\ufff9", "\\u200d", "\\ue0100" };
	static const char *const texts[] = { "\xc2\xad", "\xcd\x8f",
		"\xe1\x85\x9f", "\xe1\xa0\x8e", "\xe2\x81\xaa", "\xe2\xa0\x80",
		"\xe3\x85\xa4", "\xef\xb8\x8f", "\xef\xbf\xb9", "\xe2\x80\x8d",
		"\xf3\xa0\x84\x80" };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_visible(texts[i], false, names[i]);
}
END_TEST

/* A warning sign of two characters, a family of three, a Persian word. */
START_TEST(joined)
{
	expect_visible("\xe2\x9a\xa0\xef\xb8\x8f", true,
	    "\xe2\x9a\xa0\xef\xb8\x8f");
	expect_visible("\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa7", true,
	    "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa7");
	expect_visible("\xdb\x8c\xe2\x80\x8c\xd8\xb4", true,
	    "\xdb\x8c\xe2\x80\x8c\xd8\xb4");
	expect_visible("\xe2\x9a\xa0\xef\xb8\x8f\xef\xb8\x8f", true,
	    "\xe2\x9a\xa0\xef\xb8\x8f\\ufe0f");
}
END_TEST

UNIT_SUITE
{
	unit_suite("utf8", NULL, NULL, lengths, characters_are_counted,
	    first_and_last, cleaning, visible, separators, invisible, joined,
	    NULL);
}
