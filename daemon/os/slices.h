/*
 * Long work in slices.  What takes longer than others may wait is cut into
 * steps, each of which is short, and as many of them as fit are done in a
 * turn of the loop.
 */
#ifndef DAEMON_OS_SLICES_H
#define DAEMON_OS_SLICES_H

#include <stdbool.h>
#include <stdint.h>

struct slices;

/* A slice begins; returns until when it lasts. */
int64_t slices_begin(void);
bool slices_over(int64_t end);

/*
 * Does steps until one returns false, in which case it returns false, or until
 * the slice is over.
 */
bool slices_once(bool (*step)(void *arg), void *arg);

/*
 * Does such slices from the loop; done comes when they are at their end, and
 * they are gone by then.  Whoever frees them has them end where they are.
 */
struct slices *slices_new(bool (*step)(void *arg), void (*done)(void *arg),
    void *arg);
void slices_free(struct slices *slices);

#endif
