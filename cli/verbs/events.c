/*
 * ccproc events: what happens to tasks, a line of JSON each, as it happens.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"

/* Those that ended are remembered for what the daemon may tell again. */
#define KNOWN_MAX 4096

struct events_options {
	char **only;
};

static const struct option_row rows[] = {
	OPTION_LIST(struct events_options, only, .name = "only",
	    .value = "EVENT",
	    .help = "queued, held, released, moved, started, paused, "
		    "unpaused, needs_input, ended, removed"),
	END_OF_OPTIONS,
};

static const struct events_options defaults = { .only = NULL };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb events_verb = {
	.name = "events",
	.synopsis = "[--only EVENT]",
	.summary = "Print what happens to tasks, as JSON lines",
	.details = "\nFrom now on, until it is ended: queued, held, released, "
		   "moved, started, paused,\nunpaused, needs_input, ended, "
		   "removed.  It goes on over the end of a daemon, and\ntells "
		   "then what happened meanwhile.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct events_options),
	.check = check,
	.run = run,
};

enum phase { QUEUED, RUNNING, ENDED, REMOVED };

/* In the order in which a run has them; some come again and again. */
static const struct name {
	const char *text;
	enum phase phase;
	bool again;
} names[] = {
	{ "queued", QUEUED, false },
	{ "held", QUEUED, true },
	{ "released", QUEUED, true },
	{ "moved", QUEUED, true },
	{ "started", RUNNING, false },
	{ "unpaused", RUNNING, true },
	{ "paused", RUNNING, true },
	{ "needs_input", RUNNING, false },
	{ "ended", ENDED, false },
	{ "removed", REMOVED, false },
};
#define NAMES (sizeof(names) / sizeof(names[0]))

/* What was said last of a task. */
struct known {
	char *id;
	const struct name *event;
};

struct events {
	struct rpc *rpc;
	const struct events_options *options;
	struct known *known;
	size_t n;
	char *epoch;
	int64_t next;
	int64_t
	    settled; /* the number of the last one that a look may have seen */
};

static const struct name *
find_name(const char *name)
{
	size_t i;

	for (i = 0; i < NAMES; i++)
		if (name != NULL && strcmp(names[i].text, name) == 0)
			return &names[i];
	return NULL;
}

static bool
is(const struct name *name, const char *text)
{
	return strcmp(name->text, text) == 0;
}

static int
check(const void *options, char *const *words, struct error *err)
{
	char *const *only = ((const struct events_options *)options)->only;

	(void)words;
	for (; only != NULL && *only != NULL; only++)
		if (find_name(*only) == NULL) {
			fail(err, ERR_INVALID,
			    "--only: expected queued, held, released, moved, "
			    "started, paused, unpaused, needs_input, ended or "
			    "removed, got '%.60s'",
			    *only);
			return -1;
		}
	return 0;
}

static bool
is_wanted(const struct events *events, const char *event)
{
	char *const *only = events->options->only;

	for (; only != NULL && *only != NULL; only++)
		if (strcmp(*only, event) == 0)
			return true;
	return events->options->only == NULL;
}

/* Of those that live, all are remembered: their ends must be told. */
static void
forget_ended(struct events *events)
{
	size_t i;

	for (i = 0; i < events->n && events->known[i].event->phase < ENDED; i++)
		continue;
	if (i == events->n)
		return;
	free(events->known[i].id);
	events->n--;
	memmove(events->known + i, events->known + i + 1,
	    (events->n - i) * sizeof(*events->known));
}

/* Pauses come and go: their order says nothing. */
static bool
is_older(const struct name *event, const struct name *before)
{
	return event->again && event->phase == before->phase ? event == before :
							       event <= before;
}

/*
 * Remembers it; whether it is news.  An old one may tell of what a look has
 * seen, and of what was before that.
 */
static bool
note(struct events *events, const char *id, const struct name *event, bool old)
{
	const struct name *before;
	size_t i;

	for (i = 0; i < events->n; i++)
		if (strcmp(events->known[i].id, id) == 0) {
			before = events->known[i].event;
			if (old && is_older(event, before))
				return false;
			if (is(event, "moved"))
				return true; /* and held, or not, as before */
			events->known[i].event = event;
			return before != event || is(event, "needs_input");
		}
	if (events->n >= KNOWN_MAX)
		forget_ended(events);
	events->known = xreallocarray(events->known, events->n + 1,
	    sizeof(*events->known));
	events->known[events->n++] = (struct known){ .id = xstrdup(id),
		.event = event };
	return true;
}

static void
print(struct events *events, struct json_object *event, bool old)
{
	const char *id = json_string_at(event, "id");
	const struct name *name = find_name(json_string_at(event, "event"));

	if (id == NULL || name == NULL || !note(events, id, name, old) ||
	    !is_wanted(events, name->text))
		return;
	text_print_json(event);
	fflush(stdout);
}

/* The same from what a list tells of a task. */
static void
print_state(struct events *events, struct json_object *task,
    const struct name *name, bool silent)
{
	static const char *const keys[] = { "id", "uuid", "label", "name",
		"group", "group_name", "kind", "owner", "state", "reason",
		"exit_code", "signal", "cwd" };
	struct json_object *event;
	size_t i;

	if (silent) {
		note(events, json_string_at(task, "id"), name, false);
		return;
	}
	event = json_object_new_object();
	json_add_string(event, "event", name->text);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		json_add(event, keys[i],
		    json_object_get(json_member(task, keys[i])));
	print(events, event, false);
	json_object_put(event);
}

/*
 * What has become of a task that is on, or off, or has just begun to be what it
 * is.  NULL: there is no news of it.
 */
