/*
 * The mark of a task: CCPROC_TASK=tN-UUID in the environment that its
 * processes have inherited.
 */
#ifndef KEEPER_MARK_H
#define KEEPER_MARK_H

#include <stddef.h>
#include <sys/types.h>

enum mark {
	MARK_NONE,  /* of no task, or it cannot be read */
	MARK_OURS,  /* of the task with this name */
	MARK_OTHER, /* of another task, such as one that was started inside */
};

/* Room for the name of a hook. */
#define MARK_NAME_SIZE 96

/*
 * The name tN-UUID of the task that dir is of; of a hook of it
 * hook-EVENT-tN-UUID, since both may run at once; "" if that is none.
 */
void mark_name(const char *dir, char *name, size_t size);

/* Tells whose process pid is. */
enum mark mark_read(pid_t pid, const char *name);
/* The same of one whose first thread has ended, by the others. */
enum mark mark_read_threads(pid_t pid, const char *name);

#endif
