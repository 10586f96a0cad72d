/*
 * What `run` and `start` can be told of a task: all that a model can ask for.
 */
#ifndef CLI_START_OPTIONS_H
#define CLI_START_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"

struct error;

/* Options are const char * into argv; numbers 0: not given. */
struct start_options {
	char **shell; /* -c; several are a group */
	const char *label;
	const char *cwd;
	const char *input; /* the file for stdin; "-": ours */
	bool piped;        /* of run, no option: what is piped in is read */
	int64_t timeout_s;
	int64_t idle_timeout_s;
	int64_t priority;
	bool hold;
	int64_t memory_max_mib;
	const char *cpu_max; /* cores: a number */
	int64_t tasks_max;
	const char *key;
	char **after;
	const char *group;
	int64_t parallel;
	const char *group_budget; /* US dollars: a number, as below */
	bool worktree;
	char **env; /* NAME=value */
	bool clean; /* of run */
	bool json;
	bool agent; /* whose the rest is */
	const char *model;
	const char *permission_mode;
	char **allow;
	char **disallow;
	char **add_dirs;
	int64_t max_turns;
	const char *budget;
	const char *effort;
	const char *json_schema; /* its text, or a file's name */
	const char *append_system_prompt;
	const char *use_agent;
	const char *profile;
	const char *on_finish; /* lines for a shell */
	const char *on_needs_input;
};

extern const struct option_row start_option_rows[];
extern const struct start_options run_defaults, start_defaults;
extern const char start_synopsis[];
extern const char start_details[];

/* Finds mistakes in a command line before anything is done. */
int start_check(const void *options, char *const *words, struct error *err);

#endif
