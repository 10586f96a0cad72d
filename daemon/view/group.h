/*
 * What several tasks are doing, in a line: the one place that words a group.
 * The caller frees what is returned.
 */
#ifndef DAEMON_VIEW_GROUP_H
#define DAEMON_VIEW_GROUP_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct task;

/*
 * "g24 big: 7 ended, 1 failed: t30 bad"; whole says that they are all of their
 * group.  Of one task it is its first line.
 */
char *view_verdict(struct task *const *tasks, size_t n, bool whole);

/* Adds "t7 fix running, t8 queued", of many "t89-t138: 16 running, 34 queued". */
void view_started(struct task *const *tasks, size_t n, struct buf *out);

/* Their first lines in the order given, for programs that count on that. */
char *view_lines(struct task *const *tasks, size_t n);

#endif
