/*
 * What a task is called where people look for it in a list.
 */
#ifndef DAEMON_VIEW_NAME_H
#define DAEMON_VIEW_NAME_H

struct record;

/*
 * Returns its label, else the beginning of its command, or of the first line
 * of its prompt, in one line; NULL: nothing of that is known.  The caller frees.
 */
char *view_name(const struct record *rec);

#endif
