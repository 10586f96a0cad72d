/*
 * Other agents than claude: the configuration says how one is run, and how
 * what it prints is read.
 */
#ifndef DAEMON_AGENT_PROFILE_H
#define DAEMON_AGENT_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "json/schema.h"

struct agent_result;
struct error;
struct task_spec;

enum profile_prompt {
	PROFILE_STDIN,
	PROFILE_ARGUMENT, /* in place of {prompt} */
};

enum profile_output {
	PROFILE_TEXT,  /* the answer, and nothing else */
	PROFILE_JSONL, /* an object in each line */
};

enum profile_signal {
	PROFILE_TERM,
	PROFILE_INT, /* and SIGTERM a little later */
};

/* agents.NAME of the configuration; absent strings are NULL. */
struct agent_profile {
	char *name;
	char **command; /* words with {prompt}, {model}, {session}, {cwd} */
	char **resume;  /* the same, to go on in a conversation */
	int64_t prompt; /* enum profile_prompt */
	int64_t output; /* enum profile_output */
	/* Members of the objects, as a.b.c; and one with a value: a.b=c. */
	char *text_key;
	char *text_if;
	char *session_key;
	char *cost_key;
	char *error_key;
	int64_t stop_signal; /* enum profile_signal */
};

extern const struct field agent_profile_fields[];

/* Adds to err what the table cannot say of a profile. */
void agent_profile_check(const struct agent_profile *profile,
    struct error *err);
/* Adds to err what a task asks for that the profile does not take. */
void agent_profile_check_spec(const struct agent_profile *profile,
    const struct task_spec *spec, const char *where, struct error *err);

/* The same of a message that one of its agents is to go on with. */
void agent_profile_check_message(const struct agent_profile *profile,
    const char *message, const char *model, struct error *err);
/* Whether it is told what its conversation is called, and tells of no other. */
bool agent_profile_names(const struct agent_profile *profile);

/*
 * Returns the command line, which the caller frees; the prompt is on stdin.
 * Session: the UUID of a conversation that begins, or, to resume one, what
 * the program itself called it.  NULL with err: it cannot resume, or our
 * script that makes the prompt an argument is not there.
 */
char **agent_profile_argv(const struct agent_profile *profile,
    const struct task_spec *spec, const char *session, bool resume,
    struct error *err);

/* As agent_result_read; NULL profile: the output is text. */
struct agent_result *agent_profile_result(const struct agent_profile *profile,
    int dirfd);

#endif
