/*
 * The table of what a task is asked to be, and the rules that no table can
 * hold.  See spec.h.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "daemon/agent/profile.h"
#include "daemon/config.h"
#include "daemon/record/spec.h"

/* A week, which is the most for every timeout. */
#define IDLE_MAX_S 604800

static const struct field options_fields[] = {
	ENV(struct task_options, env, .named = true),
	STRING(struct task_options, key, .min = 1, .max = 200, .named = true),
	JSON(struct task_options, json_schema, .named = true),
	INTEGER(struct task_options, max_turns, .min = 1, .max = 100000,
	    .named = true),
	NUMBER(struct task_options, max_budget_usd, .named = true),
	STRING(struct task_options, effort, .min = 1, .named = true),
	STRING(struct task_options, append_system_prompt, .min = 1,
	    .named = true),
	STRING(struct task_options, agent, .min = 1, .named = true),
	STRINGS(struct task_options, disallowed_tools, .named = true),
	STRINGS(struct task_options, add_dirs, .named = true),
	INTEGER(struct task_options, idle_timeout_s, .named = true),
	INTEGER(struct task_options, priority, .min = -100, .max = 100,
	    .named = true),
	BOOLEAN(struct task_options, hold, .hidden = true),
	STRING(struct task_options, replaces, .min = 2, .max = 20,
	    .hidden = true),
	STRING(struct task_options, profile, .min = 1, .max = 60,
	    .named = true),
	OBJECT(struct task_options, limits, struct limits, .named = true,
	    .fields = limits_fields),
	STRING(struct task_options, on_finish, .min = 1, .max = 4096,
	    .hidden = true),
	STRING(struct task_options, on_needs_input, .min = 1, .max = 4096,
	    .hidden = true),
	END_OF_FIELDS,
};

const struct field task_spec_fields[] = {
	STRING(struct task_spec, prompt, .min = 1, .unstored = true,
	    .alternative = "an agent",
	    .help = "For an agent, which sees nothing of this conversation. "
		    "This or command."),
	COMMAND(struct task_spec, "command", shell, argv, .min = 1, .max = 4096,
	    .alternative = "a shell line or argv",
	    .help = "Shell line (/bin/sh -c) or argv array."),
	STRING(struct task_spec, label, .min = 1, .max = LABEL_MAX_CHARS,
	    .help = "A name usable as id."),
	STRING(struct task_spec, cwd, .min = 1, .max = 4095,
	    .help = "Absolute; default: the session's."),
	STRING(struct task_spec, model, .min = 1, .once = true),
	CHOICE(struct task_spec, permission_mode,
	    .choices = permission_mode_choices, .never_empty = true,
	    .once = true, .help = "Agents. ask (default): the user is asked."),
	STRINGS(struct task_spec, allowed_tools, .once = true,
	    .help = "Agents: rules such as Bash(git log:*)."),
	INTEGER(struct task_spec, timeout_s, .min = 1, .max = 604800,
	    .once = true, .help = "Default: none, agents 4 h."),
	STRINGS(struct task_spec, after, .max = TASKS_MAX_PER_CALL,
	    .help = "Start when these (ids, labels) completed."),
	BOOLEAN(struct task_spec, worktree, .once = true),
	STRING(struct task_spec, stdin_base64, .min = 1, .hidden = true,
	    .unstored = true),
	OBJECT(struct task_spec, options, struct task_options, .once = true,
	    .fields = options_fields,
	    .help = "The same key within 24 h: the same task."),
	END_OF_FIELDS,
};

static bool
all(const char *s, size_t n, const char *accept)
{
	return strspn(s, accept) >= n;
}

#define DIGITS "0123456789"
#define HEX DIGITS "abcdefABCDEF-"

/* A label must not look like an id. */
static const char *
label_problem(const char *label)
{
	size_t len = strlen(label);

	if (!isalnum((unsigned char)label[0]) ||
	    !all(label, len,
		DIGITS "abcdefghijklmnopqrstuvwxyz"
		       "ABCDEFGHIJKLMNOPQRSTUVWXYZ._-"))
		return "must match [A-Za-z0-9][A-Za-z0-9._-]{0,39}";
	if (all(label, len, DIGITS) ||
	    ((label[0] == 't' || label[0] == 'g') && len > 1 &&
		all(label + 1, len - 1, DIGITS)))
		return "looks like an id; choose a name that is no number and "
		       "no t or g with one";
	if (len == 36 && all(label, len, HEX))
		return "looks like a UUID; choose a name";
	return NULL;
}

int
task_label_check(const char *label, const char *where, const char *name,
    struct error *err)
{
	const char *wrong = label == NULL ? NULL : label_problem(label);

	if (wrong == NULL)
		return 0;
	fail_add(err, ERR_INVALID, "%s%s: \"%.50s\" %s", where, name, label,
	    wrong);
	return -1;
}

