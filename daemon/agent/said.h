/*
 * What an agent said last.
 */
#ifndef DAEMON_AGENT_SAID_H
#define DAEMON_AGENT_SAID_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Returns the last text of the agent itself, not of a subagent, in lines of
 * stream-json, or NULL; the caller frees.  Own: not what claude says in its
 * place when the API has failed it.
 */
char *said_last(const char *lines, size_t len, bool own);

#endif
