/*
 * A line that is typed.
 */
#ifndef CLI_TOP_TYPING_H
#define CLI_TOP_TYPING_H

struct buf;

/* Adds a character, or erases: the last one, or with ^U all. */
void typing_key(struct buf *line, int key);

#endif
