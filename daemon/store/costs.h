/*
 * What agent runs have cost, by day.
 */
#ifndef DAEMON_STORE_COSTS_H
#define DAEMON_STORE_COSTS_H

struct error;

/* Adds a line to costs/DAY. */
int store_note_cost(const char *day, const char *line, struct error *err);
/* Returns the text of costs/DAY, which the caller frees; NULL with errno. */
char *store_read_costs(const char *day);
/* Removes the files of the days before. */
void store_drop_old_costs(const char *oldest);

#endif
