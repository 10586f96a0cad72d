/*
 * What an agent said last.
 */
#ifndef DAEMON_AGENT_LAST_WORDS_H
#define DAEMON_AGENT_LAST_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Returns the last text of the agent itself, not of a subagent, in lines of
 * stream-json, or NULL; the caller frees.  Own: without what
 * claude says in its place when the API has failed it.
 */
char *last_words(const char *lines, size_t len, bool own);

#endif