static void
check_command(const struct task_spec *spec, const char *where,
    struct error *err)
{
	size_t i, len, total = 0;

	if (spec->shell != NULL && strlen(spec->shell) >= EXEC_MAX_ARG_BYTES)
		fail_add(err, ERR_INVALID,
		    "%scommand: is %zu bytes long, the kernel takes at most "
		    "%u; put it into a script and run that",
		    where, strlen(spec->shell), EXEC_MAX_ARG_BYTES - 1);
	for (i = 0; spec->argv != NULL && spec->argv[i] != NULL; i++) {
		len = strlen(spec->argv[i]);
		total += len + 1 + sizeof(char *);
		if (len >= EXEC_MAX_ARG_BYTES)
			fail_add(err, ERR_INVALID,
			    "%scommand[%zu]: is %zu bytes long, the kernel "
			    "takes at most %u; put it into a file",
			    where, i, len, EXEC_MAX_ARG_BYTES - 1);
	}
	if (total > (size_t)sysconf(_SC_ARG_MAX) / 2)
		fail_add(err, ERR_INVALID,
		    "%scommand: its arguments take %zu "
		    "bytes, more than the kernel takes; put them into a file",
		    where, total);
}

/* Options for agents are refused for a command, not passed over. */
static void
check_agent_only(const struct task_spec *spec, const char *where,
    struct error *err)
{
	const struct task_options *o = &spec->options;

	if (spec->model != NULL || spec->permission_mode != PERMISSION_ABSENT ||
	    spec->allowed_tools != NULL)
		fail_add(err, ERR_INVALID,
		    "%smodel, permission_mode and "
		    "allowed_tools are for agents; a command has none",
		    where);
	if (o->effort != NULL || o->max_turns != 0 || o->max_budget_usd > 0 ||
	    o->json_schema != NULL || o->append_system_prompt != NULL ||
	    o->agent != NULL || o->disallowed_tools != NULL ||
	    o->add_dirs != NULL || o->profile != NULL ||
	    o->on_needs_input != NULL)
		fail_add(err, ERR_INVALID,
		    "%soptions: only env, key, idle_timeout_s, limits, "
		    "on_finish and priority are for commands, the others are "
		    "for agents",
		    where);
}

/* An agent's texts are passed as --option=text. */
#define OPTION_BYTES 32

/* Refuses options that the profile does not take. */
static void
check_against_profile(const struct task_spec *spec,
    const struct agent_profile *profile, const char *where, struct error *err)
{
	const struct task_options *o = &spec->options;

	if (spec->permission_mode != PERMISSION_ABSENT ||
	    spec->allowed_tools != NULL || o->effort != NULL ||
	    o->max_turns != 0 || o->max_budget_usd > 0 ||
	    o->json_schema != NULL || o->append_system_prompt != NULL ||
	    o->agent != NULL || o->disallowed_tools != NULL ||
	    o->add_dirs != NULL)
		fail_add(err, ERR_INVALID,
		    "%soptions.profile: %s takes prompt, model, env and what "
		    "every task has; permission_mode, allowed_tools and the "
		    "other options are for claude, leave them out",
		    where, profile->name);
	if (spec->model != NULL && !agent_profile_takes_model(profile, false))
		fail_add(err, ERR_INVALID,
		    "%smodel: agents.%s.command in the configuration has no "
		    "{model}; leave it out",
		    where, profile->name);
	agent_profile_check_model(spec->model, where, err);
	if (spec->prompt != NULL)
		agent_profile_check_length(profile, spec->prompt, where,
		    "prompt", err);
}

static void
check_profile(const struct task_spec *spec, const char *where,
    struct error *err)
{
	const struct agent_profile *profile;
	struct buf names = { 0 };
	struct error unsound;

	if (config_check(&unsound) != 0)
		return; /* which is a reason of its own to refuse the start */
	profile = config_profile(spec->options.profile);

	if (profile != NULL) {
		check_against_profile(spec, profile, where, err);
		return;
	}
	config_list_profiles(&names);
	fail_add(err, ERR_INVALID,
	    "%soptions.profile: the configuration has no agents.%.60s; there "
	    "is %.500s",
	    where, spec->options.profile, names.data);
	buf_clear(&names);
}

static void
check_agent(const struct task_spec *spec, const char *where, struct error *err)
{
	const struct task_options *o = &spec->options;
	const struct {
		const char *name, *text;
	} options[] = {
		{ "model", spec->model },
		{ "options.effort", o->effort },
		{ "options.json_schema", o->json_schema },
		{ "options.agent", o->agent },
	};
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].text != NULL &&
		    strlen(options[i].text) >=
			EXEC_MAX_ARG_BYTES - OPTION_BYTES)
			fail_add(err, ERR_INVALID,
			    "%s%s: is %zu bytes long "
			    "and goes on the agent's command line, which takes "
			    "at most %u; put it into the prompt",
			    where, options[i].name, strlen(options[i].text),
			    EXEC_MAX_ARG_BYTES - OPTION_BYTES - 1);
	if (o->profile != NULL && !task_spec_is_claude(spec))
		check_profile(spec, where, err);
	if (spec->permission_mode == PERMISSION_BYPASS && geteuid() == 0)
		fail_add(err, ERR_INVALID,
		    "%spermission_mode: claude refuses "
		    "bypassPermissions as root; name what is needed in "
		    "allowed_tools, or run ccproc as another user",
		    where);
}

