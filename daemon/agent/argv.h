/*
 * The command line of an agent run: `claude -p` with its prompt on stdin.
 */
#ifndef DAEMON_AGENT_ARGV_H
#define DAEMON_AGENT_ARGV_H

#include <stdint.h>

#include "daemon/agent/permission_mode.h"

/* What a run of claude is given; absent: NULL or 0. */
struct agent_run {
	const char *id;     /* UUID of a conversation that begins */
	const char *resume; /* of one that goes on: in it, or in a copy */
	const char *model;
	enum permission_mode permission_mode;
	char *const *allowed_tools;
	char *const *disallowed_tools;
	char *const *add_dirs;
	const char *effort;
	int64_t max_turns;
	double max_budget_usd;
	const char *json_schema;
	const char *append_system_prompt_file; /* everybody sees argv */
	const char *agent;
};

/* Who carries the questions of an agent to us. */
struct agent_asker {
	const char *bridge; /* program */
	const char *task;   /* t7-UUID */
	const char *socket; /* where it meets this daemon, whatever */
	const char *state;  /* the environment of the session says */
};

/*
 * Returns a NULL-terminated vector, which the caller frees with strv_free:
 * command (the configured program and its first arguments), then the options
 * of the run.  Asker: for the mode that asks; NULL: the agent denies its own
 * questions.
 */
char **agent_argv(char *const *command, const struct agent_run *run,
    const struct agent_asker *asker);

#endif
