/*
 * What the daemon knows of tasks, and what it can be asked to do with them.
 */
#ifndef CLI_TASKS_H
#define CLI_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json/schema.h" /* struct field_array */

struct error;
struct json_object;
struct rpc;

struct task_output {
	char *dir;
	int64_t stdout_bytes;
	int64_t stderr_bytes;
};

/* A question of a task that is open. */
struct ask_info {
	char *request_id;
	char *tool;
	char *question; /* in a line */
	char *input;    /* JSON text; NULL: it is too long for an answer */
	char *asked_at;
	char *expires_at;
};

/* Of a task that has one; unknown numbers are -1. */
struct task_worktree {
	char *path;
	char *branch;
	int64_t commits;
	int64_t files_changed;
	int64_t insertions;
	int64_t deletions;
	int64_t untracked;
	int64_t dirty;
};

/* A task as the daemon shows it; what is not known is NULL or -1. */
struct task_info {
	char *id;
	char *uuid;
	char *label;
	char *name; /* label, command or prompt; NULL also: an older daemon */
	char *group;
	char *group_name;
	double group_budget_usd; /* 0: none, or not told */
	char *kind;
	char *owner;
	char *state;
	char *reason;
	int64_t exit_code;
	char *signal;
	char *cwd;
	char *parent;           /* the id of the task that started it */
	char *waits_for;        /* of one in the queue; NULL: for its turn */
	int64_t queue_position; /* 0: none */
	char *created_at;
	double age_s;         /* 0: not told by this daemon */
	int64_t held;         /* in the queue since before a reboot */
	char *paused_at;      /* NULL: it is not */
	int64_t queue_paused; /* it, or that of its group */
	int64_t priority;
	char *started_at;
	char *ended_at;
	int64_t unseen;   /* it has ended, and nobody has been told how */
	double elapsed_s; /* of no meaning before it started */
	char *activity;   /* what a running agent does */
	char *last;       /* line of result or stderr; NULL: older daemons */
	char *hint;       /* what to do about one that failed */
	char *partial;    /* its last words, where the result is an error */
	char *result;
	int64_t result_truncated;
	struct task_output output;
	struct task_worktree worktree;
	int64_t leftovers;
	char *note;
	char *model;
	char *session_id;
	int64_t turns;
	double cost_usd; /* 0: not known */
	char **denied;
	int64_t run; /* the current one of */
	int64_t runs;
	struct field_array asks; /* of struct ask_info */
};

struct tasks {
	struct task_info *info;
	size_t n;
	struct json_object *json; /* the array, as the daemon shows them */
	char **left_out; /* ids of those that the answer had no room for */
	char *unread;    /* about others that it could not read */
	double cost_today_usd; /* of all; 0: not told */
	int64_t matched;       /* how many there are in all; 0: not told */
	char *cursor;          /* older ones may follow; or NULL */
};

/* The arguments of check_tasks beside the ids. */
struct tasks_query {
	int64_t wait_s;       /* 0: do not wait */
	int64_t result_chars; /* of each; 0: little */
	bool glance;          /* nobody has read it by that: it stays unseen */
};

/* The arguments of list_tasks. */
struct tasks_filter {
	bool active; /* else those that have ended */
	bool mine;
	const char *const *states; /* only in one of these; NULL: in any */
	const char *cwd;           /* or NULL */
	const char *label;         /* or NULL */
	const char *group;         /* its id or name; or NULL */
	const char *tree;          /* a task with its descendants; or NULL */
	int64_t since_ms; /* created in so many last ones; 0: at any time */
	int64_t limit;    /* -1: none */
	bool queue; /* the active ones are queued: those that start first */
};

/* Asks for as much of a result as an answer can hold. */
#define TASKS_RESULT_CHARS 45000
/* The longest wait in one call. */
#define TASKS_WAIT_S 3600

/* Adds to tasks, in the order of ids; the caller clears. */
int tasks_check(struct rpc *rpc, char *const *ids,
    const struct tasks_query *query, struct tasks *tasks, struct error *err);
/* Adds to tasks, newest first, what is not among them. */
int tasks_list(struct rpc *rpc, const struct tasks_filter *filter,
    struct tasks *tasks, struct error *err);
void tasks_clear(struct tasks *tasks);
/* Appends all of from to to, but what is among its first `known`. */
void tasks_merge(struct tasks *to, struct tasks *from, size_t known);

/* Writes {"tasks":[...]} and a newline to stdout. */
void tasks_print_json(const struct tasks *tasks);

/* Takes from the JSON those that ask something. */
void tasks_keep_asking(struct tasks *tasks);

/* Check_tasks as rpc_send and rpc_receive do it. */
int64_t tasks_send_check(struct rpc *rpc, const char *id,
    const struct tasks_query *query, struct error *err);
/* The same of so many, at most TASKS_MAX_PER_CALL: answered when one has ended. */
int64_t tasks_send_check_any(struct rpc *rpc, char *const *ids, size_t n,
    const struct tasks_query *query, struct error *err);
int tasks_read(const char *text, struct tasks *tasks, struct error *err);

/* Stop_tasks, answered when it has ended, or after a while. */
int64_t tasks_send_stop(struct rpc *rpc, const char *id, bool now,
    struct error *err);

/*
 * Return what the daemon says, which the caller frees; NULL with err.
 * Describe gives a line for each task.  Grace_s -1: what is usual.
 */
char *tasks_describe(struct rpc *rpc, char *const *ids, struct error *err);
/* The answer to a question; request_id and reason may be NULL. */
struct tasks_answer {
	char *const *answers; /* or a decision */
	const char *request_id;
	const char *decision;
	const char *reason;
	bool always;
};
char *tasks_answer(struct rpc *rpc, const char *id,
    const struct tasks_answer *answer, struct error *err);
char *tasks_debug(struct rpc *rpc, struct error *err);
char *tasks_prune(struct rpc *rpc, bool dry_run, bool json, struct error *err);

/* Stops them; answered when they have ended, or after a while. */
int tasks_stop(struct rpc *rpc, char *const *ids, bool tree, bool now,
    int64_t grace_s, struct error *err);

struct tasks_removal {
	bool kill;      /* those that go on */
	bool worktrees; /* that have changes, too */
};
/*
 * Returns the answers, which the caller frees: JSON, but of an older daemon,
 * which does not select, text.
 */
char **tasks_remove(struct rpc *rpc, char *const *ids,
    const struct tasks_removal *removal, struct error *err);

/*
 * Returns their ids for more calls, which the caller frees: a label may come
 * to be another task's.
 */
char **tasks_names(const struct tasks *tasks);

bool tasks_is_agent(const struct task_info *task);

/*
 * Returns the folder of the task, in which its current run may have one; the
 * caller frees.
 */
char *tasks_folder(const struct task_info *task);

#endif
