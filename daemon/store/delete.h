/*
 * Deleting tasks: a tombstone, which keeps number and UUID taken, then the
 * move into the trash.
 */
#ifndef DAEMON_STORE_DELETE_H
#define DAEMON_STORE_DELETE_H

#include <stdint.h>

struct error;
struct record;
struct store_name;

/* Deletes a task that ended: leaves a tombstone, moves it to the trash. */
int store_delete(const struct record *rec, struct error *err);
/* By which task that one, which is deleted, was replaced; 0: none is known. */
uint64_t store_replaced_by(uint64_t number);
/* Deletes a task that nobody has heard of, as if it had never been. */
int store_discard(const struct record *rec, struct error *err);

/* Remove a tombstone, and the folder of a day when it is empty. */
void store_forget(const struct store_name *name);
void store_forget_day(const char *day);

#endif
