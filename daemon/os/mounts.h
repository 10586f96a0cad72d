/*
 * Mounts: which of them have all that they know on this machine.
 */
#ifndef DAEMON_OS_MOUNTS_H
#define DAEMON_OS_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

/* Before anything is asked; nothing is read before that. */
void mounts_init(void);

/*
 * Whether the mount with this id (statx(2), STATX_MNT_ID) is of a file system
 * that has no device number of its own, but waits for nobody else: in memory,
 * or on disks that it has itself.  Asks no file system.
 */
bool mounts_local(uint64_t id);

/* Forgets what it has found. */
void mounts_forget(void);

#endif
