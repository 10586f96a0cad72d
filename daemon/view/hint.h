/*
 * What to do about a task that failed.
 */
#ifndef DAEMON_VIEW_HINT_H
#define DAEMON_VIEW_HINT_H

struct record;

/*
 * Returns the hint of its outcome, or, where somebody has denied what it
 * asked, one that does not go round that; NULL: there is none.  The caller
 * frees.
 */
char *hint_text(const struct record *rec);

#endif
