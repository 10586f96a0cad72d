/*
 * What a task is asked to be: the arguments of run_task, the items of
 * start_tasks and the top level of spec.json are this one struct and the
 * one table task_spec_fields.
 */
#ifndef DAEMON_RECORD_SPEC_H
#define DAEMON_RECORD_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/agent/permission_mode.h"
#include "daemon/config.h"
#include "json/schema.h"

struct error;

/* Absent strings are NULL, absent vectors NULL, absent numbers 0. */
struct task_options {
	char *effort;
	int64_t max_turns;
	double max_budget_usd;
	char *json_schema; /* JSON text of an object */
	char *append_system_prompt;
	char *agent;
	char **disallowed_tools;
	char **add_dirs;
	char **env;             /* "NAME=value" */
	char *key;              /* the same one again gives the same task */
	int64_t idle_timeout_s; /* 0: none */
	int64_t priority;
	char *replaces; /* a queued task, t7, whose place it takes */
	int64_t hold;   /* 1: it stays in the queue until it is released */
	char *profile;  /* whose agent, if not claude */
	struct limits limits;
	char *on_finish; /* lines for a shell; or NULL */
	char *on_needs_input;
};

struct task_spec {
	char *prompt; /* agent; NULL: a command */
	char *shell;  /* command given as a shell line */
	char **argv;  /* command given as a vector */
	char *label;
	char *cwd;
	char *model;
	int64_t permission_mode; /* enum permission_mode */
	char **allowed_tools;
	int64_t timeout_s;  /* 0: none */
	char **after;       /* ids; in a record each is t and a number */
	int64_t worktree;   /* 1: in a git worktree of its own */
	char *stdin_base64; /* what a command reads, or NULL */
	struct task_options options;
};

/*
 * Rows for schema.h; stored are neither the prompt, what stdin has, nor the
 * values of env.
 */
extern const struct field task_spec_fields[];

/* Adds to err what is wrong with a label or the name of a group. */
int task_label_check(const char *label, const char *where, const char *name,
    struct error *err);

/*
 * What the table cannot say: a sane label, sizes the kernel takes.  Adds
 * every problem to err, each beginning with where (such as "tasks[3]."); 0
 * when there was none.
 */
int task_spec_check(const struct task_spec *spec, const char *where,
    struct error *err);

/*
 * Returns what tells these data, in base64, from others, such as after a
 * power cut; the caller frees it.  It is no protection from who wants them to be alike.
 */
char *task_stdin_sum(const char *base64);

bool task_spec_is_agent(const struct task_spec *spec);
/* Whether the task is an agent, and that is claude. */
bool task_spec_is_claude(const struct task_spec *spec);
/* Returns a deep copy, which the caller frees. */
struct task_spec *task_spec_dup(const struct task_spec *spec);
void task_spec_free(struct task_spec *spec);

#endif
