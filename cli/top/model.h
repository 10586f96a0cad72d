/*
 * Everything that a frame is drawn from.
 */
#ifndef CLI_TOP_MODEL_H
#define CLI_TOP_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/top/list.h"
#include "cli/top/rows.h"

struct pane;

/* Of the configuration; 0: not known, or none. */
struct top_limits {
	int64_t commands, agents; /* that run at once */
	double budget_usd;        /* of a day */
};

struct model {
	struct rows rows;
	struct list list;
	struct totals totals;
	struct top_limits limits;
	double cost_today_usd;
	bool whole;    /* no fewer have ended than are known */
	char *away;    /* why there is no daemon; NULL: there is */
	char *message; /* what came of the last command; or NULL */
	bool message_bad;
	char *question;    /* in place of the keys: what is typed, or asked */
	char *command;     /* that the key would run, or NULL */
	struct pane *pane; /* NULL: there is none, as in a single frame */
	bool keys;         /* there are keys to tell of */
};

/* Forgets what is known of groups, not of their tasks. */
void model_forget_groups(struct model *model);
void model_clear(struct model *model);
/* Makes the list anew, after a change. */
void model_list(struct model *model);

#endif
