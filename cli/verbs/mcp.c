/*
 * ccproc mcp: makes ccproc known to Claude Code and other MCP clients, each by
 * its own command.  Long because each client is told, and asked, in its own way.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/claude.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/path.h"
#include "cli/say.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/program.h"
#include "json/json.h"

#define SERVER "ccproc"
/* None of the clients knows it. */
#define STATUS_UNKNOWN 1

struct mcp_options {
	const char *scope;
	bool no_allow;
};

static const struct option_row rows[] = {
	OPTION_TEXT(struct mcp_options, scope, .letter = 's', .name = "scope",
	    .value = "SCOPE", .help = "user (add: default), project or local"),
	OPTION_FLAG(struct mcp_options, no_allow, .name = "no-allow",
	    .help = "add: Claude Code asks before each tool"),
	END_OF_OPTIONS,
};

static const struct mcp_options defaults = { .scope = NULL };
static const char *const actions[] = { "status", "add", "remove", "serve",
	NULL };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb mcp_verb = {
	.name = "mcp",
	.synopsis =
	    "[-s SCOPE] [--no-allow] [status | add | remove | serve] [claude | codex | gemini]",
	.summary = "Make ccproc known to Claude Code, Codex or Gemini CLI",
	.details =
	    "\nIt is their own command that adds or removes it.  In Claude "
	    "Code the tools that\nonly read are allowed, too.  Status "
	    "tells what their files have, and exits with 1\nwhere none "
	    "has it.  Serve becomes the bridge, for clients that start "
	    "ccproc from\na package: one that is added runs the bridge "
	    "itself.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct mcp_options),
	.words = "action and client",
	.max_words = 2,
	.actions = actions,
	.alone = true,
	.check = check,
	.run = run,
};

/* Which client, and what is asked for. */
struct wish {
	const struct mcp_options *options;
	enum claude_scope scope;
	char bridge[PATH_MAX];
};

static int
find_scope(const char *name)
{
	int scope;

	if (name == NULL)
		return CLAUDE_USER;
	for (scope = 0; scope < CLAUDE_SCOPES; scope++)
		if (strcmp(claude_scope_name((enum claude_scope)scope), name) ==
		    0)
			return scope;
	return -1;
}

/* Runs a client's own command, which says what it does.  Takes argv. */
static int
run_client(char **argv, struct error *err)
{
	char *path = path_find(argv[0]), *name = argv[0];
	int status;

	if (path == NULL) {
		fail(err, ERR_NOT_FOUND,
		    "%s is not in PATH, so it cannot be told of ccproc; "
		    "install it, or put it into PATH",
		    name);
		strv_free(argv);
		return -1;
	}
	argv[0] = path;
	status = child_run(argv, -1, NULL);
	if (status != 0)
		fail(err, ERR_SYSTEM, "%s mcp %s has failed, as it says above",
		    name, argv[2]);
	free(name);
	strv_free(argv);
	return status == 0 ? 0 : -1;
}

static char **
words_of(const char *const *words)
{
	char **argv = NULL;

	for (; *words != NULL; words++)
		argv = strv_add(argv, *words);
	return argv;
}

/* Where ours is, if not at the usual place: their servers see little else. */
static char **
add_environment(char **argv, const char *option)
{
	static const char *const names[] = { "CCPROC_SOCKET",
		"CCPROC_STATE_DIR", "CCPROC_CONFIG", "XDG_RUNTIME_DIR",
		"XDG_STATE_HOME", "XDG_CONFIG_HOME" };
	const char *value;
	char *word;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = getenv(names[i]);
		if (value == NULL || *value == '\0')
			continue;
		word = xasprintf("%s=%s", names[i], value);
		argv = strv_add(strv_add(argv, option), word);
		free(word);
	}
	return argv;
}

static int
claude_command(const struct wish *wish, bool add, struct error *err)
{
	const char *const words[] = { "claude", "mcp", add ? "add" : "remove",
		"-s", claude_scope_name(wish->scope), SERVER, NULL };
	char **argv = words_of(words);

	if (add)
		argv = strv_add(strv_add(argv, "--"), wish->bridge);
	return run_client(argv, err);
}

/* Rules, and whether they are there already, are another matter. */
static int
change_rules(struct claude *claude, const struct wish *wish, bool allow,
    struct error *err)
{
	char *path = claude_settings_path(claude, wish->scope);
	int changed = claude_allow(claude, wish->scope, allow, err);

