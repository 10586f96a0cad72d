/*
 * The configuration.  See config.h.
 *
 * Long because each setting has its row here.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/agent/permission_mode.h"
#include "daemon/agent/profile.h"
#include "daemon/config.h"
#include "json/json.h"
#include "json/schema.h"

/* A file that is longer is no configuration. */
#define CONFIG_MAX_BYTES (1u << 20)

static struct config loaded;
static bool is_loaded;
/* The file that was read last, and what is wrong with it: ERR_NONE, nothing. */
static char read_last[PATH_MAX];
static struct stat as_it_was;
static struct error problem;
static void (*on_mended)(void);

static const struct field claude_fields[] = {
	COMMAND(struct config_claude, "command", program, command, .min = 1,
	    .max = 1000,
	    .help = "Program that runs agents, or an array with its first "
		    "arguments; default \"claude\"."),
	CHOICE(struct config_claude, permission_mode,
	    .choices = permission_mode_choices, .absent = PERMISSION_ASK,
	    .help = "Of agents that ask for none; default ask."),
	INTEGER(struct config_claude, timeout_s, .min = 0, .max = 604800,
	    .absent = 4 * 3600,
	    .help = "Of agents that ask for none; 0: no limit."),
	END_OF_FIELDS,
};

/* The ranges keep the last retry below RETRY_BACK_OFF_MAX_MS. */
static const struct field retry_fields[] = {
	INTEGER(struct config_retry, times, .min = 0, .max = 6, .absent = 3,
	    .help = "An agent that the API refuses (429, 529: rate limited, "
		    "overloaded) is queued again so often; 0: it fails."),
	INTEGER(struct config_retry, first_s, .min = 0, .max = 100,
	    .absent = 30,
	    .help = "Before the first of these; twice as long before each "
		    "further one."),
	END_OF_FIELDS,
};

static const struct choice usage_limit_choices[] = {
	{ "wait", USAGE_LIMIT_WAIT }, { "fail", USAGE_LIMIT_FAIL }, { NULL, 0 }
};

static const struct field usage_limit_fields[] = {
	CHOICE(struct config_usage_limit, then, .choices = usage_limit_choices,
	    .absent = USAGE_LIMIT_WAIT,
	    .help = "An agent whose account has reached a usage limit goes on "
		    "when that resets, or fails."),
	INTEGER(struct config_usage_limit, max_wait_s, .min = 0,
	    .max = USAGE_LIMIT_MAX_S, .absent = 8 * 3600,
	    .help = "It fails when that is longer."),
	END_OF_FIELDS,
};

static const struct field agents_fields[] = {
	INTEGER(struct config_agents, max_running, .min = 1, .max = 1000,
	    .absent = 4, .help = "Agents that run at once."),
	OBJECT(struct config_agents, retry, struct config_retry,
	    .fields = retry_fields),
	OBJECT(struct config_agents, usage_limit, struct config_usage_limit,
	    .fields = usage_limit_fields),
	INTEGER(struct config_agents, linger_s, .min = 0, .max = 604800,
	    .absent = 30,
	    .help = "An agent that has given its result and neither writes "
		    "nor ends for so long is stopped; 0: it is not."),
	INTEGER(struct config_agents, launches, .min = 0,
	    .max = AGENT_LAUNCHES_MAX, .absent = 2,
	    .help = "Agents that are launched in each period; 0: no limit."),
	INTEGER(struct config_agents, launch_period_s, .min = 1, .max = 3600,
	    .absent = 5, .help = "Length of that period."),
	INTEGER(struct config_agents, min_free_bytes, .min = 0,
	    .max = INT64_C(1) << 50, .absent = INT64_C(512) << 20,
	    .help = "With less free memory no more agents are launched while "
		    "one runs; 0: no limit."),
	NUMBER(struct config_agents, max_budget_usd_per_day,
	    .help = "When the agents of a day (UTC) have cost so much, no "
		    "more are started; 0 or none: no limit."),
	INTEGER(struct config_agents, max_depth, .min = 1, .max = 100,
	    .absent = 3,
	    .help = "How deep tasks may start tasks: 1 is the depth of those "
		    "that a session of a person starts."),
	INTEGER(struct config_agents, max_descendants, .min = 0,
	    .max = TASKS_MAX_LIVE, .absent = 50,
	    .help = "Queued or running tasks that one task has started, by "
		    "itself or by others."),
	INTEGER(struct config_agents, ask_timeout_s, .min = 0, .max = 604800,
	    .absent = 600,
	    .help = "A question of an agent that nobody answers is denied "
		    "after; 0: never."),
	BOOLEAN(struct config_agents, model_may_allow,
	    .help = "Models may allow what agents ask for, not only users."),
	OBJECT(struct config_agents, claude, struct config_claude,
	    .fields = claude_fields),
	MAP(struct config_agents, "NAME", profiles, struct agent_profile,
	    .fields = agent_profile_fields),
	END_OF_FIELDS,
};

