/*
 * What the daemon tells.  See feed.h.  One connection waits for events, the
 * other asks what they are about: a call that waits would have its answer
 * passed over by those that follow.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/rpc.h"
#include "cli/tasks.h"
#include "cli/top/feed.h"
#include "cli/top/model.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "json/json.h"

/* So many of those that have ended are shown, and of a group. */
#define ENDED_MAX 200
#define GROUP_MAX 1000
/* Of the queue those that start first. */
#define QUEUE_SHOWN 50
struct feed {
	struct rpc *watch, *calls;
	char *epoch;
	int64_t next;
	bool lost;    /* all is to be asked for anew */
	bool queue;   /* the queue is */
	char **dirty; /* these are */
	char **removed;
	char **groups; /* of what happened */
};

/* Adds what is not there yet. */
static char **
add_new(char **v, const char *s)
{
	size_t i;

	for (i = 0; v != NULL && v[i] != NULL; i++)
		if (strcmp(v[i], s) == 0)
			return v;
	return strv_add(v, s);
}

struct feed *
feed_open(struct error *err)
{
	struct feed *feed = xcalloc(1, sizeof(*feed));

	feed->calls = rpc_open(err);
	if (feed->calls != NULL)
		feed->watch = rpc_open(err);
	if (feed->watch != NULL)
		return feed;
	feed_free(feed);
	return NULL;
}

static void
forget(struct feed *feed)
{
	strv_free(feed->dirty);
	strv_free(feed->removed);
	strv_free(feed->groups);
	feed->dirty = feed->removed = feed->groups = NULL;
	feed->lost = feed->queue = false;
}

void
feed_free(struct feed *feed)
{
	if (feed == NULL)
		return;
	rpc_free(feed->watch);
	rpc_free(feed->calls);
	free(feed->epoch);
	forget(feed);
	free(feed);
}

struct rpc *
feed_rpc(struct feed *feed)
{
	return feed->calls;
}

/* Takes the tasks into the model. */
static void
take_tasks(struct model *model, struct tasks *tasks)
{
	int64_t now = time_mono_ms();
	size_t i;

	for (i = 0; i < tasks->n; i++)
		rows_update(&model->rows, &tasks->info[i], now);
	if (tasks->cost_today_usd > 0)
		model->cost_today_usd = tasks->cost_today_usd;
}

static int
list(struct feed *feed, struct model *model, const struct tasks_filter *filter,
    int64_t *matched, struct error *err)
{
	struct tasks tasks = { 0 };
	int result = tasks_list(feed->calls, filter, &tasks, err);

	if (result == 0)
		take_tasks(model, &tasks);
	*matched = tasks.matched > 0 ? tasks.matched : (int64_t)tasks.n;
	tasks_clear(&tasks);
	return result;
}

static int
list_queue(struct feed *feed, struct model *model, struct error *err)
{
	static const char *const queued[] = { "queued", NULL };
	const struct tasks_filter filter = { .active = true,
		.states = queued,
		.queue = true,
		.limit = QUEUE_SHOWN };
	int64_t n;

	rows_forget_queue(&model->rows);
	if (list(feed, model, &filter, &n, err) != 0)
		return -1;
	rows_drop_untold(&model->rows);
	model->totals.queued = (size_t)n;
	return 0;
}

static struct group_total *
find_group(const struct model *model, const char *id)
{
	size_t i;

	for (i = 0; i < model->totals.ngroups; i++)
		if (strcmp(model->totals.groups[i].id, id) == 0)
			return &model->totals.groups[i];
	return NULL;
}

static struct group_total *
add_group(struct model *model, const char *id)
{
	struct totals *totals = &model->totals;

	totals->groups = xreallocarray(totals->groups, totals->ngroups + 1,
	    sizeof(*totals->groups));
	totals->groups[totals->ngroups] = (struct group_total){
		.id = xstrdup(id)
	};
	return &totals->groups[totals->ngroups++];
}