	if (changed == 1)
		printf("%s check_tasks, list_tasks and read_output without a "
		       "question in %s\n",
		    allow ? "allowed" : "no longer allowed", path);
	free(path);
	return changed == -1 ? -1 : 0;
}

static int
claude_add(const struct wish *wish, struct error *err)
{
	enum claude_scope scope;
	struct claude claude;
	char *command;
	int result = 0;

	claude_open(&claude);
	if (wish->options->scope == NULL && claude_plugin(&claude) != NULL) {
		printf("claude knows it already: plugin %s\n",
		    claude_plugin(&claude));
		claude_close(&claude);
		return 0;
	}
	command = claude_server(&claude, &scope);
	if (command != NULL && scope == wish->scope &&
	    strcmp(command, wish->bridge) == 0)
		printf("claude knows it already: %s (%s)\n", command,
		    claude_scope_name(scope));
	else {
		if (command != NULL && scope == wish->scope)
			result = claude_command(wish, false, err);
		if (result == 0)
			result = claude_command(wish, true, err);
	}
	if (result == 0 && !wish->options->no_allow)
		result = change_rules(&claude, wish, true, err);
	if (command != NULL && scope != wish->scope &&
	    strcmp(command, wish->bridge) != 0)
		say("another one is named in the scope %s, and claude runs the "
		    "one of the nearer scope: %s",
		    claude_scope_name(scope), command);
	free(command);
	claude_close(&claude);
	return result;
}

/* From where it is, unless a scope is named. */
static int
claude_remove(const struct wish *asked, struct error *err)
{
	struct wish wish = *asked;
	enum claude_scope scope;
	struct claude claude;
	char *command;
	int result = 0;

	claude_open(&claude);
	command = claude_server(&claude, &scope);
	if (command != NULL && asked->options->scope == NULL)
		wish.scope = scope;
	if (command == NULL)
		puts("claude does not know it");
	else
		result = claude_command(&wish, false, err);
	if (result == 0)
		result = change_rules(&claude, &wish, false, err);
	free(command);
	claude_close(&claude);
	return result;
}

static char *
claude_status(const char **scope)
{
	enum claude_scope found;
	struct claude claude;
	char *command;

	claude_open(&claude);
	command = claude_server(&claude, &found);
	*scope = claude_scope_name(found);
	if (command == NULL && claude_plugin(&claude) != NULL) {
		command = xstrdup(claude_plugin(&claude));
		*scope = "plugin";
	}
	claude_close(&claude);
	return command;
}

static int
codex_add(const struct wish *wish, struct error *err)
{
	static const char *const words[] = { "codex", "mcp", "add", SERVER,
		NULL };
	char **argv = add_environment(words_of(words), "--env");

	return run_client(strv_add(strv_add(argv, "--"), wish->bridge), err);
}

static int
codex_remove(const struct wish *wish, struct error *err)
{
	static const char *const words[] = { "codex", "mcp", "remove", SERVER,
		NULL };

	(void)wish;
	return run_client(words_of(words), err);
}

/* The text of a file of a client's; NULL: there is none. */
static char *
read_file(const char *variable, const char *below_home, const char *name)
{
	const char *dir = getenv(variable), *home = getenv("HOME");
	bool own = dir != NULL && *dir != '\0';
	char *path = xasprintf("%s%s/%s",
	    own              ? dir :
		home == NULL ? "" :
			       home,
	    own ? "" : below_home, name);
	struct buf text = { 0 };
	struct error ignored;
	int result = input_regular(path, true, LINE_MAX_BYTES, &text, &ignored);

	free(path);
	if (result == 0)
		return buf_steal(&text);
	buf_clear(&text);
	return NULL;
}

/* The line behind the head of its table. */
static char *
codex_status(const char **scope)
{
	static const char key[] = "command = \"";
	char *text = read_file("CODEX_HOME", "/.codex", "config.toml");
	char *at = text == NULL ? NULL :
				  strstr(text, "[mcp_servers." SERVER "]");
	char *command = NULL;

	*scope = "user";
	at = at == NULL ? NULL : strstr(at, key);
	if (at != NULL) {
		at += strlen(key);
		command = xstrndup(at, strcspn(at, "\"\n"));
	}
	free(text);
	return command;
}