static const struct field commands_fields[] = {
	INTEGER(struct config_commands, max_running, .min = 1, .max = 10000,
	    .absent = 16, .help = "Commands that run at once."),
	END_OF_FIELDS,
};

static const struct field only_fields[] = {
	BOOLEAN(struct config_only, each,
	    .help = "Each task of a group; else one notice when it is over."),
	BOOLEAN(struct config_only, failed,
	    .help = "Only what failed, timed out or was lost, or a group with "
		    "such a task."),
	INTEGER(struct config_only, longer_than_s, .min = 0, .max = 604800,
	    .help = "Only what took longer; 0: any."),
	STRINGS(struct config_only, labels,
	    .help = "Patterns such as \"nightly-*\": only tasks with such a "
		    "label, and groups with such a name."),
	END_OF_FIELDS,
};

static const struct field hooks_fields[] = {
	STRING(struct config_hooks, on_finish, .min = 1, .max = 4096,
	    .help = "A line for /bin/sh that is run when a task or group has "
		    "ended."),
	STRING(struct config_hooks, on_needs_input, .min = 1, .max = 4096,
	    .help = "The same when an agent asks something."),
	INTEGER(struct config_hooks, timeout_s, .min = 1, .max = 3600,
	    .absent = 60, .help = "A hook that takes longer is ended."),
	OBJECT(struct config_hooks, only, struct config_only,
	    .fields = only_fields),
	END_OF_FIELDS,
};

/* Less than 1 MiB starts no program. */
const struct field limits_fields[] = {
	INTEGER(struct limits, memory_max, .min = 1 << 20,
	    .max = INT64_C(1) << 50, .help = "Bytes of memory."),
	NUMBER(struct limits, cpu_max, .help = "Cores, such as 0.5."),
	INTEGER(struct limits, tasks_max, .min = 1, .max = 1 << 22,
	    .help = "Processes and threads."),
	END_OF_FIELDS,
};

static const struct choice limits_modes[] = { { "enforce", LIMITS_ENFORCE },
	{ "best_effort", LIMITS_BEST_EFFORT }, { NULL, 0 } };

static const struct field config_limits_fields[] = {
	OBJECT(struct config_limits, all, struct limits,
	    .fields = limits_fields),
	OBJECT(struct config_limits, commands, struct limits,
	    .fields = limits_fields),
	OBJECT(struct config_limits, agents, struct limits,
	    .fields = limits_fields),
	CHOICE(struct config_limits, mode, .choices = limits_modes,
	    .absent = LIMITS_ENFORCE,
	    .help = "Where limits cannot be held, tasks that have some are "
		    "refused, or run without."),
	END_OF_FIELDS,
};

static const struct field output_fields[] = {
	INTEGER(struct config_output, max_bytes, .min = 0,
	    .max = INT64_C(1) << 50, .absent = INT64_C(1) << 30,
	    .help = "A task that writes more to stdout or stderr is stopped; "
		    "0: no limit."),
	END_OF_FIELDS,
};

#define DAY_S (24 * 3600)

