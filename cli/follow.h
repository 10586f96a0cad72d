/*
 * Copies a task's output files, byte by byte as they grow, to descriptors of
 * ours.  The kernel tells when they grow (inotify(7)), and a reader that is
 * slow keeps nobody but itself waiting.
 */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct follow;
struct lens;
struct pollfd;

/* The descriptors that follow_poll fills. */
#define FOLLOW_FDS 3

/* Watches a task's directory; the caller frees.  NULL with err. */
struct follow *follow_open(const char *dir, struct error *err);
void follow_free(struct follow *follow);

/*
 * Copies file `name` (stdout or stderr, one stream each; it need not be
 * there yet) from byte `from` on to descriptor out.
 */
void follow_add(struct follow *follow, const char *name, int out, int64_t from);

/*
 * Has what is copied from that file pass a lens, as what an agent writes must;
 * it is the caller's, and there until the copying is over.
 */
void follow_through(struct follow *follow, const char *name, struct lens *lens);
/* Writes what has passed a lens, waiting for out.  -1 with err. */
int follow_flush(struct follow *follow, struct error *err);
/* Nothing more is written: copies lines that have no end, too. */
void follow_end(struct follow *follow);

/* Fills what to wait for, and returns for how long at most (-1: ever). */
int follow_poll(const struct follow *follow, struct pollfd *fds);

/*
 * Copies what is possible without waiting; fds as poll(2) left them.  -1
 * with err: out cannot be written (EPIPE when nobody reads it any more).
 */
int follow_step(struct follow *follow, const struct pollfd *fds,
    struct error *err);

/* Looks at the files again, at the end, since more may be in them. */
void follow_look(struct follow *follow);
/* Whether all that was seen in the files is copied. */
bool follow_idle(const struct follow *follow);

/* Copies what is in the files now, waiting for out.  -1 with err. */
int follow_drain(struct follow *follow, struct error *err);

#endif
