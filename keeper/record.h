/*
 * The record of a task as its keeper has it: the claim that makes the task
 * ours, then what becomes of it.
 */
#ifndef KEEPER_RECORD_H
#define KEEPER_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/exitrec.h"
#include "keeper/cgroup.h"

struct record {
	int dirfd;     /* of the task */
	int fd;        /* the claim; any close of it drops the lock */
	bool has_main; /* the file holds these pieces */
	bool has_outcome;
	bool damaged;     /* so it cannot be finished by us */
	bool leaves;      /* told to end, by more than a stop of the task */
	int64_t begun;    /* CLOCK_MONOTONIC, ms; -1: by a keeper that died */
	uint32_t ignored; /* signals, as in procstat.h: not for the program */
	struct exitrec rec;
	struct cgroup cgroup;
};

/*
 * Takes the task in dir.  1 when it is ours; 0 when somebody else keeps or
 * kept it, or it is gone: nothing was touched; -1 with err.  The task is to
 * have a cgroup below cgroup_parent, if that is not NULL.
 */
int record_claim(struct record *record, const char *dir,
    const char *cgroup_parent, struct error *err);

/*
 * Takes the task in dir over from a keeper that was killed, with what its
 * record says; stop_reason and note are set.  Returns as record_claim, 0 also
 * when the task was never begun.
 */
int record_inherit(struct record *record, const char *dir, struct error *err);

/* Adds what else a reader should know. */
void record_note(struct record *record, const char *text);

/* Names what has outlived the main process, which ended by itself. */
void record_leftovers(struct record *record);
/* Notes the processes that are still there after SIGKILL. */
void record_unkillable(struct record *record);

/* Writes down at once how the main process ended, as waitpid(2) told. */
void record_main(struct record *record, pid_t pid, int status);

/*
 * Writes the outcome and makes the record exit.json.  On a full disk it
 * tries for a minute.
 */
int record_finish(struct record *record, struct error *err);

#endif
