/*
 * Processes: starting them without fork, and being told when they have ended.
 * A pid is never used without its pidfd.
 */
#ifndef DAEMON_OS_PROCESS_H
#define DAEMON_OS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/os/spawn.h"

struct error;
struct process;

/*
 * Starts a program with the environment of a daemon that is started on demand
 * (common/starter.h), every signal at its default and blocked.  Its
 * descriptor 2 is ours.  Gone(arg) is called once, when the process has ended
 * and was reaped.
 */
struct process *process_start(char *const *argv,
    const struct process_gift *gift, void (*gone)(void *arg), void *arg,
    struct error *err);

/* Returns a file in memory that holds so many bytes; -1 with err. */
int process_memory(const char *bytes, size_t len, struct error *err);

/* Watches a process that is not our child. */
struct process *process_adopt(pid_t pid, void (*gone)(void *arg), void *arg,
    struct error *err);

/* Sends a signal with a value; false: the process has ended. */
bool process_signal(const struct process *process, int signo, int value);
/*
 * The same, of a signal at which it shall end.  It is looked at after five
 * seconds, and on until it has ended, and is killed if it is stopped then: what
 * it keeps could not be ended otherwise.
 */
bool process_insist(struct process *process, int signo, int value);
/*
 * Does that after so many ms, unless something was told before, or it is called
 * off by then; that may be asked for again.
 */
void process_insist_later(struct process *process, int64_t ms, int signo,
    int value, bool (*is_off)(const void *arg), const void *arg);
/* Whether it has ended, also when gone was not called yet. */
bool process_has_ended(const struct process *process);
pid_t process_pid(const struct process *process);
/* Whether it is stopped or traced, and so does nothing. */
bool process_is_stopped(const struct process *process);

/* Stops watching; the process goes on. */
void process_free(struct process *process);
/*
 * Sends a child its last signal, and reaps it when it has ended; gone is not
 * called.
 */
void process_abandon(struct process *process, int signo);

#endif
