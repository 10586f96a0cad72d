/*
 * The pane: wrapping, scrolling, and when all of a question was on the screen.
 */
#include <locale.h>
#include <stdlib.h>

#include "cli/top/grid.h"
#include "cli/top/pane.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

static struct grid grid;
static struct pane *pane;

static void
setup(void)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	grid_size(&grid, 10, 8);
	pane = pane_new();
	pane_open(pane, true);
}

static void
teardown(void)
{
	pane_free(pane);
	grid_clear(&grid);
}

/* Draws it with so many lines of text. */
static void
draw(int width, int lines)
{
	grid_size(&grid, width, lines + 1);
	pane_draw(pane, &grid, 0, lines + 1);
}

static void
expect(int y, const char *want)
{
	char *line = grid_line(&grid, y);

	ck_assert_str_eq(line, want);
	free(line);
}

static void
ask(const char *text)
{
	pane_show(pane, PANE_QUESTION, "t1", "q1");
	pane_put(pane, xstrdup(text));
}

START_TEST(wraps)
{
	pane_show(pane, PANE_INFO, "t1", NULL);
	pane_put(pane, xstrdup("abcdefghijklm\n\na\tb\n"));
	draw(10, 4);
	expect(1, "abcdefghij");
	expect(2, "klm");
	expect(3, "");
	expect(4, "a       b");
}
END_TEST

START_TEST(follows)
{
	pane_show(pane, PANE_OUTPUT, "t1", NULL);
	pane_put(pane, xstrdup("1\n2\n3\n4\n"));
	draw(10, 2);
	expect(1, "3");
	pane_scroll(pane, -1);
	pane_put(pane, xstrdup("1\n2\n3\n4\n5\n"));
	draw(10, 2);
	expect(1, "2"); /* who reads is left where he is */
	pane_scroll(pane, 10);
	pane_put(pane, xstrdup("1\n2\n3\n4\n5\n6\n"));
	draw(10, 2);
	expect(2, "6");
}
END_TEST

START_TEST(filters)
{
	pane_show(pane, PANE_OUTPUT, "t1", NULL);
	pane_put(pane, xstrdup("one\nTwo\nthree\n"));
	pane_filter(pane, "t");
	draw(10, 2);
	expect(1, "Two");
	expect(2, "three");
	pane_filter(pane, "x");
	draw(20, 2);
	expect(1, " no line has that");
}
END_TEST

START_TEST(question_is_seen)
{
	ask("1\n2");
	ck_assert(!pane_has_shown(pane, "t1", "q1")); /* not drawn */
	draw(10, 2);
	ck_assert(pane_has_shown(pane, "t1", "q1"));
	ck_assert(!pane_has_shown(pane, "t1", "q2"));
	ck_assert(!pane_has_shown(pane, "t2", "q1"));
	pane_open(pane, false);
	ck_assert(!pane_has_shown(pane, "t1", "q1"));
}
END_TEST

START_TEST(question_is_scrolled)
{
	ask("1\n2\n3\n4\n5");
	draw(10, 2);
	ck_assert(!pane_has_shown(pane, "t1", "q1"));
	pane_scroll(pane, 100); /* over the middle */
	draw(10, 2);
	ck_assert(!pane_has_shown(pane, "t1", "q1"));
	pane_scroll(pane, -100);
	for (int i = 0; i < 3; i++) {
		draw(10, 2);
		pane_scroll(pane, 2);
	}
	draw(10, 2);
	ck_assert(pane_has_shown(pane, "t1", "q1"));
}
END_TEST

/* What comes in the place of a question has to be read, too. */
START_TEST(another_is_not_seen)
{
	ask("1");
	draw(10, 2);
	pane_show(pane, PANE_QUESTION, "t1", "q2");
	ck_assert(!pane_has_shown(pane, "t1", "q2"));
	pane_put(pane, xstrdup("1\n2\n3"));
	draw(10, 2);
	ck_assert(!pane_has_shown(pane, "t1", "q2"));
	/* nor is one that has no room */
	ask("1\n2");
	draw(10, 0);
	ck_assert(!pane_has_shown(pane, "t1", "q1"));
	/* lines that are narrower are others */
	ask("abcdef\nghi");
	draw(10, 1);
	draw(3, 1);
	pane_scroll(pane, 1);
	draw(3, 1);
	ck_assert(!pane_has_shown(pane, "t1", "q1"));
	pane_scroll(pane, 1);
	draw(3, 1);
	ck_assert(pane_has_shown(pane, "t1", "q1"));
}
END_TEST

UNIT_SUITE
{
	unit_suite("pane", setup, teardown, wraps, follows, filters,
	    question_is_seen, question_is_scrolled, another_is_not_seen, NULL);
}
