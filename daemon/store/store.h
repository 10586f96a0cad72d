/*
 * The state directory: the only place where tasks are kept.  The file
 * system is the database; every function of this room leaves it whole,
 * whenever the process is killed.
 */
#ifndef DAEMON_STORE_STORE_H
#define DAEMON_STORE_STORE_H

struct error;

/* Whether a daemon may open it, by its version; touches nothing. */
int store_check(const char *path, struct error *err);

/* Opens the state directory, and makes what is missing of it. */
int store_open(const char *path, struct error *err);
void store_close(void);

/*
 * Makes what was removed of the directory, or all of it, and takes the lock
 * again.  Numbers go on.  ERR_BUSY: another daemon has it now.
 */
int store_restore(const char *socket_path, struct error *err);

#endif
