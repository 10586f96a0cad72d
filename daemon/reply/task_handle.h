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

/* A wait of a client that can be told later ends with a handle by then. */
#define HANDLE_AFTER_S 2

struct handle {
	char id[64];
	bool group;
	unsigned turn; /* of the task; what a group began with is its first */
	struct task_list list; /* what there is of it; empty: cleaned up */
	int64_t accepted_ms;   /* at least the day */
	struct error damage;   /* of the record of a task */
};

/* Fills handle, which is cleared later; false: no such id was given out. */
bool handle_find(const char *id, struct handle *handle);
/* The same for tasks; false when they are neither one nor a whole group. */
bool handle_of(struct task *const *tasks, size_t n, struct handle *handle);
/* The same for one turn of a task, also one that has not come yet. */
bool handle_of_turn(struct task *task, unsigned turn, struct handle *handle);
void handle_clear(struct handle *handle);

/* Working, waiting for input, completed or cancelled, by the group's rule. */
enum mcp_task_status handle_status(const struct handle *handle);
/* Whether more is to come of it: it is working, or waits for input. */
bool handle_is_open(const struct handle *handle);
/* "t7 fix-login running · 40 s", "g7: 2 of 3 ended"; the caller frees. */
char *handle_message(const struct handle *handle);
/* Everything but result, error and asks; borrows both. */
void handle_publish(const struct handle *handle, const char *message,
    struct mcp_task *task);

/* Answers with the handle, whose status has this message. */
struct mcp_reply handle_reply(struct mcp_call *call,
    const struct handle *handle, const char *message)
    __attribute__((warn_unused_result));

#endif
