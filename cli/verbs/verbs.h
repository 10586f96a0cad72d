/*
 * The verbs of the command: one table entry and one file each.
 */
#ifndef CLI_VERBS_VERBS_H
#define CLI_VERBS_VERBS_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct option_row;
struct rpc;

struct verb {
	const char *name;
	const char *synopsis; /* after the name */
	const char *summary;  /* a line */
	const char *details;  /* lines for its help, or NULL */
	const struct option_row *options;
	const void *defaults;     /* what the options are when not given */
	size_t size;              /* of that struct */
	const char *words;        /* what its words are called; NULL: none */
	int min_words, max_words; /* max 0: any number */
	/* What the first word may be, up to NULL; NULL: anything. */
	const char *const *actions;
	bool alone;           /* needs no daemon: run gets no rpc */
	bool command_follows; /* the first word ends the options */
	bool harmful; /* ends or deletes: nobody is led to it by a slip */
	/* Finds mistakes that no table can; may be NULL.  words ends with NULL. */
	int (*check)(const void *options, char *const *words,
	    struct error *err);
	/* Returns the exit status. */
	int (*run)(struct rpc *rpc, const void *options, char *const *words);
};

extern const struct verb answer_verb;
extern const struct verb apply_verb;
extern const struct verb asks_verb;
extern const struct verb completion_verb;
extern const struct verb config_verb;
extern const struct verb daemon_verb;
extern const struct verb debug_verb;
extern const struct verb diff_verb;
extern const struct verb doctor_verb;
extern const struct verb edit_verb;
extern const struct verb events_verb;
extern const struct verb hold_verb;
extern const struct verb install_verb;
extern const struct verb logs_verb;
extern const struct verb ls_verb;
extern const struct verb mcp_verb;
extern const struct verb move_verb;
extern const struct verb pause_verb;
extern const struct verb prune_verb;
extern const struct verb release_verb;
extern const struct verb reply_verb;
extern const struct verb report_verb;
extern const struct verb restart_verb;
extern const struct verb rm_verb;
extern const struct verb run_verb;
extern const struct verb show_verb;
extern const struct verb signal_verb;
extern const struct verb start_verb;
extern const struct verb stats_verb;
extern const struct verb status_verb;
extern const struct verb stop_verb;
extern const struct verb top_verb;
extern const struct verb uninstall_verb;
extern const struct verb unpause_verb;
extern const struct verb wait_verb;

/* The verbs that `completion' tells of, up to NULL. */
void completion_verbs(const struct verb *const *verbs);

/* Does what the command line says; returns the exit status. */
int verbs_main(int argc, char **argv);

#endif
