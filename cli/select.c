/*
 * Which tasks a verb is about.  See select.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/path.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/select.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "common/error.h"
#include "common/mem.h"

/* Names on stdin, which are read whole. */
#define NAMES_MAX_BYTES (16u << 20)
/* Tasks that a question shows. */
#define SHOWN 10

static const char *const live_states[] = { "needs_input", "running", "queued",
	NULL };
static const char *const ended_states[] = { "completed", "failed", "timeout",
	"cancelled", "lost", NULL };

static bool
has_states(const struct select *s)
{
	return s->running || s->queued || s->failed;
}

bool
select_is_used(const struct select *s)
{
	return s->all || has_states(s) || s->mine || s->cwd != NULL ||
	    s->label != NULL || s->group != NULL || s->since_ms > 0;
}

/* A variable that was not set: it must not come to mean all, or another one. */
static int
check_empty(const struct select *s, char *const *words, struct error *err)
{
	const char *empty = s->label != NULL && *s->label == '\0' ? "--label" :
	    s->group != NULL && *s->group == '\0'                 ? "--group" :
	    s->cwd != NULL && *s->cwd == '\0'                     ? "--cwd" :
								    NULL;

	for (; empty == NULL && *words != NULL; words++)
		if (**words == '\0')
			empty = "ID";
	if (empty == NULL)
		return 0;
	fail(err, ERR_INVALID,
	    "%s: is empty, perhaps a variable that is not set", empty);
	return -1;
}

int
select_check(const struct select *s, char *const *words, struct error *err)
{
	const char *session = getenv("CLAUDE_CODE_SESSION_ID");

	if (check_empty(s, words, err) != 0)
		return -1;
	if (s->mine && (session == NULL || *session == '\0'))
		fail(err, ERR_INVALID,
		    "--mine: this shell belongs to no Claude Code session "
		    "(CLAUDE_CODE_SESSION_ID is not set); leave it out");
	else if (words[0] != NULL && select_is_used(s))
		fail(err, ERR_INVALID,
		    "expected either ids or options that select tasks, got "
		    "both");
	else
		return 0;
	return -1;
}

int
select_check_some(const struct select *s, char *const *words, struct error *err)
{
	if (words[0] == NULL && !select_is_used(s)) {
		fail(err, ERR_INVALID,
		    "expected ID, or what selects tasks, such as --all, "
		    "--running or --label GLOB");
		return -1;
	}
	return select_check(s, words, err);
}

static bool
is_selected(const struct select *s, const char *state)
{
	if (!has_states(s))
		return true;
	if (strcmp(state, "queued") == 0)
		return s->queued;
	if (strcmp(state, "needs_input") == 0 || strcmp(state, "running") == 0)
		return s->running;
	return s->failed && status_failed(state);
}

int
select_list(struct rpc *rpc, const struct select *s,
    struct tasks_filter *filter, struct tasks *tasks, struct error *err)
{
	const char *const *of = filter->states != NULL ? filter->states :
	    filter->active                             ? live_states :
							 ended_states;
	const char *states[8];
	char *cwd = s->cwd == NULL ? NULL : path_absolute(s->cwd);
	size_t n = 0;
	int result = 0;

	for (; *of != NULL; of++)
		if (is_selected(s, *of))
			states[n++] = *of;
	states[n] = NULL;
	filter->states = states;
	filter->mine = s->mine;
	filter->cwd = cwd;
	filter->label = s->label;
	filter->group = s->group;
	filter->since_ms = s->since_ms;
	if (n > 0)
		result = tasks_list(rpc, filter, tasks, err);
	filter->states = NULL;
	free(cwd);
	return result;
}

static int
list_all(struct rpc *rpc, const struct select *s, enum select_scope scope,
    struct tasks *tasks, struct error *err)
{
	struct tasks_filter filter = { .active = true, .limit = -1 };
	bool live = s->running || s->queued ||
	    (!s->failed && scope != SELECT_ENDED);
	bool ended = s->failed || (!has_states(s) && scope != SELECT_LIVE);

