/*
 * What a tool answers with to a client of the tasks extension: t7-UUID is a
 * task, g7-UUID a group with the UUID of its first task.  All of it is read
 * from disk at each call, so any daemon knows the handles of all others.
 */
#ifndef DAEMON_REPLY_TASK_HANDLE_H
#define DAEMON_REPLY_TASK_HANDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "daemon/find/resolve.h"
#include "mcp/tasks.h"

/* Seconds after which a client that takes handles gets one. */
#define HANDLE_AFTER_S 2

struct task_handle {
	char id[64];
	bool group;
	unsigned turn; /* of the task; what a group began with is its first */
	struct task_list list; /* what there is of it; empty: cleaned up */
	int64_t accepted_ms;   /* at least the day */
	struct error damage;   /* of the record of a task */
};

/*
 * Fills in the handle, which the caller clears; false: that is no id of ours.
 */
bool task_handle_find(const char *id, struct task_handle *handle);
/* The same for tasks; false when they are neither one nor a whole group. */
bool task_handle_of(struct task *const *tasks, size_t n,
    struct task_handle *handle);
/* The same for one turn of a task, also one that has not come yet. */
bool task_handle_of_turn(struct task *task, unsigned turn,
    struct task_handle *handle);
void task_handle_clear(struct task_handle *handle);

/* Working, waiting for input, completed or cancelled, by the group's rule. */
enum mcp_task_status task_handle_status(const struct task_handle *handle);
/* Whether it is working or waits for input. */
bool task_handle_is_open(const struct task_handle *handle);
/* "t7 fix-login running · 40 s", "g7: 2 of 3 ended, 1 running"; the caller frees. */
char *task_handle_message(const struct task_handle *handle);
/* Everything but result, error and asks; borrows both. */
void task_handle_publish(const struct task_handle *handle, const char *message,
    struct mcp_task *task);

/* Answers with the handle; the message is its status, and the model reads it. */
struct mcp_reply task_handle_reply(struct mcp_call *call,
    const struct task_handle *handle, const char *message)
    __attribute__((warn_unused_result));

#endif
