/*
 * The command line of an agent run: `claude -p` with its prompt on stdin.
 */
#ifndef DAEMON_AGENT_ARGV_H
#define DAEMON_AGENT_ARGV_H

struct task_spec;

/* Which conversation, and what a later run has instead of the spec's. */
struct agent_run {
	const char *id;     /* UUID of a conversation that begins; or NULL */
	const char *resume; /* of one that goes on: in it, or in a copy */
	const char *model;  /* NULL: the spec's */
};

/*
 * Returns a NULL-terminated vector, which the caller frees with strv_free:
 * command (the configured program and its first arguments), then the
 * options that spec asks for.
 */
char **agent_argv(char *const *command, const struct task_spec *spec,
    const struct agent_run *run);

#endif
