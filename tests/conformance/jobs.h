/*
 * Work that takes a while, answered as a call or as a task.
 */
#ifndef TESTS_CONFORMANCE_JOBS_H
#define TESTS_CONFORMANCE_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "mcp/tasks.h"

struct job {
	LIST_ENTRY(job) entry;
	struct mcp_call *call; /* NULL: a task */
	void (*step)(struct job *job);
	int steps; /* done so far */
	char *text;
	struct event *timer;
	/* of a task */
	char id[37];
	enum mcp_task_status status;
	int64_t created_ms;
	int64_t updated_ms;
	bool is_error;              /* its result */
	const struct mcp_ask *asks; /* that it waits for */
	size_t nasks;
	unsigned answered; /* a bit for each */
	char *action;      /* of the last answer */
};

/*
 * Answers call with a task, or leaves it open: step is called after delay_s.
 * Text is copied.
 */
struct mcp_reply job_as_task(struct mcp_call *call, void (*step)(struct job *),
    double delay_s, const char *text);
struct mcp_reply job_as_call(struct mcp_call *call, void (*step)(struct job *),
    double delay_s, const char *text);

/* The last step ends with one of these. */
void job_again(struct job *job, double delay_s);
void job_ends(struct job *job, const char *text, bool is_error);
void job_fails(struct job *job, const char *text);
/* For tasks only: step is called again when all asks are answered. */
void job_asks(struct job *job, const struct mcp_ask *asks, size_t n);

#endif
