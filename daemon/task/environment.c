/*
 * The environment of a task.  See environment.h.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/task/environment.h"

/*
 * What Claude Code gives its children and MCP servers to say which session
 * they belong to.  The user's settings (CLAUDE_CONFIG_DIR,
 * CLAUDE_CODE_MAX_RETRIES ...) and credentials pass.
 */
static const char *const session_names[] = {
	"AI_AGENT",
	"CCPROC_DEPTH",
	"CCPROC_PARENT",
	"CCPROC_TASK",
	"CLAUDECODE",
	"CLAUDE_CODE_CHILD_NOTES_DIR",
	"CLAUDE_CODE_CHILD_SESSION",
	"CLAUDE_CODE_ENTRYPOINT",
	"CLAUDE_CODE_EXECPATH",
	"CLAUDE_CODE_LAUNCHED_BY_SESSION_IDS",
	"CLAUDE_CODE_MESSAGING_SOCKET",
	"CLAUDE_CODE_MESSAGING_TOKEN",
	"CLAUDE_CODE_SESSION_ATTENDED",
	"CLAUDE_CODE_SESSION_ID",
	"CLAUDE_EFFORT",
	"CLAUDE_PID",
	"CLAUDE_PROJECT_DIR",
	"COREPACK_ENABLE_AUTO_PIN",
	"NoDefaultCurrentDirectoryInExePath",
};

/* GIT_EDITOR=true is Claude Code's; another value is the user's. */
static const char session_pair[] = "GIT_EDITOR=true";

static bool
same_name(const char *pair, const char *name, size_t len)
{
	return strncmp(pair, name, len) == 0 && pair[len] == '=';
}

static bool
ties_to_session(const char *pair)
{
	size_t i;

	for (i = 0; i < sizeof(session_names) / sizeof(session_names[0]); i++)
		if (same_name(pair, session_names[i], strlen(session_names[i])))
			return true;
	return strcmp(pair, session_pair) == 0;
}

static int
by_name(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	size_t nx = strcspn(x, "="), ny = strcspn(y, "=");
	int order = memcmp(x, y, nx < ny ? nx : ny);

	return order != 0 ? order : (nx > ny) - (nx < ny);
}

/* Sorted has n pairs: both may be many. */
static bool
overridden(const char *pair, char *const *sorted, size_t n)
{
	return n > 0 &&
	    bsearch(&pair, sorted, n, sizeof(*sorted), by_name) != NULL;
}

static void
add_pair(struct buf *out, const char *pair)
{
	buf_add(out, pair, strlen(pair) + 1);
}

static void
add_named(struct buf *out, const char *name, const char *value)
{
	char *pair = xasprintf("%s=%s", name, value);

	add_pair(out, pair);
	free(pair);
}

void
environment_build(const char *env, size_t len, char *const *extra,
    const struct environment_task *task, struct buf *out)
{
	size_t n = extra == NULL ? 0 : strv_len(extra);
	char **sorted = xcalloc(n + 1, sizeof(*sorted));
	const char *pair;
	char depth[32];

	if (n > 0)
		memcpy(sorted, extra, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_name);
	for (pair = env; pair < env + len; pair += strlen(pair) + 1)
		if (strchr(pair, '=') != NULL && !ties_to_session(pair) &&
		    !overridden(pair, sorted, n))
			add_pair(out, pair);
	free(sorted);
	for (; extra != NULL && *extra != NULL; extra++)
		if (!same_name(*extra, "CCPROC_TASK", 11) &&
		    !same_name(*extra, "CCPROC_PARENT", 13) &&
		    !same_name(*extra, "CCPROC_DEPTH", 12))
			add_pair(out, *extra);
	add_named(out, "CCPROC_TASK", task->name);
	if (task->parent != NULL)
		add_named(out, "CCPROC_PARENT", task->parent);
	snprintf(depth, sizeof(depth), "%lld", (long long)task->depth);
	add_named(out, "CCPROC_DEPTH", depth);
}
