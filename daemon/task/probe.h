/*
 * The probe: before tasks are accepted, a process of its own looks whether
 * their directories and programs are there.  The daemon itself never touches
 * a path of the user's, since a dead network mount would stop every session;
 * but what the kernel has in memory of a local disk it finds without waiting.
 */
#ifndef DAEMON_TASK_PROBE_H
#define DAEMON_TASK_PROBE_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct probe;
struct session;
struct task_spec;

/*
 * Whether a spec names something that a probe has to look at.  Of so many
 * looks (daemon/os/cached.h) this takes what it needs.
 */
bool probe_needed(const struct task_spec *spec, const struct session *session,
    size_t *looks);

/*
 * Probes n specs, which are borrowed until done(problems, arg) is called from
 * the loop.  Problems is an empty error when all is well, or when there was
 * no answer in time: the start of the task will tell then.  Numbered: messages
 * name the spec, as in "tasks[0].cwd: ...".
 */
struct probe *probe_new(const struct task_spec *const *specs, size_t n,
    bool numbered, const struct session *session,
    void (*done)(const struct error *problems, void *arg), void *arg,
    struct error *err);
/* Forgets a probe before done was called. */
void probe_free(struct probe *probe);

#endif
