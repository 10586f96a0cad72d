/*
 * Has systemd make the scope of keepers and tasks (common/scope.h) beside our
 * service, or finds the one that an earlier daemon had made.
 */
#ifndef DAEMON_OS_SCOPE_H
#define DAEMON_OS_SCOPE_H

#include <stdbool.h>

/*
 * Begins; own is the cgroup of our service.  Calls settled once it is known
 * whether there is one, which may be at once.
 */
void scope_begin(const char *own, const char *keeper, void (*settled)(void));
/* Returns its cgroup as it was found; NULL: there is none. */
const char *scope_path(void);
/* Whether that is still there: somebody may have ended it. */
bool scope_is_there(void);
void scope_free(void);

#endif
