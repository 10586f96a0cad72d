/*
 * Looking for directories and programs in what the kernel remembers of local
 * file systems, which waits for nothing: openat2(2), RESOLVE_CACHED.
 */
#ifndef DAEMON_OS_CACHED_H
#define DAEMON_OS_CACHED_H

#include <stddef.h>
#include <sys/types.h>

/* Unknown: not remembered, or on a file system that may wait. */
enum cached { CACHED_UNKNOWN, CACHED_IS, CACHED_IS_NOT };

/*
 * Whether there is a directory that may be entered (S_IFDIR), or a file that
 * may be executed (S_IFREG).  It is one look, of those that are left; without
 * any nothing is known.
 */
enum cached cached_is(const char *path, mode_t type, size_t *looks);

/* Whether execvp(3) would find a program, by that PATH (NULL: none). */
enum cached cached_program(const char *program, const char *path,
    size_t *looks);

#endif
