/*
 * The keeper's command line for a task, and starting it.
 */
#ifndef DAEMON_TASK_KEEPER_H
#define DAEMON_TASK_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct process;
struct record;
struct task_spec;

/*
 * Finds the keeper; its absence must be known before the first task.  Socket
 * is where this daemon listens.
 */
int keeper_init(const char *socket, struct error *err);
/* The keeper's absolute path. */
const char *keeper_path(void);
/* That of the bridge beside it, or "". */
const char *keeper_bridge(void);

/*
 * Starts the keeper of a task.  *status_fd becomes the end of a pipe on
 * which KEEPER_RUNNING comes, and the claim, once the program runs; the caller closes it.
 */
struct process *keeper_spawn(const struct record *rec, int *status_fd,
    void (*gone)(void *arg), void *arg, struct error *err);

/* What the keeper of a hook is to do. */
struct keeper_hook {
	const char *command; /* a line for a shell */
	const char *cwd;
	int64_t timeout_s;
	const struct task_spec *inside; /* whose limits it has; or NULL */
};

/* Starts it; rec has the number of its task, and in dir its folder. */
struct process *keeper_spawn_hook(const struct record *rec,
    const struct keeper_hook *hook, void (*gone)(void *arg), void *arg,
    struct error *err);

/*
 * Starts the keeper that ends what a killed keeper of this task has left,
 * and completes its record.
 */
struct process *keeper_spawn_orphans(const struct record *rec,
    void (*gone)(void *arg), void *arg, struct error *err);

/*
 * Tells a keeper to end its task some time after the timeout, and then insists:
 * one that is stopped does not see that its time is over.  Ours has just been
 * started; what others know is in their claim.  One that is paused then is not
 * told: it is held to its time again from when it goes on.
 */
void keeper_hold_to_time(struct process *process, const struct record *rec,
    bool ours);

#endif
