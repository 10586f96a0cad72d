/*
 * What a hook is told: variables CCPROC_... with words of ours only, and on
 * stdin a JSON object, which also has what a task has written, cleaned.
 */
#ifndef DAEMON_HOOK_NOTICE_H
#define DAEMON_HOOK_NOTICE_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct question;
struct task;

struct notice {
	struct task *task; /* that ended last, or asks */
	struct task *const
	    *group; /* all of it; NULL: it is not the end of one */
	size_t n;   /* of them */
	const struct question *question; /* or NULL */
	const char *hook;                /* hook-end-1 */
	const char *uuid;
};

/* Adds the environment as it is in the file of a run. */
void notice_environment(const struct notice *notice, struct buf *out);
/* Returns the object in one line; the caller frees. */
char *notice_json(const struct notice *notice);

#endif
