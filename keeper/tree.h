/*
 * All that descends from a subreaper: found through
 * /proc/PID/task/TID/children, or, where the kernel has no such file,
 * through the parent that every /proc/PID/stat names.  Parents come before
 * their children.  What forks during a walk may be missed, so signals go
 * out in rounds.
 */
#ifndef KEEPER_TREE_H
#define KEEPER_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct tree_count {
	unsigned alive;   /* zombies do not count */
	unsigned running; /* of these, not stopped */
};

/* Sends sig to every living descendant of ours. */
struct tree_count tree_signal(int sig);

/* As tree_signal; of the names of the living "pid name, pid name" fits. */
struct tree_count tree_list(char *names, size_t size);

/* Adds "pid name" to names, if that fits. */
void tree_name(char *names, size_t size, pid_t pid, const char *comm);

/* For tests: walks as on a kernel without the children files. */
void tree_use_stat(bool use);

#endif
