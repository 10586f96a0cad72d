/*
 * Tasks as the daemon shows them.  See tasks.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tasks.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "json/json.h"
#include "json/schema.h"

#define FIGURE(m) INTEGER(struct task_worktree, m, .absent = -1)

static const struct field worktree_fields[] = {
	STRING(struct task_worktree, path),
	STRING(struct task_worktree, branch),
	FIGURE(commits),
	FIGURE(files_changed),
	FIGURE(insertions),
	FIGURE(deletions),
	FIGURE(untracked),
	BOOLEAN(struct task_worktree, dirty),
	END_OF_FIELDS,
};

static const struct field output_fields[] = {
	STRING(struct task_output, dir),
	INTEGER(struct task_output, stdout_bytes, .absent = -1),
	INTEGER(struct task_output, stderr_bytes, .absent = -1),
	END_OF_FIELDS,
};

static const struct field ask_fields[] = {
	STRING(struct ask_info, request_id, .required = true),
	STRING(struct ask_info, tool, .required = true),
	STRING(struct ask_info, question),
	JSON(struct ask_info, input),
	STRING(struct ask_info, asked_at),
	STRING(struct ask_info, expires_at),
	END_OF_FIELDS,
};

static const struct field info_fields[] = {
	STRING(struct task_info, id, .required = true),
	STRING(struct task_info, uuid),
	STRING(struct task_info, label),
	STRING(struct task_info, group),
	STRING(struct task_info, kind),
	STRING(struct task_info, owner),
	STRING(struct task_info, state, .required = true),
	STRING(struct task_info, reason),
	INTEGER(struct task_info, exit_code, .absent = -1),
	STRING(struct task_info, signal),
	STRING(struct task_info, cwd),
	STRING(struct task_info, created_at),
	STRING(struct task_info, started_at),
	STRING(struct task_info, ended_at),
	NUMBER(struct task_info, elapsed_s),
	STRING(struct task_info, activity),
	STRING(struct task_info, hint),
	STRING(struct task_info, partial),
	STRING(struct task_info, result),
	BOOLEAN(struct task_info, result_truncated),
	OBJECT(struct task_info, output, struct task_output,
	    .fields = output_fields, .required = true),
	OBJECT(struct task_info, worktree, struct task_worktree,
	    .fields = worktree_fields),
	INTEGER(struct task_info, leftovers),
	STRING(struct task_info, note),
	STRING(struct task_info, model),
	STRING(struct task_info, session_id),
	INTEGER(struct task_info, turns, .absent = -1),
	NUMBER(struct task_info, cost_usd),
	STRINGS(struct task_info, denied),
	INTEGER(struct task_info, run, .absent = 1),
	INTEGER(struct task_info, runs, .absent = 1),
	OBJECTS(struct task_info, asks, struct ask_info, .fields = ask_fields,
	    .max = 1000),
	END_OF_FIELDS,
};

void
tasks_clear(struct tasks *tasks)
{
	size_t i;

	for (i = 0; i < tasks->n; i++)
		schema_clear(info_fields, &tasks->info[i]);
	free(tasks->info);
	json_object_put(tasks->json);
	free(tasks->unread);
	memset(tasks, 0, sizeof(*tasks));
}

static void
make_room(struct tasks *tasks, size_t n)
{
	tasks->info = xreallocarray(tasks->info, tasks->n + n + 1,
	    sizeof(*tasks->info));
	memset(tasks->info + tasks->n, 0, (n + 1) * sizeof(*tasks->info));
	if (tasks->json == NULL)
		tasks->json = json_object_new_array();
}

static int
add_all(struct tasks *tasks, struct json_object *list, struct error *err)
{
	size_t i, n = json_object_array_length(list);
	struct json_object *element;

	make_room(tasks, n);
	for (i = 0; i < n; i++) {
		element = json_object_array_get_idx(list, i);
		if (schema_load(info_fields, element, &tasks->info[tasks->n++],
			err) != 0) {
			fail_prefix(err, "the daemon tells of a task");
			return -1;
		}
		json_object_array_add(tasks->json, json_object_get(element));
	}
	return 0;
}

static bool
is_among(const struct tasks *tasks, size_t known, const char *id)
{
	size_t i;

	for (i = 0; i < known; i++)
		if (strcmp(tasks->info[i].id, id) == 0)
			return true;
	return false;
}

void
tasks_merge(struct tasks *to, struct tasks *from, size_t known)
{
	size_t i;

	make_room(to, from->n);
	for (i = 0; i < from->n; i++) {
		if (is_among(to, known, from->info[i].id)) {
			schema_clear(info_fields, &from->info[i]);
			continue;
		}
		to->info[to->n++] = from->info[i];
		json_object_array_add(to->json,
		    json_object_get(json_object_array_get_idx(from->json, i)));
	}
	from->n = 0;
	if (from->cost_today_usd > 0)
		to->cost_today_usd = from->cost_today_usd;
	if (to->unread == NULL) {
		to->unread = from->unread;
		from->unread = NULL;
	}
	tasks_clear(from);
}

void
tasks_print_json(const struct tasks *tasks)
{
	struct json_object *root = json_object_new_object();

	json_add(root, "tasks",
	    tasks->json == NULL ? json_object_new_array() :
				  json_object_get(tasks->json));
	puts(json_text(root, NULL));
	json_object_put(root);
}

int
tasks_read(const char *text, struct tasks *tasks, struct error *err)
{
	struct json_object *root, *list;
	int result = -1;

	root = json_parse(text, strlen(text), err);
	list = json_array_at(root, "tasks");
	if (root != NULL && list == NULL)
		fail(err, ERR_INVALID,
		    "expected tasks from the daemon, got: %.200s; is it of "
		    "another version than ccproc?",
		    text);
	if (list != NULL)
		result = add_all(tasks, list, err);
	if (result == 0 && tasks->unread == NULL)
		tasks->unread = xstrdup(json_string_at(root, "unread"));
	if (root != NULL)
		json_number_at(root, "cost_today_usd", &tasks->cost_today_usd);
	json_object_put(root);
	return result;
}

char **
tasks_names(const struct tasks *tasks, char *const *ids)
{
	char **names = NULL;
	size_t i;

	if (tasks->n > TASKS_MAX_PER_CALL)
		return strv_dup(ids);
	for (i = 0; i < tasks->n; i++)
		names = strv_add(names, tasks->info[i].id);
	return names;
}

bool
tasks_is_agent(const struct task_info *task)
{
	return task->kind != NULL && strcmp(task->kind, "agent") == 0;
}

void
tasks_keep_asking(struct tasks *tasks)
{
	struct json_object *kept = json_object_new_array(), *asks;
	size_t i;

	for (i = 0; i < tasks->n; i++) {
		asks = json_array_at(json_object_array_get_idx(tasks->json, i),
		    "asks");
		if (asks != NULL && json_object_array_length(asks) > 0)
			json_object_array_add(kept,
			    json_object_get(
				json_object_array_get_idx(tasks->json, i)));
	}
	json_object_put(tasks->json);
	tasks->json = kept;
}
