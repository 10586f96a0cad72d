/*
 * The end of the machine or of the user's last session: all keepers in the
 * scope stop their tasks and say why.
 */
#ifndef KEEPER_LEAVE_H
#define KEEPER_LEAVE_H

/*
 * Tells them, from a unit beside the scope (common/scope.h), that it is for
 * this reason ("shutdown", "logout"), and waits for a while until they have
 * gone.  Returns an exit status: 0 also when there is no scope.
 */
int leave_run(const char *reason);

#endif
