/*
 * The options of `run` and `start`.  See start_options.h.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/start_options.h"
#include "common/error.h"
#include "common/mem.h"

const struct option_row start_option_rows[] = {
	OPTION_LIST(struct start_options, shell, .letter = 'c',
	    .name = "command", .value = "LINE",
	    .help = "a line for /bin/sh; start: several, as a group"),
	OPTION_TEXT(struct start_options, label, .letter = 'l', .name = "label",
	    .value = "LABEL", .help = "a name usable as id"),
	OPTION_TEXT(struct start_options, cwd, .letter = 'C', .name = "cwd",
	    .value = "DIR", .help = "where it runs; default: here"),
	OPTION_TEXT(struct start_options, input, .letter = 'i', .name = "input",
	    .value = "FILE", .help = "what it reads on stdin; -: this stdin"),
	OPTION_SECONDS(struct start_options, timeout_s, .letter = 't',
	    .name = "timeout", .value = "DURATION", .min = 1, .max = 604800,
	    .help = "stop it after so long; agents: 4 h"),
	OPTION_SECONDS(struct start_options, idle_timeout_s,
	    .name = "idle-timeout", .value = "DURATION", .min = 1,
	    .max = 604800,
	    .help = "stop it when it writes nothing for so long"),
	OPTION_LIST(struct start_options, env, .letter = 'e', .name = "env",
	    .value = "NAME=VALUE", .help = "a variable to add; repeatable"),
	OPTION_LIST(struct start_options, after, .name = "after", .value = "ID",
	    .help = "start when that task completed; repeatable"),
	OPTION_TEXT(struct start_options, group, .letter = 'g', .name = "group",
	    .value = "NAME", .help = "a name for the group, usable as id"),
	OPTION_NUMBER(struct start_options, parallel, .name = "parallel",
	    .value = "N", .min = 1, .max = 64,
	    .help = "of the group, so many run at once"),
	OPTION_TEXT(struct start_options, group_budget, .name = "group-budget",
	    .value = "USD", .help = "no more of it start when it cost so much"),
	OPTION_TEXT(struct start_options, key, .letter = 'k', .name = "key",
	    .value = "KEY", .help = "the same key within 24 h: the same task"),
	OPTION_NUMBER(struct start_options, priority, .letter = 'P',
	    .name = "priority", .value = "N", .min = -100, .max = 100,
	    .help = "in the queue: higher first; default 0"),
	OPTION_FLAG(struct start_options, hold, .name = "hold",
	    .help = "not before ccproc release ID"),
	OPTION_NUMBER(struct start_options, memory_max_mib,
	    .name = "memory-max", .value = "MIB", .min = 1, .max = 1 << 30,
	    .help = "memory that it may use; out of it it is killed"),
	OPTION_TEXT(struct start_options, cpu_max, .name = "cpu-max",
	    .value = "CORES", .help = "processor time, such as 0.5"),
	OPTION_NUMBER(struct start_options, tasks_max, .name = "tasks-max",
	    .value = "N", .min = 1, .max = 1 << 22,
	    .help = "processes and threads that it may have"),
	OPTION_TEXT(struct start_options, on_finish, .name = "on-finish",
	    .value = "LINE", .help = "run that when it has ended"),
	OPTION_FLAG(struct start_options, worktree, .letter = 'w',
	    .name = "worktree", .help = "in a git worktree of its own"),
	OPTION_FLAG(struct start_options, clean, .name = "clean",
	    .help = "run: show what a terminal would obey"),
	OPTION_FLAG(struct start_options, json, .letter = 'j', .name = "json",
	    .help = "print the task as JSON"),
	OPTION_FLAG(struct start_options, agent, .letter = 'a', .name = "agent",
	    .help = "the words are a prompt for Claude"),
	OPTION_TEXT(struct start_options, model, .letter = 'm', .name = "model",
	    .value = "MODEL", .help = "agents: the model"),
	OPTION_TEXT(struct start_options, permission_mode, .letter = 'p',
	    .name = "permission-mode", .value = "MODE",
	    .help = "agents: ask, plan, acceptEdits, auto ..."),
	OPTION_LIST(struct start_options, allow, .name = "allow",
	    .value = "RULE",
	    .help = "agents: a tool that may be used; repeatable"),
	OPTION_LIST(struct start_options, disallow, .name = "disallow",
	    .value = "RULE", .help = "agents: one that may not; repeatable"),
	OPTION_LIST(struct start_options, add_dirs, .name = "add-dir",
	    .value = "DIR",
	    .help = "agents: a directory beside its own; repeatable"),
	OPTION_NUMBER(struct start_options, max_turns, .name = "max-turns",
	    .value = "N", .min = 1, .max = 100000,
	    .help = "agents: it fails after so many turns"),
	OPTION_TEXT(struct start_options, budget, .name = "budget",
	    .value = "USD", .help = "agents: it fails when it cost so much"),
	OPTION_TEXT(struct start_options, effort, .name = "effort",
	    .value = "LEVEL", .help = "agents: low, medium, high ..."),
	OPTION_TEXT(struct start_options, json_schema, .name = "json-schema",
	    .value = "FILE",
	    .help = "agents: of its result; or the schema itself"),
	OPTION_TEXT(struct start_options, append_system_prompt,
	    .name = "append-system-prompt", .value = "TEXT",
	    .help = "agents: after the system prompt"),
	OPTION_TEXT(struct start_options, use_agent, .name = "use-agent",
	    .value = "NAME", .help = "agents: one that is defined for claude"),
	OPTION_TEXT(struct start_options, profile, .name = "profile",
	    .value = "NAME", .help = "agents: another one than claude"),
	OPTION_TEXT(struct start_options, on_needs_input,
	    .name = "on-needs-input", .value = "LINE",
	    .help = "agents: run that when it asks something"),
	END_OF_OPTIONS,
};

const struct start_options run_defaults = { .piped = true };
const struct start_options start_defaults = { .piped = false };
const char start_synopsis[] = "[OPTION ...] [--] COMMAND [ARG ...]";
const char start_details[] =
    "\nSeveral words are a program and its arguments, and so is one "
    "plain word.  One\nword with spaces or characters that mean "
    "something to a shell is a line for\n/bin/sh.  What is piped into "
    "run is what the command reads; a terminal is never\nread.  With "
    "--agent the words are the prompt, and what is piped into "
    "run\nfollows them; no words, or -: stdin is all of the prompt.";

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
check_positive(const char *option, const char *text, const char *what,
    struct error *err)
{
	char *end;

	if (text == NULL || (strtod(text, &end) > 0 && *end == '\0'))
		return 0;
	fail(err, ERR_INVALID, "--%s: \"%.40s\" is no number of %s above 0",
	    option, text, what);
	return -1;
}

static int
check_numbers(const struct start_options *o, struct error *err)
{
	if (check_positive("cpu-max", o->cpu_max, "cores", err) != 0 ||
	    check_positive("budget", o->budget, "US dollars", err) != 0)
		return -1;
	return check_positive("group-budget", o->group_budget, "US dollars",
	    err);
}

static bool
for_agents(const struct start_options *o)
{
	return o->model != NULL || o->permission_mode != NULL ||
	    o->allow != NULL || o->disallow != NULL || o->add_dirs != NULL ||
	    o->max_turns != 0 || o->budget != NULL || o->effort != NULL ||
	    o->json_schema != NULL || o->append_system_prompt != NULL ||
	    o->use_agent != NULL || o->profile != NULL ||
	    o->on_needs_input != NULL;
}

int
start_check(const void *options, char *const *words, struct error *err)
{
	const struct start_options *o = options;
	size_t lines = o->shell == NULL ? 0 : strv_len(o->shell);

	if (lines > 0 && (o->agent || words[0] != NULL))
		fail(err, ERR_INVALID,
		    "-c LINE is the whole command; expected neither words "
		    "after it nor --agent");
	else if (lines > 1 && (o->label != NULL || o->key != NULL))
		fail(err, ERR_INVALID,
		    "--label and --key are for one task, got %zu -c; name the "
		    "group by --group",
		    lines);
	else if (lines < 2 && o->group == NULL &&
	    (o->parallel > 0 || o->group_budget != NULL))
		fail(err, ERR_INVALID,
		    "--parallel and --group-budget are for a group; add "
		    "--group NAME, or give several -c");
	else if (!o->agent && for_agents(o))
		fail(err, ERR_INVALID,
		    "--model, --permission-mode, --allow, --budget and all "
		    "that is marked \"agents\" need --agent");
	else if (o->agent && o->input != NULL)
		fail(err, ERR_INVALID,
		    "--input is for commands; what is piped into an agent "
		    "belongs to its prompt");
	else if (!o->agent && lines == 0 && words[0] == NULL)
		fail(err, ERR_INVALID, "expected a command");
	else
		return check_numbers(o, err) == 0 ? check_env(o->env, err) : -1;
	return -1;
}
