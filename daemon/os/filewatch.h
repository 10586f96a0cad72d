/*
 * Being told when something is written in a task's directory: inotify, so
 * that nobody has to look again and again.
 */
#ifndef DAEMON_OS_FILEWATCH_H
#define DAEMON_OS_FILEWATCH_H

struct error;
struct growth;

/* Calls grew(arg) after each write, until growth_free. */
struct growth *growth_new(const char *path, void (*grew)(void *arg), void *arg,
    struct error *err);
void growth_free(struct growth *growth);

#endif
