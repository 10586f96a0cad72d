/*
 * A grid of cells: a frame as it is to be on the screen.  Who draws needs no
 * terminal, and who paints knows nothing of tasks.
 */
#ifndef CLI_TOP_GRID_H
#define CLI_TOP_GRID_H

#include <stdbool.h>

/* How a cell looks: one of these, and flags. */
enum style {
	STYLE_PLAIN,
	STYLE_NEEDS, /* it waits for the person */
	STYLE_RUNNING,
	STYLE_QUEUED,
	STYLE_GOOD,
	STYLE_BAD,
	STYLE_CANCELLED,
	STYLES,
};

#define LOOK_STYLE 0x0f
#define LOOK_BOLD 0x10
#define LOOK_DIM 0x20
#define LOOK_CURSOR 0x40

/* A character with what combines with it, in UTF-8. */
#define CELL_BYTES 15
struct cell {
	char text[CELL_BYTES]; /* "": the second half of a wide one */
	unsigned char look;
};

struct grid {
	int width, height;
	bool ascii; /* other characters have a stand-in */
	struct cell *cells;
};

/* Makes it empty, of that size.  Zeroed before the first time. */
void grid_size(struct grid *grid, int width, int height);
void grid_clear(struct grid *grid); /* frees */

/*
 * Puts text from there on, in at most so many columns; what is longer ends in
 * "…".  Returns the columns used.  Outside of the grid nothing is put.  The
 * text is clean (cli/text.h).
 */
int grid_put(struct grid *grid, int y, int x, int columns, int look,
    const char *text);
/* The same, so that it ends before column `end'. */
void grid_put_before(struct grid *grid, int y, int end, int columns, int look,
    const char *text);
/* The same character from x to before `end'. */
void grid_fill(struct grid *grid, int y, int x, int end, int look,
    const char *character);
/* Adds flags to the whole line. */
void grid_mark(struct grid *grid, int y, int flags);

/* Returns a line without the spaces at its end; the caller frees. */
char *grid_line(const struct grid *grid, int y);
/* The columns that text takes in this grid. */
int grid_width(const struct grid *grid, const char *text);

#endif
