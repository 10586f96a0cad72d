/*
 * Starting programs, without fork; process.h follows them.
 */
#ifndef DAEMON_OS_SPAWN_H
#define DAEMON_OS_SPAWN_H

#include <sys/types.h>
#include <unistd.h>

struct error;

#define SPAWN_EXTRA_FD (STDERR_FILENO + 1)

/* What a process is given beside its arguments. */
struct process_gift {
	const char *program; /* its path; NULL: argv[0] is one */
	char *variables[2];  /* more, NAME=value; or NULL */
	int in, out;         /* its descriptors 0 and 1; -1: /dev/null */
	int extra;           /* 3; -1: none */
	int more;            /* 4, if there is an extra; 0: none */
};

/* As process_start.  Returns the pid once it is that program; -1 with err. */
pid_t spawn_program(char *const *argv, const struct process_gift *gift,
    struct error *err);

#endif
