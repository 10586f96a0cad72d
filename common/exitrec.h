/*
 * The exit record of a task, which is the claim of its keeper (CLAIM_FILE)
 * until it becomes `exit.json`.  It is one JSON object written in three pieces by its only
 * owner: the claim (who keeps the task), the exit of the main process (as
 * soon as it is known), the outcome (which closes the object).  A record
 * that ends before the closing brace is of a keeper that still runs or died.
 * One table in exitrec.c names every field for writing and reading.
 * Needs libc only.
 */
#ifndef COMMON_EXITREC_H
#define COMMON_EXITREC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/machine.h"

struct error;

#define EXITREC_VERSION 1
/* The name of the claim; programs of all versions lock this file. */
#define CLAIM_FILE "run"
/* The longest record, and what the daemon reserves on disk for one. */
#define EXITREC_MAX_BYTES 4096

/*
 * Why a task was stopped.  The record has a word for each; the numbers of
 * the first ones are also what a keeper is told (common/keeperctl.h).
 */
enum stop_reason {
	STOP_NONE, /* nobody stopped it */
	STOP_USER,
	STOP_WALL, /* the timeout */
	STOP_OUTPUT_LIMIT,
	STOP_IDLE,        /* silent for too long */
	STOP_LINGER,      /* an agent that stayed after its result */
	STOP_INTERRUPTED, /* by a signal that ccproc did not send */
	STOP_SHUTDOWN,    /* of the machine */
	STOP_LOGOUT,      /* the last session of the user has ended */
	STOP_DEPENDENCY,  /* from here on it never ran, or nobody was there */
	STOP_BUDGET,
	STOP_KEEPER_LOST,
	STOP_REBOOT,
	STOP_UNKNOWN, /* a word of a later version */
};

/* The word; "" for none. */
const char *stop_reason_name(enum stop_reason reason);
/* The other way; STOP_UNKNOWN: no such word. */
enum stop_reason stop_reason_named(const char *word);

/* Times in ms; *_at are wall clock since 1970, the others durations. */
struct exitrec {
	/* claim */
	int64_t version;
	struct machine machine;
	int64_t keeper_pid;
	int64_t keeper_start; /* field 22 of /proc/PID/stat, clock ticks */
	char cgroup[256];     /* of the task, "" when it has none */
	int64_t started_at;
	char keeper_version[32]; /* "": of before it was told */
	char commands[64]; /* that the keeper knows: see common/keeperctl.h */
	/* exit of the main process */
	bool main_exited;
	int64_t main_pid;
	int64_t exit_code;   /* -1: none, it died by signal or never ran */
	int64_t exit_signal; /* 0: none */
	int64_t main_ended_at;
	/* outcome */
	bool complete; /* the object was closed */
	enum stop_reason stop_reason;
	char spawn_stage[16]; /* "": it ran; else cwd, exec, env, output ... */
	int64_t spawn_errno;
	int64_t ended_at;
	int64_t elapsed;      /* CLOCK_MONOTONIC, from start to the end */
	int64_t utime, stime; /* of the whole tree, as far as reaped */
	int64_t maxrss_kb;
	int64_t memory_peak_kb;   /* of all together; 0: not known */
	int64_t oom_kills;        /* by the kernel, for want of memory */
	int64_t leftovers;        /* processes that outlived the main one */
	char leftover_names[512]; /* "pid name, pid name" of the first ones */
	int64_t unkillable;       /* of these, still there after SIGKILL */
	int64_t stdout_cut;       /* bytes of it that the task itself has */
	int64_t stderr_cut;       /* cut off, by opening it again; or 0 */
	int64_t replaced_by;      /* it never ran: that task was accepted in its
				     place; or 0 */
	char note[256];           /* what else a reader should know, or "" */
};

/*
 * Write one piece at the end of fd, or nothing.  0 or -1 with err.  The
 * outcome is followed by nothing; syncing and renaming is the caller's.
 */
int exitrec_write_claim(int fd, const struct exitrec *rec, struct error *err);
int exitrec_write_main(int fd, const struct exitrec *rec, struct error *err);
int exitrec_write_outcome(int fd, const struct exitrec *rec, struct error *err);

/*
 * The claim as it is written, for who would read it at once; back, it is cut
 * and closed where it stands.
 */
#define EXITREC_PIECE_BYTES 3072
size_t exitrec_print_claim(const struct exitrec *rec,
    char text[EXITREC_PIECE_BYTES]);
int exitrec_parse(char *text, size_t len, struct exitrec *rec,
    struct error *err);

/* Reads the record that fd is at the beginning of; as exitrec_read. */
int exitrec_read_fd(int fd, struct exitrec *rec, struct error *err);

/*
 * Reads `name` (exit.json or CLAIM_FILE) in directory dirfd without following
 * symlinks.  An unfinished record is no error: complete is false.  An empty
 * one is ERR_NOT_FOUND, as is no file; damaged is ERR_INVALID.  Closing the
 * file drops a record lock that the caller itself has on it.
 */
int exitrec_read(int dirfd, const char *name, struct exitrec *rec,
    struct error *err);

#endif
