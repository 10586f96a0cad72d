/*
 * Doing something with tasks.  See control.h.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/control.h"
#include "cli/pages.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/select.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"

/* What an answer tells: the ids of those that were changed, and refusals. */
static int
take(const char *text, char ***done, size_t *refused, struct error *err)
{
	struct json_object *answer = json_parse(text, strlen(text), err), *list;
	size_t i, n;

	if (answer == NULL) /* of a call that came again: all are gone */
		return 0;
	list = json_array_at(answer, "done");
	n = list == NULL ? 0 : json_object_array_length(list);
	for (i = 0; i < n; i++)
		*done = strv_add(*done,
		    json_object_get_string(json_object_array_get_idx(list, i)));
	list = json_object_at(answer, "refused");
	if (list != NULL) {
		json_object_object_foreach(list, id, why) {
			say("%s: %s", id, json_object_get_string(why));
			(*refused)++;
		}
	}
	json_object_put(answer);
	return 0;
}

static void
name_version(struct error *err)
{
	if (strstr(err->text, "unknown tool") != NULL)
		fail(err, ERR_INVALID,
		    "the daemon that runs is of an earlier version, which "
		    "cannot do this; ccproc daemon restart replaces it, and "
		    "tasks go on");
}

/* Takes args. */
static int
call(struct rpc *rpc, const struct control *c, struct json_object *args,
    char *const *ids, char ***done, size_t *refused, struct error *err)
{
	char **texts;
	size_t i;

	json_add_string(args, "action", c->action);
	json_add_string(args, "form", "json");
	texts = pages_call(rpc, "control_tasks", args, ids, err);
	if (texts == NULL) {
		name_version(err);
		return -1;
	}
	for (i = 0; texts[i] != NULL; i++)
		take(texts[i], done, refused, err);
	strv_free(texts);
	return 0;
}

/* Shows how they are now. */
static int
show(struct rpc *rpc, const struct control *c, char *const *ids)
{
	const struct tasks_query query = { .wait_s = 0 };
	struct tasks tasks = { 0 };
	struct error err;
	int status;

	status = tasks_check(rpc, ids, &query, &tasks, &err) != 0 ?
	    say_failed(&err) :
	    say_tasks(rpc, &tasks, ids, c->json);
	tasks_clear(&tasks);
	return status;
}

static int
by_number(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	long long i = strtoll(*x + 1, NULL, 10), j = strtoll(*y + 1, NULL, 10);

	return i < j ? -1 : i > j;
}

/* Returns the ids as they go out; the caller frees. */
static char **
in_order(char *const *ids, int order)
{
	char **copy = strv_dup(ids), *id;
	size_t i, n = strv_len(copy);

	if (order != 0)
		qsort(copy, n, sizeof(*copy), by_number);
	for (i = 0; order < 0 && i < n / 2; i++) {
		id = copy[i];
		copy[i] = copy[n - 1 - i];
		copy[n - 1 - i] = id;
	}
	return copy;
}

/* Those of the ids that are among others, in their order; frees these. */
static char **
of_these(char *const *ids, char **others)
{
	char **both = NULL, **other;

	for (; others != NULL && *ids != NULL; ids++) {
		for (other = others; *other != NULL; other++)
			if (strcmp(*other, *ids) == 0)
				break;
		if (*other != NULL)
			both = strv_add(both, *ids);
	}
	strv_free(others);
	return both;
}

static int
act(struct rpc *rpc, const struct control *c, struct json_object *args,
    char *const *ids)
{
	char **done = NULL, **order = in_order(ids, c->order);
	size_t refused = 0;
	struct error err;
	int status = 0;

	if (call(rpc, c, args, order, &done, &refused, &err) != 0)
		status = say_failed(&err);
	else
		done = of_these(ids, done);
	if (status == 0 && done != NULL)
		status = show(rpc, c, done);
	strv_free(done);
	strv_free(order);
	return status == 0 && refused > 0 ? STATUS_OURS : status;
}

/* Of what is selected, what the deed is for; the others are kept behind. */
static char **
meant(const struct control *c, struct tasks *tasks, size_t *n)
{
	char **ids = xcalloc(1, sizeof(*ids));
	struct task_info task;
	size_t i;

	for (i = *n = 0; i < tasks->n; i++) {
		task = tasks->info[i];
		if (c->is_meant != NULL && !c->is_meant(&task))
			continue;
		ids = strv_add(ids, task.id);
		tasks->info[i] = tasks->info[*n];
		tasks->info[(*n)++] = task;
	}
	return ids;
}

static struct select
narrowed(const struct control *c)
{
	struct select select = *c->select;

	if (select_is_used(&select) && !select.running && !select.queued &&
	    !select.failed) {
		select.queued = c->queued;
		select.running = !c->queued;
	}
	return select;
}

int
control_run(struct rpc *rpc, const struct control *c, struct json_object *args,
    char *const *words)
{
	struct select select = narrowed(c);
	struct tasks tasks = { 0 }, shown;
	struct error err;
	char **ids;
	int status;

	ids = select_tasks(rpc, &select, words, SELECT_LIVE, &tasks, &err);
	shown = tasks;
	if (ids != NULL && select_is_used(&select)) {
		strv_free(ids);
		ids = meant(c, &tasks, &shown.n);
	}
	if (ids == NULL)
		status = say_failed(&err);
	else if (ids[0] == NULL)
		status = say_none();
	else if (select_is_used(&select) && !c->yes &&
	    !select_confirm(&shown, c->deed))
		status = STATUS_CANCELLED;
	else {
		status = act(rpc, c, args, ids);
		args = NULL;
	}
	json_object_put(args);
	strv_free(ids);
	tasks_clear(&tasks);
	return status;
}

int
control_queue(struct rpc *rpc, const struct control *c)
{
	struct json_object *args = json_object_new_object();
	struct rpc_reply reply;
	struct error err;
	int status = 0;

	json_add_string(args, "action", c->action);
	json_add_bool(args, "queue", true);
	if (c->select->group != NULL)
		json_add_string(args, "group", c->select->group);
	if (rpc_call(rpc, "control_tasks", args, &reply, &err) != 0)
		return say_failed(&err);
	if (reply.failed) {
		fail(&err, ERR_INVALID, "%s", reply.text);
		name_version(&err);
		status = say_failed(&err);
	} else
		text_print(stdout, reply.text);
	free(reply.text);
	return status;
}
