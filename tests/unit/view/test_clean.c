/*
 * Output made readable.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/view/clean.h"
#include "tests/unit/unit.h"

static void
expect_bytes(const char *bytes, size_t len, const char *expected)
{
	char *copy = malloc(len + 1), *text;

	memcpy(copy, bytes, len); /* of the exact size */
	copy[len] = 'Z';
	copy = realloc(copy, len + (len == 0));
	text = clean_output(copy, len);
	ck_assert_str_eq(text, expected);
	free(text);
	free(copy);
}

static void
expect(const char *bytes, const char *expected)
{
	expect_bytes(bytes, strlen(bytes), expected);
}

START_TEST(plain_text_stays)
{
	expect("", "");
	expect("a", "a");
	expect("\n", "\n");
	expect("a\nb\n", "a\nb\n");
	expect("a\n\nb", "a\n\nb");
	expect("\ttab  \n", "\ttab  \n");
}
END_TEST

START_TEST(escapes_go)
{
	expect("\033[1;31mred\033[0m!\n", "red!\n");
	expect("\033]0;title\007x", "x");
	expect("\033]8;;http://a\033\\link\033]8;;\033\\", "link");
	expect("\033(Bx\033[?25ly", "xy");
	expect("\033", "");
	expect("a\033[", "a");
	expect("a\033[12", "a");
	expect("\033]never ends\nnext", "\nnext");
	expect("\033\303\244x", "\303\244x"); /* no sequence */
	expect("\033(\303\244x", "\303\244x");
	expect("\033\033[1mx", "x");
	expect("\033(", "");
}
END_TEST

START_TEST(only_the_last_state_of_a_line)
{
	expect("10%\r50%\r100%\n", "100%\n");
	expect("a\r\nb\r\n", "a\nb\n");
	expect("old\r\033[Knew\nx", "new\nx");
	expect("keep\nover\rwrite", "keep\nwrite");
}
END_TEST

START_TEST(repeats_are_folded)
{
	expect("same line\nsame line\nsame line\nother\n",
	    "same line\n[3 times]\nother\n");
	expect("same line\nsame line\nother\n",
	    "same line\nsame line\nother\n");
	expect("a\na\na\n", "a\na\na\n"); /* no shorter that way */
	expect("\303\244\n\303\244\n\303\244\n\303\244\n\303\244\n",
	    "\303\244\n\303\244\n\303\244\n\303\244\n\303\244\n");
}
END_TEST

START_TEST(bytes_that_are_no_text)
{
	expect_bytes("a\0b\xff", 4,
	    "a\xef\xbf\xbd"
	    "b\xef\xbf\xbd");
}
END_TEST

UNIT_SUITE
{
	unit_suite("clean", NULL, NULL, plain_text_stays, escapes_go,
	    only_the_last_state_of_a_line, repeats_are_folded,
	    bytes_that_are_no_text, NULL);
}
