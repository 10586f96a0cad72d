/*
 * The order in which several tasks are told of, and their numbers as ranges.
 */
#ifndef DAEMON_VIEW_RANKS_H
#define DAEMON_VIEW_RANKS_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct task;

/* What failed comes first, then who waits for a person. */
enum rank {
	RANK_FAILED,
	RANK_ASKING,
	RANK_CANCELLED,
	RANK_COMPLETED,
	RANK_RUNNING,
	RANK_QUEUED,
	RANKS,
};

enum rank rank_of(const struct task *task);

/* Tasks by rank, in each rank as they were given. */
struct ranks {
	struct task **tasks; /* borrowed */
	size_t n;
	size_t count[RANKS];
	size_t from[RANKS]; /* where each rank begins */
};

/* Fills in ranks, which the caller clears. */
void ranks_init(struct ranks *ranks, struct task *const *tasks, size_t n);
void ranks_clear(struct ranks *ranks);
/* How many of them have ended, however. */
size_t ranks_ended(const struct ranks *ranks);

/* Adds "t89-t138, t140"; the numbers go up or down. */
void ranks_add_ranges(struct task *const *tasks, size_t n, struct buf *out);

#endif
