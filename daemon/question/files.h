/*
 * The files of questions: ask-N.json in the directory of a run, and beside it
 * answer-N.json, which is made once and never changed.
 */
#ifndef DAEMON_QUESTION_FILES_H
#define DAEMON_QUESTION_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "json/schema.h"

struct error;
struct record;

#define ASK_VERSION 1

/* What is asked. */
struct ask_file {
	int64_t version;
	char *request_id; /* "q1" */
	char *tool_name;
	char *input;       /* JSON text of an object */
	char *tool_use_id; /* or NULL */
	char *call;        /* the request that asked: SESSION-ORDINAL */
	char *asked_at;    /* ISO, UTC */
};

/* 0 is no decision; whatever is not to allow is to deny. */
enum ask_decision { ASK_ALLOW = 1, ASK_DENY };

struct ask_answer {
	int64_t decision; /* enum ask_decision */
	int64_t always;   /* for this tool in this task, also in later runs */
	char *tool_name;
	char *reason; /* or NULL */
	char *by;     /* who: "ccproc", "session ...", "timeout", ... */
	char *call;   /* the request that answered, or NULL */
	char *at;     /* ISO, UTC */
};

extern const struct field ask_file_fields[];
extern const struct field ask_answer_fields[];
extern const struct choice ask_decisions[];

/* Writes a question of the current run; ERR_BUSY: the number is taken. */
int ask_files_write(const struct record *rec, uint64_t number,
    const struct ask_file *ask, struct error *err);
/*
 * Writes its answer, unless there is one: ERR_BUSY.  It is there as a whole
 * or not at all.
 */
int ask_files_answer(const struct record *rec, uint64_t number,
    const struct ask_answer *answer, struct error *err);
/*
 * Reads the answer into the zeroed struct, which the caller clears; false:
 * there is none.  One that cannot be read is to deny.
 */
bool ask_files_read_answer(const char *dir, uint64_t number,
    struct ask_answer *answer);
/*
 * Calls found for each question in the directory of a run, in any order;
 * borrows ask, which is NULL when it cannot be read.
 */
int ask_files_each(const char *dir,
    void (*found)(const char *dir, uint64_t number, const struct ask_file *ask,
	void *arg),
    void *arg, struct error *err);
/* The question of a run that a request of that name has answered; 0: none. */
uint64_t ask_files_answered_by(const char *dir, const char *call);
/* Calls run for the directory of each run of a task, until it fails. */
int ask_files_each_run(const struct record *rec,
    int (*run)(const char *dir, void *arg, struct error *err), void *arg,
    struct error *err);

#endif
