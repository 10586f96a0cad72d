/*
 * Text for terminals.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "cli/text.h"
#include "tests/unit/unit.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define WIDE "\xe4\xb8\x96" /* two columns */

/* Takes got. */
static void
expect(char *got, const char *want)
{
	ck_assert_str_eq(got, want);
	free(got);
}

START_TEST(cleaning)
{
	expect(text_clean("", false), "");
	expect(text_clean("plain \xc3\xbc", false), "plain \xc3\xbc");
	expect(text_clean("a\tb\nc\rd\x7f", false), "a b c\\x0dd\\x7f");
	expect(text_clean("a\tb\nc", true), "a\tb\nc");
	expect(text_clean("\x1b[1;31mred\x1b[0m", false),
	    "\\x1b[1;31mred\\x1b[0m");
	expect(text_clean("\x1b]0;title\x07", false), "\\x1b]0;title\\x07");
	expect(text_clean("\xc2\x9b"
			  "31m",
		   false),
	    "\\x9b31m");
	expect(text_clean("\xe2\x80\xaex\xe2\x80\x8b\xff", true),
	    "\\u202ex\\u200b\xef\xbf\xbd");
}
END_TEST

START_TEST(quoting)
{
	expect(text_quoted("plain-word_1.c"), "plain-word_1.c");
	expect(text_quoted(""), "''");
	expect(text_quoted("a b"), "'a b'");
	expect(text_quoted("$HOME"), "'$HOME'");
	expect(text_quoted("it's"), "'it'\\''s'");
	expect(text_quoted("a\nb"), "'a\nb'");
}
END_TEST

START_TEST(widths)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	ck_assert_uint_eq(text_width(""), 0);
	ck_assert_uint_eq(text_width("abc"), 3);
	ck_assert_uint_eq(text_width("\xc3\xbc"), 1);
	ck_assert_uint_eq(text_width("e\xcc\x81"), 1); /* combining */
	ck_assert_uint_eq(text_width(WIDE WIDE), 4);
	ck_assert_uint_eq(text_width("\xff"), 1);
}
END_TEST

START_TEST(cutting)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	expect(text_cut("abcdef", 6, false), "abcdef");
	expect(text_cut("abcdef", 5, false), "abcd" ELLIPSIS);
	expect(text_cut("abcdef", 5, true), ELLIPSIS "cdef");
	expect(text_cut("abcdef", 1, false), ELLIPSIS);
	expect(text_cut("abcdef", 1, true), ELLIPSIS);
	expect(text_cut("abcdef", 0, false), "");
	expect(text_cut("abcdef", 0, true), "");
	/* no half characters */
	expect(text_cut(WIDE WIDE WIDE, 4, false), WIDE ELLIPSIS);
	expect(text_cut(WIDE WIDE WIDE, 4, true), ELLIPSIS WIDE);
}
END_TEST

UNIT_SUITE
{
	unit_suite("text", NULL, NULL, cleaning, quoting, widths, cutting,
	    NULL);
}
