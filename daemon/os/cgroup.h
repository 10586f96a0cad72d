/*
 * The cgroups of tasks: in a scope of their own beside our service, else in
 * what systemd has delegated to the service.
 */
#ifndef DAEMON_OS_CGROUP_H
#define DAEMON_OS_CGROUP_H

#include <stdbool.h>

/*
 * Begins to look which there are, and has the scope made, by keeper, that
 * program; settled is called as soon as that is known.
 */
void cgroup_init(const char *keeper, void (*settled)(void));
/*
 * Whether it is known, and right: a scope that has gone is made again.  No
 * task should be started before.
 */
bool cgroup_settled(void);
void cgroup_free(void);

/* Returns the cgroup in which each task is to have one of its own, or NULL. */
const char *cgroup_tasks(void);
/* Returns the one that keepers go to, or NULL: they stay in ours. */
const char *cgroup_keepers(void);
/* The controllers that limits of tasks need. */
#define CGROUP_MEMORY 1U
#define CGROUP_CPU 2U
#define CGROUP_PIDS 4U
/*
 * Returns why tasks cannot be limited by all these controllers, a part of a
 * sentence; NULL: they can, or it is not known yet.
 */
const char *cgroup_lack(unsigned controllers);
/* Writes to a file of the cgroup of all tasks; -1 with errno. */
int cgroup_limit_all(const char *file, const char *text);

/*
 * Returns the command line of a keeper with the options that tell it so; argv
 * is taken.
 */
char **cgroup_options(char **argv);

#endif
