/*
 * Inside of the store: what its files share.
 */
#ifndef DAEMON_TASKS_STORE_FILES_H
#define DAEMON_TASKS_STORE_FILES_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

struct error;
struct store_name;

int store_root_open(const char *path, struct error *err);
void store_root_close(void);
int store_rootfd(void);

/* Returns the folder, not followed when it is a symlink; NULL. */
DIR *store_open_dir(int dirfd, const char *name);

/* A task was accepted or deleted. */
void store_changed(void);

/* Lets go of the daemon's lock. */
void store_unlock(void);

/* Writes a new file, 0600; it must not exist. */
int store_write_file(int dirfd, const char *name, const void *data, size_t len,
    struct error *err);
/* The same by way of a temporary name, replacing what was there. */
int store_replace_file(int dirfd, const char *name, const void *data,
    size_t len, struct error *err);

/* "7-UUID" in folder dir; false when it is no such name. */
bool store_parse_name(const char *dir, const char *entry,
    struct store_name *name);

/* Where a link leads, as a name; false when to no task that there is. */
bool store_follow(const char *link, struct store_name *name);

/* Removes a directory and what is in it, one level deep. */
void store_remove_dir(int dirfd, const char *name);

#endif
