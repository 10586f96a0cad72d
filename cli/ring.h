/*
 * Telling a person who waits at a terminal and looks elsewhere: a bell, a
 * notification where the terminal has one, its title.
 */
#ifndef CLI_RING_H
#define CLI_RING_H

#include <stdint.h>

struct task_info;

/*
 * CCPROC_NOTIFY is "off", or for how long one must have waited for an end to
 * be told of it.
 */
#define RING_VARIABLE "CCPROC_NOTIFY"

/* The task asks something; its name is the title until ring_answered. */
void ring_asks(const struct task_info *task);
void ring_answered(void);

/*
 * What was waited for since that time, monotime_ms(), has come: the end of
 * that task, or (NULL) of several.
 */
void ring_ended(int64_t since, const struct task_info *task);

#endif
