/*
 * Text for terminals.
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* All return copies, which the caller frees. */

/*
 * Without what a terminal would obey: escape sequences go, other control
 * characters become spaces; newlines stay where they may.
 */
char *text_clean(const char *text, bool newlines);

/* Adds it as one word of a shell line, quoted where it must be. */
char *text_quoted(const char *word);

/* Columns on a terminal. */
size_t text_width(const char *text);

/* At most width columns of its beginning, or of its end; "…" tells. */
char *text_cut(const char *text, size_t width, bool keep_end);

#endif
