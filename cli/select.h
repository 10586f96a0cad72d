/*
 * Which tasks a verb is about: those that its words name, or those that its
 * options select.  One way for all verbs that take tasks.
 */
#ifndef CLI_SELECT_H
#define CLI_SELECT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"
#include "json/duration.h" /* DURATION_MAX_S */

struct error;
struct rpc;
struct tasks;
struct tasks_filter;

struct select {
	bool all;
	bool running; /* one that needs input does, too */
	bool queued;
	bool failed;
	bool mine;
	const char *cwd;
	const char *label;
	const char *group;
	int64_t since_ms; /* 0: at any time */
};

/* The rows of a verb whose options have a struct select as the member m. */
#define SELECT_FILTERS(s, m) \
	OPTION_FLAG(s, m.running, .name = "running", \
	    .help = "those that run"), \
	    OPTION_FLAG(s, m.queued, .name = "queued", \
		.help = "those in the queue"), \
	    OPTION_FLAG(s, m.failed, .name = "failed", \
		.help = "those that failed, timed out or were lost"), \
	    OPTION_FLAG(s, m.mine, .letter = 'm', .name = "mine", \
		.help = "only those of this Claude Code session"), \
	    OPTION_TEXT(s, m.cwd, .letter = 'C', .name = "cwd", \
		.value = "DIR", .help = "only those that run there"), \
	    OPTION_TEXT(s, m.label, .letter = 'l', .name = "label", \
		.value = "GLOB", .help = "only those with such a label"), \
	    OPTION_TEXT(s, m.group, .letter = 'g', .name = "group", \
		.value = "GROUP", .help = "only those of that group"), \
	    OPTION_MS(s, m.since_ms, .name = "since", .value = "DURATION", \
		.min = 1, .max = DURATION_MAX_S, \
		.help = "only those of so long ago or less")
#define SELECT_OPTIONS(s, m) \
	OPTION_FLAG(s, m.all, .letter = 'a', .name = "all", \
	    .help = "all there are, or all that the others leave"), \
	    SELECT_FILTERS(s, m)

/* What a verb is about when a state is not selected. */
enum select_scope { SELECT_ANY, SELECT_LIVE, SELECT_ENDED };

/* -1 with err: the options are wrong, or there are words beside them. */
int select_check(const struct select *select, char *const *words,
    struct error *err);
/* The same where something must be named or selected. */
int select_check_some(const struct select *select, char *const *words,
    struct error *err);

/*
 * Adds to tasks what a list of those that have ended, or have not, tells of
 * what is selected; in filter, only limit, tree and queue are read.  Of states
 * that the filter has only those that are selected.
 */
int select_list(struct rpc *rpc, const struct select *select,
    struct tasks_filter *filter, struct tasks *tasks, struct error *err);

/*
 * Returns the ids of all tasks that are meant, in the order given or newest
 * first, and fills the zeroed tasks with what is known of them.  A word that is
 * - stands for what stdin has: words, or of a line with tabulators the first.
 * NULL with err; no task at all is none.
 */
char **select_tasks(struct rpc *rpc, const struct select *select,
    char *const *words, enum select_scope scope, struct tasks *tasks,
    struct error *err);

/* Fills the zeroed tasks, with whole results, which a list does not tell. */
int select_whole(struct rpc *rpc, const struct select *select,
    char *const *words, struct tasks *tasks, struct error *err);

/* Whether tasks are not named but selected. */
bool select_is_used(const struct select *select);

/*
 * Shows a person on a terminal what was selected for a deed ("stop"), and asks.
 * True: it may be done; also where there is nobody to ask.
 */
bool select_confirm(const struct tasks *tasks, const char *deed);

#endif
