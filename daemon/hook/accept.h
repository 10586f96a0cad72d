/*
 * Accepting the hook of an event: what it is to run and what it is told go into
 * the folder of its task, and the launcher has it from then on.
 */
#ifndef DAEMON_HOOK_ACCEPT_H
#define DAEMON_HOOK_ACCEPT_H

#include <stdbool.h>

struct notice;

/*
 * Accepts the hook of an event, whose notice has its name but no UUID, unless
 * it is there; own: the task has asked for it.  -1: it is to be tried again.
 */
int accept_hook(const struct notice *event, const char *command, bool own);

#endif
