/*
 * Helper processes.  See helper.h.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/os/helper.h"
#include "daemon/os/loop.h"
#include "daemon/os/process.h"

#define OUTPUT_MAX_BYTES (256u << 10)

struct helper {
	LIST_ENTRY(helper) entry;
	uint64_t task; /* that it belongs to, or 0 */
	struct process *process;
	struct event *deadline;
	int output; /* a file in memory */
	void (*done)(const char *output, bool ended, void *arg);
	void *arg;
};

static LIST_HEAD(, helper) helpers = LIST_HEAD_INITIALIZER(helpers);

static void
finish(struct helper *helper, bool has_ended)
{
	char *text = xcalloc(1, OUTPUT_MAX_BYTES + 1);

	if (pread(helper->output, text, OUTPUT_MAX_BYTES, 0) < 0)
		text[0] = '\0';
	helper->done(text, has_ended, helper->arg);
	free(text);
	helper_free(helper);
}

static void
ended(void *arg)
{
	finish(arg, true);
}

static void
on_deadline(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, false);
}

static struct process *
start(struct helper *helper, char *const *argv, const struct buf *input,
    struct error *err)
{
	struct process_gift gift = { .in = -1, .extra = -1 };
	struct process *process;

	helper->output = process_memory("", 0, err);
	if (helper->output == -1)
		return NULL;
	gift.out = helper->output;
	if (input != NULL &&
	    (gift.in = process_memory(input->data, input->len, err)) == -1)
		return NULL;
	process = process_start(argv, &gift, ended, helper, err);
	if (gift.in != -1)
		close(gift.in);
	return process;
}

struct helper *
helper_start(char *const *argv, const struct buf *input, int64_t deadline_ms,
    void (*done)(const char *output, bool ended, void *arg), void *arg,
    struct error *err)
{
	struct helper *helper = xcalloc(1, sizeof(*helper));

	LIST_INSERT_HEAD(&helpers, helper, entry);
	helper->output = -1;
	helper->done = done;
	helper->arg = arg;
	helper->deadline = loop_timer_new(on_deadline, helper);
	helper->process = start(helper, argv, input, err);
	if (helper->process == NULL) {
		helper_free(helper);
		return NULL;
	}
	loop_timer_start(helper->deadline, deadline_ms);
	return helper;
}

/* A helper that hangs is reaped when the kernel lets go of it. */
void
helper_free(struct helper *helper)
{
	if (helper == NULL)
		return;
	LIST_REMOVE(helper, entry);
	if (helper->process != NULL)
		process_abandon(helper->process,
		    helper->task != 0 ? SIGTERM : SIGKILL);
	event_free(helper->deadline);
	if (helper->output != -1)
		close(helper->output);
	free(helper);
}

void
helper_set_task(struct helper *helper, uint64_t number)
{
	helper->task = number;
}

uint64_t
helper_task(pid_t pid)
{
	const struct helper *helper;

	LIST_FOREACH(helper, &helpers, entry)
		if (helper->process != NULL &&
		    process_pid(helper->process) == pid)
			return helper->task;
	return 0;
}