/* How many of a group are queued; what has ended of it before, once. */
static int
ask_group(struct feed *feed, struct model *model, const char *id,
    struct error *err)
{
	static const char *const queued[] = { "queued", NULL };
	struct tasks_filter filter = { .group = id, .limit = GROUP_MAX };
	struct group_total *group = find_group(model, id);
	struct tasks tasks = { 0 };
	int64_t n;
	int result;

	if (group == NULL && list(feed, model, &filter, &n, err) != 0)
		return -1;
	if (group == NULL)
		group = add_group(model, id);
	filter = (struct tasks_filter){ .active = true,
		.states = queued,
		.group = id,
		.limit = 1 };
	result = tasks_list(feed->calls, &filter, &tasks, err);
	group->queued = tasks.matched > 0 ? (size_t)tasks.matched : tasks.n;
	tasks_clear(&tasks);
	return result;
}

/* The groups of what runs. */
static int
ask_groups(struct feed *feed, struct model *model, struct error *err)
{
	size_t i, n = model->rows.n;
	char **groups = NULL;
	const struct row *row;
	int result = 0;

	for (i = 0; i < n; i++) {
		row = model->rows.items[i];
		if (row->group != NULL && row->section <= SECTION_RUNNING)
			groups = add_new(groups, row->group);
	}
	for (i = 0; groups != NULL && groups[i] != NULL && result == 0; i++)
		result = ask_group(feed, model, groups[i], err);
	strv_free(groups);
	return result;
}

int
feed_load(struct feed *feed, struct model *model, struct error *err)
{
	static const char *const working[] = { "needs_input", "running", NULL };
	const struct tasks_filter running = { .active = true,
		.states = working,
		.limit = -1 };
	const struct tasks_filter ended = { .limit = ENDED_MAX };
	int64_t n;

	forget(feed);
	model_forget_groups(model);
	if (list_queue(feed, model, err) != 0)
		return -1;
	rows_forget_others(&model->rows);
	if (list(feed, model, &running, &n, err) != 0 ||
	    list(feed, model, &ended, &n, err) != 0)
		return -1;
	model->whole = n < ENDED_MAX;
	if (ask_groups(feed, model, err) != 0)
		return -1;
	rows_drop_untold(&model->rows);
	return 0;
}

/* Waits for what comes after the number; without one, learns where that is. */
static int64_t
ask_events(struct feed *feed, struct error *err)
{
	struct json_object *args = json_object_new_object();
	int64_t id;

	if (feed->epoch != NULL) {
		json_add_string(args, "epoch", feed->epoch);
		json_add_int(args, "after", feed->next);
	}
	id = rpc_send(feed->watch, "watch_tasks", args, err);
	json_object_put(args);
	return id;
}

int
feed_watch(struct feed *feed, struct error *err)
{
	return ask_events(feed, err) == -1 ? -1 : 0;
}

int
feed_fd(const struct feed *feed)
{
	return rpc_fd(feed->watch);
}

static void
take_event(struct feed *feed, struct json_object *event)
{
	const char *id = json_string_at(event, "id");
	const char *name = json_string_at(event, "event");
	const char *group = json_string_at(event, "group");

	if (id == NULL || name == NULL)
		return;
	feed->queue = true;
	if (strcmp(name, "removed") == 0)
		feed->removed = add_new(feed->removed, id);
	else if (strcmp(name, "queued") != 0)
		feed->dirty = add_new(feed->dirty, id);
	if (group != NULL)
		feed->groups = add_new(feed->groups, group);
}

