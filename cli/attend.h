/*
 * Staying with a task until it ends: its output is copied meanwhile, a
 * person's Ctrl-C stops it, and daemons may come and go.
 */
#ifndef CLI_ATTEND_H
#define CLI_ATTEND_H

#include <stdint.h>

struct error;
struct follow;
struct rpc;
struct tasks;

struct attend_spec {
	const char *id;
	struct follow *follow; /* or NULL */
	int signals;           /* of signals_catch; -1: not ours */
	int64_t result_chars;
};

/*
 * Returns 0 when the task has ended and all of its output is copied, with
 * the task in tasks; the number of the signal that made us leave it alone; or
 * -1 with err.  tasks is zeroed, or what a call that did not wait has just
 * told: one that waits is not told of a question again that was known before.
 */
int attend(struct rpc *rpc, const struct attend_spec *spec, struct tasks *tasks,
    struct error *err);

#endif
