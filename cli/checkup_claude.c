/*
 * The checks of Claude Code.  See checkup_claude.h.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/checkup.h"
#include "cli/checkup_claude.h"
#include "cli/claude.h"
#include "cli/path.h"
#include "common/error.h"
#include "common/paths.h"
#include "json/json.h"

static bool
check_program(struct checkup *checkup)
{
	char *path = path_find("claude");

	if (path != NULL)
		checkup_add(checkup, "claude", CHECKUP_OK, NULL, "%s", path);
	else
		checkup_add(checkup, "claude", CHECKUP_NOTE,
		    "install Claude Code, or name its path in "
		    "agents.claude.command of the configuration",
		    "not in PATH, so agents cannot be started from here");
	free(path);
	return path != NULL;
}

static void
check_login(struct checkup *checkup, const struct claude *claude)
{
	const char *login = claude_login(claude);

	if (login != NULL)
		checkup_add(checkup, "login", CHECKUP_OK, NULL, "by %s", login);
	else
		checkup_add(checkup, "login", CHECKUP_NOTE,
		    "run claude and /login there, or set ANTHROPIC_API_KEY",
		    "no login of claude is seen in %s or the environment",
		    claude->dir);
}

static void
check_trust(struct checkup *checkup, const struct claude *claude)
{
	if (claude_trusts(claude))
		checkup_add(checkup, "trust", CHECKUP_OK, NULL, "%s",
		    claude->cwd);
	else
		checkup_add(checkup, "trust", CHECKUP_NOTE,
		    "run claude here once and answer its dialog",
		    "%s is not trusted yet, so its .mcp.json and settings do "
		    "not count",
		    claude->cwd);
}

/* A repository may name a program of its own, and call it as it likes. */
static bool
is_ours(const char *path)
{
	char own[4096];
	struct stat st, at;
	struct error ignored;

	return paths_program("ccproc-bridge", own, sizeof(own), &ignored) ==
	    0 &&
	    stat(own, &st) == 0 && stat(path, &at) == 0 &&
	    st.st_dev == at.st_dev && st.st_ino == at.st_ino;
}

static void
check_server(struct checkup *checkup, const struct claude *claude)
{
	static const char again[] = "ccproc mcp remove, and ccproc mcp add";
	enum claude_scope scope;
	char *command = claude_server(claude, &scope), *path = NULL;
	const char *name, *plugin = claude_plugin(claude);

	if (command == NULL && plugin != NULL) {
		checkup_add(checkup, "server", CHECKUP_OK, NULL,
		    "of the plugin %s", plugin);
		return;
	}
	if (plugin != NULL)
		checkup_add(checkup, "plugin", CHECKUP_NOTE,
		    "ccproc mcp remove, or claude plugin disable",
		    "%s has a server, too, so the model sees each tool twice",
		    plugin);
	if (command == NULL) {
		checkup_add(checkup, "server", CHECKUP_BAD, "ccproc mcp add",
		    "claude does not know ccproc here");
		return;
	}
	name = strrchr(command, '/');
	name = name == NULL ? command : name + 1;
	path = command[0] == '/' ? NULL : path_find(command);
	if (path == NULL && access(command, X_OK) != 0)
		checkup_add(checkup, "server", CHECKUP_BAD, again,
		    "claude is told to run %s, which is not there", command);
	else if (strcmp(name, "ccproc-bridge") != 0)
		checkup_add(checkup, "server", CHECKUP_NOTE, again,
		    "claude runs %s, expected a ccproc-bridge", command);
	else if (!is_ours(path != NULL ? path : command))
		checkup_add(checkup, "server", CHECKUP_NOTE, again,
		    "claude runs %s (%s), which is not the ccproc-bridge of "
		    "this ccproc",
		    command, claude_scope_name(scope));
	else
		checkup_add(checkup, "server", CHECKUP_OK, NULL, "%s (%s)",
		    command, claude_scope_name(scope));
	free(path);
	free(command);
}

static void
check_rules(struct checkup *checkup, const struct claude *claude)
{
	enum claude_scope scope;
	char *command = claude_server(claude, &scope);
	bool plugin_only = command == NULL && claude_plugin(claude) != NULL;
	size_t i;

	free(command);
	for (i = 0; claude_reading_tools[i] != NULL && !plugin_only; i++)
		if (!claude_allows(claude, claude_reading_tools[i])) {
			checkup_add(checkup, "allow rules", CHECKUP_NOTE,
			    "ccproc mcp add allows what only reads",
			    "claude asks before each %s",
			    claude_reading_tools[i]);
			return;
		}
	checkup_add(checkup, "allow rules", CHECKUP_OK, NULL,
	    "what only reads goes without a question");
}

/* Sessions that are connected now, and those of the newer protocol. */
static void
check_sessions(struct checkup *checkup, struct json_object *debug)
{
	struct json_object *clients = json_array_at(debug, "clients"), *client;
	size_t i, n = clients == NULL ? 0 : json_object_array_length(clients);
	size_t sessions = 0, modern = 0;
	const char *kind, *era;

	for (i = 0; i < n; i++) {
		client = json_object_array_get_idx(clients, i);
		kind = json_string_at(client, "client");
		era = json_string_at(client, "era");
		if (kind == NULL || strcmp(kind, "ccproc") == 0)
			continue;
		sessions++;
		modern += era != NULL && strcmp(era, "2026-07-28") >= 0;
	}
	if (sessions == 0)
		checkup_add(checkup, "sessions", CHECKUP_OK, NULL,
		    "none is connected now");
	else if (modern == 0)
		checkup_add(checkup, "sessions", CHECKUP_NOTE,
		    "a newer Claude Code on a terminal is woken when tasks end",
		    "%zu connected, none with the tasks extension", sessions);
	else
		checkup_add(checkup, "sessions", CHECKUP_OK, NULL,
		    "%zu connected, %zu with MCP 2026-07-28, whose tasks "
		    "extension wakes models",
		    sessions, modern);
}

void
checkup_claude(struct checkup *checkup, struct json_object *debug)
{
	struct claude claude;

	if (check_program(checkup)) {
		claude_open(&claude);
		check_login(checkup, &claude);
		check_trust(checkup, &claude);
		check_server(checkup, &claude);
		check_rules(checkup, &claude);
		claude_close(&claude);
	}
	check_sessions(checkup, debug);
}
