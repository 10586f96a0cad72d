/*
 * The first line of every text about a task, and what it is made of.  The
 * caller frees what is returned.
 */
#ifndef DAEMON_VIEW_LINE_H
#define DAEMON_VIEW_LINE_H

struct buf;
struct task;

/* "t7 fix-login failed: exit code 3 · 12.4 s" */
char *view_first_line(const struct task *task);
/*
 * Milliseconds it has run or ran, -1: it never did; and since it was accepted.
 * In the boot of that no change of the clock matters.
 */
long long view_elapsed_ms(const struct task *task);
long long view_age_ms(const struct task *task);
/* Adds ", paused 3 min" where it is. */
void view_paused(const struct task *task, struct buf *out);
/* Adds that the disk may lose it, where it has said so. */
void view_unkept(const struct task *task, struct buf *out);
/* "SIGKILL" */
char *view_signal(int signo);

#endif
