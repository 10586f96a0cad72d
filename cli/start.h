/*
 * Starting a task from a command line: what `run` and `start` share.
 */
#ifndef CLI_START_H
#define CLI_START_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"

struct error;
struct json_object;
struct rpc;

/* Options are const char * into argv; numbers 0: not given. */
struct start_options {
	const char *shell; /* -c */
	const char *label;
	const char *cwd;
	int64_t timeout_s;
	int64_t idle_timeout_s;
	int64_t priority;
	int64_t memory_max_mib;
	const char *cpu_max; /* cores: a number */
	int64_t tasks_max;
	const char *key;
	const char *profile;
	bool worktree;
	char **env; /* NAME=value */
	bool agent;
	bool clean; /* of run */
	const char *model;
	const char *permission_mode;
	char **allow;
	bool json;
};

extern const struct option_row start_option_rows[];
extern const struct start_options start_defaults;
extern const char start_synopsis[];
extern const char start_details[];

/* Finds mistakes in a command line before anything is done. */
int start_check(const void *options, char *const *words, struct error *err);

/*
 * Returns what to ask for, which start_task takes; reads a prompt from
 * stdin.  NULL with err.
 */
struct json_object *start_request(const struct start_options *options,
    char *const *words, struct error *err);

/*
 * Starts a task, once, whatever becomes of the daemon meanwhile.  Takes
 * request.  0: *id and *line (what the daemon says of it) are the caller's
 * to free.  Else an exit status, with err.
 */
int start_task(struct rpc *rpc, struct json_object *request, char **id,
    char **line, struct error *err);
/* The same with another tool that answers with a task. */
int start_call(struct rpc *rpc, const char *tool, struct json_object *request,
    char **id, char **line, struct error *err);

#endif
