/*
 * The daemon's providers and a peer of 2026-07-28 that can do the tasks
 * extension, without the daemon's socket.  Opens a taskbox.
 */
#ifndef TESTS_UNIT_PROVIDED_H
#define TESTS_UNIT_PROVIDED_H

#include <stddef.h>

struct json_object;

void provided_open(void);
void provided_close(void);

/* Sends a request; members are the rest of its params: "\"uri\":\"x\"". */
void provided_send(const char *method, const char *members);
/* Sends it and waits for its result; borrows, until the next. */
struct json_object *provided_ask(const char *method, const char *members);
/* The same where an error is due; its code. */
int provided_error(const char *method, const char *members);

/* The number of notices of that method. */
size_t provided_notices(const char *method);
/* Waits until there are n of them. */
void provided_until(const char *method, size_t n);

#endif
