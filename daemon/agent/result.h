/*
 * What an agent run came to, read from the stream-json (or json) that
 * `claude -p` wrote to the task's stdout.  Judged by content, never by the
 * order of keys; unknown events are passed over.  Of several results the
 * last one says how it ended; what they cost and used adds up, and what one
 * said stays until another one says more.  A cut last line is no error.
 */
#ifndef DAEMON_AGENT_RESULT_H
#define DAEMON_AGENT_RESULT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The version of result.json. */
#define RESULT_VERSION 1

struct buf;
struct error;
struct json_object;

/* Unknown strings are NULL, unknown numbers -1. */
struct agent_result {
	bool unread; /* the output could not be opened just now */
	bool found;  /* a result event was there */
	bool is_error;
	char *subtype;
	char *terminal_reason;
	char *text;    /* "result"; else the errors[], else the last
				 words of the assistant */
	char *partial; /* where text is an error: the last words */
	char *session_id;
	char *model;
	int64_t turns;
	double cost_usd;
	int64_t api_status;      /* HTTP status of an API error */
	char *api_error;         /* the word for it: rate_limit, overloaded */
	char *limit;             /* the window of the account that is used up,
				    five_hour; NULL: none */
	int64_t resets_at;       /* when it opens: wall clock, s */
	int64_t retries;         /* of the last request that was retried */
	bool cut;                /* the last line ends in the middle */
	bool too_large;          /* the last line is longer than we read */
	char *unreadable;        /* what is wrong with the last line */
	char *unasked;           /* who kept the prompt from the model: command,
				    hook, or unknown; NULL: it was asked */
	char **denied;           /* tool names, each once, in order */
	char *usage;             /* JSON text of "usage", else of what the
				    messages used, or NULL */
	char *structured_output; /* JSON text, or NULL */
};

/*
 * Reads the file `stdout` in task directory dirfd.  Returns the result,
 * which the caller frees; never NULL: what cannot be read is not found.
 * Reads a bounded part of the file's head and tail, whatever its size.
 */
struct agent_result *agent_result_read(int dirfd);
/* Returns a result of which nothing is known. */
struct agent_result *agent_result_new(void);
/* Returns the result of an output that was not opened; errno says why. */
struct agent_result *agent_result_unopened(void);
void agent_result_free(struct agent_result *result);

/* Reads size bytes at offset, or what there is, into the empty part. */
void agent_read_part(int fd, off_t offset, size_t size, struct buf *part);

/*
 * Notes what is wrong with the last line in part, the end of an output or
 * (whole) all of it.
 */
void agent_result_last_line(struct agent_result *result, const struct buf *part,
    bool whole);

/* Whether there is a conversation that can go on; result may be NULL. */
bool agent_result_begun(const struct agent_result *result);

/* Notes one more tool that was denied, unless it is known. */
void agent_result_deny(struct agent_result *result, const char *tool);

/* Writes and reads result.json; the caller puts the object. */
struct json_object *agent_result_encode(const struct agent_result *result);
struct agent_result *agent_result_decode(struct json_object *object,
    struct error *err);

#endif
