/*
 * Watching a directory for losses: of a name in it, or of itself.
 */
#ifndef DAEMON_OS_DIRWATCH_H
#define DAEMON_OS_DIRWATCH_H

struct dirwatch;
struct error;

/*
 * Calls lost a moment after something was removed or moved away, once for
 * all that happens in that moment; it has to look what that was.  Names that
 * end with .tmp do not count.
 */
struct dirwatch *dirwatch_new(void (*lost)(void *arg), void *arg);
void dirwatch_free(struct dirwatch *watch);

/* Watches the directory at path from now on, and no other. */
int dirwatch_follow(struct dirwatch *watch, const char *path,
    struct error *err);

/*
 * Calls lost in a second although nothing was seen, for what failed and may
 * work then.
 */
void dirwatch_retry(struct dirwatch *watch);

#endif
