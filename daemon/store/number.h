/*
 * The numbers of tasks: none is given twice.
 */
#ifndef DAEMON_STORE_NUMBER_H
#define DAEMON_STORE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

struct error;

/* Opens seq, again if need be. */
int store_open_seq(struct error *err);
/* Closes it; numbers go on with the next one. */
void store_close_seq(void);
/* Forgets the last number, too. */
void store_forget_numbers(void);
/* Whether seq is still the file that others find. */
bool store_has_seq(void);
/* Reads seq, which whoever has the lock may write; for who has it. */
int store_read_seq(struct error *err);
/* Writes the last number into a seq that is new. */
int store_write_seq(struct error *err);

/*
 * Returns the number of a new task: never one that was used before.  On
 * disk before it is returned.
 */
int store_next_number(uint64_t *number, struct error *err);
/* Marks all numbers up to this one as used. */
int store_take_numbers(uint64_t upto, struct error *err);
/* The number of the newest task there ever was, once the index is known. */
uint64_t store_last_number(void);

/*
 * Returns the day whose folder a new task gets when the clock says day; the
 * caller frees.  A later one that is there holds it, too: so later folders have
 * higher numbers, whatever the clock does.
 */
char *store_day_for(const char *day);

#endif
