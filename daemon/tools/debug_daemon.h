/*
 * The living daemon as JSON, for `ccproc debug'.
 */
#ifndef DAEMON_TOOLS_DEBUG_DAEMON_H
#define DAEMON_TOOLS_DEBUG_DAEMON_H

struct json_object;

/* Sets who tells of the clients, which are above the tools, as an array. */
void debug_daemon_clients(struct json_object *(*fn)(void));

#endif
