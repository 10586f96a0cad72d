/*
 * Hooks: a task or group that ends, and a question, have a command of the user
 * run, if there is one for that.  Each event has its hook once, whatever dies.
 */
#ifndef DAEMON_HOOK_HOOK_H
#define DAEMON_HOOK_HOOK_H

/* Watches all tasks; before any is taken over. */
void hook_watch(void);
/* Takes over the hooks of an earlier daemon. */
void hook_adopt(void);
/* The names of all tasks are known: so are groups. */
void hook_begin(void);
/* Something is synced. */
void hook_go_on(void);
void hook_stop(void);

#endif
