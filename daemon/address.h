/*
 * The address of the daemon: a socket in the file system, which is made again
 * when it is removed, as runtime directories are cleaned.
 */
#ifndef DAEMON_ADDRESS_H
#define DAEMON_ADDRESS_H

struct error;

/*
 * Returns a socket that listens at path, whose directory is made if need be.
 * ERR_BUSY: another one listens there.
 */
int address_listen(const char *path, struct error *err);

/*
 * Keeps the address of a socket that listens at path, or was passed to us and
 * should: when it is gone, one is made and given to moved.  What somebody
 * else put there is left alone.
 */
void address_keep(const char *path, void (*moved)(int fd));
/* The same for one that was passed, and may have lost its name before. */
void address_keep_passed(const char *path, void (*moved)(int fd));
void address_free(void);

#endif
