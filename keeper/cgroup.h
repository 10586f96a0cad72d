/*
 * The cgroup of a task, where ours has been delegated to us: it holds every
 * process of the task, wherever it has gone, and ends them with one write.
 * Without one, or when it has vanished, every call does nothing.
 */
#ifndef KEEPER_CGROUP_H
#define KEEPER_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct exitrec;

struct cgroup {
	char path[256]; /* absolute; "": there is none */
	int procs;      /* cgroup.procs, for the child to enter; -1 */
};

/*
 * The path of the cgroup of the task called name below parent, which may be
 * NULL; "" when it is too long.
 */
void cgroup_name(struct cgroup *cgroup, const char *parent, const char *name);

/* Moves us there; NULL: nowhere.  Where we may not go we stay. */
void cgroup_move(const char *path);

/* Makes it; when that is refused there is none. */
void cgroup_make(struct cgroup *cgroup);

/* Writes text to the file of that name in it; false with errno. */
bool cgroup_write(const struct cgroup *cgroup, const char *name,
    const char *text);

/* Enters it, in the child; only async-signal-safe calls. */
bool cgroup_enter(const struct cgroup *cgroup);

/* The one in a record, of the task called name; another one is none. */
void cgroup_find(struct cgroup *cgroup, const char *path, const char *name);

/*
 * Stops all in it, or lets it go on, and waits a moment for that; false: that
 * cannot be done, and nothing was.
 */
bool cgroup_freeze(const struct cgroup *cgroup, bool frozen);

/* Kills all in it; false when nothing lives in it. */
bool cgroup_kill(const struct cgroup *cgroup);

/* Calls fn for each process in it, and in those that the task made below. */
void cgroup_each(const struct cgroup *cgroup, void (*fn)(pid_t pid, void *arg),
    void *arg);

/* Processor time, and of memory what the kernel tells, into the record. */
void cgroup_usage(const struct cgroup *cgroup, struct exitrec *rec);

/* Waits until nobody is in it any more; false when the time is over. */
bool cgroup_await_empty(const struct cgroup *cgroup, int64_t wait_ms);

/* Ends what is left in it, for at most wait_ms, and removes it. */
void cgroup_remove(struct cgroup *cgroup, int64_t wait_ms);

#endif
