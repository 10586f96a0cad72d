/*
 * What doctor finds: a list of checks, each with what was seen and, where
 * something is to be done, what.
 */
#ifndef CLI_CHECKUP_H
#define CLI_CHECKUP_H

#include <stdbool.h>

enum checkup_state {
	CHECKUP_OK,
	CHECKUP_NOTE, /* it works; it could be better */
	CHECKUP_BAD,
};

struct checkup; /* a list */

/* The caller frees. */
struct checkup *checkup_new(void);
void checkup_free(struct checkup *checkup);

/* Adds a check; mend is what to do, or NULL. */
void checkup_add(struct checkup *checkup, const char *name,
    enum checkup_state state, const char *mend, const char *seen, ...)
    __attribute__((format(printf, 5, 6)));

/* Prints a line of each, or all as JSON; whether none is bad. */
bool checkup_print(const struct checkup *checkup, bool json);

#endif
