/*
 * A connection to the daemon, of a bridge or a command.  Its first line is
 * hello; then it speaks MCP.
 */
#ifndef DAEMON_CLIENT_H
#define DAEMON_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct json_object;
struct peer;

/* Takes the connected socket fd, and who has connected it. */
void client_new(int fd, const struct peer *peer);
size_t client_count(void);
/* Whether one more from there is taken: tasks leave room for persons. */
bool client_has_room(const struct peer *peer);
/* What was unsynced is synced: sends what has waited for that. */
void client_go_on(void);
/* The names of all tasks are known: takes what has waited for that. */
void client_take_all(void);
/* Returns an array that tells of each, for those who debug. */
struct json_object *client_describe_all(void);
/* Says goodbye to all clients and closes their connections. */
void client_close_all(void);

/* Calls fn when a client has gone, so that the server accepts again. */
void client_on_gone(void (*fn)(void));

#endif
