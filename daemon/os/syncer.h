/*
 * The syncer: one process beside the daemon that syncs files for it, so that
 * a disk that takes long, or for ever, holds up neither the loop nor the lock
 * of the state directory.  It is started when it is first needed, sleeps until
 * it is given something, and ends with the daemon, however that ends.
 */
#ifndef DAEMON_OS_SYNCER_H
#define DAEMON_OS_SYNCER_H

struct buf;

/*
 * Program is ours: called with SYNCER_OPTION it calls syncer_serve.  Done is
 * called once for each batch, with the failures as sync_files tells them.
 */
void syncer_init(const char *program, void (*done)(const struct buf *failures));
void syncer_free(void);

/*
 * Hands over the entries of a batch (sync_files.h), which stay until done is
 * called: now, where no process can be started, or later.  One at a time.
 */
void syncer_take(int rootfd, const struct buf *entries);

#define SYNCER_OPTION "--sync"
/* The process itself: serves until the daemon has gone; its exit status. */
int syncer_serve(void);

#endif
