/*
 * Starting a task.  See start.h.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/path.h"
#include "cli/prompt.h"
#include "cli/rpc.h"
#include "cli/start.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"

/* Characters that make a single word a shell line. */
#define SHELL_CHARS " \t\r\n|&;<>()$`\\\"'*?[]{}!#~="

const struct option_row start_option_rows[] = {
	OPTION_TEXT(struct start_options, shell, .letter = 'c',
	    .name = "command", .value = "LINE",
	    .help = "a line for /bin/sh instead of words"),
	OPTION_TEXT(struct start_options, label, .letter = 'l', .name = "label",
	    .value = "LABEL", .help = "a name usable as id"),
	OPTION_TEXT(struct start_options, cwd, .letter = 'C', .name = "cwd",
	    .value = "DIR", .help = "where it runs; default: here"),
	OPTION_NUMBER(struct start_options, timeout_s, .letter = 't',
	    .name = "timeout", .value = "SECONDS", .min = 1, .max = 604800,
	    .help = "stop it after so long; agents: 4 h"),
	OPTION_NUMBER(struct start_options, idle_timeout_s,
	    .name = "idle-timeout", .value = "SECONDS", .min = 1, .max = 604800,
	    .help = "stop it when it writes nothing for so long"),
	OPTION_LIST(struct start_options, env, .letter = 'e', .name = "env",
	    .value = "NAME=VALUE", .help = "a variable to add; repeatable"),
	OPTION_FLAG(struct start_options, agent, .letter = 'a', .name = "agent",
	    .help = "the words are a prompt for Claude"),
	OPTION_FLAG(struct start_options, clean, .name = "clean",
	    .help = "run: show what a terminal would obey"),
	OPTION_TEXT(struct start_options, key, .letter = 'k', .name = "key",
	    .value = "KEY", .help = "the same key within 24 h: the same task"),
	OPTION_NUMBER(struct start_options, priority, .letter = 'P',
	    .name = "priority", .value = "N", .min = -100, .max = 100,
	    .help = "in the queue: higher first; default 0"),
	OPTION_NUMBER(struct start_options, memory_max_mib,
	    .name = "memory-max", .value = "MIB", .min = 1, .max = 1 << 30,
	    .help = "memory that it may use; out of it it is killed"),
	OPTION_TEXT(struct start_options, cpu_max, .name = "cpu-max",
	    .value = "CORES", .help = "processor time, such as 0.5"),
	OPTION_NUMBER(struct start_options, tasks_max, .name = "tasks-max",
	    .value = "N", .min = 1, .max = 1 << 22,
	    .help = "processes and threads that it may have"),
	OPTION_FLAG(struct start_options, worktree, .letter = 'w',
	    .name = "worktree", .help = "in a git worktree of its own"),
	OPTION_TEXT(struct start_options, model, .letter = 'm', .name = "model",
	    .value = "MODEL", .help = "agents: the model"),
	OPTION_TEXT(struct start_options, permission_mode, .letter = 'p',
	    .name = "permission-mode", .value = "MODE",
	    .help = "agents: ask, plan, acceptEdits, auto ..."),
	OPTION_LIST(struct start_options, allow, .name = "allow",
	    .value = "RULE",
	    .help = "agents: a tool that may be used; repeatable"),
	OPTION_TEXT(struct start_options, profile, .name = "profile",
	    .value = "NAME", .help = "agents: another one than claude"),
	OPTION_FLAG(struct start_options, json, .letter = 'j', .name = "json",
	    .help = "print the task as JSON"),
	END_OF_OPTIONS,
};

const struct start_options start_defaults = { .agent = false };
const char start_synopsis[] = "[OPTION ...] [--] COMMAND [ARG ...]";
const char start_details[] =
    "\nSeveral words are a program and its arguments, and so is one plain "
    "word.  One\nword with spaces or characters that mean something to a "
    "shell is a line for\n/bin/sh.  With --agent the words are the prompt; "
    "none or - reads it from stdin.";

static int
check_env(char *const *env, struct error *err)
{
	const char *name, *end;

	for (; env != NULL && *env != NULL; env++) {
		name = *env;
		end = strchr(name, '=');
		if (end == NULL || end == name) {
			fail(err, ERR_INVALID,
			    "--env: expected NAME=VALUE, got '%.60s'", name);
			return -1;
		}
	}
	return 0;
}

static int
check_cores(const char *text, struct error *err)
{
	char *end;

	if (text == NULL || (strtod(text, &end) > 0 && *end == '\0'))
		return 0;
	fail(err, ERR_INVALID,
	    "--cpu-max: \"%.40s\" is no number of cores above 0", text);
	return -1;
}

int
start_check(const void *options, char *const *words, struct error *err)
{
	const struct start_options *o = options;
	bool agents_only = o->model != NULL || o->permission_mode != NULL ||
	    o->allow != NULL || o->profile != NULL;

	if (o->shell != NULL && (o->agent || words[0] != NULL))
		fail(err, ERR_INVALID,
		    "-c LINE is the whole command; expected neither words "
		    "after it nor --agent");
	else if (!o->agent && agents_only)
		fail(err, ERR_INVALID,
		    "--model, --permission-mode, --allow and --profile are for agents; "
		    "add --agent");
	else if (!o->agent && o->shell == NULL && words[0] == NULL)
		fail(err, ERR_INVALID, "expected a command");
	else
		return check_cores(o->cpu_max, err) == 0 ?
		    check_env(o->env, err) :
		    -1;
	return -1;
}

