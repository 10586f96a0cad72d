/*
 * How output is shown that is not shown byte by byte.
 */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "cli/lens.h"
#include "cli/tail.h"
#include "cli/text.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

static struct buf out;

static void
add(struct lens *lens, const char *text)
{
	lens_add(lens, &out, text, strlen(text));
}

static void
expect(const char *want)
{
	ck_assert_str_eq(out.data == NULL ? "" : out.data, want);
	buf_clear(&out);
}

START_TEST(pieces_are_cleaned_and_coloured)
{
	struct lens lens = { .clean = text_add_clean, .colour = 31 };

	add(&lens, "a\x1b");
	expect("\x1b[31ma\\x1b\x1b[m");
	lens.clean = NULL;
	lens.colour = 0;
	add(&lens, "b\x1b\n");
	expect("b\x1b\n");
}
END_TEST

START_TEST(lines_have_a_prefix)
{
	struct lens lens = { .by_line = true, .prefix = "t1 | " };

	add(&lens, "one\ntw");
	expect("t1 | one\n");
	add(&lens, "o\n\nend");
	expect("t1 | two\nt1 | \n");
	lens_end(&lens, &out);
	expect("t1 | end\n");
	lens_end(&lens, &out);
	expect("");
	lens_clear(&lens);
}
END_TEST

START_TEST(lines_that_match)
{
	struct lens lens = { .by_line = true };
	regex_t regex;

	ck_assert_int_eq(regcomp(&regex, "^b|c$", REG_EXTENDED | REG_NOSUB), 0);
	lens.grep = &regex;
	add(&lens, "a\nb1\nbc\nac\n1b");
	lens_end(&lens, &out);
	expect("b1\nbc\nac\n");
	lens_clear(&lens);
	regfree(&regex);
}
END_TEST

/* One that has no end must not fill the memory. */
START_TEST(a_line_without_end_is_several)
{
	struct lens lens = { .by_line = true, .prefix = ">" };
	size_t i, lines = 0;

	for (i = 0; i < 3 * 65536; i++)
		add(&lens, "x");
	for (i = 0; i < out.len; i++)
		lines += out.data[i] == '>';
	ck_assert_uint_eq(lines, 3);
	ck_assert_uint_eq(lens.begun.len, 0);
	buf_clear(&out);
	lens_clear(&lens);
}
END_TEST

START_TEST(last_lines)
{
	ck_assert_str_eq(tail_of("a\nb\nc\n", 2), "b\nc\n");
	ck_assert_str_eq(tail_of("a\nb\nc", 2), "b\nc");
	ck_assert_str_eq(tail_of("a\nb", 5), "a\nb");
	ck_assert_str_eq(tail_of("a\nb", -1), "a\nb");
	ck_assert_str_eq(tail_of("a\nb", 0), "");
	ck_assert_str_eq(tail_of("", 3), "");
	unit_write("stdout", "one\ntwo\nthree");
	ck_assert_int_eq(tail_start(unit_dir(), "stdout", 2), 4);
	ck_assert_int_eq(tail_start(unit_dir(), "stdout", 9), 0);
	ck_assert_int_eq(tail_start(unit_dir(), "none", 2), 0);
	unit_cleanup();
}
END_TEST

UNIT_SUITE
{
	unit_suite("lens", NULL, NULL, pieces_are_cleaned_and_coloured,
	    lines_have_a_prefix, lines_that_match,
	    a_line_without_end_is_several, last_lines, NULL);
}
