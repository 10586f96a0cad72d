/*
 * A table for people: aligned, and fitted to the width of the terminal, for
 * which columns give way to others.  Or plain, for scripts: a tabulator
 * between cells, and no titles.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct table;

/* A list of them ends with title NULL. */
struct table_column {
	const char *title;
	size_t max;    /* columns on a terminal; 0: as many as there are */
	bool keep_end; /* when cut, its end is what matters */
	bool coloured; /* with the colour of the row */
	bool flexible; /* shares with its like the room that others leave */
	bool optional; /* left out where no row has it */
	bool varies;   /* left out where all rows have the same, too */
	int rank;      /* left out for want of room, highest first; 0: never */
};

/* The caller frees; columns must be there until then. */
struct table *table_new(const struct table_column *columns);
void table_free(struct table *table);

/* Starts a row; colour is an SGR number such as 31, 0 for none. */
void table_row(struct table *table, int colour);
/* Adds the next cell of the row; NULL or "" are shown as "-". */
void table_cell(struct table *table, const char *text);
/* Adds a line between rows; it is none of a plain table. */
void table_note(struct table *table, const char *text);

/* Prints to stdout; colours as terminal_coloured() has them. */
void table_print(const struct table *table, const char *colours);
void table_print_plain(const struct table *table);

#endif
