/*
 * Tasks as rows of a table, whose cells tabs part.
 */
#ifndef DAEMON_VIEW_TABLE_H
#define DAEMON_VIEW_TABLE_H

struct buf;
struct task;

void view_table_head(struct buf *out);
/* Adds a row; owner: whose tasks are "mine". */
void view_table_row(const struct task *task, const char *owner,
    struct buf *out);

#endif
