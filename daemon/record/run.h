/*
 * Runs of a task.  The first one is in the task's own directory; each later
 * one in a directory in that, with the same files: `run-N` when somebody has
 * replied to the agent, `retry-N` when the daemon has queued it once more.
 * A turn is what a start or a reply asks for: its run and those that retry
 * it.  Only agents, which can go on in their conversation, have several.
 */
#ifndef DAEMON_RECORD_RUN_H
#define DAEMON_RECORD_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "json/schema.h"

struct error;

/* Runs of one task: to find each of them costs two system calls. */
#define RUNS_MAX 1000
/* Room for "retry-1000". */
#define RUN_NAME_SIZE 16
#define RUN_VERSION 1

/* run.json: what a later run was asked to be.  Absent: NULL or 0. */
struct run_spec {
	int64_t version;
	char *uuid;       /* of the request; its session's when it is a fork */
	char *created_at; /* ISO, UTC */
	char *boot;       /* boot id of its acceptance */
	char *model;      /* instead of the task's */
	int64_t fork;     /* go on in a copy of the conversation */
	int64_t fresh;    /* begin one: there is none to go on with */
	int64_t not_before; /* wall clock, ms */
	char *account;      /* as in record_origin; NULL: the task's */
	char *limit;        /* the window of the account that opens then */
	int64_t waits;      /* runs of its turn that such a one ended */
	int64_t result_chars;
};

extern const struct field run_spec_fields[];

struct run {
	unsigned number;          /* from 1 */
	unsigned turn;            /* number of the first run of its turn */
	unsigned count;           /* of all runs that the task has */
	char name[RUN_NAME_SIZE]; /* its directory; "" for the first */
	struct run_spec asked;    /* of the first one nothing */
};

/*
 * Finds the current run in the task's directory: the first one that has not
 * ended, else the last; of one turn only, unless turn is 0.  -1: the task
 * has no such turn.
 */
int run_find(int dirfd, unsigned turn, struct run *run);
/* Finds run n, -1 when there is none. */
int run_find_number(int dirfd, unsigned n, struct run *run);
/* Finds the directory of run n without a look at the others. */
bool run_find_name(int dirfd, unsigned n, char name[RUN_NAME_SIZE]);

/* Whether a later run's directory may be called so. */
bool run_is(const char *name);

/* Reads run.json, from the run's own directory. */
int run_load(struct run *run, int dirfd, struct error *err);
void run_clear(struct run *run);

#endif
