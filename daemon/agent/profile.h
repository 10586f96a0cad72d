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
	/* Members of the objects, as a.b.c; text_if has a value: a.b=c. */
	char *text_key;
	char *text_if;
	int64_t text_join; /* the answer comes in parts */
	char *session_key;
	char *cost_key;
	char *error_key;
	int64_t stop_signal; /* enum profile_signal */
};

extern const struct field agent_profile_fields[];

/* Adds to err the mistakes that the table cannot find. */
void agent_profile_check(const struct agent_profile *profile,
    struct error *err);
/* Whether its command line, or the one that resumes, has a model. */
bool agent_profile_takes_model(const struct agent_profile *profile,
    bool resume);
/* Adds to err that a text is too long for its command line. */
void agent_profile_check_length(const struct agent_profile *profile,
    const char *text, const char *where, const char *what, struct error *err);
/*
 * Adds to err that a model is none but an option, which only the configuration
 * may name; NULL is fine.
 */
void agent_profile_check_model(const char *model, const char *where,
    struct error *err);
/* Adds to err what is wrong with a message that goes on in a conversation. */
void agent_profile_check_message(const struct agent_profile *profile,
    const char *message, const char *model, struct error *err);
/* Whether it is told the id of its conversation, and tells none itself. */
bool agent_profile_names(const struct agent_profile *profile);

/* What the placeholders of a command line stand for; NULL: nothing. */
struct agent_values {
	const char *model;
	const char *session; /* UUID of a conversation that begins, or, to
				resume one, what the program called it */
	const char *cwd;
};

/*
 * Returns the command line, which the caller frees; the prompt is on stdin.
 * NULL with err: it cannot resume.
 */
char **agent_profile_argv(const struct agent_profile *profile,
    const struct agent_values *values, bool resume, struct error *err);

/* Does what agent_result_read does; without a profile the output is text. */
struct agent_result *agent_profile_result(const struct agent_profile *profile,
    int dirfd);

#endif
