/*
 * A hot path whose instructions bench/compare counts: one program for each,
 * which is built with the sources and libraries of two revisions.  It uses as
 * few interfaces of theirs as it can.
 */
#ifndef BENCH_PATHS_PATH_H
#define BENCH_PATHS_PATH_H

#include <stddef.h>

/* Each path defines these: what is there before, and the path itself. */
void path_setup(void);
void path_run(void);
/* Has fn called when all is done. */
void path_at_end(void (*fn)(void));

/* Opens a world with n tasks that are held in the queue, l0 to l(n-1). */
void path_tasks(size_t n);
/* A client of it, and a line that it says; the answer is dropped. */
void path_connect(void);
void path_line(const char *line);

#endif
