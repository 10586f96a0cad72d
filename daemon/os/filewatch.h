/*
 * Tells when something is written to a file of a directory, or one is made or
 * removed there, by inotify, so that nobody has to look again and again.
 */
#ifndef DAEMON_OS_FILEWATCH_H
#define DAEMON_OS_FILEWATCH_H

struct error;
struct filewatch;

/* Calls grew(arg) after each such change, until filewatch_free. */
struct filewatch *filewatch_new(const char *path, void (*grew)(void *arg),
    void *arg, struct error *err);
void filewatch_free(struct filewatch *filewatch);

#endif
