/*
 * Holding the scope of keepers and tasks: systemd removes one in which no
 * process is left.
 */
#ifndef KEEPER_HOLD_H
#define KEEPER_HOLD_H

/*
 * For a process that systemd has put into a new scope (common/scope.h): makes
 * the cgroups in it, switches on the controllers that there are, says so and
 * sleeps until it is killed.  Returns only when it cannot: 1.
 */
int hold_run(void);

#endif
