/*
 * The life of a task: claim it, start its program, hold its timeout, stop it
 * when told, leave no process and write down what became of it.
 */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/attributes.h"
#include "keeper/limits.h"

struct keeper_options {
	bool agent;         /* its stdout is followed, its environment kept */
	int stop_signal;    /* the first of a stop; SIGTERM is the next */
	int64_t cap_bytes;  /* of stdout, and of stderr; 0: none */
	unsigned timeout_s; /* 0: none */
	unsigned idle_s;    /* the longest silence; 0: any */
	unsigned linger_s;  /* the longest silence after a result; 0: any */
	unsigned grace_s;   /* for a plain SIGTERM and for the timeout */
	int umask;          /* -1: as it is */
	int nofile;         /* soft RLIMIT_NOFILE; -1: as it is */
	bool inherits;      /* the program does, from its session: */
	struct attributes inherited;
	const char *cwd;     /* NULL: / */
	const char *cgroup;  /* where the task gets one of its own, or NULL */
	const char *keepers; /* the one that we go to, or NULL */
	struct limits limits;
	bool best_effort;   /* it starts also without them */
	int status_fd;      /* -1: none; see common/keeperctl.h */
	const char *dir;    /* of the task, absolute */
	const char *daemon; /* to start when there is none; NULL: do not */
	char *const *argv;
};

/*
 * Returns the exit status: 0 when the task was kept to its end or is not
 * ours to keep, 1 when nothing could be claimed or written.
 */
int keeper_run(const struct keeper_options *options);

/* The same for a task whose keeper was killed; no program is started. */
int keeper_end_orphans(const struct keeper_options *options);

#endif
