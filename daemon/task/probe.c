/*
 * Probing directories and programs.  See probe.h and keeper/probe.c, which
 * does the looking.  Question and answer are files in memory, so nothing
 * can block on either.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/agent/profile.h"
#include "daemon/config.h"
#include "daemon/os/loop.h"
#include "daemon/os/process.h"
#include "daemon/record/spec.h"
#include "daemon/session.h"
#include "daemon/task/keeper.h"
#include "daemon/task/probe.h"

/* A mount that does not answer by then is the start's problem. */
#define DEADLINE_MS 3000
#define ANSWER_MAX_BYTES (64u << 10)

struct probe {
	struct process *process;
	struct event *deadline;
	int answer; /* a file in memory */
	bool numbered;
	void (*done)(const struct error *problems, void *arg);
	void *arg;
};

bool
probe_needed(const struct task_spec *spec)
{
	return spec->shell == NULL || spec->cwd != NULL || spec->worktree;
}

static void
add_field(struct buf *out, const char *text)
{
	if (text == NULL)
		text = "";
	buf_add(out, text, strlen(text) + 1);
}

/* The PATH that the task will have. */
static const char *
path_of(const struct task_spec *spec, const struct session *session)
{
	char *const *pair;

	for (pair = spec->options.env; pair != NULL && *pair != NULL; pair++)
		if (strncmp(*pair, "PATH=", 5) == 0)
			return *pair + 5;
	return session_getenv(session, "PATH");
}

/* NULL: that is known only when it starts. */
static const char *
agent_program(const struct task_spec *spec)
{
	const struct agent_profile *profile;

	if (task_spec_is_claude(spec))
		return config_claude_command()[0];
	profile = config_profile(spec->options.profile);
	return profile == NULL || strchr(profile->command[0], '{') != NULL ?
	    NULL :
	    profile->command[0];
}

static void
add_question(struct buf *out, const struct task_spec *spec,
    const struct session *session)
{
	const char *program = NULL;

	if (spec->argv != NULL)
		program = spec->argv[0];
	else if (spec->shell == NULL)
		program = agent_program(spec);
	add_field(out, spec->cwd != NULL ? spec->cwd : session->cwd);
	add_field(out, program);
	add_field(out, path_of(spec, session));
}

static int
memory_file(const struct buf *content, struct error *err)
{
	int fd = memfd_create("ccproc-probe", MFD_CLOEXEC);

	if (fd == -1 ||
	    (content->len > 0 &&
		write(fd, content->data, content->len) !=
		    (ssize_t)content->len) ||
	    lseek(fd, 0, SEEK_SET) == -1) {
		fail_errno(err, "cannot make a file in memory");
		if (fd != -1)
			close(fd);
		return -1;
	}
	return fd;
}

static void
finish(struct probe *probe, const struct error *problems)
{
	probe->done(problems, probe->arg);
	probe_free(probe);
}

/* One line a problem: "INDEX<TAB>what is wrong". */
static void
read_answer(struct probe *probe, struct error *problems)
{
	char *text = xcalloc(1, ANSWER_MAX_BYTES + 1), *line, *next, *tab;
	ssize_t n = pread(probe->answer, text, ANSWER_MAX_BYTES, 0);

	for (line = text; n > 0 && *line != '\0'; line = next) {
		next = strchrnul(line, '\n');
		if (*next == '\n')
			*next++ = '\0';
		tab = strchr(line, '\t');
		if (tab == NULL)
			continue;
		*tab = '\0';
		if (probe->numbered)
			fail_add(problems, ERR_INVALID, "tasks[%s].%s", line,
			    tab + 1);
		else
			fail_add(problems, ERR_INVALID, "%s", tab + 1);
	}
	free(text);
}

static void
ended(void *arg)
{
	struct probe *probe = arg;
	struct error problems;

	error_clear(&problems);
	read_answer(probe, &problems);
	finish(probe, &problems);
}

static void
on_deadline(int fd, short what, void *arg)
{
	struct error none;

	(void)fd;
	(void)what;
	error_clear(&none);
	finish(arg, &none);
}

static struct process *
start(struct probe *probe, char *const *argv, const struct buf *question,
    struct error *err)
{
	struct process *process;
	int in;

	in = memory_file(question, err);
	if (in == -1)
		return NULL;
	process = process_start(argv, in, probe->answer, -1, ended, probe, err);
	close(in);
	return process;
}

/* Those that need a repository are named by their places. */
static char **
command_line(const struct task_spec *const *specs, size_t n)
{
	char **argv = strv_add(NULL, keeper_path());
	char index[24];
	size_t i;

	argv = strv_add(argv, "--probe");
	for (i = 0; i < n; i++) {
		snprintf(index, sizeof(index), "%zu", i);
		if (specs[i]->worktree)
			argv = strv_add(argv, index);
	}
	return argv;
}

struct probe *
probe_new(const struct task_spec *const *specs, size_t n, bool numbered,
    const struct session *session,
    void (*done)(const struct error *problems, void *arg), void *arg,
    struct error *err)
{
	struct probe *probe = xcalloc(1, sizeof(*probe));
	struct buf question = { 0 }, nothing = { 0 };
	char **argv = command_line(specs, n);
	size_t i;

	probe->numbered = numbered;
	probe->done = done;
	probe->arg = arg;
	for (i = 0; i < n; i++)
		add_question(&question, specs[i], session);
	probe->deadline = loop_timer_new(on_deadline, probe);
	probe->answer = memory_file(&nothing, err);
	if (probe->answer != -1)
		probe->process = start(probe, argv, &question, err);
	buf_clear(&question);
	strv_free(argv);
	if (probe->process == NULL) {
		probe_free(probe);
		return NULL;
	}
	loop_timer_start(probe->deadline, DEADLINE_MS);
	return probe;
}

/* One that hangs is killed, and reaped when the kernel lets go of it. */
void
probe_free(struct probe *probe)
{
	if (probe == NULL)
		return;
	if (probe->process != NULL)
		process_abandon(probe->process);
	event_free(probe->deadline);
	if (probe->answer != -1)
		close(probe->answer);
	free(probe);
}
