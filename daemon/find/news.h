/*
 * Being told that any of some tasks has changed: from the loop, once for
 * all changes of a turn.
 */
#ifndef DAEMON_FIND_NEWS_H
#define DAEMON_FIND_NEWS_H

#include <stddef.h>

struct news;
struct task;

/*
 * Takes references to n tasks.  Those that have ended cost nothing more.
 * Changed may free its news.
 */
struct news *news_new(struct task *const *tasks, size_t n,
    void (*changed)(void *arg), void *arg);
void news_free(struct news *news);

#endif
