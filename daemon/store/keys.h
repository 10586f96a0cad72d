/*
 * Keys of callers.  A key is written before its task is accepted, and is
 * found only when that has happened.
 */
#ifndef DAEMON_STORE_KEYS_H
#define DAEMON_STORE_KEYS_H

struct error;
struct record;
struct store_name;

/* 1 and the name; 0: there is none; -1 with err: that cannot be told now. */
int store_find_key(const char *key, struct store_name *name, struct error *err);
int store_write_key(const char *key, const char *path, struct error *err);
/* Drops the key of a task, if it is still its. */
void store_drop_key(const struct record *rec);

#endif
