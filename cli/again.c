/*
 * Tasks once more.  See again.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/again.h"
#include "cli/editor.h"
#include "cli/input.h"
#include "cli/say.h"
#include "cli/tasks.h"
#include "common/base64.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "json/json.h"

/* Of a task that is asked for. */
#define PRIORITY_MAX 100

/* The arguments of run_task that spec.json has as they are. */
static const char *const kept[] = { "command", "label", "cwd", "model",
	"permission_mode", "allowed_tools", "timeout_s", "worktree", NULL };
/*
 * Of its options: env has names only, a key is the old task's, and so was its
 * place in the queue.
 */
static const char *const dropped[] = { "env", "key", "hold", "replaces", NULL };

static struct json_object *
read_spec(const char *dir, struct error *err)
{
	int dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct json_object *spec = NULL;

	if (dirfd == -1)
		fail_errno(err, "cannot open %s", dir);
	else
		spec = json_read(dirfd, "spec.json", err);
	if (dirfd != -1)
		close(dirfd);
	return spec;
}

static void
say_lacking(const struct task_info *task, struct json_object *names)
{
	size_t i, n = names == NULL ? 0 : json_object_array_length(names);
	struct buf lacking = { 0 };
	const char *name;

	for (i = 0; i < n; i++) {
		name = json_object_get_string(json_object_array_get_idx(names,
		    i));
		if (name != NULL && getenv(name) == NULL)
			buf_printf(&lacking, "%s%s",
			    lacking.len == 0 ? "" : ", ", name);
	}
	if (lacking.len > 0)
		say("%s had variables that are not set here: %s; set them and "
		    "restart it, if it needs them",
		    task->id, lacking.data);
	buf_clear(&lacking);
}

static void
add_options(struct json_object *args, struct json_object *spec,
    const struct task_info *task, bool lacking)
{
	struct json_object *options = json_object_at(spec, "options");
	size_t i;

	if (options == NULL)
		return;
	if (lacking)
		say_lacking(task, json_array_at(options, "env"));
	for (i = 0; dropped[i] != NULL; i++)
		json_object_object_del(options, dropped[i]);
	if (json_object_object_length(options) > 0)
		json_add(args, "options", json_object_get(options));
}

/* What the program read: a prompt, or what the command was given. */
static int
read_stdin(const char *dir, struct buf *out, struct error *err)
{
	char *path = xasprintf("%s/prompt", dir);
	int result = input_regular(path, false, LINE_MAX_BYTES, out, err);

	free(path);
	return result;
}

static int
add_prompt(struct json_object *args, const char *dir, struct error *err)
{
	struct buf prompt = { 0 };
	int result = read_stdin(dir, &prompt, err);

	if (result == 0)
		json_add_string(args, "prompt", prompt.data);
	buf_clear(&prompt);
	return result;
}

static struct json_object *
new_request(const struct task_info *task, const char *dir, bool lacking,
    struct error *err)
{
	struct json_object *spec = read_spec(dir, err), *args, *value;
	int result = 0;
	size_t i;

	if (spec == NULL)
		return NULL;
	args = json_object_new_object();
	if (tasks_is_agent(task))
		result = add_prompt(args, dir, err);
	for (i = 0; kept[i] != NULL; i++)
		if (json_object_object_get_ex(spec, kept[i], &value))
			json_add(args, kept[i], json_object_get(value));
	add_options(args, spec, task, lacking);
	json_object_put(spec);
	if (result == 0)
		return args;
	json_object_put(args);
	return NULL;
}

static struct json_object *
request_of(const struct task_info *task, bool lacking, struct error *err)
{
	char *dir = tasks_folder(task);
	struct json_object *args = new_request(task, dir, lacking, err);

	if (args == NULL)
		fail_prefix(err, "%s", task->id);
	free(dir);
	return args;
}

struct json_object *
again_request(const struct task_info *task, struct error *err)
{
	return request_of(task, true, err);
}

/* Where it is in the queue by now, in the words that were asked for. */
static void
add_place(struct json_object *args, const struct task_info *task)
{
	struct json_object *options = json_object_at(args, "options");
	int64_t priority = task->priority;

	if (options == NULL) {
		options = json_object_new_object();
		json_add(args, "options", options);
	}
	if (priority > PRIORITY_MAX)
		priority = PRIORITY_MAX;
	else if (priority < -PRIORITY_MAX)
		priority = -PRIORITY_MAX;
	json_add_int(options, "priority", priority);
	if (task->held)
		json_add_bool(options, "hold", true);
}

struct json_object *
again_queued(const struct task_info *task, struct error *err)
{
	struct json_object *args = request_of(task, false, err);
	char **after;

	if (args == NULL)
		return NULL;
	after = again_after(task);
	if (after != NULL)
		json_add_strv(args, "after", after);
	strv_free(after);
	add_place(args, task);
	return args;
}

int
again_add_stdin(const struct task_info *task, struct json_object *args,
    struct error *err)
{
	struct buf data = { 0 }, base64 = { 0 };
	char *dir = tasks_folder(task);
	int result = 0;

	if (!tasks_is_agent(task)) {
		result = read_stdin(dir, &data, err);
		if (result != 0 && err->errnum == ENOENT)
			result = 0;
		else if (data.len > 0) {
			base64_encode(&base64, data.data, data.len);
			json_add_string(args, "stdin_base64", base64.data);
		}
	}
	buf_clear(&base64);
	buf_clear(&data);
	free(dir);
	return result;
}

/* What spec.json has of it; NULL: it cannot be read. */
static struct json_object *
read_again(const struct task_info *task)
{
	char *dir = tasks_folder(task);
	struct error ignored;
	struct json_object *spec = read_spec(dir, &ignored);

	free(dir);
	return spec;
}

struct json_object *
again_group(const struct task_info *task)
{
	static const char *const pairs[][2] = { { "group_name", "group" },
		{ "max_parallel", "max_parallel" },
		{ "max_budget_usd", "max_budget_usd" } };
	struct json_object *args = json_object_new_object(), *value;
	struct json_object *spec = read_again(task);
	size_t i;

	for (i = 0; spec != NULL && i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (json_object_object_get_ex(spec, pairs[i][0], &value))
			json_add(args, pairs[i][1], json_object_get(value));
	json_object_put(spec);
	return args;
}

char **
again_after(const struct task_info *task)
{
	struct json_object *spec = read_again(task), *ids;
	char **after = NULL;
	size_t i, n;

	ids = spec == NULL ? NULL : json_array_at(spec, "after");
	n = ids == NULL ? 0 : json_object_array_length(ids);
	for (i = 0; i < n; i++)
		after = strv_add(after,
		    json_object_get_string(json_object_array_get_idx(ids, i)));
	json_object_put(spec);
	return after;
}

struct json_object *
again_edit(struct json_object *args, struct error *err)
{
	char *text = xasprintf("%s\n",
	    json_object_to_json_string_ext(args,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	char *edited = editor_edit(text, ".json", err);

	json_object_put(args);
	args = edited == NULL ? NULL : json_parse(edited, strlen(edited), err);
	if (args != NULL && !json_object_is_type(args, json_type_object)) {
		fail(err, ERR_INVALID, "expected an object, got %s",
		    json_type_word(args));
		json_object_put(args);
		args = NULL;
	}
	if (edited != NULL && args == NULL)
		fail_prefix(err, "what was edited is no task");
	free(edited);
	free(text);
	return args;
}
