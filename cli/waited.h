/*
 * For how long a task has waited for a person, by the files of its questions.
 */
#ifndef CLI_WAITED_H
#define CLI_WAITED_H

#include <stdint.h>

struct task_info;

/* In ms, over all of its runs; questions asked at once count once. */
int64_t waited_ms(const struct task_info *task);

#endif