static const struct field retention_fields[] = {
	INTEGER(struct config_retention, max_age_s, .min = 0,
	    .max = 10 * 365 * DAY_S, .absent = 30 * DAY_S,
	    .help = "Tasks that ended longer ago are deleted; 0: no limit."),
	INTEGER(struct config_retention, max_tasks, .min = 0, .max = 10000000,
	    .absent = 100000,
	    .help = "When there are more, the oldest are deleted; 0: no "
		    "limit."),
	INTEGER(struct config_retention, max_bytes, .min = 0,
	    .max = INT64_C(1) << 50, .absent = INT64_C(10) << 30,
	    .help = "When all take more on disk, the oldest are deleted; 0: "
		    "no limit."),
	INTEGER(struct config_retention, unseen_grace_s, .min = 0,
	    .max = 10 * 365 * DAY_S, .absent = 7 * DAY_S,
	    .help = "A task whose outcome nobody has seen is kept for so "
		    "long at least."),
	END_OF_FIELDS,
};

static const struct choice after_reboot_choices[] = { { "start",
							  AFTER_REBOOT_START },
	{ "hold", AFTER_REBOOT_HOLD }, { NULL, 0 } };

static const struct field config_fields[] = {
	CHOICE(struct config, after_reboot, .choices = after_reboot_choices,
	    .absent = AFTER_REBOOT_START,
	    .help = "What was queued when the machine was restarted starts, "
		    "or is held until somebody waits for it."),
	OBJECT(struct config, agents, struct config_agents,
	    .fields = agents_fields),
	OBJECT(struct config, commands, struct config_commands,
	    .fields = commands_fields),
	OBJECT(struct config, hooks, struct config_hooks,
	    .fields = hooks_fields),
	OBJECT(struct config, limits, struct config_limits,
	    .fields = config_limits_fields),
	OBJECT(struct config, output, struct config_output,
	    .fields = output_fields),
	OBJECT(struct config, retention, struct config_retention,
	    .fields = retention_fields),
	END_OF_FIELDS,
};

static const char *
syntax(struct json_tokener *tok)
{
	enum json_tokener_error error = json_tokener_get_error(tok);

	return error == json_tokener_continue ?
	    "the file ends before its object does" :
	    json_tokener_error_desc(error);
}

/* The file may have comments and is our user's, so json-c reads it as it is. */
static struct json_object *
parse(const char *text, struct error *err)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *value;
	size_t i, end, line = 1;

	value = json_tokener_parse_ex(tok, text, (int)strlen(text) + 1);
	end = json_tokener_get_parse_end(tok);
	for (i = 0; i < end && text[i] != '\0'; i++)
		if (text[i] == '\n')
			line++;
	if (json_tokener_get_error(tok) != json_tokener_success) {
		fail(err, ERR_INVALID, "line %zu: %s", line, syntax(tok));
		value = NULL;
	} else if (text[end + strspn(text + end, " \t\r\n")] != '\0') {
		fail(err, ERR_INVALID,
		    "line %zu: something follows the closing brace", line);
		json_object_put(value);
		value = NULL;
	} else if (!json_object_is_type(value, json_type_object)) {
		fail(err, ERR_INVALID, "line 1: expected an object, got %s",
		    json_type_word(value));
		json_object_put(value);
		value = NULL;
	}
	json_tokener_free(tok);
	return value;
}

static int
read_text(const char *path, struct buf *text, struct error *err)
{
	char chunk[4096];
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1) {
		if (errno == ENOENT)
			return 0;
		fail_errno(err, "cannot open it");
		return -1;
	}
	while ((n = read(fd, chunk, sizeof(chunk))) > 0 &&
	    text->len < CONFIG_MAX_BYTES)
		buf_add(text, chunk, (size_t)n);
	if (n == -1)
		fail_errno(err, "cannot read it");
	else if (n > 0)
		fail(err, ERR_INVALID, "is longer than %u bytes",
		    CONFIG_MAX_BYTES);
	close(fd);
	return n == 0 ? 0 : -1;
}

