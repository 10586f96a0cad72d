/*
 * The open state directory, and files in it: what the rest of the store
 * builds on.  Paths are below the state directory.
 */
#ifndef DAEMON_STORE_FILES_H
#define DAEMON_STORE_FILES_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;

int store_root_open(const char *path, struct error *err);
void store_root_close(void);
int store_rootfd(void);
/* Notes the name of the root while it cannot be opened. */
void store_root_note(const char *path);

/* Return the state directory's path, and one below it until the next call. */
const char *store_root(void);
const char *store_full_path(const char *path);

/* Where the open directory is now. */
enum store_place {
	STORE_THERE,
	STORE_MOVED,    /* its name leads to nothing */
	STORE_REPLACED, /* or to another one, and it is somewhere else */
	STORE_REMOVED,
};

enum store_place store_look(void);

/* Whether the file called name is the one that is open as fd. */
bool store_has(const char *name, int fd);

/*
 * Takes the POSIX lock of a file that is open.  -1 with errno; EAGAIN: holder
 * has it, 0 or -1 when that is not known.
 */
int store_lock_file(int fd, pid_t *holder);

/* Returns the folder, not followed when it is a symlink; NULL. */
DIR *store_open_dir(int dirfd, const char *name);
/* Removes a directory and what is in it. */
void store_remove_dir(int dirfd, const char *name);

/* Writes a new file, 0600; it must not exist. */
int store_write_file(int dirfd, const char *name, const void *data, size_t len,
    struct error *err);
/* Replaces a file, by way of a temporary name. */
int store_replace_file(int dirfd, const char *name, const void *data,
    size_t len, struct error *err);

#endif
