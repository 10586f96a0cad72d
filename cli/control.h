/*
 * What people do with tasks that have not ended, beside stopping them: one way
 * for the verbs that do it.
 */
#ifndef CLI_CONTROL_H
#define CLI_CONTROL_H

#include <stdbool.h>

struct json_object;
struct rpc;
struct select;
struct task_info;

struct control {
	const char *action; /* of control_tasks */
	const char *deed;   /* what a question calls it */
	const struct select *select;
	bool yes; /* does not ask before those that are selected */
	bool json;
	bool queued; /* what is selected is in the queue, else it runs */
	/*
	 * The ids go out rising (1) or falling (-1), where a call that comes
	 * later has its tasks behind, or before, those of earlier ones; 0: as
	 * they come.
	 */
	int order;
	/* Of these, those for which there is something to do; NULL: all. */
	bool (*is_meant)(const struct task_info *task);
};

/*
 * Has it done with all tasks that words name or options select, and prints a
 * line of each.  Takes args, which has what the action needs beside.  Returns the
 * exit status.
 */
int control_run(struct rpc *rpc, const struct control *control,
    struct json_object *args, char *const *words);

/* Has it done with the queue, or with that of the group in select. */
int control_queue(struct rpc *rpc, const struct control *control);

#endif
