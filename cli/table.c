/*
 * Tables.  See table.h.
 */
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "common/mem.h"

#define GAP 2
/* A flexible column of fewer tells nothing. */
#define FLEXIBLE_MIN 10

struct row {
	char **cells; /* as many as columns, in the end; NULL: a note */
	char *note;
	int colour;
};

struct table {
	const struct table_column *columns;
	size_t ncolumns;
	struct row *rows;
	size_t nrows;
};

struct table *
table_new(const struct table_column *columns)
{
	struct table *table = xcalloc(1, sizeof(*table));

	table->columns = columns;
	while (columns[table->ncolumns].title != NULL)
		table->ncolumns++;
	return table;
}

void
table_free(struct table *table)
{
	size_t i;

	for (i = 0; i < table->nrows; i++) {
		strv_free(table->rows[i].cells);
		free(table->rows[i].note);
	}
	free(table->rows);
	free(table);
}

void
table_row(struct table *table, int colour)
{
	table->rows = xreallocarray(table->rows, table->nrows + 1,
	    sizeof(*table->rows));
	table->rows[table->nrows++] = (struct row){ .colour = colour };
}

void
table_cell(struct table *table, const char *text)
{
	struct row *row = &table->rows[table->nrows - 1];
	char *clean = text_clean(text == NULL || *text == '\0' ? "-" : text,
	    false);

	row->cells = strv_add(row->cells, clean);
	free(clean);
}

void
table_note(struct table *table, const char *text)
{
	table_row(table, 0);
	table->rows[table->nrows - 1].note = text_clean(text, false);
}

void
table_print_plain(const struct table *table)
{
	char *const *cells;
	size_t i, j;

	for (i = 0; i < table->nrows; i++) {
		cells = table->rows[i].cells;
		for (j = 0; cells != NULL && j < table->ncolumns; j++)
			printf("%s%s", cells[j],
			    j + 1 < table->ncolumns ? "\t" : "\n");
	}
}

/* What several rows all have in a column; NULL: they differ. */
static const char *
common_cell(const struct table *table, size_t column)
{
	const char *first = NULL;
	char *const *cells;
	size_t i, n = 0;

	for (i = 0; i < table->nrows; i++) {
		cells = table->rows[i].cells;
		if (cells == NULL)
			continue;
		if (first != NULL && strcmp(first, cells[column]) != 0)
			return NULL;
		first = cells[column];
		n++;
	}
	return n > 1 || (n == 1 && strcmp(first, "-") == 0) ? first : NULL;
}

static bool
is_needless(const struct table *table, size_t column)
{
	const struct table_column *c = &table->columns[column];
	const char *all = c->varies || c->optional ?
	    common_cell(table, column) :
	    NULL;

	return all != NULL && (c->varies || strcmp(all, "-") == 0);
}

/* Columns as they are printed. */
struct layout {
	size_t *widths; /* 0: left out */
	size_t last;    /* that is there */
	size_t room;    /* SIZE_MAX: no limit */
};

static size_t
natural_width(const struct table *table, size_t j, bool limited)
{
	size_t i, one, width = strlen(table->columns[j].title);
	size_t max = limited ? table->columns[j].max : 0;

	for (i = 0; i < table->nrows; i++) {
		one = table->rows[i].cells == NULL ?
		    0 :
		    text_width(table->rows[i].cells[j]);
		if (one > width)
			width = one;
	}
	return max != 0 && width > max ? max : width;
}

/* What a column takes at least, with the gap after it. */
static size_t
least(const struct table *table, const struct layout *layout, size_t j)
{
	size_t width = layout->widths[j];

	if (width == 0)
		return 0;
	if (table->columns[j].flexible && width > FLEXIBLE_MIN)
		width = FLEXIBLE_MIN;
	return width + GAP;
}

/* Leaves columns out until the others have room. */
static void
make_room(const struct table *table, struct layout *layout)
{
	const struct table_column *columns = table->columns;
	size_t j, sum, worst;

	do {
		worst = table->ncolumns;
		for (j = 0, sum = 0; j < table->ncolumns; j++) {
			sum += least(table, layout, j);
			if (layout->widths[j] != 0 && columns[j].rank > 0 &&
			    (worst == table->ncolumns ||
				columns[j].rank > columns[worst].rank))
				worst = j;
		}
		if (sum <= layout->room + GAP || worst == table->ncolumns)
			return;
		layout->widths[worst] = 0;
	} while (true);
}

