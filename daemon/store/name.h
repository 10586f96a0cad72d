/*
 * The names of tasks, and reading them from the folders of the state
 * directory.
 */
#ifndef DAEMON_STORE_NAME_H
#define DAEMON_STORE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uuid/uuid.h>

struct error;

/* A task's directory, by its name. */
struct store_name {
	uint64_t number;
	char uuid[37];
	char path[80]; /* tasks/DAY/N-UUID */
};

/*
 * Reads "7-UUID"; false: it begins otherwise.  Rest is what comes after it.  For
 * folders of many entries it is quicker than the library's functions.
 */
bool store_parse_entry(const char *entry, uint64_t *number, uuid_t uuid,
    const char **rest);
/* Writes a UUID; quicker than the library's function, too. */
void store_unparse_uuid(const uuid_t uuid, char text[37]);
/* Reads the name "7-UUID" of an entry in dir; false: it is no such name. */
bool store_parse_name(const char *dir, const char *entry,
    struct store_name *name);
bool store_is_tombstone(const struct store_name *name);
/* Returns the part of its path that begins with the day, "YYYY-MM-DD/". */
const char *store_day(const struct store_name *name);

struct store_names {
	struct store_name *items;
	size_t n, size;
};

/* Reads the names in a folder, in no order; free(names->items) frees. */
int store_read_names(const char *path, struct store_names *names,
    struct error *err);
/* Reads the folders of tasks/, newest day first; strv_free frees. */
int store_read_days(char ***days, struct error *err);
/* Returns the folders; an error is logged. */
char **store_days(void);

#endif
