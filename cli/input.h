/*
 * Data from outside: what is piped in, or a file.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct error;

/*
 * Appends what stdin has, to its end: of a pipe or a file.  A terminal or
 * another device is never read, a socket that stays silent for a moment is
 * given up, since ssh and programs leave one open: then nothing is appended.
 */
int input_piped(size_t max, struct buf *out, struct error *err);

/*
 * For who leaves stdin to others, such as a loop that reads lines: says so
 * when something is there.
 */
void input_left(void);

/* The same, whatever stdin is. */
int input_stdin(size_t max, struct buf *out, struct error *err);

/* The same of a file, or of stdin, if the name is "-", but of no terminal. */
int input_file(const char *name, size_t max, struct buf *out,
    struct error *err);

/*
 * The same of a file that a stranger may have put there: no pipe or device is
 * waited for, and a link is followed only where that may be one.
 */
int input_regular(const char *path, bool links, size_t max, struct buf *out,
    struct error *err);

#endif
