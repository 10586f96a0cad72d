/*
 * The command line of an agent run: `claude -p` with its prompt on stdin.
 */
#ifndef DAEMON_AGENT_ARGV_H
#define DAEMON_AGENT_ARGV_H

struct task_spec;

/*
 * Returns a NULL-terminated vector, which the caller frees with strv_free:
 * command (the configured program and its first arguments), then the
 * options that spec asks for.  session is the UUID of the agent's
 * conversation.
 */
char **agent_argv(char *const *command, const struct task_spec *spec,
    const char *session);

#endif
