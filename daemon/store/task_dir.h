/*
 * The folder of a task or of a later run, and its small files.
 */
#ifndef DAEMON_STORE_TASK_DIR_H
#define DAEMON_STORE_TASK_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct record;

/* Returns a descriptor of a task's directory. */
int store_open_task(const char *path, struct error *err);

/*
 * Writes rec->exit, which is the whole record, as exit.json.  The caller
 * holds the claim (store_claim), which is removed then.  The environment stays
 * for another try, until the run is settled.
 */
int store_finish(const struct record *rec, struct error *err);
/*
 * Marks a run whose keeper is started now, with the boot in which that is: its
 * program is not to run again after a power cut, whatever that leaves of the
 * keeper's claim.  What keeps us from it passes, but for a folder that has
 * gone (-1 with err).
 */
int store_mark_start(const struct record *rec, struct error *err);
/* No program runs after all. */
void store_unmark_start(const struct record *rec);
/* Whether the run in that directory has a mark of another boot. */
bool store_began_before(int dirfd);
/* Notes what the keeper has written of the end as unsynced. */
void store_note_end(const struct record *rec);
/* Writes result.json. */
int store_write_result(const struct record *rec, struct error *err);
/* Writes a small file into a task's directory, whole or not at all. */
int store_write_small(const char *path, const char *name, const char *text,
    size_t len, struct error *err);
/* Notes that the outcome was delivered. */
void store_mark_seen(const struct record *rec);

/* Returns the prompt in the directory of a run, which the caller frees. */
char *store_read_prompt(const char *path, struct error *err);
/* Removes the environment that a keeper has left for the next run. */
void store_drop_env(const struct record *rec);

/* Returns the size of a file of a task, 0 when there is none. */
int64_t store_file_bytes(const char *path, const char *name);
/* Returns when it was written, by the wall clock in ms; 0: there is none. */
int64_t store_file_time(const char *path, const char *name);

#endif
