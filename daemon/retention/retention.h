/*
 * Retention: when there is a pass (pass.h).
 */
#ifndef DAEMON_RETENTION_RETENTION_H
#define DAEMON_RETENTION_RETENTION_H

/* Notes what ends from now on. */
void retention_watch(void);
/*
 * Starts a pass unless the last daemon has made it, under these limits and
 * today; from then on one when the first task of a new day (UTC) ends, and one
 * when so much has ended that a limit is exceeded.  Called again when the
 * limits may be others.
 */
void retention_start(void);
void retention_stop(void);

#endif