/* What execve(2) takes of one string, all lists of strings that go there. */
static void
check_strings(const struct task_spec *spec, const char *where,
    struct error *err)
{
	const struct task_options *o = &spec->options;
	const struct {
		const char *name;
		char *const *strings;
	} lists[] = {
		{ "allowed_tools", spec->allowed_tools },
		{ "options.disallowed_tools", o->disallowed_tools },
		{ "options.add_dirs", o->add_dirs },
		{ "options.env", o->env },
	};
	size_t i, j, len, total = 0;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (j = 0;
		     lists[i].strings != NULL && lists[i].strings[j] != NULL;
		     j++) {
			len = strlen(lists[i].strings[j]);
			total += len + OPTION_BYTES + sizeof(char *);
			if (len >= EXEC_MAX_ARG_BYTES - OPTION_BYTES)
				fail_add(err, ERR_INVALID,
				    "%s%s: \"%.30s...\" is %zu bytes long, "
				    "the kernel takes at most %u; put it into "
				    "a file",
				    where, lists[i].name, lists[i].strings[j],
				    len, EXEC_MAX_ARG_BYTES - OPTION_BYTES - 1);
		}
	if (total > (size_t)sysconf(_SC_ARG_MAX) / 2)
		fail_add(err, ERR_INVALID,
		    "%soptions: variables and rules take %zu bytes, more than "
		    "the kernel takes; put them into a file",
		    where, total);
}

/* Its range is not in the table, which every session is sent. */
static void
check_idle_timeout(const struct task_spec *spec, const char *where,
    struct error *err)
{
	int64_t idle_s = spec->options.idle_timeout_s;

	if (idle_s < 0 || idle_s > IDLE_MAX_S)
		fail_add(err, ERR_INVALID,
		    "%soptions.idle_timeout_s: %" PRId64
		    " is out of range, allowed are 1 to %d",
		    where, idle_s, IDLE_MAX_S);
}

/* That it is base64 shows when it is written. */
static void
check_stdin(const struct task_spec *spec, const char *where, struct error *err)
{
	size_t len = strlen(spec->stdin_base64);

	if (spec->prompt != NULL)
		fail_add(err, ERR_INVALID,
		    "%sstdin_base64: an agent reads its prompt on stdin; put "
		    "the data into the prompt, or into a file that it names",
		    where);
	if (len > (STDIN_MAX_BYTES + 2) / 3 * 4)
		fail_add(err, ERR_INVALID,
		    "%sstdin_base64: is some %zu bytes, the most allowed are "
		    "%u; put them into a file that the command reads",
		    where, len / 4 * 3, STDIN_MAX_BYTES);
}

char *
task_stdin_sum(const char *base64)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
	size_t i;

	for (i = 0; base64[i] != '\0'; i++)
		hash = (hash ^ (unsigned char)base64[i]) *
		    UINT64_C(0x100000001b3);
	return xasprintf("%zu-%016" PRIx64, i, hash);
}

int
task_spec_check(const struct task_spec *spec, const char *where,
    struct error *err)
{
	if (spec->cwd != NULL && spec->cwd[0] != '/')
		fail_add(err, ERR_INVALID,
		    "%scwd: \"%.200s\" is not absolute; it must begin with /",
		    where, spec->cwd);
	task_label_check(spec->label, where, "label", err);
	check_idle_timeout(spec, where, err);
	if (spec->stdin_base64 != NULL)
		check_stdin(spec, where, err);
	check_strings(spec, where, err);
	if (spec->prompt != NULL)
		check_agent(spec, where, err);
	else {
		check_command(spec, where, err);
		check_agent_only(spec, where, err);
	}
	return err->code == ERR_NONE ? 0 : -1;
}

bool
task_spec_is_agent(const struct task_spec *spec)
{
	return spec->shell == NULL && spec->argv == NULL;
}

bool
task_spec_is_claude(const struct task_spec *spec)
{
	const char *profile = spec->options.profile;

	return task_spec_is_agent(spec) &&
	    (profile == NULL || strcmp(profile, "claude") == 0);
}

struct task_spec *
task_spec_dup(const struct task_spec *spec)
{
	struct task_spec *copy = xcalloc(1, sizeof(*copy));

	schema_copy(task_spec_fields, spec, copy);
	return copy;
}

void
task_spec_free(struct task_spec *spec)
{
	if (spec == NULL)
		return;
	schema_clear(task_spec_fields, spec);
	free(spec);
}