static int
add_prompt(struct json_object *args, char *const *words, struct error *err)
{
	char *prompt = prompt_text(words, err);

	if (prompt == NULL)
		return -1;
	json_add_string(args, "prompt", prompt);
	free(prompt);
	return 0;
}

static void
add_command(struct json_object *args, const struct start_options *o,
    char *const *words)
{
	const char *line = o->shell;

	if (line == NULL && words[1] == NULL &&
	    strpbrk(words[0], SHELL_CHARS) != NULL)
		line = words[0];
	if (line != NULL)
		json_add_string(args, "command", line);
	else
		json_add_strv(args, "command", words);
}

static void
add_env(struct json_object *options, char *const *env)
{
	struct json_object *object = json_object_new_object();
	char *name;

	for (; *env != NULL; env++) {
		name = xstrndup(*env, strcspn(*env, "="));
		json_add_string(object, name, *env + strlen(name) + 1);
		free(name);
	}
	json_add(options, "env", object);
}

static bool
has_limits(const struct start_options *o)
{
	return o->memory_max_mib > 0 || o->cpu_max != NULL || o->tasks_max > 0;
}

static void
add_limits(struct json_object *options, const struct start_options *o)
{
	struct json_object *limits = json_object_new_object();

	if (o->memory_max_mib > 0)
		json_add_int(limits, "memory_max", o->memory_max_mib << 20);
	if (o->cpu_max != NULL)
		json_add_number(limits, "cpu_max", strtod(o->cpu_max, NULL));
	if (o->tasks_max > 0)
		json_add_int(limits, "tasks_max", o->tasks_max);
	json_add(options, "limits", limits);
}

static void
add_rare(struct json_object *args, const struct start_options *o)
{
	struct json_object *options;

	if (o->env == NULL && o->key == NULL && o->idle_timeout_s == 0 &&
	    o->priority == 0 && o->profile == NULL && !has_limits(o))
		return;
	options = json_object_new_object();
	if (o->env != NULL)
		add_env(options, o->env);
	if (o->key != NULL)
		json_add_string(options, "key", o->key);
	if (o->idle_timeout_s > 0)
		json_add_int(options, "idle_timeout_s", o->idle_timeout_s);
	if (o->priority != 0)
		json_add_int(options, "priority", o->priority);
	if (o->profile != NULL)
		json_add_string(options, "profile", o->profile);
	if (has_limits(o))
		add_limits(options, o);
	json_add(args, "options", options);
}

static void
add_options(struct json_object *args, const struct start_options *o)
{
	char *cwd = o->cwd == NULL ? NULL : path_absolute(o->cwd);

	json_add_string(args, "cwd", cwd);
	free(cwd);
	json_add_string(args, "label", o->label);
	if (o->timeout_s > 0)
		json_add_int(args, "timeout_s", o->timeout_s);
	if (o->worktree)
		json_add_bool(args, "worktree", true);
	add_rare(args, o);
	json_add_string(args, "model", o->model);
	json_add_string(args, "permission_mode", o->permission_mode);
	if (o->allow != NULL)
		json_add_strv(args, "allowed_tools", o->allow);
	json_add_int(args, "wait_s", 0);
}

struct json_object *
start_request(const struct start_options *o, char *const *words,
    struct error *err)
{
	struct json_object *args = json_object_new_object();

	add_options(args, o);
	if (!o->agent)
		add_command(args, o, words);
	else if (add_prompt(args, words, err) != 0) {
		json_object_put(args);
		return NULL;
	}
	return args;
}

/* "t7 ..." and not a refusal. */
static bool
is_first_line(const char *text, size_t *id_len)
{
	size_t n;

	if (text[0] != 't')
		return false;
	n = strspn(text + 1, "0123456789");
	*id_len = 1 + n;
	return n > 0 && text[1 + n] == ' ';
}

/* Takes the reply's text. */
static int
take_reply(struct rpc_reply *reply, char **id, char **line, struct error *err)
{
	size_t len;
	int status = 0;

	if (is_first_line(reply->text, &len)) {
		*id = xstrndup(reply->text, len);
		*line = xstrndup(reply->text, strcspn(reply->text, "\n"));
	} else {
		fail(err, ERR_INVALID, "%s", reply->text);
		status = status_of_refusal(reply->text);
	}
	free(reply->text);
	return status;
}

int
start_call(struct rpc *rpc, const char *tool, struct json_object *request,
    char **id, char **line, struct error *err)
{
	struct rpc_reply reply;

	if (rpc_call(rpc, tool, request, &reply, err) != 0)
		return STATUS_OURS;
	return take_reply(&reply, id, line, err);
}

int
start_task(struct rpc *rpc, struct json_object *request, char **id, char **line,
    struct error *err)
{
	return start_call(rpc, "run_task", request, id, line, err);
}
