/*
 * The last lines of a text, or of what a task wrote.
 */
#ifndef CLI_TAIL_H
#define CLI_TAIL_H

#include <stdbool.h>
#include <stdint.h>

struct task_info;

/* Where the last lines of a text begin; -1: all of it. */
const char *tail_of(const char *text, int64_t lines);
/* The byte from which the last lines of a file in dir begin. */
int64_t tail_start(const char *dir, const char *name, int64_t lines);
/*
 * Prints, for a person and with indent before each, the last lines that tell
 * why a task failed: of its stderr, or of its stdout where there is nothing
 * else.  False: there are none.
 */
bool tail_print_why(const struct task_info *task, const char *indent);

#endif
