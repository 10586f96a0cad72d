/*
 * What is known of a task without opening its files.
 */
#ifndef DAEMON_STORE_SURVEY_H
#define DAEMON_STORE_SURVEY_H

#include <stdbool.h>
#include <stdint.h>

struct store_usage {
	int64_t bytes;    /* on disk */
	int64_t ended_at; /* ms, of the file exit.json; -1: there is none */
	bool seen;
	bool worktree; /* it has, or had, one */
};

void store_survey(const char *path, struct store_usage *usage);
/* Bytes of a task's files. */
int64_t store_task_bytes(const char *path);

#endif
