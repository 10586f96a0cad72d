/*
 * The state directory: the only place where tasks are kept.  The file
 * system is the database; every function leaves it whole, whenever the
 * process is killed.  Paths are below the state directory.
 */
#ifndef DAEMON_STORE_STORE_H
#define DAEMON_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct exitrec;
struct record;
struct run;

/* A task's directory, by its name. */
struct store_name {
	uint64_t number;
	char uuid[37];
	char path[80]; /* tasks/DAY/N-UUID */
};

/* Whether a daemon may open it, by its version; touches nothing. */
int store_check(const char *path, struct error *err);

/* Opens, and makes where it is missing, the state directory. */
int store_open(const char *path, struct error *err);
void store_close(void);

/* The state directory's own path, and a task's; borrow, until the next. */
const char *store_root(void);
const char *store_full_path(const char *path);

/* Where the directory that is open is now. */
enum store_place {
	STORE_THERE,
	STORE_MOVED,    /* its name leads to nothing */
	STORE_REPLACED, /* or to another one, and it is somewhere else */
	STORE_REMOVED,
};

enum store_place store_look(void);

/*
 * Makes what was removed of the directory, or all of it, and takes the lock
 * again.  Numbers go on.  ERR_BUSY: another daemon has it now.
 */
int store_restore(const char *socket_path, struct error *err);
/* Makes the live link of a task, if its directory is there and that is not. */
void store_link(const struct record *rec);

/*
 * Takes the lock that one daemon of a state directory holds, and notes the
 * socket's path in it.  ERR_BUSY: holder is the pid of who has it.
 */
int store_lock(const char *socket_path, pid_t *holder, struct error *err);

/*
 * Fills in the secret in STATE/key, n bytes; a missing or damaged one is
 * made anew.  -1 with err: it could not be read now, and stays as it is, or
 * not be kept; bytes are random all the same if there was any randomness.  The
 * caller has the lock.
 */
int store_secret(unsigned char *bytes, size_t n, struct error *err);

/*
 * Returns the number of a new task: never one that was used before.  On
 * disk before it is returned.
 */
int store_next_number(uint64_t *number, struct error *err);
/* So with all numbers up to this one, which may have been taken before. */
int store_take_numbers(uint64_t upto, struct error *err);

/*
 * Accepts a task: writes its directory and its live link, then renames the
 * directory into place.  Rec has number, from and spec; path is filled in.
 */
int store_create(struct record *rec, const char *env, size_t env_len,
    struct error *err);

/*
 * Accepts one more run of a task, with rec->run: writes its directory and the
 * task's live link, then renames the directory into place.  The environment
 * is env or, when that is NULL, the one that the run in rec->dir has left.
 */
int store_create_run(const struct record *rec, const struct run *run,
    const char *prompt, const char *env, size_t env_len, struct error *err);
/*
 * The prompt in the directory of a run; the caller frees.  NULL with err.
 */
char *store_read_prompt(const char *path, struct error *err);
/* Removes the environment that a run has left for the next one. */
void store_drop_env(const struct record *rec);

/* Asks the holder of the lock to end, and waits until it is gone. */
int store_end_holder(pid_t holder, struct error *err);

/* The number of the newest task there ever was. */
uint64_t store_last_number(void);

/* Returns a descriptor of a task's directory. */
int store_open_task(const char *path, struct error *err);

/*
 * Writes rec->exit, which is the whole record, as exit.json.  The caller
 * holds the claim (store_claim).  Then removes what was for a start only.
 */
int store_finish(const struct record *rec, struct error *err);

/* Writes result.json. */
int store_write_result(const struct record *rec, struct error *err);
/* Writes a small file into a task's directory, whole or not at all. */
int store_write_small(const char *path, const char *name, const char *text,
    size_t len, struct error *err);
/* Notes that the outcome was delivered. */
void store_mark_seen(const struct record *rec);
/* Drops the live link of a task that ended. */
void store_settle(const struct record *rec);

/*
 * The claim on a task directory: who holds CLAIM_FILE.  Returns the holder's
 * pid, 0 when it is free; -1 with err.
 */
