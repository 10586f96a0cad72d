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

struct script {
	struct process *process;
	struct event *deadline;
	int output; /* a file in memory */
	void (*done)(const char *output, void *arg);
	void *arg;
};

static void
finish(struct script *script)
{
	char *text = xcalloc(1, OUTPUT_MAX_BYTES + 1);

	if (pread(script->output, text, OUTPUT_MAX_BYTES, 0) < 0)
		text[0] = '\0';
	script->done(text, script->arg);
	free(text);
	script_free(script);
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
start(struct script *script, const char *text, char *const *args,
    struct error *err)
{
	struct process *process;
	char **argv = strv_add(NULL, "/bin/sh");

	argv = strv_add(argv, "-c");
	argv = strv_add(argv, text);
	argv = strv_add(argv, "ccproc-script");
	for (; *args != NULL; args++)
		argv = strv_add(argv, *args);
	process = process_start(argv, -1, script->output, -1, ended, script,
	    err);
	strv_free(argv);
	return process;
}

struct script *
script_start(const char *text, char *const *args, int64_t deadline_ms,
    void (*done)(const char *output, void *arg), void *arg, struct error *err)
{
	struct script *script = xcalloc(1, sizeof(*script));

	script->done = done;
	script->arg = arg;
	script->deadline = loop_timer_new(on_deadline, script);
	script->output = memfd_create("ccproc-script", MFD_CLOEXEC);
	if (script->output == -1)
		fail_errno(err, "cannot make a file in memory");
	else
		script->process = start(script, text, args, err);
	if (script->process == NULL) {
		script_free(script);
		return NULL;
	}
	loop_timer_start(script->deadline, deadline_ms);
	return script;
}

void
script_free(struct script *script)
{
	if (script == NULL)
		return;
	if (script->process != NULL)
		process_abandon(script->process);
	event_free(script->deadline);
	if (script->output != -1)
		close(script->output);
	free(script);
}
