/*
 * What is written, or was found, and not synced yet: nobody is told of it
 * before it is.  What one turn of the loop notes is a batch, which the syncer
 * (daemon/os) gets at its end; what is noted meanwhile is the next batch.
 * A batch that failed is not tried again: a disk that has lost what it was
 * given may say of the second try that all is well.
 */
#ifndef DAEMON_STORE_UNSYNCED_H
#define DAEMON_STORE_UNSYNCED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Until the start nothing is noted.  Program is that of the daemon; done is
 * called when a batch is over.
 */
void unsynced_start(const char *program, void (*done)(void));
void unsynced_stop(void);

/* A file, and its name in the folder. */
void unsynced_file(const char *folder, const char *name);
/* The names in a folder. */
void unsynced_folder(const char *path);
/* A file at the top. */
void unsynced_top(const char *name);
/* The folder that a path is in. */
void unsynced_parent(const char *path);
/* A folder of a task with all that is in it. */
void unsynced_all(const char *path);

/*
 * The batches that must be over before anything is told that is said now;
 * none: both are 0.
 */
struct unsynced_span {
	uint64_t first, last;
};
struct unsynced_span unsynced_now(void);
/*
 * A request is handled from here, or goes on: its doing is what was noted in
 * these batches (none: both are 0), and what is noted until the turn is over.
 */
void unsynced_request(struct unsynced_span before);
/* The batches of what it has done. */
struct unsynced_span unsynced_done(void);
/* The same of one that goes on in a later turn: others may come now. */
struct unsynced_span unsynced_pause(void);
/* Whether they are over. */
bool unsynced_over(struct unsynced_span span);
/* Whether the disk has refused one of those, which are over. */
bool unsynced_refused(struct unsynced_span span);
/* What it refused last, and why. */
const char *unsynced_why(void);
/* Why the task may not outlive a power cut; NULL: it does. */
const char *unsynced_task(uint64_t number);

/*
 * Removes a name when what was noted before this is synced, or now if all is:
 * until then the name tells the next daemon that there is something to sync.
 */
void unsynced_then_remove(const char *path);
/* The name is needed again. */
void unsynced_keep(const char *path);

#endif
