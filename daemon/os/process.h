/*
 * Processes: starting them without fork, and being told when they have ended.
 * A pid is never used without its pidfd.
 */
#ifndef DAEMON_OS_PROCESS_H
#define DAEMON_OS_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct process;

/*
 * Starts argv[0], an absolute path, with the environment of a daemon that is
 * started on demand (common/starter.h), every signal at its default and
 * blocked.  Its descriptors are: 0 and 1, in and out (-1: /dev/null); 2, ours;
 * 3, extra (-1: none).  Gone(arg) is called once, when the process has ended
 * and was reaped.
 */
struct process *process_start(char *const *argv, int in, int out, int extra,
    void (*gone)(void *arg), void *arg, struct error *err);

/* Watches a process that is not our child. */
struct process *process_adopt(pid_t pid, void (*gone)(void *arg), void *arg,
    struct error *err);

/* Sends a signal with a value; false: the process has ended. */
bool process_signal(const struct process *process, int signo, int value);
pid_t process_pid(const struct process *process);

/* Stops watching; the process goes on. */
void process_free(struct process *process);
/*
 * Sends a child its last signal, and reaps it when it has ended; gone is not
 * called.
 */
void process_abandon(struct process *process, int signo);

#endif
