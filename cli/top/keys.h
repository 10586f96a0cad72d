/*
 * What keys do: a table of them, each with the command that it runs.
 */
#ifndef CLI_TOP_KEYS_H
#define CLI_TOP_KEYS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct grid;
struct item;
struct model;

/* Keys without a character of their own. */
enum {
	KEY_IS_UP = 0x110000, /* behind Unicode */
	KEY_IS_DOWN,
	KEY_IS_LEFT,
	KEY_IS_RIGHT,
	KEY_IS_PAGE_UP,
	KEY_IS_PAGE_DOWN,
	KEY_IS_HOME,
	KEY_IS_END,
	KEY_IS_ENTER,
	KEY_IS_ESCAPE,
	KEY_IS_ERASE,
	KEY_IS_TAB,
	KEY_IS_RESIZE,
	KEY_IS_OTHER,
	KEY_IS_NONE,
};

struct key {
	int code;
	const char *shown;   /* "s", "Enter" */
	const char *word;    /* "stop" */
	const char *command; /* "stop %t": see keys_command; NULL: our own */
	unsigned when;       /* which rows, or groups, it is for */
	const char *asks;    /* what is asked for and comes last; or NULL */
	bool harmful;        /* it asks first */
};

/* The key with that code that is for that line (or NULL: none), or NULL. */
const struct key *keys_find(int code, const struct item *item);
/* What Enter stands for, or the first of several: what a line is for. */
const struct key *keys_usual(const struct item *item);
/*
 * Returns the words behind "ccproc", of which `text' is the last one where
 * it is asked for; the caller frees with strv_free.  NULL: it has no command.
 */
char **keys_command(const struct key *key, const struct item *item,
    const char *text);
/* How many tasks of a group it is about; 0: it is about one task. */
size_t keys_count(const struct key *key, const struct item *item);
/* Adds them as a line of the shell, with "ccproc" before. */
void keys_add_line(char *const *words, struct buf *out);

/* Draws the keys that are of use now. */
void keys_draw(const struct model *model, struct grid *grid, int y);
/* Adds all of them as lines, for one of the list, or (NULL) none. */
void keys_help(const struct item *item, struct buf *out);

#endif
