/*
 * Claude Code's files.  See claude.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/claude.h"
#include "cli/input.h"
#include "common/error.h"
#include "common/io.h"
#include "common/limits.h"
#include "common/mem.h"
#include "json/json.h"

#define SERVER "ccproc"
#define RULE "mcp__" SERVER

const char *const claude_reading_tools[] = { "check_tasks", "list_tasks",
	"read_output", NULL };

const char *
claude_scope_name(enum claude_scope scope)
{
	static const char *const names[] = { [CLAUDE_USER] = "user",
		[CLAUDE_PROJECT] = "project",
		[CLAUDE_LOCAL] = "local" };

	return names[scope];
}

/* NULL: it is not there, or no JSON. */
static struct json_object *
read_json(const char *path)
{
	struct json_object *value = NULL;
	struct buf text = { 0 };
	struct error ignored;

	if (input_regular(path, true, LINE_MAX_BYTES, &text, &ignored) == 0 &&
	    text.len > 0)
		value = json_parse(text.data, text.len, &ignored);
	buf_clear(&text);
	return value;
}

char *
claude_settings_path(const struct claude *claude, enum claude_scope scope)
{
	if (scope == CLAUDE_USER)
		return xasprintf("%s/settings.json", claude->dir);
	return xasprintf("%s/.claude/settings%s.json", claude->cwd,
	    scope == CLAUDE_LOCAL ? ".local" : "");
}

void
claude_open(struct claude *claude)
{
	const char *dir = getenv("CLAUDE_CONFIG_DIR"), *home = getenv("HOME");
	bool own = dir != NULL && *dir != '\0';
	char *path;
	int scope;

	if (home == NULL)
		home = "/";
	claude->dir = own ? xstrdup(dir) : xasprintf("%s/.claude", home);
	claude->cwd = getcwd(NULL, 0);
	if (claude->cwd == NULL)
		claude->cwd = xstrdup("/");
	path = xasprintf("%s/.claude.json", own ? dir : home);
	claude->state = read_json(path);
	free(path);
	for (scope = 0; scope < CLAUDE_SCOPES; scope++) {
		path = claude_settings_path(claude, (enum claude_scope)scope);
		claude->settings[scope] = read_json(path);
		free(path);
	}
}

void
claude_close(struct claude *claude)
{
	int scope;

	for (scope = 0; scope < CLAUDE_SCOPES; scope++)
		json_object_put(claude->settings[scope]);
	json_object_put(claude->state);
	free(claude->cwd);
	free(claude->dir);
}

const char *
claude_login(const struct claude *claude)
{
	static const char *const names[] = { "ANTHROPIC_API_KEY",
		"ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN",
		"CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX" };
	const char *value;
	bool there;
	char *path;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = getenv(names[i]);
		if (value != NULL && *value != '\0')
			return names[i];
	}
	path = xasprintf("%s/.credentials.json", claude->dir);
	there = access(path, F_OK) == 0;
	free(path);
	if (there)
		return "its own login";
	if (json_string_at(claude->settings[CLAUDE_USER], "apiKeyHelper") !=
	    NULL)
		return "apiKeyHelper of its settings";
	return json_string_at(claude->state, "primaryApiKey") != NULL ?
	    "an API key of its own" :
	    NULL;
}

/* What it keeps of the innermost folder around this one that has the member. */
static struct json_object *
of_folder(const struct claude *claude, const char *member)
{
	struct json_object *projects = json_object_at(claude->state,
			       "projects"),
			   *found = NULL;
	char *dir = xstrdup(claude->cwd), *slash;

	while (projects != NULL && found == NULL) {
		found = json_member(json_object_at(projects,
					*dir == '\0' ? "/" : dir),
		    member);
		slash = strrchr(dir, '/');
		if (slash == NULL)
			break;
		*slash = '\0';
	}
	free(dir);
	return found;
}

bool
claude_trusts(const struct claude *claude)
{
	return json_object_get_boolean(of_folder(claude,
	    "hasTrustDialogAccepted"));
}

static const char *
command_of(struct json_object *servers)
{
	return json_string_at(json_object_at(servers, SERVER), "command");
}

static char *
project_server(const struct claude *claude)
{
	char *path = xasprintf("%s/.mcp.json", claude->cwd), *command;
	struct json_object *file = read_json(path);

	command = xstrdup(command_of(json_object_at(file, "mcpServers")));
	json_object_put(file);
	free(path);
	return command;
}

char *
claude_server(const struct claude *claude, enum claude_scope *scope)
{
	char *command = xstrdup(command_of(of_folder(claude, "mcpServers")));

	*scope = CLAUDE_LOCAL;
	if (command == NULL) {
		*scope = CLAUDE_PROJECT;
		command = project_server(claude);
	}
	if (command == NULL) {
		*scope = CLAUDE_USER;
		command = xstrdup(command_of(json_object_at(claude->state,
		    "mcpServers")));
	}
	return command;
}

