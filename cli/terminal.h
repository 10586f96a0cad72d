/*
 * What is known of the terminal: whether colours are wanted, and its width.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct error;

/* The value of --color; without it they are for terminals only. */
#define TERMINAL_COLOURS "auto, always or never"
/* -1 with err: that is no such value.  NULL is auto. */
int terminal_check_colours(const char *value, struct error *err);
/* Whether what goes to fd has colours. */
bool terminal_coloured(int fd, const char *value);

/* Whether it says that nobody can tell anything of it. */
bool terminal_is_dumb(void);

/*
 * Columns of stdout, or what COLUMNS says, as under watch(1); 0: there is no
 * limit.
 */
size_t terminal_width(void);

/* Whether the locale, which must have been set, has more than ASCII. */
bool terminal_is_utf8(void);

#endif
