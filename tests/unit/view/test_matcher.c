/*
 * Regular expressions: a line matches the same way however it is tried.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/view/matcher.h"
#include "tests/unit/unit.h"

/* A long line is tried from its start only, a short one at each byte. */
static void
expect(const char *pattern, const char *line, bool expected)
{
	struct error err;
	struct matcher *matcher = matcher_new(pattern, &err);
	size_t len = strlen(line), more = 5000;
	char *padded = xcalloc(1, len + more + 1);

	ck_assert_msg(matcher != NULL, "%s: %s", pattern, err.text);
	ck_assert_msg(matcher_finds(matcher, line, len) == expected, "%s: %s",
	    pattern, line);
	memset(padded, '~', more);
	memcpy(padded + more, line, len);
	if (pattern[0] != '^')
		ck_assert_msg(matcher_finds(matcher, padded, len + more) ==
			expected,
		    "%s: ~~~%s", pattern, line);
	free(padded);
	matcher_free(matcher);
}

START_TEST(lines)
{
	expect("b", "abc", true);
	expect("^b", "abc", false);
	expect("c$", "abc", true);
	expect("b$", "abc", false);
	expect("a|x", "abc", true);
	expect("x|y", "abc", false);
	expect("(a|b)c", "abc", true);
	expect("[a-b]d|bc", "abc", true);
	expect("[)]|x", "a)", true);
	expect("[]a)]+$", "]a)", true);
	expect("[[:alpha:])]+$", "ab)", true);
	expect("\\(a", "(a", true);
	expect("a)|b", "b", true);
	expect("", "", true);
	expect("b", "a\033[31mb", true);
	expect("ab", "a\033[31mb", true);
}
END_TEST

static void
expect_literal(const char *pattern, const char *expected)
{
	struct error err;
	struct matcher *matcher = matcher_new(pattern, &err);
	const char *literal;
	size_t len;

	ck_assert_msg(matcher != NULL, "%s: %s", pattern, err.text);
	literal = matcher_literal(matcher, &len);
	if (expected == NULL)
		ck_assert_msg(literal == NULL, "%s: %s", pattern, literal);
	else {
		ck_assert_msg(literal != NULL, "%s", pattern);
		ck_assert_str_eq(literal, expected);
		ck_assert_uint_eq(len, strlen(expected));
	}
	matcher_free(matcher);
}

/* Nothing is left out that might be missing in a line that matches. */
START_TEST(what_each_line_has)
{
	expect_literal("needle", "needle");
	expect_literal("^a [0-9]+ errors in .*\\.c$", " errors in ");
	expect_literal("a\\.b\\[c", "a.b[c");
	expect_literal("colou?r", "colo");
	expect_literal("abc*", "ab");
	expect_literal("abc+de", "abc");
	expect_literal("abx{0,3}cde", "cde");
	expect_literal("(abcdef)?xy", "xy");
	expect_literal("((a)(bc[)]d))*xy", "xy");
	expect_literal("[]abc]de", "de");
	expect_literal("\\<word\\>", "word");
	expect_literal("\\wxy", "xy");
	expect_literal("x", NULL);
	expect_literal("", NULL);
	expect_literal("abc|de", NULL);
	expect_literal("abc(d|e)", "abc");
	expect_literal("a)b|cd", NULL);
}
END_TEST

START_TEST(refused)
{
	static const char *const patterns[] = { "(", "[", "a{2", "(a)\\1",
		"a{999}{999}" };
	struct error err;
	size_t i;

	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		ck_assert_ptr_null(matcher_new(patterns[i], &err));
		ck_assert_int_eq(strncmp(err.text, "grep: ", 6), 0);
	}
}
END_TEST

/* Of brackets and escapes that are not closed nothing is read beyond the end. */
START_TEST(cut_anywhere)
{
	static const char pattern[] =
	    "^a[^]b[:alpha:][.x.]](c|d\\))e{1,2}[]-]+(\\[|[[=y=])$";
	size_t i, accepted = 0;
	struct error err;

	for (i = 0; i < sizeof(pattern); i++) {
		char *cut = xstrndup(pattern, i);
		struct matcher *matcher = matcher_new(cut, &err);

		accepted += matcher != NULL;
		if (matcher != NULL)
			matcher_finds(matcher, "a", 1);
		matcher_free(matcher);
		free(cut);
	}
	ck_assert_uint_gt(accepted, 5);
}
END_TEST

START_TEST(end_of_a_match)
{
	struct error err;
	struct matcher *matcher = matcher_new("needle", &err);
	char *line = xcalloc(1, 100001);

	memset(line, 'x', 100000);
	memcpy(line + 70000, "needle", 6);
	ck_assert_uint_eq(matcher_end(matcher, line, 100000), 70006);
	memcpy(line, "needle", 6);
	ck_assert_uint_eq(matcher_end(matcher, line, 100000), 6);
	free(line);
	matcher_free(matcher);
}
END_TEST

UNIT_SUITE
{
	unit_suite("matcher", NULL, NULL, lines, what_each_line_has, refused,
	    cut_anywhere, end_of_a_match, NULL);
}