/* The nearest settings that speak of it decide. */
const char *
claude_plugin(const struct claude *claude)
{
	static const char prefix[] = SERVER "@";
	struct json_object *plugins;
	int scope;

	for (scope = CLAUDE_SCOPES - 1; scope >= 0; scope--) {
		plugins = json_object_at(claude->settings[scope],
		    "enabledPlugins");
		if (plugins == NULL)
			continue;
		json_object_object_foreach(plugins, name, enabled) {
			if (strncmp(name, prefix, strlen(prefix)) == 0)
				return json_object_get_boolean(enabled) ? name :
									  NULL;
		}
	}
	return NULL;
}

static struct json_object *
rules_of(struct json_object *settings)
{
	return json_array_at(json_object_at(settings, "permissions"), "allow");
}

/* The place of a rule, or how many there are. */
static size_t
find_rule(struct json_object *rules, const char *rule)
{
	size_t i, n = rules == NULL ? 0 : json_object_array_length(rules);
	struct json_object *one;

	for (i = 0; i < n; i++) {
		one = json_object_array_get_idx(rules, i);
		if (json_object_is_type(one, json_type_string) &&
		    strcmp(json_object_get_string(one), rule) == 0)
			break;
	}
	return i;
}

static bool
has_rule(struct json_object *rules, const char *rule)
{
	return rules != NULL &&
	    find_rule(rules, rule) < json_object_array_length(rules);
}

bool
claude_allows(const struct claude *claude, const char *tool)
{
	char *rule = xasprintf(RULE "__%s", tool);
	struct json_object *rules;
	bool allows = false;
	int scope;

	for (scope = 0; scope < CLAUDE_SCOPES; scope++) {
		rules = rules_of(claude->settings[scope]);
		allows |= has_rule(rules, rule) || has_rule(rules, RULE) ||
		    has_rule(rules, RULE "__*");
	}
	free(rule);
	return allows;
}

/* The member of an object, made if it is not there; NULL: it is of another type. */
static struct json_object *
member(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *value = json_member(object, key);

	if (value == NULL) {
		value = type == json_type_array ? json_object_new_array() :
						  json_object_new_object();
		json_add(object, key, value);
	}
	return json_object_is_type(value, type) ? value : NULL;
}

static bool
change_rule(struct json_object *rules, const char *rule, bool allow)
{
	size_t at = find_rule(rules, rule);

	if (has_rule(rules, rule) == allow)
		return false;
	if (allow)
		json_object_array_add(rules, json_object_new_string(rule));
	else
		json_object_array_del_idx(rules, at, 1);
	return true;
}

/* Anew and by rename: nobody reads half of it. */
static int
write_json(const char *path, struct json_object *value, struct error *err)
{
	const char *text = json_object_to_json_string_ext(value,
	    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
		JSON_C_TO_STRING_NOSLASHESCAPE);
	char *real = realpath(path, NULL); /* a link stays one */
	char *new = xasprintf("%s.XXXXXX", real == NULL ? path : real);
	int fd = mkstemp(new), result = -1;
	struct stat st;

	if (fd != -1 &&
	    fchmod(fd,
		real != NULL && stat(real, &st) == 0 ? st.st_mode & 07777 :
						       0644) == 0 &&
	    io_write(fd, text, strlen(text)) == 0 &&
	    io_write(fd, "\n", 1) == 0 && fsync(fd) == 0 &&
	    rename(new, real == NULL ? path : real) == 0)
		result = 0;
	else {
		fail_errno(err, "cannot write %s", path);
		if (fd != -1)
			unlink(new);
	}
	if (fd != -1)
		close(fd);
	free(new);
	free(real);
	return result;
}

static int
change_settings(struct json_object *settings, const char *path, bool allow,
    struct error *err)
{
	struct json_object *permissions, *rules = NULL;
	bool changed = false;
	char *rule;
	size_t i;

	permissions = member(settings, "permissions", json_type_object);
	if (permissions != NULL)
		rules = member(permissions, "allow", json_type_array);
	if (rules == NULL) {
		fail(err, ERR_INVALID,
		    "%s: permissions.allow is no list; it was left alone",
		    path);
		return -1;
	}
	for (i = 0; claude_reading_tools[i] != NULL; i++) {
		rule = xasprintf(RULE "__%s", claude_reading_tools[i]);
		changed |= change_rule(rules, rule, allow);
		free(rule);
	}
	if (!changed)
		return 0;
	return write_json(path, settings, err) == 0 ? 1 : -1;
}

int
claude_allow(struct claude *claude, enum claude_scope scope, bool allow,
    struct error *err)
{
	struct json_object **settings = &claude->settings[scope];
	char *path = claude_settings_path(claude, scope), *slash;
	int result = 0;

	slash = strrchr(path, '/');
	if (*settings == NULL && access(path, F_OK) == 0) {
		fail(err, ERR_INVALID,
		    "%s is no JSON that can be read; it was left alone", path);
		result = -1;
	} else if (*settings == NULL && allow) {
		*slash = '\0';
		mkdir(path, 0700); /* what fails shows when it is written */
		*slash = '/';
		*settings = json_object_new_object();
	}
	if (result == 0 && *settings != NULL)
		result = change_settings(*settings, path, allow, err);
	free(path);
	return result;
}
