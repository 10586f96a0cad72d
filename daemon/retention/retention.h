/*
 * Retention: when there is a pass (pass.h).
 */
#ifndef DAEMON_RETENTION_RETENTION_H
#define DAEMON_RETENTION_RETENTION_H

/*
 * Starts a pass soon, from then on one when the first task of a new day (UTC)
 * ends, and one when so much has ended that a limit is exceeded.
 */
void retention_start(void);
void retention_stop(void);

#endif
