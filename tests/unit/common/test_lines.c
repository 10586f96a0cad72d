/*
 * Tests of common/lines.c: the same lines in pieces of any size.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#undef fail /* libcheck's, deprecated: it hides the one of error.h */

#include "common/limits.h"
#include "common/lines.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

static struct lines lines;

static void
clear(void)
{
	lines_clear(&lines);
}

/* The lines of text read in chunks of that size: [line] [line], ! if long. */
static const char *
taken(const char *text, size_t len, size_t size)
{
	static struct buf out;
	struct jsonspan line;
	enum line got;
	size_t n;

	buf_clear(&out);
	for (; len > 0; text += n, len -= n) {
		n = len < size ? len : size;
		lines_feed(&lines, text, n);
		while ((got = lines_next(&lines, &line)) != LINE_NONE) {
			if (got == LINE_TOO_LONG)
				buf_puts(&out, "!");
			if (got != LINE_WHOLE)
				continue;
			ck_assert_int_eq(line.at[line.len], '\n');
			buf_puts(&out, "[");
			buf_add(&out, line.at, line.len);
			buf_puts(&out, "]");
		}
		ck_assert_uint_eq(lines.left, 0);
	}
	return out.data == NULL ? "" : out.data;
}

START_TEST(in_chunks_of_any_size)
{
	static const char text[] = "one\n\nthree \n4\nhalf";
	size_t size;

	for (size = 1; size <= sizeof(text); size++) {
		ck_assert_str_eq(taken(text, sizeof(text) - 1, size),
		    "[one][][three ][4]");
		ck_assert_str_eq(taken(" a line\n", 8, size), "[half a line]");
	}
}
END_TEST

START_TEST(a_nul_is_a_byte)
{
	struct jsonspan line;

	lines_feed(&lines, "a\0b\n", 4);
	ck_assert_int_eq(lines_next(&lines, &line), LINE_WHOLE);
	ck_assert_uint_eq(line.len, 3);
	ck_assert_mem_eq(line.at, "a\0b", 3);
}
END_TEST

START_TEST(half_a_line_goes_with_its_writer)
{
	ck_assert_str_eq(taken("half", 4, 4), "");
	lines_clear(&lines);
	ck_assert_str_eq(taken("whole\n", 6, 6), "[whole]");
}
END_TEST

/* A line of the greatest length, and one longer, in one chunk and in many. */
START_TEST(the_longest_line)
{
	static const size_t sizes[] = { 65536, LINE_MAX_BYTES + 16 };
	size_t size = sizes[_i];
	char *text = xcalloc(1, LINE_MAX_BYTES + 16);

	memset(text, 'x', LINE_MAX_BYTES + 1);
	strcpy(text + LINE_MAX_BYTES, "\nnext\n");
	ck_assert_uint_eq(strlen(taken(text, LINE_MAX_BYTES + 6, size)),
	    LINE_MAX_BYTES + 2 + 6);
	strcpy(text + LINE_MAX_BYTES, "x\nnext\n");
	ck_assert_str_eq(taken(text, LINE_MAX_BYTES + 7, size), "![next]");
	free(text);
}
END_TEST

/* All bytes of a line too long are seen once, and none of the next one. */
START_TEST(pieces_of_one_too_long)
{
	char *text = xcalloc(1, LINE_MAX_BYTES + 8);
	struct jsonspan line;
	size_t n = 0;

	memset(text, 'x', LINE_MAX_BYTES + 8);
	lines_feed(&lines, text, LINE_MAX_BYTES);
	ck_assert_int_eq(lines_next(&lines, &line), LINE_NONE);
	memcpy(text, "xx\nnext\n", 8);
	lines_feed(&lines, text, 8);
	ck_assert_int_eq(lines_next(&lines, &line), LINE_TOO_LONG);
	n += line.len;
	ck_assert(lines.skipping);
	ck_assert_int_eq(lines_next(&lines, &line), LINE_REST);
	n += line.len;
	ck_assert_uint_eq(n, LINE_MAX_BYTES + 3);
	ck_assert(!lines.skipping);
	ck_assert_int_eq(lines_next(&lines, &line), LINE_WHOLE);
	ck_assert_uint_eq(line.len, 4);
	ck_assert_int_eq(lines_next(&lines, &line), LINE_NONE);
	free(text);
}
END_TEST

/* A reader that stops inside of a chunk gets its rest with the next one. */
START_TEST(bytes_that_are_left)
{
	static const char text[] = "one\ntwo\nth";
	struct jsonspan line;

	lines_feed(&lines, text, 10);
	ck_assert_int_eq(lines_next(&lines, &line), LINE_WHOLE);
	ck_assert_uint_eq(lines.left, 6);
	lines_feed(&lines, NULL, 0);
	ck_assert_int_eq(lines_next(&lines, &line), LINE_NONE);
	ck_assert_str_eq(taken(text + 4, 6, 6), "[two]");
}
END_TEST

UNIT_SUITE
{
	TCase *tc = unit_suite("lines", NULL, clear, in_chunks_of_any_size,
	    a_nul_is_a_byte, half_a_line_goes_with_its_writer,
	    pieces_of_one_too_long, bytes_that_are_left, NULL);

	tcase_add_loop_test(tc, the_longest_line, 0, 2);
}
