/*
 * Tasks that wait for others: `after` in their spec.
 */
#ifndef DAEMON_QUEUE_DEPEND_H
#define DAEMON_QUEUE_DEPEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct record;
struct task_spec;

enum depend {
	DEPEND_MET,
	DEPEND_WAIT,
	DEPEND_UNSEEN, /* one cannot be looked at now */
	DEPEND_BROKEN, /* one ended without completing, or is gone */
};

/*
 * Whether the tasks that rec waits for have completed.  A bit is set in *met
 * for each one that has, so that it is not looked up again.  For DEPEND_BROKEN
 * and DEPEND_UNSEEN why is filled in.
 */
enum depend depend_check(const struct record *rec, uint64_t *met, char *why,
    size_t why_size);

/*
 * The task that an id in `after` means: itself, or what has replaced it since.
 */
uint64_t depend_number(const char *id);

/*
 * Copies of n specs of one call, in which `after` names tasks by number (t7):
 * ids, labels and groups of tasks there are, and labels of the call itself,
 * whose tasks have or will have these numbers.  They are made in short steps,
 * of which the last one returns false.  The specs stay the caller's until the
 * end, which frees; NULL with err, in which where is "tasks[%zu]." when
 * numbered.  depend_free frees the copies.
 */
struct depends;
struct depends *depend_begin(const struct task_spec *const *specs,
    const uint64_t *numbers, size_t n, bool numbered);
bool depend_step(struct depends *depends);
struct task_spec **depend_end(struct depends *depends, struct error *err);
void depend_free(struct task_spec **specs, size_t n);

#endif
