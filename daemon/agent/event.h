/*
 * A line of an agent's output as JSON.
 */
#ifndef DAEMON_AGENT_EVENT_H
#define DAEMON_AGENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct json_object;

/*
 * As json_parse, but a U+0000 in a string is U+FFFD there: it would end every
 * text that is taken from it.
 */
struct json_object *event_parse(const char *line, size_t len,
    struct error *err);

/* More than any run has of anything, and costs: more is not believed. */
#define EVENT_COUNT_MAX 1000000000
#define EVENT_COST_MAX 1000000.0

/*
 * Take a number that an agent tells, which may say anything; false, and *out
 * as it was: there is none that a run can have.
 */
bool event_count_at(struct json_object *object, const char *key, int64_t *out);
bool event_cost_at(struct json_object *object, const char *key, double *out);

#endif