	if (live && select_list(rpc, s, &filter, tasks, err) != 0)
		return -1;
	filter.active = false;
	return ended ? select_list(rpc, s, &filter, tasks, err) : 0;
}

/* Adds the words of a line, or what stands before its first tabulator. */
static char **
add_line(char **names, char *line)
{
	char *tab = strchr(line, '\t'), *word, *save;

	if (tab != NULL)
		*tab = '\0';
	for (word = strtok_r(line, " \r", &save); word != NULL;
	     word = strtok_r(NULL, " \r", &save))
		names = strv_add(names, word);
	return names;
}

/* Adds the names on stdin; NULL with err. */
static char **
add_stdin(char **names, struct error *err)
{
	struct buf text = { 0 };
	char *rest, *line;
	ssize_t n;

	do {
		buf_reserve(&text, 4096);
		n = read(STDIN_FILENO, text.data + text.len, 4096);
		if (n > 0)
			text.len += (size_t)n;
	} while (text.len < NAMES_MAX_BYTES &&
	    (n > 0 || (n == -1 && errno == EINTR)));
	if (n == -1)
		fail_errno(err, "cannot read ids from stdin");
	else if (n > 0)
		fail(err, ERR_LIMIT, "stdin has more ids than can be read");
	text.data[text.len] = '\0';
	for (rest = text.data; n == 0 && (line = strsep(&rest, "\n")) != NULL;)
		names = add_line(names, line);
	buf_clear(&text);
	if (n == 0)
		return names == NULL ? xcalloc(1, sizeof(*names)) : names;
	strv_free(names);
	return NULL;
}

static char **
names_of(char *const *words, struct error *err)
{
	char **names = xcalloc(1, sizeof(*names));

	for (; *words != NULL && names != NULL; words++)
		names = strcmp(*words, "-") == 0 ? add_stdin(names, err) :
						   strv_add(names, *words);
	return names;
}

char **
select_tasks(struct rpc *rpc, const struct select *s, char *const *words,
    enum select_scope scope, struct tasks *tasks, struct error *err)
{
	const struct tasks_query query = { .wait_s = 0 };
	char **names = NULL;
	int result = 0;

	if (words[0] == NULL)
		result = list_all(rpc, s, scope, tasks, err);
	else if ((names = names_of(words, err)) == NULL)
		return NULL;
	else if (names[0] != NULL)
		result = tasks_check(rpc, names, &query, tasks, err);
	strv_free(names);
	return result == 0 ? tasks_names(tasks) : NULL;
}

int
select_whole(struct rpc *rpc, const struct select *s, char *const *words,
    struct tasks *tasks, struct error *err)
{
	const struct tasks_query query = { .result_chars = TASKS_RESULT_CHARS };
	char **ids = select_tasks(rpc, s, words, SELECT_ANY, tasks, err);
	int result;

	if (ids == NULL)
		return -1;
	tasks_clear(tasks);
	result = ids[0] == NULL ? 0 : tasks_check(rpc, ids, &query, tasks, err);
	strv_free(ids);
	return result;
}

static void
show(const struct tasks *tasks)
{
	const struct task_info *task;
	char *name, *clean;
	size_t i;

	for (i = 0; i < tasks->n && i < SHOWN; i++) {
		task = &tasks->info[i];
		clean = text_clean(task->name != NULL ? task->name : "", false);
		name = text_cut(clean, 60, false);
		fprintf(stderr, "  %s %s %s\n", task->id, task->state, name);
		free(name);
		free(clean);
	}
	if (i < tasks->n)
		fprintf(stderr, "  and %zu more\n", tasks->n - i);
}

bool
select_confirm(const struct tasks *tasks, const char *deed)
{
	char answer[16] = "";

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	show(tasks);
	fprintf(stderr, "%s %zu task%s? [y/N] ", deed, tasks->n,
	    plural(tasks->n));
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		fputs("\n", stderr);
	if (answer[0] == 'y' || answer[0] == 'Y')
		return true;
	say("nothing was done");
	return false;
}
