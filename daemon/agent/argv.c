/*
 * Building the command line of an agent run.  See argv.h.
 */
#include <stdint.h>
#include <stdlib.h>

#include "common/mem.h"
#include "daemon/agent/argv.h"
#include "json/json.h"

/*
 * Adds option=value, or nothing without a value.  One word, since a value may
 * begin with a dash, and some options of claude take all words that follow.
 */
static char **
add(char **argv, const char *option, const char *value)
{
	char *word;

	if (value == NULL)
		return argv;
	word = xasprintf("%s=%s", option, value);
	argv = strv_add(argv, word);
	free(word);
	return argv;
}

/* Repeats the option: a rule such as Bash(git log:*) may hold any separator. */
static char **
add_each(char **argv, const char *option, char *const *values)
{
	size_t i;

	for (i = 0; values != NULL && values[i] != NULL; i++)
		argv = add(argv, option, values[i]);
	return argv;
}

static char **
add_integer(char **argv, const char *option, int64_t value)
{
	char *text;

	if (value == 0)
		return argv;
	text = xasprintf("%jd", (intmax_t)value);
	argv = add(argv, option, text);
	free(text);
	return argv;
}

static char **
add_number(char **argv, const char *option, double value)
{
	char *text;

	if (value == 0)
		return argv;
	text = xasprintf("%.10g", value);
	argv = add(argv, option, text);
	free(text);
	return argv;
}

static char **
add_options(char **argv, const struct agent_run *run)
{
	argv = add(argv, "--effort", run->effort);
	argv = add_integer(argv, "--max-turns", run->max_turns);
	argv = add_number(argv, "--max-budget-usd", run->max_budget_usd);
	argv = add(argv, "--json-schema", run->json_schema);
	argv = add(argv, "--append-system-prompt-file",
	    run->append_system_prompt_file);
	argv = add(argv, "--agent", run->agent);
	argv = add_each(argv, "--disallowedTools", run->disallowed_tools);
	return add_each(argv, "--add-dir", run->add_dirs);
}

/* More than a day: an agent waits for its user. */
#define ASK_TIMEOUT_MS 100000000

/*
 * Returns the text that names the server to ask to claude; the caller frees.
 * Without a timeout MCP_TOOL_TIMEOUT of the user would end a question.
 */
static char *
ask_config(const struct agent_asker *asker)
{
	struct json_object *env = json_object_new_object();
	struct json_object *args = json_object_new_array();
	struct json_object *server = json_object_new_object();
	struct json_object *servers = json_object_new_object();
	struct json_object *config = json_object_new_object();
	char *text;

	json_add_string(env, "CCPROC_SOCKET", asker->socket);
	json_add_string(env, "CCPROC_STATE_DIR", asker->state);
	json_add_string(env, "CCPROC_TASK", asker->task);
	json_object_array_add(args, json_object_new_string("--ask"));
	json_object_array_add(args, json_object_new_string(asker->task));
	json_add_string(server, "command", asker->bridge);
	json_add(server, "args", args);
	json_add(server, "env", env);
	json_add_int(server, "timeout", ASK_TIMEOUT_MS);
	json_add(servers, "ccproc-ask", server);
	json_add(config, "mcpServers", servers);
	text = xstrdup(json_text(config, NULL));
	json_object_put(config);
	return text;
}

static char **
add_asker(char **argv, const struct agent_asker *asker)
{
	char *config = ask_config(asker);

	argv = add(argv, "--permission-prompt-tool",
	    "mcp__ccproc-ask__permission");
	argv = add(argv, "--mcp-config", config);
	free(config);
	return argv;
}

char **
agent_argv(char *const *command, const struct agent_run *run,
    const struct agent_asker *asker)
{
	char **argv = strv_dup(command);

	argv = strv_add(argv, "-p");
	argv = add(argv, "--output-format", "stream-json");
	argv = strv_add(argv, "--verbose"); /* stream-json demands it */
	argv = add(argv, "--resume", run->resume);
	if (run->resume != NULL && run->id != NULL)
		argv = strv_add(argv, "--fork-session");
	argv = add(argv, "--session-id", run->id);
	argv = add(argv, "--model", run->model);
	argv = add(argv, "--permission-mode",
	    permission_mode_name(run->permission_mode));
	if (run->permission_mode == PERMISSION_ASK && asker != NULL)
		argv = add_asker(argv, asker);
	argv = add_each(argv, "--allowedTools", run->allowed_tools);
	return add_options(argv, run);
}