/* What the flexible ones after one would like to have. */
static size_t
flexible_after(const struct table *table, const struct layout *layout, size_t j)
{
	size_t sum = 0;

	while (++j < table->ncolumns)
		if (table->columns[j].flexible)
			sum += layout->widths[j];
	return sum;
}

/*
 * Gives the flexible ones the room that the others leave: to each its share,
 * of which what one does not need is for the others.
 */
static void
share(const struct table *table, struct layout *layout)
{
	size_t *widths = layout->widths;
	size_t j, n = 0, taken = 0, needs, each, room;

	for (j = 0; j < table->ncolumns; j++)
		if (widths[j] != 0) {
			n += table->columns[j].flexible;
			taken += GAP +
			    (table->columns[j].flexible ? 0 : widths[j]);
		}
	room = layout->room + GAP > taken ? layout->room + GAP - taken : 0;
	for (j = 0; j < table->ncolumns; j++) {
		if (widths[j] == 0 || !table->columns[j].flexible)
			continue;
		needs = flexible_after(table, layout, j);
		each = room / n;
		if (room > needs && room - needs > each)
			each = room - needs;
		if (each < FLEXIBLE_MIN / 2)
			each = FLEXIBLE_MIN / 2;
		if (widths[j] > each)
			widths[j] = each;
		room -= widths[j] < room ? widths[j] : room;
		n--;
	}
}

static struct layout
lay_out(const struct table *table)
{
	struct layout layout = { .room = terminal_width() };
	size_t j;

	layout.widths = xcalloc(table->ncolumns, sizeof(*layout.widths));
	for (j = 0; j < table->ncolumns; j++)
		if (!is_needless(table, j))
			layout.widths[j] = natural_width(table, j,
			    layout.room != 0);
	if (layout.room == 0)
		layout.room = SIZE_MAX / 2;
	else {
		make_room(table, &layout);
		share(table, &layout);
	}
	for (j = 0; j < table->ncolumns; j++)
		if (layout.widths[j] != 0)
			layout.last = j;
	return layout;
}

/* A cell cut to width columns; returns how many it takes. */
static size_t
print_cell(const char *cell, size_t width, bool keep_end, int colour)
{
	char *text = text_cut(cell, width, keep_end);
	size_t used = text_width(text);

	if (colour != 0)
		printf("\x1b[%dm%s\x1b[m", colour, text);
	else
		fputs(text, stdout);
	free(text);
	return used;
}

/* Cells NULL: the titles. */
static void
print_row(const struct table *table, char *const *cells, int colour,
    const struct layout *layout)
{
	const struct table_column *column = table->columns;
	size_t j, width, used, room = layout->room;

	for (j = 0; j < table->ncolumns && room > 0; j++, column++) {
		if (layout->widths[j] == 0)
			continue;
		width = layout->widths[j] < room ? layout->widths[j] : room;
		used = print_cell(cells == NULL ? column->title : cells[j],
		    width, column->keep_end, column->coloured ? colour : 0);
		if (j == layout->last || room <= width + GAP)
			break;
		printf("%*s", (int)(width + GAP - used), "");
		room -= width + GAP;
	}
	putchar('\n');
}

void
table_print(const struct table *table, const char *colours)
{
	bool coloured = terminal_coloured(STDOUT_FILENO, colours);
	struct layout layout;
	const struct row *row;
	size_t i;

	/* for wcwidth(3); without it every character counts as one column */
	setlocale(LC_CTYPE, "C.UTF-8");
	layout = lay_out(table);
	print_row(table, NULL, 0, &layout);
	for (i = 0; i < table->nrows; i++) {
		row = &table->rows[i];
		if (row->note == NULL)
			print_row(table, row->cells, coloured ? row->colour : 0,
			    &layout);
		else {
			print_cell(row->note, layout.room, false, 0);
			putchar('\n');
		}
	}
	free(layout.widths);
}
