/*
 * Running shell scripts.  See script.h.  Output goes to a file in memory, so
 * nobody ever waits for a reader.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/os/helper.h"
#include "daemon/os/loop.h"
#include "daemon/os/process.h"

#define OUTPUT_MAX_BYTES (256u << 10)

struct helper {
	struct process *process;
	struct event *deadline;
	int output; /* a file in memory */
	void (*done)(const char *output, void *arg);
	void *arg;
};

static void
finish(struct helper *helper)
{
	char *text = xcalloc(1, OUTPUT_MAX_BYTES + 1);

	if (pread(helper->output, text, OUTPUT_MAX_BYTES, 0) < 0)
		text[0] = '\0';
	helper->done(text, helper->arg);
	free(text);
	helper_free(helper);
}

static void
ended(void *arg)
{
	finish(arg);
}

static void
on_deadline(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg);
}

static struct process *
start(struct helper *helper, const char *text, char *const *args,
    struct error *err)
{
	struct process *process;
	char **argv = strv_add(NULL, "/bin/sh");

	argv = strv_add(argv, "-c");
	argv = strv_add(argv, text);
	argv = strv_add(argv, "ccproc-script");
	for (; *args != NULL; args++)
		argv = strv_add(argv, *args);
	process = process_start(argv, -1, helper->output, -1, ended, helper,
	    err);
	strv_free(argv);
	return process;
}

struct helper *
helper_start(const char *text, char *const *args, int64_t deadline_ms,
    void (*done)(const char *output, void *arg), void *arg, struct error *err)
{
	struct helper *helper = xcalloc(1, sizeof(*helper));

	helper->done = done;
	helper->arg = arg;
	helper->deadline = loop_timer_new(on_deadline, helper);
	helper->output = memfd_create("ccproc-script", MFD_CLOEXEC);
	if (helper->output == -1)
		fail_errno(err, "cannot make a file in memory");
	else
		helper->process = start(helper, text, args, err);
	if (helper->process == NULL) {
		helper_free(helper);
		return NULL;
	}
	loop_timer_start(helper->deadline, deadline_ms);
	return helper;
}

void
helper_free(struct helper *helper)
{
	if (helper == NULL)
		return;
	if (helper->process != NULL)
		process_abandon(helper->process);
	event_free(helper->deadline);
	if (helper->output != -1)
		close(helper->output);
	free(helper);
}
