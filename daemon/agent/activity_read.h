/*
 * Reading what an agent does from a piece of its stream-json.  The bytes are
 * a stranger's: every line becomes clean UTF-8 without control characters,
 * and neither memory nor time depends on what they hold.
 */
#ifndef DAEMON_AGENT_ACTIVITY_READ_H
#define DAEMON_AGENT_ACTIVITY_READ_H

#include <stdbool.h>
#include <stddef.h>

struct activity;

/* A longer line of JSON, as with a picture in it, is passed over. */
#define ACTIVITY_LINE_BYTES (256u << 10)

/*
 * Takes the whole lines in text; with last, also what has no newline.
 * Returns how many bytes that were.
 */
size_t activity_take(struct activity *activity, const char *text, size_t len,
    bool last);

#endif
