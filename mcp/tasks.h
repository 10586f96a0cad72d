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
	MCP_TASK_COMPLETED, /* also with a result that is an error */
	MCP_TASK_FAILED,    /* by a JSON-RPC error only */
	MCP_TASK_CANCELLED,
};

struct mcp_task {
	const char *id;
	enum mcp_task_status status;
	const char *message; /* statusMessage; may be NULL */
	int64_t created_ms;  /* since 1970 */
	int64_t updated_ms;
	int64_t ttl_ms;                  /* from created on; 0: no end */
	int64_t poll_ms;                 /* 0: as the client likes */
	const struct mcp_result *result; /* of a completed one */
	enum mcp_code error_code;        /* of a failed one */
	const char *error;
	/*
	 * What input is missing; keys are unique for the task's life.
	 * Clients that cannot answer them see a working task.
	 */
	const struct mcp_ask *asks;
	size_t nasks;
};

/*
 * Answers a tools/call with a task, of any status, that is on disk already;
 * result, error and asks are not looked at.
 */
struct mcp_reply mcp_reply_task(struct mcp_call *call,
    const struct mcp_task *task) __attribute__((warn_unused_result));

/* Where get says how the task is. */
struct mcp_task_out;
void mcp_task_is(struct mcp_task_out *out, const struct mcp_task *task);

/* Every id was made by somebody else: check it.  All answer at once. */
struct mcp_tasks {
	/* Calls mcp_task_is once; not at all: there is no such task. */
	void (*get)(void *user, const char *id, struct mcp_task_out *out);
	/*
	 * Takes answers, by the keys of its asks, as far as they are wanted;
	 * others are ignored.  See mcp_answer.  False: no such task.
	 */
	bool (*update)(void *user, const char *id, struct json_object *answers);
	/*
	 * Begins to stop the task; does nothing when it has ended or is
	 * being stopped.  False: no such task.
	 */
	bool (*cancel)(void *user, const char *id);
	/*
	 * Begins to watch: changed(arg) at every change of what get says,
	 * from the event loop (not from inside of watch), until unwatch.
	 * The library calls get inside of changed.  Returns what unwatch is
	 * given; NULL: no such task.  Both may be NULL: nothing is pushed.
	 */
	void *(*watch)(void *user, const char *id, void (*changed)(void *arg),
	    void *arg);
	void (*unwatch)(void *watch);
};

#endif
