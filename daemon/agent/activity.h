/*
 * What an agent does: the tools that it calls, what it says, what holds it
 * up; one short line for each.
 */
#ifndef DAEMON_AGENT_ACTIVITY_H
#define DAEMON_AGENT_ACTIVITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/agent/usage.h"

/* Lines that are kept; earlier ones are only counted. */
#define ACTIVITY_LINES 2048
/* Tools that are counted by name. */
#define ACTIVITY_TOOLS 24

enum activity_kind {
	ACTIVITY_TOOL,     /* calls a tool */
	ACTIVITY_SUBAGENT, /* works for a call whose line is gone */
	ACTIVITY_WORDS,    /* says something */
	ACTIVITY_RETRY,    /* the API has refused, it will try again */
	ACTIVITY_NOTE,
};

struct activity_line {
	enum activity_kind kind;
	char *text;
	char id[USAGE_ID_SIZE]; /* of the call of a tool, else "" */
	bool failed;
	bool background;
	int64_t running_s; /* by its heartbeat; 0: it had none */
	size_t tools;      /* that its subagent has called */
	char *last;        /* and the last one of them, or NULL */
};

struct activity_count {
	char *name;
	size_t n;
};

struct activity {
	struct activity_line *lines; /* the newest last */
	size_t n, dropped;
	struct activity_count counts[ACTIVITY_TOOLS];
	size_t tools;       /* all calls */
	struct usage usage; /* turns are its messages */
	double cost_usd;    /* as the last result says; -1: none said it */
	size_t passed_over; /* lines too long to look at */
	bool late;          /* there was more before, which is not counted */
};

void activity_init(struct activity *activity);
void activity_clear(struct activity *activity);

/* Adds a line, which takes text. */
struct activity_line *activity_add(struct activity *activity,
    enum activity_kind kind, char *text);
/* The line of the call with that id, if it is not too far back, or NULL. */
struct activity_line *activity_find(struct activity *activity, const char *id);
/* Counts the call of a tool. */
void activity_count(struct activity *activity, const char *name);

/*
 * Returns text as one clean line of at most max bytes, which the caller
 * frees.  It is cut at its end or, from_end, at its beginning.
 */
char *activity_clean(const char *text, size_t max, bool from_end);

/* Returns the newest line, at most max bytes, or NULL; the caller frees. */
char *activity_newest(const struct activity *activity, size_t max);
/*
 * Returns a line of sums, the last words, and as many of the newest lines as
 * there is room for in max bytes; the caller frees.
 */
char *activity_digest(const struct activity *activity, size_t max);
/* Returns all lines, without the last newline; the caller frees. */
char *activity_all(const struct activity *activity);

#endif