pid_t store_claim_holder(int dirfd, struct error *err);
/*
 * Takes the claim for the daemon.  Returns a descriptor to close when done;
 * ERR_BUSY: a keeper holds it.
 */
int store_claim(int dirfd, struct error *err);

/* Deletes a task that ended: leaves a tombstone, moves it to the trash. */
int store_delete(const struct record *rec, struct error *err);
/* The same of one that nobody has heard of: as if it had never been. */
int store_discard(const struct record *rec, struct error *err);
/*
 * Removes one thing in the trash; false when there is nothing, or nothing
 * that can be removed.
 */
bool store_empty_trash(void);

/* What is known of a task without opening its files. */
struct store_usage {
	int64_t bytes;    /* on disk */
	int64_t ended_at; /* ms, of the file exit.json; -1: there is none */
	bool seen;
	bool worktree; /* it has, or had, one */
};

void store_survey(const char *path, struct store_usage *usage);
/* Bytes of a task's files. */
int64_t store_task_bytes(const char *path);
/* Size of a file of a task, 0 when there is none. */
int64_t store_file_bytes(const char *path, const char *name);

/* Whether an error is for want of a descriptor or memory, and so passes. */
bool store_passes(const struct error *err);

/*
 * Calls fn for every link in live/, in order of numbers, until it returns
 * -1; removes the dangling ones.  -1 with err: some may not have been seen.
 */
int store_each_live(int (*fn)(const struct store_name *name, void *arg,
			struct error *err),
    void *arg, struct error *err);

/*
 * Calls fn for every task on disk, newest first, until it returns false.
 * Tombstones are passed over.
 */
void store_each(bool (*fn)(const struct store_name *name, void *arg),
    void *arg);
/* The same with the tombstones. */
void store_each_name(bool (*fn)(const struct store_name *name, void *arg),
    void *arg);
bool store_is_tombstone(const struct store_name *name);
/* Finds one, or its tombstone; false: there never was such a task. */
bool store_find(uint64_t number, const char *uuid, struct store_name *name);
/* "YYYY-MM-DD" with something behind: the folder of a name; borrows. */
const char *store_day(const struct store_name *name);

/*
 * Notes of what a request meant: text of lines.  Read returns NULL when
 * there is none, else the caller frees.
 */
int store_write_note(const char *session, uint64_t ordinal, const char *text,
    struct error *err);
char *store_read_note(const char *session, uint64_t ordinal);
void store_drop_notes(const char *session);
void store_drop_old_notes(void);

/* Adds a line to costs/DAY; its text, which the caller frees, or NULL. */
int store_note_cost(const char *day, const char *line, struct error *err);
char *store_read_costs(const char *day);
/* Drops those of the days before. */
void store_drop_old_costs(const char *oldest);

/*
 * Keys of callers.  A key is written before its task is accepted, and is
 * found only when that has happened.
 */
/* 1 and the name; 0: there is none; -1 with err: that cannot be told now. */
int store_find_key(const char *key, struct store_name *name, struct error *err);
int store_write_key(const char *key, const char *path, struct error *err);
/* Drops the key of a task, if it is still its. */
void store_drop_key(const struct record *rec);

/*
 * The same walk in small steps, with the tombstones: newest day first,
 * newest first in a day.  Reads names a bit at a time.  What was never
 * accepted is removed on the way.
 */
struct store_steps;

enum store_step {
	STEP_NOTHING, /* yet; call again */
	STEP_TASK,
	STEP_TOMBSTONE,
	STEP_DAY_OVER,
	STEP_END,
};

struct store_steps *store_steps_new(void);
void store_steps_free(struct store_steps *steps);
/* Name is filled in for tasks and tombstones. */
enum store_step store_steps_next(struct store_steps *steps,
    struct store_name *name);
/* Of the day that is walked: its name, how many tasks it has. */
const char *store_steps_day(const struct store_steps *steps);
size_t store_steps_tasks(const struct store_steps *steps);
/* Whether it is the newest that has anything. */
bool store_steps_newest(const struct store_steps *steps);

/* Removes a tombstone; and the folder of a day that is empty. */
void store_forget(const struct store_name *name);
void store_forget_day(const char *day);

#endif
