/*
 * Starting a task.  See start.h.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/input.h"
#include "cli/path.h"
#include "cli/prompt.h"
#include "cli/rpc.h"
#include "cli/start.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "common/base64.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "json/json.h"

/* Characters that make a single word a shell line. */
#define SHELL_CHARS " \t\r\n|&;<>()$`\\\"'*?[]{}!#~="

static int
add_prompt(struct json_object *args, const struct start_options *o,
    char *const *words, struct error *err)
{
	char *prompt = prompt_text(words, o->piped, err);

	if (prompt == NULL)
		return -1;
	json_add_string(args, "prompt", prompt);
	free(prompt);
	return 0;
}

/* The line is one of -c, or NULL: the words are the command. */
static void
add_command(struct json_object *args, const char *line, char *const *words)
{
	if (line == NULL && words[1] == NULL &&
	    strpbrk(words[0], SHELL_CHARS) != NULL)
		line = words[0];
	if (line != NULL)
		json_add_string(args, "command", line);
	else
		json_add_strv(args, "command", words);
}

/* What the commands read: the base64 of it, which stays empty for nothing. */
static int
read_input(const struct start_options *o, struct buf *base64, struct error *err)
{
	struct buf data = { 0 };
	int result = 0;

	if (o->input != NULL)
		result = input_file(o->input, STDIN_MAX_BYTES, &data, err);
	else if (o->piped)
		result = input_piped(STDIN_MAX_BYTES, &data, err);
	else
		input_left();
	if (result == 0 && data.len > 0)
		base64_encode(base64, data.data, data.len);
	buf_clear(&data);
	return result;
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

/* Where 0 and NULL mean that it is not given. */
static void
add_int(struct json_object *object, const char *key, int64_t n)
{
	if (n != 0)
		json_add_int(object, key, n);
}

static void
add_number(struct json_object *object, const char *key, const char *text)
{
	if (text != NULL)
		json_add_number(object, key, strtod(text, NULL));
}

/* An earlier daemon does not know what is not given. */
static void
add_text(struct json_object *object, const char *key, const char *text)
{
	if (text != NULL)
		json_add_string(object, key, text);
}

static void
add_strv(struct json_object *object, const char *key, char *const *v)
{
	if (v != NULL)
		json_add_strv(object, key, v);
}

/* Takes the inner object. */
static void
add_unless_empty(struct json_object *object, const char *key,
    struct json_object *inner)
{
	if (json_object_object_length(inner) > 0)
		json_add(object, key, inner);
	else
		json_object_put(inner);
}

static struct json_object *
new_limits(const struct start_options *o)
{
	struct json_object *limits = json_object_new_object();

	add_int(limits, "memory_max", o->memory_max_mib << 20);
	add_number(limits, "cpu_max", o->cpu_max);
	add_int(limits, "tasks_max", o->tasks_max);
	return limits;
}

static void
add_dirs(struct json_object *options, char *const *dirs)
{
	char **absolute = NULL, *dir;

	for (; dirs != NULL && *dirs != NULL; dirs++) {
		dir = path_absolute(*dirs);
		absolute = strv_add(absolute, dir);
		free(dir);
	}
	add_strv(options, "add_dirs", absolute);
	strv_free(absolute);
}

/* A schema is an object, so what does not begin as one is a file's name. */
static int
add_schema(struct json_object *options, const char *text, struct error *err)
{
	struct json_object *schema;
	struct buf file = { 0 };

	if (text == NULL)
		return 0;
	if (text[strspn(text, " \t\n")] == '{')
		buf_puts(&file, text);
	else if (input_file(text, EXEC_MAX_ARG_BYTES, &file, err) != 0) {
		buf_clear(&file);
		return -1;
	}
	schema = json_parse(file.data, file.len, err);
	buf_clear(&file);
	if (schema == NULL) {
		fail_prefix(err, "--json-schema");
		return -1;
	}
	json_add(options, "json_schema", schema);
	return 0;
}

static int
add_options(struct json_object *args, const struct start_options *o,
    struct error *err)
{
	struct json_object *options = json_object_new_object();
	int result;

	if (o->env != NULL)
		add_env(options, o->env);
	json_add_string(options, "key", o->key);
	add_int(options, "idle_timeout_s", o->idle_timeout_s);
	add_int(options, "priority", o->priority);
	if (o->hold)
		json_add_bool(options, "hold", true);
	add_unless_empty(options, "limits", new_limits(o));
	add_strv(options, "disallowed_tools", o->disallow);
	add_dirs(options, o->add_dirs);
	add_int(options, "max_turns", o->max_turns);
	add_number(options, "max_budget_usd", o->budget);
	json_add_string(options, "effort", o->effort);
	json_add_string(options, "append_system_prompt",
	    o->append_system_prompt);
	json_add_string(options, "agent", o->use_agent);
	json_add_string(options, "profile", o->profile);
	add_text(options, "on_finish", o->on_finish);
	add_text(options, "on_needs_input", o->on_needs_input);
	result = add_schema(options, o->json_schema, err);
	add_unless_empty(args, "options", options);
	return result;
}

/* What every task of the command line has. */
static int
add_spec(struct json_object *args, const struct start_options *o,
    struct error *err)
{
	char *cwd = o->cwd == NULL ? NULL : path_absolute(o->cwd);

	json_add_string(args, "cwd", cwd);
	free(cwd);
	json_add_string(args, "label", o->label);
	add_int(args, "timeout_s", o->timeout_s);
	add_strv(args, "after", o->after);
	if (o->worktree)
		json_add_bool(args, "worktree", true);
	json_add_string(args, "model", o->model);
	json_add_string(args, "permission_mode", o->permission_mode);
	add_strv(args, "allowed_tools", o->allow);
	return add_options(args, o, err);
}

/* The task of one line, or of the words.  NULL with err. */
static struct json_object *
new_task(const struct start_options *o, const char *line, char *const *words,
    const struct buf *input, struct error *err)
{
	struct json_object *args = json_object_new_object();

	if (!o->agent) {
		add_command(args, line, words);
		if (input->len > 0)
			json_add_string(args, "stdin_base64", input->data);
	}
	if ((o->agent && add_prompt(args, o, words, err) != 0) ||
	    add_spec(args, o, err) != 0) {
		json_object_put(args);
		return NULL;
	}
	return args;
}

static struct json_object *
new_group(const struct start_options *o, char *const *words,
    const struct buf *input, struct error *err)
{
	struct json_object *args = json_object_new_object(), *task;
	struct json_object *tasks = json_object_new_array();
	char *one[] = { NULL, NULL }, *const * line;

	json_add(args, "tasks", tasks);
	json_add_string(args, "group", o->group);
	add_int(args, "max_parallel", o->parallel);
	add_number(args, "max_budget_usd", o->group_budget);
	line = o->shell == NULL ? one : o->shell;
	do {
		task = new_task(o, *line, words, input, err);
		if (task == NULL) {
			json_object_put(args);
			return NULL;
		}
		json_object_array_add(tasks, task);
	} while (*line != NULL && *++line != NULL);
	return args;
}

struct json_object *
start_request(const struct start_options *o, char *const *words,
    struct error *err)
{
	struct json_object *args = NULL;
	struct buf input = { 0 };

	if (!o->agent && read_input(o, &input, err) != 0)
		;
	else if (o->group != NULL || (o->shell != NULL && o->shell[1] != NULL))
		args = new_group(o, words, &input, err);
	else
		args = new_task(o, o->shell == NULL ? NULL : o->shell[0], words,
		    &input, err);
	buf_clear(&input);
	if (args != NULL && json_array_at(args, "tasks") == NULL)
		json_add_int(args, "wait_s", 0);
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

/* What a daemon does not take, in words for who runs one of before. */
static int
refused(const char *text, struct error *err)
{
	if (strstr(text, "stdin_base64: is not known here") != NULL)
		fail(err, ERR_INVALID,
		    "the daemon that runs is of an earlier version, which "
		    "gives commands nothing to read; ccproc daemon restart "
		    "replaces it, and tasks go on");
	else
		fail(err, ERR_INVALID, "%s", text);
	return status_of_refusal(text);
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
	} else
		status = refused(reply->text, err);
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

/* "started g2: t2 ...": the ids of all that are in that group. */
static int
take_group(struct rpc *rpc, const struct rpc_reply *reply, char ***ids,
    char **line, struct error *err)
{
	static const char begin[] = "started ";
	const struct tasks_query query = { .glance = true };
	const char *at = reply->text + strlen(begin);
	char *named[] = { NULL, NULL };
	struct tasks tasks = { 0 };
	int status = STATUS_OURS;
	size_t i;

	if (reply->failed || strncmp(reply->text, begin, strlen(begin)) != 0)
		return refused(reply->text, err);
	*line = xstrndup(reply->text, strcspn(reply->text, "\n"));
	named[0] = xstrndup(at, strcspn(at, ": ")); /* a key: a task's id */
	if (tasks_check(rpc, named, &query, &tasks, err) == 0) {
		for (i = 0; i < tasks.n; i++)
			*ids = strv_add(*ids, tasks.info[i].id);
		status = 0;
	}
	tasks_clear(&tasks);
	free(named[0]);
	return status;
}

static int
start_group(struct rpc *rpc, struct json_object *request, char ***ids,
    char **line, struct error *err)
{
	struct rpc_reply reply;
	int status;

	if (rpc_call(rpc, "start_tasks", request, &reply, err) != 0)
		return STATUS_OURS;
	status = take_group(rpc, &reply, ids, line, err);
	free(reply.text);
	return status;
}

int
start_tasks(struct rpc *rpc, struct json_object *request, char ***ids,
    char **line, struct error *err)
{
	char *id = NULL;
	int status;

	if (json_array_at(request, "tasks") != NULL)
		return start_group(rpc, request, ids, line, err);
	status = start_call(rpc, "run_task", request, &id, line, err);
	if (status == 0) {
		*ids = strv_add(*ids, id);
		free(id);
	}
	return status;
}
