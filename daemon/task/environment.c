/*
 * The environment of a task.  See environment.h.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/utf8.h"
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

/* A conversation is an id in one of these. */
static const char *const home_names[] = {
	"CLAUDE_CONFIG_DIR",
	"CODEX_HOME",
	"HOME",
};
#define NHOMES (sizeof(home_names) / sizeof(home_names[0]))

static bool
is_home(const char *pair)
{
	size_t i;

	for (i = 0; i < NHOMES; i++)
		if (same_name(pair, home_names[i], strlen(home_names[i])))
			return true;
	return false;
}

char **
environment_homes(const struct buf *env)
{
	char **homes = NULL;
	const char *pair;
	bool utf8 = true;

	for (pair = env->data; pair < env->data + env->len;
	     pair += strlen(pair) + 1)
		if (is_home(pair)) {
			utf8 &= utf8_valid(pair, strlen(pair));
			homes = strv_add(homes, pair);
		}
	if (utf8)
		return homes;
	strv_free(homes); /* no record can hold it */
	return NULL;
}

/* Adds a folder unless it is there. */
static void
add_dir(struct buf *path, const char *dir, size_t len)
{
	const char *at = path->data;
	size_t n;

	if (len == 0 || dir[0] != '/')
		return;
	for (; at != NULL; at = at[n] == '\0' ? NULL : at + n + 1) {
		n = strcspn(at, ":");
		if (n == len && memcmp(at, dir, len) == 0)
			return;
	}
	buf_puts(path, ":");
	buf_add(path, dir, len);
}

char *
environment_agent_path(const char *path, const char *home, const char *bridge)
{
	static const char *const below_home[] = { ".local/bin",
		".claude/local" };
	struct buf out = { 0 };
	char *dir;
	size_t i;

	/* without one the keeper looks there */
	buf_puts(&out,
	    path == NULL || *path == '\0' ? "/usr/local/bin:/usr/bin:/bin" :
					    path);
	if (strrchr(bridge, '/') != NULL)
		add_dir(&out, bridge, (size_t)(strrchr(bridge, '/') - bridge));
	for (i = 0; home != NULL && i < 2; i++) {
		dir = xasprintf("%s/%s", home, below_home[i]);
		add_dir(&out, dir, strlen(dir));
		free(dir);
	}
	return buf_steal(&out);
}

const char *
environment_get(const struct buf *env, const char *name)
{
	size_t len = strlen(name);
	const char *pair;

	for (pair = env->data; pair < env->data + env->len;
	     pair += strlen(pair) + 1)
		if (same_name(pair, name, len))
			return pair + len + 1;
	return NULL;
}

static void
drop(struct buf *env, bool (*which)(const char *pair))
{
	struct buf out = { 0 };
	const char *pair;

	for (pair = env->data; pair < env->data + env->len;
	     pair += strlen(pair) + 1)
		if (!which(pair))
			add_pair(&out, pair);
	buf_clear(env);
	*env = out;
}

static bool
is_path(const char *pair)
{
	return same_name(pair, "PATH", 4);
}

static void
add_agent(const struct environment_task *task, struct buf *env)
{
	char *const *home = task->homes;
	char *path;

	if (home != NULL)
		drop(env, is_home);
	for (; home != NULL && *home != NULL; home++)
		add_pair(env, *home);
	path = environment_agent_path(environment_get(env, "PATH"),
	    environment_get(env, "HOME"), task->bridge);
	drop(env, is_path);
	add_named(env, "PATH", path);
	free(path);
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
	if (task->bridge != NULL)
		add_agent(task, out);
}
