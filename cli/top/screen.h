/*
 * The terminal: paints grids and reads keys, with ncurses, which nothing else
 * knows.
 */
#ifndef CLI_TOP_SCREEN_H
#define CLI_TOP_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct grid;

/* Takes the terminal.  -1 with err: nothing can be drawn on it. */
int screen_open(struct error *err);
/* Gives it back as it was. */
void screen_close(void);

void screen_size(int *width, int *height);
void screen_paint(const struct grid *grid);
/* Has the next painting draw all anew, whatever was there. */
void screen_redraw(void);
/* So many questions: the terminal's title. */
void screen_title(size_t asking);
void screen_bell(void);

/* The next key, KEY_IS_NONE: there is none; a character, or see keys.h. */
int screen_key(void);

#endif
