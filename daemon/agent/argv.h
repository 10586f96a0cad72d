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

/* Who carries the questions of an agent to us. */
struct agent_asker {
	const char *bridge; /* program */
	const char *task;   /* t7-UUID */
	const char *socket; /* where it meets this daemon, whatever */
	const char *state;  /* the environment of the session says */
};

/*
 * Returns a NULL-terminated vector, which the caller frees with strv_free:
 * command (the configured program and its first arguments), then the
 * options that spec asks for.  Asker: for the mode that asks; NULL: its
 * questions are denied by itself.
 */
char **agent_argv(char *const *command, const struct task_spec *spec,
    const struct agent_run *run, const struct agent_asker *asker);

#endif
