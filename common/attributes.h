/*
 * What a process inherits beside its environment, folder and umask: limits,
 * priority, scheduling, processors, weight for the kernel's killer.  A task
 * gets those of its session, whoever has started the daemon.  Needs libc only.
 */
#ifndef COMMON_ATTRIBUTES_H
#define COMMON_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ATTRIBUTES_LIMITS 16
/* The words of a set of processors, 64 in each. */
#define ATTRIBUTES_WORDS 16
/* The text of all of it, with its NUL. */
#define ATTRIBUTES_SIZE 1400

struct attributes {
	uint64_t soft[ATTRIBUTES_LIMITS], hard[ATTRIBUTES_LIMITS];
	int nice;
	int policy, priority; /* sched_setscheduler(2) */
	int io;               /* ioprio_set(2) */
	int oom;              /* oom_score_adj */
	int no_new_privs;
	uint64_t processors[ATTRIBUTES_WORDS];
};

/* Reads those of this process. */
void attributes_read(struct attributes *attributes);

/* Writes them as plain words; and reads those, false when they are not ours. */
void attributes_print(const struct attributes *attributes,
    char text[ATTRIBUTES_SIZE]);
bool attributes_parse(const char *text, struct attributes *attributes);

/*
 * Gives them to this process, as far as the system lets it; now is filled with
 * what it has then.  Makes only async-signal-safe calls.
 */
void attributes_apply(const struct attributes *attributes,
    struct attributes *now);

/* The last of them alone: how willingly the kernel kills us (proc(5)). */
void attributes_set_oom(int value);

/*
 * Frees this process from what another one had, as far as the system lets
 * it: for a daemon, which is started by a session and serves all.
 */
void attributes_raise(void);

/*
 * Says what got lacks of what was wanted, as "at most 1024 open files, not
 * 4096"; "": nothing.
 */
void attributes_differ(const struct attributes *wanted,
    const struct attributes *got, char *text, size_t size);

#endif
