/*
 * Hooks that are accepted and not over.  A few run at once, the others wait in
 * the order of their acceptance.
 */
#ifndef DAEMON_HOOK_LAUNCHER_H
#define DAEMON_HOOK_LAUNCHER_H

struct json_object;
struct store_hook;

/* Takes one that is in the store, and starts it when that is synced. */
void launcher_add(const struct store_hook *at);
/* What was waited for may be there: something is synced, say. */
void launcher_go_on(void);
/* Takes those that an earlier daemon has left. */
void launcher_adopt(void);
/* Returns how many wait and run, and the last that failed; the caller puts it. */
struct json_object *launcher_describe(void);
/* Lets go of them; they go on. */
void launcher_stop(void);

#endif