static int
check_profiles(const struct field_array *profiles, struct error *err)
{
	const struct agent_profile *profile = profiles->items;
	size_t i;

	for (i = 0; i < profiles->n; i++)
		agent_profile_check(&profile[i], err);
	return err->code != ERR_NONE;
}

static int
decode(const char *text, struct error *err)
{
	struct json_object *object = NULL;
	struct config fresh;
	int problems;

	if (text != NULL && (object = parse(text, err)) == NULL)
		return -1;
	memset(&fresh, 0, sizeof(fresh));
	error_clear(err);
	problems = schema_decode(config_fields, object, "", &fresh, err);
	if (problems == 0)
		problems = check_profiles(&fresh.agents.profiles, err);
	json_object_put(object);
	if (problems != 0) {
		schema_clear(config_fields, &fresh);
		return -1;
	}
	schema_clear(config_fields, &loaded);
	loaded = fresh;
	is_loaded = true;
	return 0;
}

const char *
config_path(void)
{
	return read_last;
}

int
config_load(const char *path, struct error *err)
{
	struct buf text = { 0 };
	struct error none;
	int result;

	if (strcmp(path, read_last) != 0)
		snprintf(read_last, sizeof(read_last), "%s", path);
	error_clear(&problem);
	if (stat(path, &as_it_was) != 0)
		memset(&as_it_was, 0, sizeof(as_it_was));
	result = read_text(path, &text, err);
	if (result == 0)
		result = decode(text.data, err);
	buf_clear(&text);
	if (result != 0) {
		fail_prefix(err, "configuration %s", path);
		problem = *err;
	}
	if (!is_loaded)
		(void)decode(NULL, &none); /* the defaults */
	return result;
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

int
config_check(struct error *err)
{
	struct stat now;

	if (problem.code == ERR_NONE)
		return 0;
	if (stat(read_last, &now) == 0 && same_file(&now, &as_it_was)) {
		*err = problem;
		return -1;
	}
	if (config_load(read_last, err) != 0)
		return -1;
	log_info("configuration %s: sound again", read_last);
	if (on_mended != NULL)
		on_mended();
	return 0;
}

void
config_on_mended(void (*mended)(void))
{
	on_mended = mended;
}

void
config_describe(struct buf *out)
{
	schema_describe(config_fields, &loaded, "", out);
}

void
config_template(struct buf *out)
{
	buf_puts(out,
	    "// The configuration of ccproc: ccproc-config(5).  Every key is "
	    "here with its\n// default; what differs needs its line without "
	    "the slashes.\n");
	schema_template(config_fields, out);
}

void
config_schema(struct buf *out)
{
	struct json_object *schema = schema_for_editor(config_fields);

	json_add_string(schema, "$schema",
	    "http://json-schema.org/draft-07/schema#");
	json_add_string(schema, "title", "ccproc configuration");
	json_add_bool(schema, "allowTrailingCommas", true);
	buf_printf(out, "%s\n",
	    json_object_to_json_string_ext(schema,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(schema);
}

const struct config *
config_get(void)
{
	return &loaded;
}

const struct agent_profile *
config_profile(const char *name)
{
	const struct field_array *all = &loaded.agents.profiles;
	const struct agent_profile *profile = all->items;
	size_t i;

	for (i = 0; i < all->n; i++)
		if (strcmp(profile[i].name, name) == 0)
			return &profile[i];
	return NULL;
}

void
config_list_profiles(struct buf *out)
{
	const struct field_array *all = &loaded.agents.profiles;
	const struct agent_profile *profile = all->items;
	size_t i;

	buf_puts(out, "claude");
	for (i = 0; i < all->n; i++)
		buf_printf(out, ", %s", profile[i].name);
}

char *const *
config_claude_command(void)
{
	static char *one[2];
	static char standard[] = "claude";

	if (loaded.agents.claude.command != NULL)
		return loaded.agents.claude.command;
	one[0] = loaded.agents.claude.program != NULL ?
	    loaded.agents.claude.program :
	    standard;
	return one;
}
