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

#define QUESTION_VERSION 1
/* Who answers, where that is the user. */
#define QUESTION_BY_PERSON "ccproc"
#define QUESTION_BY_DIALOG "the user, in a dialog"

/* A question, as it is on disk. */
struct question_file {
	int64_t version;
	char *request_id; /* "q1" */
	char *tool_name;
	char *input;       /* JSON text of an object */
	char *tool_use_id; /* or NULL */
	char *call;        /* the request that asked: SESSION-ORDINAL */
	char *asked_at;    /* ISO, UTC */
};

/* The decision; 0 is none. Only DECISION_ALLOW allows. */
enum question_decision { DECISION_ALLOW = 1, DECISION_DENY };

struct question_answer {
	int64_t decision; /* enum question_decision */
	int64_t always;   /* for this tool in this task, also in later runs */
	char *tool_name;
	char *reason;   /* or NULL */
	char **answers; /* to each of what it asks; NULL: it is allowed */
	char *by;       /* who: "ccproc", "session ...", "timeout", ... */
	char *call;     /* the request that answered, or NULL */
	char *at;       /* ISO, UTC */
};

extern const struct field question_file_fields[];
extern const struct field question_answer_fields[];
extern const struct choice question_decisions[];

/* Writes a question of the current run; ERR_BUSY: the number is taken. */
int question_files_write(const struct record *rec, uint64_t number,
    const struct question_file *question, struct error *err);
/* Whether the file of a question has that input: a task may write there. */
bool question_files_is(const struct record *rec, uint64_t number,
    const char *input);
/*
 * Writes the answer to a question; ERR_BUSY: there is one.  The file is there
 * as a whole or not at all.
 */
int question_files_answer(const struct record *rec, uint64_t number,
    const struct question_answer *answer, struct error *err);
/*
 * Reads the answer into the zeroed struct, which the caller clears; false:
 * there is none.  An answer that cannot be read denies.
 */
bool question_files_read_answer(const char *dir, uint64_t number,
    struct question_answer *answer);
/*
 * Calls found for each question in the directory of a run, in any order;
 * borrows ask, which is NULL when it cannot be read.
 */
int question_files_each(const char *dir,
    void (*found)(const char *dir, uint64_t number,
	const struct question_file *question, void *arg),
    void *arg, struct error *err);
/* The question of a run that a request of that name has answered; 0: none. */
uint64_t question_files_answered_by(const char *dir, const char *call);
/* Calls run for the directory of each run of a task, until it fails. */
int question_files_each_run(const struct record *rec,
    int (*run)(const char *dir, void *arg, struct error *err), void *arg,
    struct error *err);

#endif
