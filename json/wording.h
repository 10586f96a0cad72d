/*
 * What an agent wants to do, in words for whoever may allow it: in a line, or
 * whole.  For a dialog see dialog.h.
 */
#ifndef JSON_WORDING_H
#define JSON_WORDING_H

#include "json/argument.h" /* struct wording */

/*
 * Adds it in one line: `"Bash" [run_in_background: true]: make test;
 * description: "Runs the tests"'.  Of a text of more than chars its beginning
 * and its end.
 */
void wording_line(const struct wording *w, size_t chars, struct buf *out);

/* Adds all of it, in as many lines as it takes. */
void wording_whole(const struct wording *w, struct buf *out);

#endif
