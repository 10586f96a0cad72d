/*
 * A grid of cells.
 */
#include <locale.h>
#include <stdlib.h>

#include "cli/top/grid.h"
#include "tests/unit/unit.h"

#define WIDE "\xe4\xb8\x96" /* two columns */

static struct grid grid;

static void
setup(void)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	grid_size(&grid, 10, 2);
}

static void
teardown(void)
{
	grid_clear(&grid);
}

static void
expect(int y, const char *want)
{
	char *line = grid_line(&grid, y);

	ck_assert_str_eq(line, want);
	free(line);
}

START_TEST(putting)
{
	ck_assert_int_eq(grid_put(&grid, 0, 2, 8, 0, "abc"), 3);
	expect(0, "  abc");
	expect(1, "");
	grid_put_before(&grid, 1, 10, 10, 0, "end");
	expect(1, "       end");
	grid_fill(&grid, 1, 0, 3, 0, "─");
	expect(1, "───    end");
}
END_TEST

START_TEST(cutting)
{
	ck_assert_int_eq(grid_put(&grid, 0, 0, 4, 0, "abcde"), 4);
	expect(0, "abc…");
	ck_assert_int_eq(grid_put(&grid, 0, 0, 4, 0, WIDE WIDE WIDE), 3);
	expect(0, WIDE "……"); /* no half of one */
	/* at the edge, and beyond all of them */
	grid_put(&grid, 1, 8, 10, 0, "abcde");
	expect(1, "        a…");
	grid_put(&grid, 2, 0, 10, 0, "x");
	grid_put(&grid, -1, 0, 10, 0, "x");
	grid_put(&grid, 0, 12, 10, 0, "x");
}
END_TEST

START_TEST(combining)
{
	grid_put(&grid, 0, 0, 10, 0, "e\xcc\x81x");
	expect(0, "e\xcc\x81x");
	ck_assert_int_eq(grid_width(&grid, "e\xcc\x81x" WIDE), 4);
	/* more than a cell holds is dropped */
	grid_put(&grid, 1, 0, 10, 0,
	    "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"
	    "x");
	ck_assert_int_eq(grid.cells[11].text[0], 'x');
}
END_TEST

START_TEST(stand_ins)
{
	grid.ascii = true;
	grid_put(&grid, 0, 0, 10, 0, "▶◌✔✘─é" WIDE);
	expect(0, ">.+x-??");
	grid_put(&grid, 1, 0, 3, 0, "abcdef");
	expect(1, "ab~");
}
END_TEST

UNIT_SUITE
{
	unit_suite("grid", setup, teardown, putting, cutting, combining,
	    stand_ins, NULL);
}
