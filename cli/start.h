/*
 * Starting a task from a command line: what `run` and `start` share.
 */
#ifndef CLI_START_H
#define CLI_START_H

#include <stddef.h>

#include "cli/start_options.h"

struct error;
struct json_object;
struct rpc;

/*
 * Returns what to ask for, which start_tasks takes; reads a prompt or what a
 * command reads.  NULL with err.
 */
struct json_object *start_request(const struct start_options *options,
    char *const *words, struct error *err);

/*
 * Starts the tasks, once, whatever becomes of the daemon meanwhile.  Takes
 * request.  0: *ids and *line (what the daemon says of them) are the caller's
 * to free.  Else an exit status, with err.
 */
int start_tasks(struct rpc *rpc, struct json_object *request, char ***ids,
    char **line, struct error *err);
/* The same of one, with any tool that answers with a task. */
int start_call(struct rpc *rpc, const char *tool, struct json_object *request,
    char **id, char **line, struct error *err);

#endif
