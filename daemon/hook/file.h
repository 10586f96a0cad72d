/*
 * hook.json: what a hook is to run, as it was when it was accepted.
 */
#ifndef DAEMON_HOOK_FILE_H
#define DAEMON_HOOK_FILE_H

#include <stdint.h>

struct error;

struct hook_file {
	int64_t version;
	char *uuid; /* the same whenever the same event has a hook */
	char *command;
	char *cwd;
	int64_t timeout_s;
	int64_t run; /* of the task, that it tells of */
	int64_t
	    own; /* 1: the task has asked for it; an earlier daemon reads it */
};

#define HOOK_FILE_VERSION 1

/* Returns it as JSON; the caller frees. */
char *hook_file_text(const struct hook_file *file);
/* Reads it in a folder, into the zeroed struct, which the caller clears. */
int hook_file_read(int dirfd, struct hook_file *file, struct error *err);
void hook_file_clear(struct hook_file *file);

#endif