static const struct name *
name_since(const struct events *events, const struct task_info *task,
    bool is_on, const char *on, const char *off, const char *begun)
{
	const char *before = "";
	size_t i;

	if (is_on)
		return find_name(on);
	for (i = 0; i < events->n; i++)
		if (strcmp(events->known[i].id, task->id) == 0)
			before = events->known[i].event->text;
	if (strcmp(before, on) == 0)
		return find_name(off);
	return strcmp(before, off) == 0 ? NULL : find_name(begun);
}

static const struct name *
name_of(const struct events *events, const struct task_info *task)
{
	if (status_ended(task))
		return find_name("ended");
	if (strcmp(task->state, "queued") == 0)
		return name_since(events, task, task->held != 0, "held",
		    "released", "queued");
	return strcmp(task->state, "running") == 0 ?
	    name_since(events, task, task->paused_at != NULL, "paused",
		"unpaused", "started") :
	    find_name(task->state);
}

static void
print_tasks(struct events *events, const struct tasks *tasks, bool silent)
{
	const struct name *name;
	size_t i;

	for (i = 0; i < tasks->n; i++) {
		name = name_of(events, &tasks->info[i]);
		if (name != NULL)
			print_state(events,
			    json_object_array_get_idx(tasks->json, i), name,
			    silent);
	}
}

/* What was live when a daemon ended, and is not any more. */
static char **
gone(const struct events *events, const struct tasks *live)
{
	char **ids = NULL;
	size_t i, j;

	for (i = 0; i < events->n; i++) {
		if (events->known[i].event->phase >= ENDED)
			continue;
		for (j = 0; j < live->n &&
		     strcmp(live->info[j].id, events->known[i].id) != 0;
		     j++)
			continue;
		if (j == live->n)
			ids = strv_add(ids, events->known[i].id);
	}
	return ids;
}

/* Learns how tasks are; with `silent' there is nothing to compare with. */
static int
look(struct events *events, bool silent, struct error *err)
{
	const struct tasks_filter filter = { .active = true, .limit = -1 };
	const struct tasks_query query = { .glance = true };
	struct tasks live = { 0 }, ended = { 0 };
	struct error deleted;
	char **ids, *one[] = { NULL, NULL };
	size_t i;

	if (tasks_list(events->rpc, &filter, &live, err) != 0)
		return -1;
	ids = gone(events, &live);
	for (i = 0; ids != NULL && ids[i] != NULL; i++) {
		one[0] = ids[i];
		if (tasks_check(events->rpc, one, &query, &ended, &deleted) ==
		    0)
			print_tasks(events, &ended, silent);
		tasks_clear(&ended);
	}
	print_tasks(events, &live, silent);
	strv_free(ids);
	tasks_clear(&live);
	return 0;
}

/* Returns the answer, which the caller puts; without an epoch at once. */
static struct json_object *
ask(struct events *events, const char *epoch, struct error *err)
{
	struct json_object *args = json_object_new_object(), *answer = NULL;
	struct rpc_reply reply;

	if (epoch != NULL) {
		json_add_string(args, "epoch", epoch);
		json_add_int(args, "after", events->next);
	}
	if (rpc_call(events->rpc, "watch_tasks", args, &reply, err) != 0)
		return NULL;
	if (reply.failed)
		fail(err, ERR_INVALID,
		    "the daemon tells no events: %s; one of an earlier version "
		    "is replaced by ccproc daemon restart",
		    reply.text);
	else
		answer = json_parse(reply.text, strlen(reply.text), err);
	free(reply.text);
	return answer;
}

/* Looks, and learns up to where events may tell of what was seen. */
static int
look_again(struct events *events, bool silent, struct error *err)
{
	struct json_object *answer;
	int result = look(events, silent, err);

	if (result != 0)
		return -1;
	answer = ask(events, NULL, err);
	if (answer == NULL)
		return -1;
	json_int_at(answer, "next", &events->settled);
	json_object_put(answer);
	return 0;
}

static int
take(struct events *events, struct json_object *answer, struct error *err)
{
	struct json_object *list = json_array_at(answer, "events");
	const char *epoch = json_string_at(answer, "epoch");
	size_t i, n = list == NULL ? 0 : json_object_array_length(list);
	bool lost = false, first = events->epoch == NULL, another;

	if (epoch == NULL || !json_int_at(answer, "next", &events->next)) {
		fail(err, ERR_INVALID,
		    "expected events from the daemon; is it of another "
		    "version than ccproc?");
		return -1;
	}
	json_bool_at(answer, "lost", &lost);
	another = first || strcmp(epoch, events->epoch) != 0;
	if (another) {
		free(events->epoch);
		events->epoch = xstrdup(epoch);
	}
	if ((another || lost) && look_again(events, first, err) != 0)
		return -1;
	for (i = 0; i < n; i++)
		print(events, json_object_array_get_idx(list, i),
		    events->next - (int64_t)(n - 1 - i) <= events->settled);
	return 0;
}

/* Asks for what comes next, and waits for it. */
static int
step(struct events *events, struct error *err)
{
	struct json_object *answer = ask(events, events->epoch, err);
	int result = answer == NULL ? -1 : take(events, answer, err);

	json_object_put(answer);
	return result;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	struct events events = { .rpc = rpc, .options = options };
	struct error err;

	(void)words;
	rpc_prints(rpc);
	while (step(&events, &err) == 0 && !ferror(stdout))
		continue;
	while (events.n > 0)
		free(events.known[--events.n].id);
	free(events.known);
	free(events.epoch);
	return ferror(stdout) ? STATUS_OURS : say_failed(&err);
}
