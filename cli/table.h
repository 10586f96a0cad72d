/*
 * A table: aligned, cut to its width and coloured on a terminal, cells with
 * tabs between elsewhere.
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
};

/* The caller frees. */
struct table *table_new(const struct table_column *columns);
void table_free(struct table *table);

/* Starts a row; colour is an SGR number such as 31, 0 for none. */
void table_row(struct table *table, int colour);
/* Adds the next cell of the row; NULL or "" are shown as "-". */
void table_cell(struct table *table, const char *text);

/* Prints to stdout. */
void table_print(const struct table *table);

#endif
