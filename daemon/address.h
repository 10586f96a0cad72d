/*
 * The address of the daemon: a socket in the file system, which is made again
 * when it is removed.  That happens at each logout without lingering: the
 * queue goes on then, which a daemon that ended could not do until the next
 * login.
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
 * Watches over path, where our socket listens: when its name is gone, another
 * socket is made there and given to moved.  What somebody else put there is
 * left alone.
 */
void address_keep(const char *path, void (*moved)(int fd));
/* The same for a socket that systemd passed, whose name may be gone. */
void address_keep_passed(const char *path, void (*moved)(int fd));
void address_free(void);

#endif
