/*
 * A task as it was asked for, to be asked for again.
 */
#ifndef CLI_AGAIN_H
#define CLI_AGAIN_H

struct error;
struct json_object;
struct task_info;

/*
 * Returns the arguments of run_task for the same task, which the caller puts:
 * its spec from the disk, with its prompt, but for what it waited for and for
 * its key, which stands for the old one.  The environment is that of who asks;
 * of the variables that were given to the task those are said on stderr that
 * are not in it.  NULL with err.
 */
struct json_object *again_request(const struct task_info *task,
    struct error *err);

/* The same of one that is queued, with all of that, and its place. */
struct json_object *again_queued(const struct task_info *task,
    struct error *err);

/*
 * Has a person change it, in an editor, and returns what it has become.  Puts
 * args.  NULL with err.
 */
struct json_object *again_edit(struct json_object *args, struct error *err);

/* Adds what a command was given to read, which no person wants to edit. */
int again_add_stdin(const struct task_info *task, struct json_object *args,
    struct error *err);

/*
 * Returns the arguments of start_tasks for a group as the task's was; the
 * caller puts them.
 */
struct json_object *again_group(const struct task_info *task);

/* The ids that the task waited for; NULL: none.  The caller frees. */
char **again_after(const struct task_info *task);

#endif
