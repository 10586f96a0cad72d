/*
 * What agents ask, said to whoever waits for them.
 */
#ifndef CLI_ASKING_H
#define CLI_ASKING_H

#include <stdbool.h>

struct ask_info;
struct buf;
struct json_object;
struct task_info;

/* What was said already; zeroed, then cleared. */
struct asking {
	char **said;
	char *last; /* the task that has asked last, until it has an answer */
};

/* Says the open questions of a task on stderr, each once. */
void asking_say(struct asking *asking, const struct task_info *task);
void asking_clear(struct asking *asking);

/* Adds all of a question, in as many lines as it takes. */
void asking_whole(const struct task_info *task, const struct ask_info *ask,
    struct buf *out);
/* Adds "ccproc answer -q q1 t7 allow|deny", or as an answer is given. */
void asking_how(const struct task_info *task, const struct ask_info *ask,
    struct buf *out);

#endif
