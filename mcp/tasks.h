/*
 * The extension io.modelcontextprotocol/tasks of 2026-07-28: a tool answers
 * with a task, and the client asks for its result when it is done.
 *
 * A tool that could answer with a task asks mcp_call_can(call,
 * MCP_CAN_TASKS) first, and answers in the ordinary way if not.
 */
#ifndef MCP_TASKS_H
#define MCP_TASKS_H

#include "mcp/ask.h"
#include "mcp/content.h"
#include "mcp/mcp.h"

/* Longer ids are unknown. */
#define MCP_TASK_ID_MAX_BYTES 256

enum mcp_task_status {
	MCP_TASK_WORKING,
	MCP_TASK_INPUT_REQUIRED,
	MCP_TASK_COMPLETED, /* even if its result is an error */
	MCP_TASK_FAILED,    /* only with a JSON-RPC error */
	MCP_TASK_CANCELLED,
};

struct mcp_task {
	const char *id;
	enum mcp_task_status status;
	const char *message; /* statusMessage; may be NULL */
	/*
	 * For mcp_reply_task: what Claude Code tells the model at once, since
	 * people only are shown the message; may be NULL.
	 */
	const char *note;
	int64_t created_ms; /* since 1970 */
	int64_t updated_ms;
	int64_t ttl_ms;                  /* since created_ms; 0: unlimited */
	int64_t poll_ms;                 /* 0: as the client likes */
	const struct mcp_result *result; /* of a completed one */
	enum mcp_code error_code;        /* of a failed one */
	const char *error;
	/*
	 * The input that is missing; a key is never used twice in the life of
	 * the task.  Clients that cannot give the input see a working task.
	 */
	const struct mcp_ask *asks;
	size_t nasks;
};

/*
 * Answers a tools/call with a task of any status, which must be on disk
 * already.  Its result, error and asks are not used.
 */
struct mcp_reply mcp_reply_task(struct mcp_call *call,
    const struct mcp_task *task) __attribute__((warn_unused_result));

/* Takes what get says of a task. */
struct mcp_task_out;
void mcp_task_is(struct mcp_task_out *out, const struct mcp_task *task);

/*
 * The provider, whose functions answer at once.  Clients may send any id, so
 * ids must be checked.
 */
struct mcp_tasks {
	/* Calls mcp_task_is once, or not at all if there is no such task. */
	void (*get)(void *user, const char *id, struct mcp_task_out *out);
	/*
	 * Takes answers by the keys of the asks, see mcp_answer, and ignores
	 * those that nobody asked for.  False: there is no such task.
	 */
	bool (*update)(void *user, const char *id, struct json_object *answers);
	/*
	 * Begins to stop the task; does nothing if it has ended or is being
	 * stopped.  False: there is no such task.
	 */
	bool (*cancel)(void *user, const char *id);
	/*
	 * Begins to watch a task: changed(arg) is called at every change of
	 * what get says, from the event loop (not from inside of watch), until
	 * unwatch.  The library calls get inside of changed. Returns what
	 * unwatch is given; NULL: there is no such task.  If watch and unwatch
	 * are NULL, nothing is pushed.
	 */
	void *(*watch)(void *user, const char *id, void (*changed)(void *arg),
	    void *arg);
	void (*unwatch)(void *watch);
};

#endif
