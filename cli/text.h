/*
 * Text for terminals, of which each byte that somebody else wrote is cleaned.
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct buf;
struct json_object;

/*
 * What a verb prints passes one of these: what a terminal would obey, and what
 * nobody would see, is made visible, or escaped where it is JSON.  Only the
 * bytes of a command are left to it.
 */

/* Prints text, and a newline where there is none. */
void text_print(FILE *file, const char *text);
/* Prints a value in a line on stdout. */
void text_print_json(struct json_object *value);
/* Adds a piece of output. */
void text_add_clean(struct buf *out, const char *bytes, size_t len);
/* Newlines and tabs stay where they may, else they are spaces. */
char *text_clean(const char *text, bool newlines);

/* These return copies, as text_clean does, which the caller frees. */

/* Adds it as one word of a shell line, quoted where it must be. */
char *text_quoted(const char *word);

/* Fills text, which has SIZE_TEXT bytes, with "12.3 kB", and returns it. */
#define SIZE_TEXT 24
char *text_size(int64_t bytes, char *text);

/* Columns on a terminal. */
size_t text_width(const char *text);

/* At most width columns of its beginning, or of its end; "…" tells. */
char *text_cut(const char *text, size_t width, bool keep_end);

#endif
