/*
 * A call about more tasks than one takes, as several at once.
 */
#ifndef CLI_PAGES_H
#define CLI_PAGES_H

struct error;
struct json_object;
struct rpc;

/*
 * Calls a tool with these arguments and ids, and returns the texts of the
 * answers, in order, which the caller frees; NULL with err.  Takes args.
 */
char **pages_call(struct rpc *rpc, const char *tool, struct json_object *args,
    char *const *ids, struct error *err);

#endif
