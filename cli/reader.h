/*
 * Whoever reads what we print, and may go away while there is nothing to print,
 * as with `| head': only poll(2) tells.
 */
#ifndef CLI_READER_H
#define CLI_READER_H

#include <poll.h>
#include <stdbool.h>

struct error;

/* An entry that waits for the reader of stdout to go away. */
struct pollfd reader_poll(void);
/* Whether that has happened. */
bool reader_is_gone(const struct pollfd *pfd);

/*
 * The same as a write to stdout would do: the signal SIGPIPE; -1 with err where
 * it is ignored.
 */
int reader_miss(struct error *err);

#endif
