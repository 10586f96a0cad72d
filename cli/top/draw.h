/*
 * Draws a frame: what needs the person first.
 */
#ifndef CLI_TOP_DRAW_H
#define CLI_TOP_DRAW_H

#include <stdbool.h>

struct grid;
struct model;

/* Fewer columns leave room for name, last line and age only. */
#define DRAW_WIDE 100

/* Draws into the grid, which has its size; scrolls to the cursor. */
void draw_frame(struct grid *grid, struct model *model);

/* The lines that the list has in a grid of that height. */
int draw_list_lines(const struct model *model, int height);

#endif