static int
gemini_add(const struct wish *wish, struct error *err)
{
	const char *const words[] = { "gemini", "mcp", "add", "-s",
		claude_scope_name(wish->scope), SERVER, wish->bridge, NULL };

	return run_client(add_environment(words_of(words), "-e"), err);
}

static int
gemini_remove(const struct wish *wish, struct error *err)
{
	const char *const words[] = { "gemini", "mcp", "remove", "-s",
		claude_scope_name(wish->scope), SERVER, NULL };

	return run_client(words_of(words), err);
}

static char *
gemini_status(const char **scope)
{
	char *text = read_file("GEMINI_CLI_HOME", "/.gemini", "settings.json");
	struct json_object *file = NULL, *server;
	struct error ignored;
	char *command;

	*scope = "user";
	if (text != NULL)
		file = json_parse(text, strlen(text), &ignored);
	server = json_object_at(json_object_at(file, "mcpServers"), SERVER);
	command = xstrdup(json_string_at(server, "command"));
	json_object_put(file);
	free(text);
	return command;
}

static const struct client {
	const char *name;
	int (*add)(const struct wish *wish, struct error *err);
	int (*remove)(const struct wish *wish, struct error *err);
	/* Returns the command in its files; NULL: it is not known there. */
	char *(*status)(const char **scope);
} clients[] = {
	{ "claude", claude_add, claude_remove, claude_status },
	{ "codex", codex_add, codex_remove, codex_status },
	{ "gemini", gemini_add, gemini_remove, gemini_status },
};
#define NCLIENTS (sizeof(clients) / sizeof(clients[0]))

static const struct client *
find_client(const char *name)
{
	size_t i;

	for (i = 0; i < NCLIENTS; i++)
		if (strcmp(clients[i].name, name) == 0)
			return &clients[i];
	return NULL;
}

static int
check(const void *options, char *const *words, struct error *err)
{
	const struct mcp_options *o = options;

	if (words[0] != NULL && words[1] != NULL &&
	    find_client(words[1]) == NULL)
		fail(err, ERR_INVALID,
		    "expected claude, codex or gemini, got '%.60s'; others are "
		    "told to run ccproc-bridge in their own configuration",
		    words[1]);
	else if (words[0] != NULL && words[1] != NULL &&
	    strcmp(words[0], "serve") == 0)
		fail(err, ERR_INVALID,
		    "expected nothing after serve, which serves any client, "
		    "got '%.60s'",
		    words[1]);
	else if (find_scope(o->scope) == -1)
		fail(err, ERR_INVALID,
		    "--scope: expected user, project or local, got '%.60s'",
		    o->scope);
	else
		return 0;
	return -1;
}

static int
status(const char *only)
{
	const char *scope;
	char *command, *line;
	bool any = false;
	size_t i;

	for (i = 0; i < NCLIENTS; i++) {
		if (only != NULL && strcmp(only, clients[i].name) != 0)
			continue;
		command = clients[i].status(&scope);
		any |= command != NULL;
		line = command == NULL ?
		    xasprintf("%-7s no", clients[i].name) :
		    xasprintf("%-7s %s (%s)%s", clients[i].name, command, scope,
			command[0] == '/' && access(command, X_OK) != 0 ?
			    ", which is not there" :
			    "");
		text_print(stdout, line);
		free(line);
		free(command);
	}
	return any ? 0 : STATUS_UNKNOWN;
}

/* Does not return where it can become the bridge. */
static int
serve(struct wish *wish, struct error *err)
{
	char *argv[] = { wish->bridge, NULL };

	execv(wish->bridge, argv);
	fail_errno(err, "cannot run %s", wish->bridge);
	return -1;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct mcp_options *o = options;
	const struct client *client;
	struct wish wish = { .options = o };
	struct error err;

	(void)rpc;
	if (words[0] == NULL || strcmp(words[0], "status") == 0)
		return status(words[0] == NULL ? NULL : words[1]);
	client = words[1] == NULL ? &clients[0] : find_client(words[1]);
	wish.scope = (enum claude_scope)find_scope(o->scope);
	if (program_sibling("ccproc-bridge", wish.bridge, sizeof(wish.bridge),
		&err) == 0 &&
	    (strcmp(words[0], "serve") == 0 ? serve(&wish, &err) :
		    strcmp(words[0], "add") == 0 ?
					      client->add(&wish, &err) :
					      client->remove(&wish, &err)) == 0)
		return 0;
	return say_failed(&err);
}
