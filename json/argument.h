/*
 * The arguments of what an agent wants to do, in words.  What would not be
 * seen is made visible, and what is cut is counted.
 *
 * Arguments differ.  The main one of a tool that we know says what is done,
 * such as command.  One that is no text is a switch, which may change all of
 * it, so it stands where nothing cuts it off.  Notes, such as description,
 * change nothing; only tools of Claude Code have them, since what an argument
 * of another one means is not known here.
 */
#ifndef JSON_ARGUMENT_H
#define JSON_ARGUMENT_H

#include <stddef.h>
#include <stdint.h>

#include "common/mem.h" /* struct buf */

struct json_object;

/* The call of a tool that somebody is asked about. */
struct wording {
	uint64_t task; /* whose `ccproc asks' shows all of it */
	const char *tool;
	struct json_object *input; /* an object */
};

enum argument_kind {
	ARGUMENT_MAIN,
	ARGUMENT_SWITCH,
	ARGUMENT_TEXT,
	ARGUMENT_NOTE
};

/* More arguments than that are named, and more names are counted. */
#define ARGUMENTS_SHOWN 8

/* What was left out. */
struct arguments_left {
	size_t chars; /* of the main argument */
	size_t n;     /* arguments */
	struct buf names;
};

/* The key of the main argument; NULL: the tool is not known, or has none. */
const char *argument_main(const struct wording *w);
enum argument_kind argument_kind(const struct wording *w, const char *key,
    struct json_object *value);
size_t argument_count(const struct wording *w, enum argument_kind kind);
/* All bytes of a value, also those after a NUL; borrows. */
const char *argument_value(struct json_object *value, size_t *len);

/* Adds text in one line, in which all that is there is seen. */
void argument_seen(struct buf *out, const char *s, size_t len);
/* The same of its beginning and its end if it has more than chars. */
void argument_text(const struct wording *w, const char *s, size_t len,
    size_t chars, struct buf *out);
/* Adds "... 412 characters not shown: ccproc asks t42". */
void argument_gap(const struct wording *w, size_t chars, struct buf *out);
/* Adds a name in quotes; a key only where it is no plain word. */
void argument_name(const char *name, struct buf *out);
void argument_key(const char *key, struct buf *out);
/* Adds "key: value"; nothing in a text can end it. */
void argument_add(const struct wording *w, const char *key,
    struct json_object *value, struct buf *out);

void argument_leave_out(struct arguments_left *left, const char *key);
/* Adds "2 arguments not shown: a, b". */
void argument_left(const struct arguments_left *left, struct buf *out);

#endif
