/*
 * Accepting what goes into the folder of a task: a later run, a hook.  It is
 * written beside the task, under a dot name, and renamed into it.
 */
#ifndef DAEMON_STORE_ACCEPT_INTO_H
#define DAEMON_STORE_ACCEPT_INTO_H

#include <stdbool.h>

struct error;
struct record;

struct accept_into {
	char *dot;  /* while it is written, where the next daemon removes it;
			   NULL: it is in place */
	char *path; /* where it goes */
};

/* Makes the folder to be filled, and returns its descriptor; -1 with err. */
int accept_into_begin(struct accept_into *into, const struct record *rec,
    const char *name, struct error *err);
/* Renames it into place, and notes it and that file in it as unsynced. */
int accept_into_publish(struct accept_into *into, const char *file,
    struct error *err);
/* After either; removes what was not published. */
void accept_into_end(struct accept_into *into);

/*
 * Whether a power cut has left a part only of it, in the open folder of a task;
 * that file says what it is.
 */
bool accept_into_is_torn(int taskfd, const char *name, const char *file);
/* Removes such a one, of which nobody was told, from the task in path. */
void accept_into_undo(const char *path, int taskfd, const char *name);

#endif
