/*
 * Waiting for tasks, bounded in time, on the daemon's loop.
 */
#ifndef DAEMON_FIND_WAIT_H
#define DAEMON_FIND_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task;
struct wait;

enum wait_until {
	WAIT_ALL,     /* every task has ended */
	WAIT_ANY,     /* one has ended that nobody had seen before, or all
			 have */
	WAIT_STARTED, /* none of those that are between their start and their
			 first instruction now is there any more */
};

struct wait_spec {
	enum wait_until until;
	int64_t timeout_ms;
	int64_t notice_ms; /* 0: no notices */
	/*
	 * An end that was seen only after this (wall clock, ms) is still news.
	 */
	int64_t since;
	/* Another condition that ends the wait; may be NULL. */
	bool (*enough)(const struct wait *wait, const void *arg);
	/* Called once, from the loop; the wait is freed after it. */
	void (*done)(struct wait *wait, void *arg);
	void (*notice)(struct wait *wait, void *arg);
	void *arg;
};

/* Takes references to n tasks. */
struct wait *wait_new(struct task *const *tasks, size_t n,
    const struct wait_spec *spec);
/* Has the wait looked at again soon, since `enough` may have changed. */
void wait_look(struct wait *wait);
/* Ends a wait whose done has not been called, without calling it. */
void wait_free(struct wait *wait);

/* The tasks, borrowed. */
struct task *const *wait_tasks(const struct wait *wait, size_t *n);

#endif
