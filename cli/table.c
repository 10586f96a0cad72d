/*
 * Tables.  See table.h.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/table.h"
#include "cli/text.h"
#include "common/mem.h"

#define GAP 2
#define DEFAULT_WIDTH 80

struct row {
	char **cells; /* as many as columns, in the end */
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

	for (i = 0; i < table->nrows; i++)
		strv_free(table->rows[i].cells);
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

static void
print_plain(const struct table *table)
{
	size_t i, j;

	for (i = 0; i < table->nrows; i++)
		for (j = 0; j < table->ncolumns; j++)
			printf("%s%s", table->rows[i].cells[j],
			    j + 1 < table->ncolumns ? "\t" : "\n");
}

static size_t
terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return DEFAULT_WIDTH;
}

/* no-color.org: set and not empty. */
static bool
colours_wanted(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return (no == NULL || *no == '\0') &&
	    (term == NULL || strcmp(term, "dumb") != 0);
}

static size_t
column_width(const struct table *table, size_t j)
{
	size_t i, one, width = strlen(table->columns[j].title);
	size_t max = table->columns[j].max;

	for (i = 0; i < table->nrows; i++) {
		one = text_width(table->rows[i].cells[j]);
		if (one > width)
			width = one;
	}
	return max != 0 && width > max ? max : width;
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
    const size_t *widths, size_t room)
{
	const struct table_column *column = table->columns;
	size_t j, width, used;

	for (j = 0; j < table->ncolumns && room > 0; j++, column++) {
		/* nothing after the last one needs to stand in line */
		width = j + 1 < table->ncolumns && widths[j] < room ?
		    widths[j] :
		    room;
		used = print_cell(cells == NULL ? column->title : cells[j],
		    width, column->keep_end, column->coloured ? colour : 0);
		if (j + 1 == table->ncolumns || room <= width + GAP)
			break;
		printf("%*s", (int)(width + GAP - used), "");
		room -= width + GAP;
	}
	putchar('\n');
}

static void
print_aligned(const struct table *table)
{
	size_t *widths = xcalloc(table->ncolumns, sizeof(*widths));
	size_t j, room = terminal_width();
	bool colours = colours_wanted();

	for (j = 0; j < table->ncolumns; j++)
		widths[j] = column_width(table, j);
	print_row(table, NULL, 0, widths, room);
	for (j = 0; j < table->nrows; j++)
		print_row(table, table->rows[j].cells,
		    colours ? table->rows[j].colour : 0, widths, room);
	free(widths);
}

void
table_print(const struct table *table)
{
	/* for wcwidth(3); without it every character counts as one column */
	setlocale(LC_CTYPE, "C.UTF-8");
	if (isatty(STDOUT_FILENO))
		print_aligned(table);
	else
		print_plain(table);
}
