/*
 * A grid of cells.  See grid.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/text.h"
#include "cli/top/grid.h"
#include "common/mem.h"
#include "common/utf8.h"

/* What our own signs are where there is ASCII only. */
static const char *const stand_ins[][2] = {
	{ "▶", ">" },
	{ "▸", ">" },
	{ "▾", "v" },
	{ "◌", "." },
	{ "‖", "=" },
	{ "✔", "+" },
	{ "✘", "x" },
	{ "─", "-" },
	{ "·", "-" },
	{ "…", "~" },
	{ "▮", "#" },
	{ "▯", "-" },
	{ "▁", "_" },
	{ "▃", "." },
	{ "▅", "o" },
	{ "▇", "O" },
};

void
grid_size(struct grid *grid, int width, int height)
{
	size_t i, n = (size_t)width * (size_t)height;

	free(grid->cells);
	grid->cells = xcalloc(n + 1, sizeof(*grid->cells));
	grid->width = width;
	grid->height = height;
	for (i = 0; i < n; i++)
		grid->cells[i].text[0] = ' ';
}

void
grid_clear(struct grid *grid)
{
	free(grid->cells);
	memset(grid, 0, sizeof(*grid));
}

static struct cell *
cell_at(struct grid *grid, int y, int x)
{
	if (x < 0 || y < 0 || x >= grid->width || y >= grid->height)
		return NULL;
	return &grid->cells[(size_t)y * (size_t)grid->width + (size_t)x];
}

/* Takes the next character of a text as it is to be shown. */
static void
next(const struct grid *grid, const char **text, char *shown)
{
	size_t i, n = utf8_next(*text, strlen(*text));

	snprintf(shown, CELL_BYTES, "%.*s", (int)(n == 0 ? 1 : n), *text);
	*text += n == 0 ? 1 : n;
	if (n == 0 || (unsigned char)shown[0] < ' ')
		strcpy(shown, "?");
	if (!grid->ascii || (shown[0] & 0x80) == 0)
		return;
	for (i = 0; i < sizeof(stand_ins) / sizeof(stand_ins[0]); i++)
		if (strcmp(stand_ins[i][0], shown) == 0) {
			strcpy(shown, stand_ins[i][1]);
			return;
		}
	strcpy(shown, "?");
}

int
grid_width(const struct grid *grid, const char *text)
{
	char shown[CELL_BYTES];
	size_t width = 0;

	while (*text != '\0') {
		next(grid, &text, shown);
		width += text_width(shown);
	}
	return (int)width;
}

/* One character, of a known width; 0 combines with what is before it. */
static void
put(struct grid *grid, int y, int x, int look, const char *shown, int width)
{
	struct cell *cell = cell_at(grid, y, width == 0 ? x - 1 : x);

	if (cell == NULL)
		return;
	if (width == 0) {
		if (strlen(cell->text) + strlen(shown) < CELL_BYTES)
			strcat(cell->text, shown);
		return;
	}
	strcpy(cell->text, shown);
	cell->look = (unsigned char)look;
	if (width == 1)
		return;
	cell = cell_at(grid, y, x + 1);
	if (cell != NULL) {
		cell->text[0] = '\0';
		cell->look = (unsigned char)look;
	}
}

int
grid_put(struct grid *grid, int y, int x, int columns, int look,
    const char *text)
{
	bool fits;
	char shown[CELL_BYTES];
	int used = 0, width;

	if (y < 0 || y >= grid->height || columns <= 0)
		return 0;
	if (columns > grid->width - x)
		columns = grid->width - x;
	fits = grid_width(grid, text) <= columns;
	while (*text != '\0') {
		next(grid, &text, shown);
		width = (int)text_width(shown);
		if (used + width > columns - !fits)
			break;
		put(grid, y, x + used, look, shown, width);
		used += width;
	}
	if (!fits && used < columns) {
		put(grid, y, x + used, look, grid->ascii ? "~" : "…", 1);
		used++;
	}
	return used;
}

void
grid_put_before(struct grid *grid, int y, int end, int columns, int look,
    const char *text)
{
	int width = grid_width(grid, text);

	grid_put(grid, y, end - (width < columns ? width : columns), columns,
	    look, text);
}

void
grid_fill(struct grid *grid, int y, int x, int end, int look,
    const char *character)
{
	for (; x < end; x++)
		grid_put(grid, y, x, 1, look, character);
}

void
grid_mark(struct grid *grid, int y, int flags)
{
	struct cell *cell;
	int x;

	for (x = 0; (cell = cell_at(grid, y, x)) != NULL; x++)
		cell->look = (unsigned char)(cell->look | flags);
}

char *
grid_line(const struct grid *grid, int y)
{
	const struct cell *cell = grid->cells + (size_t)y * (size_t)grid->width;
	struct buf out = { 0 };
	int x;

	for (x = 0; x < grid->width; x++)
		buf_puts(&out, cell[x].text);
	while (out.len > 0 && out.data[out.len - 1] == ' ')
		out.data[--out.len] = '\0';
	return buf_steal(&out);
}
