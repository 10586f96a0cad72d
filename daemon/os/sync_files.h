/*
 * Syncing files, in the process that calls.
 */
#ifndef DAEMON_OS_SYNC_FILES_H
#define DAEMON_OS_SYNC_FILES_H

#include <stddef.h>

struct buf;

/* What an entry names. */
enum sync_kind {
	SYNC_FILE = 'f',
	SYNC_FOLDER = 'd', /* the names in it */
	SYNC_ALL = 'a',    /* a folder, what is in it and in its folders */
};

/*
 * Syncs what the entries name: each is a kind and a path below rootfd, and
 * ends in NUL.  It does so in as many threads, which end before it returns; 1
 * is this one only.  What is not there is passed over.  Adds to failures, for each that
 * the disk refused, the number of the error, a blank, the path and NUL.
 * -1: something that comes back, such as descriptors, was used up; all of it
 * is to be done again.
 */
int sync_files(int rootfd, const char *entries, size_t len, size_t threads,
    struct buf *failures);

/* More of them gain nothing. */
#define SYNC_THREADS 8

#endif
