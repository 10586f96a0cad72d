/*
 * Memory of the daemon that is free again, and its way back to the system.
 */
#ifndef DAEMON_OS_HEAP_H
#define DAEMON_OS_HEAP_H

/*
 * Large blocks, such as the names of many tasks, are given back when they are
 * freed.  Without this glibc keeps ever larger ones.
 */
void heap_init(void);

/* Gives back what is free after a burst. */
void heap_trim(void);

#endif
