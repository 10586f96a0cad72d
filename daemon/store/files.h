/*
 * Inside of the store: what its files share.
 */
#ifndef DAEMON_STORE_FILES_H
#define DAEMON_STORE_FILES_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct store_name;

int store_root_open(const char *path, struct error *err);
void store_root_close(void);
int store_rootfd(void);
/* What the root is called while it cannot be opened. */
void store_root_note(const char *path);
/*
 * Writes the files of a run that is to start into its directory, but for
 * what tells what was asked; prompt may be NULL.
 */
int store_fill_run(int dirfd, const char *prompt, const char *env,
    size_t env_len, struct error *err);

/* Whether the file called name is the one that is open as fd. */
bool store_has(const char *name, int fd);
/* Whether the lock that we have is on the file that others find. */
bool store_locked(void);

/* Returns the folder, not followed when it is a symlink; NULL. */
DIR *store_open_dir(int dirfd, const char *name);

/*
 * Which version of state directories this program writes: to be raised when
 * an earlier program could no longer read one.
 */
#define STORE_VERSION 1

/* Refuses a directory of a later version; touches nothing. */
int store_check_version(struct error *err);
/* Writes the version where it is missing or older. */
void store_note_version(void);

/* Reads seq, which whoever has the lock may write; for who has it. */
int store_read_seq(struct error *err);
/*
 * Raises max to the highest number of live/ and of the newest day that has
 * any; with all, of every day.
 */
int store_highest(bool all, uint64_t *max, struct error *err);

/* Lets go of the trash. */
void store_close_trash(void);

/* Lets go of the daemon's lock. */
void store_unlock(void);

/* Writes a new file, 0600; it must not exist. */
int store_write_file(int dirfd, const char *name, const void *data, size_t len,
    struct error *err);
/* The same by way of a temporary name, replacing what was there. */
int store_replace_file(int dirfd, const char *name, const void *data,
    size_t len, struct error *err);

/* Returns the folders of tasks/, newest day first; strv_free frees. */
char **store_days(void);

/* "7-UUID" in folder dir; false when it is no such name. */
bool store_parse_name(const char *dir, const char *entry,
    struct store_name *name);

/*
 * Where a link leads, as a name; false when to no task that there is (errno
 * is 0 then) or when that cannot be told.
 */
bool store_follow(const char *link, struct store_name *name);

/* Removes a directory and what is in it. */
void store_remove_dir(int dirfd, const char *name);

#endif