static int
take_answer(struct feed *feed, struct json_object *answer, struct error *err)
{
	struct json_object *events = json_array_at(answer, "events");
	const char *epoch = json_string_at(answer, "epoch");
	size_t i, n = events == NULL ? 0 : json_object_array_length(events);

	if (epoch == NULL || !json_int_at(answer, "next", &feed->next)) {
		fail(err, ERR_INVALID,
		    "the daemon tells no events; one of an earlier version is "
		    "replaced by ccproc daemon restart");
		return -1;
	}
	json_bool_at(answer, "lost", &feed->lost);
	if (feed->epoch == NULL || strcmp(feed->epoch, epoch) != 0) {
		feed->lost = true;
		free(feed->epoch);
		feed->epoch = xstrdup(epoch);
	}
	for (i = 0; i < n; i++)
		take_event(feed, json_object_array_get_idx(events, i));
	return ask_events(feed, err) == -1 ? -1 : 1;
}

int
feed_take(struct feed *feed, struct error *err)
{
	struct json_object *answer;
	struct rpc_reply reply;
	int got = rpc_receive(feed->watch, &reply, err);

	if (got != 1)
		return got;
	answer = reply.failed ? NULL :
				json_parse(reply.text, strlen(reply.text), err);
	got = take_answer(feed, answer, err);
	json_object_put(answer);
	free(reply.text);
	return got;
}

void
feed_look(struct feed *feed, const char *id)
{
	feed->dirty = add_new(feed->dirty, id);
}

/* Those that are no more are dropped. */
static int
check(struct feed *feed, struct model *model, char *const *ids,
    struct error *err)
{
	const struct tasks_query query = { .glance = true };
	struct tasks tasks = { 0 };
	char *one[] = { NULL, NULL };
	int result = tasks_check(feed->calls, ids, &query, &tasks, err);
	size_t i, n = strv_len(ids);

	if (result == 0)
		take_tasks(model, &tasks);
	tasks_clear(&tasks);
	if (result == 0 || err->code != ERR_NOT_FOUND)
		return result;
	if (n == 1) {
		rows_remove(&model->rows, ids[0]);
		return 0;
	}
	for (i = 0, result = 0; i < n && result == 0; i++) {
		one[0] = ids[i];
		result = check(feed, model, one, err);
	}
	return result;
}

int
feed_go(struct feed *feed, struct model *model, const char *id,
    struct error *err)
{
	const struct tasks_query query = { .glance = true };
	char *name = xstrdup(id), *ids[] = { name, NULL };
	struct tasks tasks = { 0 };
	int result = tasks_check(feed->calls, ids, &query, &tasks, err);

	if (result == 0) {
		take_tasks(model, &tasks);
		list_go(&model->list,
		    rows_find(&model->rows, tasks.info[0].id));
	}
	tasks_clear(&tasks);
	free(name);
	return result;
}

/* Those that are no more are not asked for. */
static char **
take_removed(struct feed *feed, struct model *model)
{
	char **dirty = NULL,
	     **removed = feed->removed, *const * one, *const * id;

	for (id = feed->dirty; id != NULL && *id != NULL; id++) {
		for (one = removed; one != NULL && *one != NULL; one++)
			if (strcmp(*one, *id) == 0)
				break;
		if (one == NULL || *one == NULL)
			dirty = strv_add(dirty, *id);
	}
	for (one = removed; one != NULL && *one != NULL; one++)
		rows_remove(&model->rows, *one);
	return dirty;
}

int
feed_refresh(struct feed *feed, struct model *model, struct error *err)
{
	char **dirty = take_removed(feed, model), **groups = feed->groups;
	bool lost = feed->lost, queue = feed->queue;
	int result = 0;
	size_t i;

	feed->groups = NULL;
	forget(feed);
	if (lost)
		result = feed_load(feed, model, err);
	else {
		if (dirty != NULL)
			result = check(feed, model, dirty, err);
		if (result == 0 && queue)
			result = list_queue(feed, model, err);
		for (i = 0; result == 0 && groups != NULL && groups[i] != NULL;
		     i++)
			result = ask_group(feed, model, groups[i], err);
		rows_limit_ended(&model->rows, 2 * GROUP_MAX);
	}
	strv_free(dirty);
	strv_free(groups);
	return result;
}
