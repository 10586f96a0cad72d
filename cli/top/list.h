/*
 * The lines of the list: sections with their rows, groups, trees, folded or
 * not; and the cursor, which stays with what it is on.
 */
#ifndef CLI_TOP_LIST_H
#define CLI_TOP_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/top/rows.h"

enum item_kind { ITEM_SECTION, ITEM_GROUP, ITEM_TASK, ITEM_MORE };

/* What a group has come to. */
struct tally {
	size_t total, completed, failed, ended, running, queued;
	size_t paused, held; /* of the last two */
	double cost_usd, percent;
	double budget_usd;  /* 0: none */
	int64_t memory;     /* -1: not known */
	int64_t started_at; /* of the first */
};

struct item {
	enum item_kind kind;
	enum section section;
	const struct row *row; /* a task; of a group any member; or NULL */
	char key[64]; /* "t7", "g3", "#queued": what the cursor is on */
	int depth;
	bool folds, open; /* something is below it, and is shown */
	size_t n;         /* rows of a section; children */
	size_t today;     /* those of a section that have ended today */
	struct tally tally;
};

enum order {
	ORDER_START,
	ORDER_CPU,
	ORDER_MEMORY,
	ORDER_COST,
	ORDER_NAME,
	ORDERS
};
/* What rows are put below. */
enum nest { NEST_GROUPS, NEST_TREE, NEST_NONE };

struct list {
	/* what was chosen */
	enum order order;
	enum nest nest;
	int64_t today; /* when it began, ms; 0: it is of no interest */
	char *filter;  /* only rows that have this; NULL or "": all */
	char **turned; /* keys of what is not as it is by itself */
	/* what comes of it */
	struct item *items;
	size_t n;
	/* the cursor */
	char *key;     /* what it is on; NULL: nothing yet */
	bool reveal;   /* what that is folded away in is opened */
	size_t cursor; /* its index; 0 where there are none */
	size_t top;    /* the first line on the screen */
};

/* How many there are in all of those whose rows are only the first ones. */
struct totals {
	size_t queued;
	struct group_total *groups;
	size_t ngroups;
};
struct group_total {
	char *id;
	size_t queued;
};

/* Makes the items anew; the cursor stays on its key, or near it. */
void list_build(struct list *list, const struct rows *rows,
    const struct totals *totals);
void list_clear(struct list *list);

/* The item at the cursor, or NULL. */
const struct item *list_at(const struct list *list);
void list_move(struct list *list, int lines);
/* Opens or folds what the cursor is on; false: it does not fold. */
bool list_turn(struct list *list);
/* All of them: folds, unless all are. */
void list_turn_all(struct list *list);
/* Puts the cursor on a task, and opens what it is folded away in. */
void list_go(struct list *list, const struct row *row);
/* Scrolls so that the cursor is among so many lines. */
void list_scroll(struct list *list, size_t height);

const char *list_order_name(enum order order);

#endif
