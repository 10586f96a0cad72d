/*
 * Probing directories and programs.  See probe.h and keeper/probe.c, which
 * does the looking.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/agent/profile.h"
#include "daemon/config.h"
#include "daemon/os/cached.h"
#include "daemon/os/helper.h"
#include "daemon/record/spec.h"
#include "daemon/session.h"
#include "daemon/task/environment.h"
#include "daemon/task/keeper.h"
#include "daemon/task/probe.h"
#include "daemon/worktree/worktree.h"

/* When a mount does not answer by then, the start of the task will tell. */
#define DEADLINE_MS 3000

struct probe {
	struct helper *helper;
	const struct task_spec *const *specs;
	size_t n;
	bool numbered;
	void (*done)(const struct error *problems, void *arg);
	void *arg;
};

/* What is looked for: no program, or none that is known, is NULL. */
struct question {
	const char *cwd, *program, *path;
};

static void
add_field(struct buf *out, const char *text)
{
	if (text == NULL)
		text = "";
	buf_add(out, text, strlen(text) + 1);
}

/* Returns a variable as the task will have it, or NULL. */
static const char *
get(const struct task_spec *spec, const struct session *session,
    const char *name)
{
	size_t len = strlen(name);
	char *const *pair;

	for (pair = spec->options.env; pair != NULL && *pair != NULL; pair++)
		if (strncmp(*pair, name, len) == 0 && (*pair)[len] == '=')
			return *pair + len + 1;
	return session_getenv(session, name);
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

/* Agents is what the caller frees. */
static struct question
question_of(const struct task_spec *spec, const struct session *session,
    char **agents)
{
	struct question q = { .path = get(spec, session, "PATH") };

	*agents = NULL;
	q.cwd = spec->cwd != NULL ? spec->cwd : session->cwd;
	if (spec->argv != NULL)
		q.program = spec->argv[0];
	else if (spec->shell == NULL) {
		q.program = agent_program(spec);
		q.path = *agents = environment_agent_path(q.path,
		    get(spec, session, "HOME"), keeper_bridge());
	}
	return q;
}

static void
add_question(struct buf *out, const struct task_spec *spec,
    const struct session *session)
{
	char *agents;
	struct question q = question_of(spec, session, &agents);

	add_field(out, q.cwd);
	add_field(out, q.program);
	add_field(out, q.path);
	free(agents);
}

static bool
is_cached(const struct question *q, size_t *looks)
{
	return cached_is(q->cwd, S_IFDIR, looks) == CACHED_IS &&
	    (q->program == NULL ||
		cached_program(q->program, q->path, looks) == CACHED_IS);
}

bool
probe_needed(const struct task_spec *spec, const struct session *session,
    size_t *looks)
{
	char *agents;
	struct question q;
	bool needed;

	if (spec->worktree)
		return true;
	if (spec->shell != NULL && spec->cwd == NULL)
		return false;
	q = question_of(spec, session, &agents);
	needed = !is_cached(&q, looks);
	free(agents);
	return needed;
}

/* Adds a line's problem; that of an agent's program names its setting. */
static void
add_problem(const struct probe *probe, const char *index, const char *text,
    int len, struct error *problems)
{
	size_t i = strtoul(index, NULL, 10);
	const struct task_spec *spec = i < probe->n ? probe->specs[i] : NULL;
	const char *agent;
	struct buf out = { 0 };

	if (probe->numbered)
		buf_printf(&out, "tasks[%zu].", i);
	buf_printf(&out, "%.*s", len, text);
	if (spec != NULL && task_spec_is_agent(spec) &&
	    strncmp(text, "program: ", 9) == 0) {
		agent = task_spec_is_claude(spec) ? "claude" :
						    spec->options.profile;
		buf_printf(&out,
		    "; name its path in agents.%s.command of the configuration",
		    agent);
	}
	fail_add(problems, ERR_INVALID, "%s", out.data);
	buf_clear(&out);
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
		add_problem(probe, line, tab + 1, (int)(end - tab - 1),
		    problems);
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
	probe->specs = specs;
	probe->n = n;
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
