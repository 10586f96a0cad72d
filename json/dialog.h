/*
 * What an agent wants to do, in the few lines that a dialog shows.
 */
#ifndef JSON_DIALOG_H
#define JSON_DIALOG_H

#include <stdbool.h>

#include "json/argument.h" /* struct wording */

/*
 * The lines that Claude Code shows of a message, and the columns of each that
 * it shows in a pane of 40; it cuts the rest off.
 */
#define DIALOG_LINES 4
#define DIALOG_COLUMNS 34

/*
 * Adds the lines: who asks to use what and where, and what for.  True: all
 * that will be done is in them, and in sight.  Else notice is what they leave
 * out, in a line, or empty.
 */
bool dialog_add(const struct wording *w, const char *label, const char *cwd,
    struct buf *out, struct buf *notice);

#endif
