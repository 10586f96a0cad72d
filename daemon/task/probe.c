/*
 * Probing directories and programs.  See probe.h and keeper/probe.c, which
 * does the looking.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/agent/profile.h"
#include "daemon/config.h"
#include "daemon/os/helper.h"
#include "daemon/record/spec.h"
#include "daemon/session.h"
#include "daemon/task/keeper.h"
#include "daemon/task/probe.h"
#include "daemon/worktree/worktree.h"

/* When a mount does not answer by then, the start of the task will tell. */
#define DEADLINE_MS 3000

struct probe {
	struct helper *helper;
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

/* Returns the PATH that the task will have. */
static const char *
path_of(const struct task_spec *spec, const struct session *session)
{
	char *const *pair;

	for (pair = spec->options.env; pair != NULL && *pair != NULL; pair++)
		if (strncmp(*pair, "PATH=", 5) == 0)
			return *pair + 5;
	return session_getenv(session, "PATH");
}

/* Returns the program of an agent; NULL: known only at its start. */
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

/* Each line of an answer is one problem: "INDEX<TAB>what is wrong". */
static void
read_answer(const struct probe *probe, const char *answer,
    struct error *problems)
{
	const char *line, *end, *tab;

	for (line = answer; *line != '\0';
	     line = *end == '\0' ? end : end + 1) {
		end = strchrnul(line, '\n');
		tab = memchr(line, '\t', (size_t)(end - line));
		if (tab == NULL)
			continue;
		if (probe->numbered)
			fail_add(problems, ERR_INVALID, "tasks[%.*s].%.*s",
			    (int)(tab - line), line, (int)(end - tab - 1),
			    tab + 1);
		else
			fail_add(problems, ERR_INVALID, "%.*s",
			    (int)(end - tab - 1), tab + 1);
	}
}

static void
answered(const char *answer, bool ended, void *arg)
{
	struct probe *probe = arg;
	struct error problems;

	error_clear(&problems);
	if (ended)
		read_answer(probe, answer, &problems);
	probe->helper = NULL; /* frees itself after this */
	probe->done(&problems, probe->arg);
	probe_free(probe);
}

/*
 * The arguments are the indices of those specs that need a repository.  NULL
 * with err: the script that makes worktrees is not there.
 */
static char **
command_line(const struct task_spec *const *specs, size_t n, struct error *err)
{
	char **argv = strv_add(NULL, keeper_path());
	char index[24];
	size_t i;

	argv = strv_add(argv, "--probe");
	for (i = 0; i < n; i++) {
		if (!specs[i]->worktree)
			continue;
		if (worktree_check(err) != 0) {
			strv_free(argv);
			return NULL;
		}
		snprintf(index, sizeof(index), "%zu", i);
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
	struct probe *probe;
	struct buf question = { 0 };
	char **argv = command_line(specs, n, err);
	size_t i;

	if (argv == NULL)
		return NULL;
	probe = xcalloc(1, sizeof(*probe));
	probe->numbered = numbered;
	probe->done = done;
	probe->arg = arg;
	for (i = 0; i < n; i++)
		add_question(&question, specs[i], session);
	probe->helper = helper_start(argv, &question, DEADLINE_MS, answered,
	    probe, err);
	buf_clear(&question);
	strv_free(argv);
	if (probe->helper != NULL)
		return probe;
	probe_free(probe);
	return NULL;
}

void
probe_free(struct probe *probe)
{
	if (probe == NULL)
		return;
	helper_free(probe->helper);
	free(probe);
}
