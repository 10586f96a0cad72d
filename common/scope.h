/*
 * The scope of systemd in which keepers and tasks live, apart from the
 * daemon: signals to the service, its stop, restart and crash do not reach
 * them, and controllers may be on there.  Below it are the cgroups of who
 * holds it, of keepers, and of tasks, each of which has one of its own.
 */
#ifndef COMMON_SCOPE_H
#define COMMON_SCOPE_H

#define SCOPE_UNIT "ccproc-tasks.scope"
#define SCOPE_HOLD "hold"
#define SCOPE_KEEPERS "keepers"
#define SCOPE_TASKS "tasks"

/* The byte of who holds it on descriptor 3 when all of it is there. */
#define SCOPE_READY 'R'

#endif
