/*
 * A label that several tasks have: what ends or changes a task is not done to the
 * newest of them, but refused.
 */
#ifndef DAEMON_REPLY_NAMESAKES_H
#define DAEMON_REPLY_NAMESAKES_H

#include <stdbool.h>

struct error;

/*
 * Whether each label among ids is that of one live task at most, or with ended of
 * one task at most; -1 with err, which names the others.
 */
int namesakes_check(char *const *ids, bool ended, struct error *err);

#endif
