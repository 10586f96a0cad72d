/*
 * The record of a task: what is on disk about it and what follows from
 * that.  State and reason are derived here and nowhere else.
 */
#ifndef DAEMON_RECORD_RECORD_H
#define DAEMON_RECORD_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/exitrec.h"
#include "daemon/record/run.h"
#include "daemon/record/spec.h"
#include "daemon/record/waiting.h"

struct agent_result;

enum task_state {
	STATE_QUEUED,
	STATE_RUNNING,
	STATE_NEEDS_INPUT, /* running, with a question that is open */
	STATE_COMPLETED,   /* this one and all below are terminal */
	STATE_FAILED,
	STATE_TIMEOUT,
	STATE_CANCELLED,
	STATE_LOST,
};

enum task_reason {
	REASON_NONE,
	REASON_EXIT_CODE,
	REASON_SIGNAL,
	REASON_OOM,
	REASON_SPAWN_ERROR,
	REASON_API_ERROR,
	REASON_RATE_LIMITED,
	REASON_USAGE_LIMIT,
	REASON_AUTH,
	REASON_BUDGET,
	REASON_MAX_TURNS,
	REASON_INTERRUPTED,
	REASON_SHUTDOWN,
	REASON_LOGOUT,
	REASON_TRUNCATED,
	REASON_RESULT_TOO_LARGE,
	REASON_UNASKED, /* no model was */
	REASON_DENIED,
	REASON_OUTPUT_LIMIT,
	REASON_IDLE,
	REASON_WALL,
	REASON_DEPENDENCY,
	REASON_USER,
	REASON_KEEPER_LOST,
	REASON_REBOOT,
	REASON_UNKNOWN, /* a word of a later version */
};

/* When a client is told that a group is done. */
enum notify {
	NOTIFY_ALL,     /* every task has ended */
	NOTIFY_FIRST,   /* one has */
	NOTIFY_FAILURE, /* one has failed, or all have ended */
	NOTIFY_NONE,    /* nobody is told */
};
extern const struct choice notify_choices[];

/* The members of spec.json beside the spec itself. */
struct record_origin {
	int64_t version;
	char *uuid;
	char *group;           /* "g7", or NULL: started alone */
	char *group_name;      /* or NULL */
	char *stdin_sum;       /* of what it reads; or NULL */
	int64_t max_parallel;  /* of the group; 0: none */
	double max_budget_usd; /* of the group; 0: none */
	int64_t notify;        /* of the group: enum notify */
	int64_t result_chars;  /* in results that come later; 0: as always */
	char *owner;
	char *created_at; /* ISO, UTC */
	char *origin;     /* the kind of client */
	int64_t umask;
	char *attributes; /* common/attributes.h; NULL: not known */
	char *boot;       /* boot id of its acceptance, or NULL */
	int64_t boot_ms;  /* time from that boot to it; 0: not known */
	char *parent;     /* the task (t9-UUID) that started it, or NULL */
	char **ancestors; /* t7, t9: from the first to the parent; or NULL */
	int64_t depth;    /* 1: started by no task */
	char **homes;     /* of an agent: see task/environment.h; or NULL */
	char *
	    *stands_for; /* t7, t9: those that it was accepted in place of, the
			      first one first; or NULL */
	char *account;   /* of claude: see task/account.h; or NULL */
	int64_t place; /* in the queue, as if it had that number; 0: its own */
	int64_t unknown_origin; /* 1: by a process that nobody could look at */
};

/* Rows of spec.json, whole: `from' and `spec' of a struct record. */
extern const struct field record_spec_fields[];

#define RECORD_VERSION 1

struct record {
	uint64_t number;
	char *path; /* below the state directory: tasks/DAY/N-UUID */
	char *dir;  /* of its current run, whose files they are that count */
	struct record_origin from;
	struct task_spec spec;
	struct waiting_words waiting; /* when it ended, as asked */
	struct run run;               /* what all below is about */
	struct exitrec exit;          /* zeroes while there is none */
	struct agent_result *result;  /* of an agent that ended; else NULL */
	enum task_state state;
	enum task_reason reason;
	int64_t seen_at; /* when its outcome was delivered; 0: it was not */
	char damage
	    [200]; /* of its files, which stand for what they can; or "" */
};

bool record_is_agent(const struct record *rec);
bool record_ended(const struct record *rec);
/* Whether its program runs, with or without an open question. */
bool record_running(const struct record *rec);
/* Whether it has ended otherwise than completed or stopped on purpose. */
bool record_failed(const struct record *rec);
/* Whether it has ended, and its outcome was delivered before that time. */
bool record_seen_before(const struct record *rec, int64_t time);
/* The task that was accepted in its place, by its exit record; 0: none. */
uint64_t record_replaced_by(const struct record *rec);
const char *state_name(enum task_state state);
/* Returns the word for a reason; NULL for none. */
const char *reason_name(enum task_reason reason);

void record_clear(struct record *rec);
/* Notes where the task is; its run is the first one for now. */
void record_place(struct record *rec, const char *path);

#endif
