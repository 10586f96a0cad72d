/*
 * A line of an agent's output as JSON.
 */
#ifndef DAEMON_AGENT_EVENT_H
#define DAEMON_AGENT_EVENT_H

#include <stddef.h>

struct error;
struct json_object;

/*
 * As json_parse, but a U+0000 in a string is U+FFFD there: it would end every
 * text that is taken from it.
 */
struct json_object *event_parse(const char *line, size_t len,
    struct error *err);

#endif
