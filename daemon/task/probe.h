/*
 * Looking, before tasks are accepted, whether their directories and programs
 * are there.  A process of its own looks, since the daemon never touches a
 * path of the user's: a dead network mount would stop every session.
 */
#ifndef DAEMON_TASK_PROBE_H
#define DAEMON_TASK_PROBE_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct probe;
struct session;
struct task_spec;

/* Whether a spec names something to look at. */
bool probe_needed(const struct task_spec *spec);

/*
 * Looks at n specs, which are borrowed until done(problems, arg) is called
 * from the loop: problems is an empty error when all is well, also when
 * there was no answer in time (then the start itself will tell).
 * Where names the i-th spec in messages: "tasks[%zu]." or "".
 */
struct probe *probe_new(const struct task_spec *const *specs, size_t n,
    bool numbered, const struct session *session,
    void (*done)(const struct error *problems, void *arg), void *arg,
    struct error *err);
/* Before done was called: forgets it. */
void probe_free(struct probe *probe);

#endif
