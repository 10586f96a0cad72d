/*
 * Questions as requests.  See elicit.h.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/question/question.h"
#include "daemon/record/record.h"
#include "daemon/reply/elicit.h"
#include "daemon/reply/form.h"
#include "daemon/session.h"
#include "daemon/task/lineage.h"
#include "daemon/task/lookup.h"
#include "daemon/task/peer.h"
#include "daemon/task/task.h"
#include "json/json.h"
#include "mcp/elicit.h"

/* A question that was put to a session, until it is no longer open. */
struct shown {
	LIST_ENTRY(shown) entry;
	struct listener *listener;
	struct task *task;
	uint64_t number;
	struct mcp_elicit *request; /* NULL: the user put it aside */
};

struct listener {
	LIST_ENTRY(listener) entry;
	struct mcp_peer *peer;
	const struct session *session;
	bool unsure; /* whether it has a user could not be told yet */
	LIST_HEAD(, shown) shown;
};

static LIST_HEAD(, listener) listeners = LIST_HEAD_INITIALIZER(listeners);

static void
shown_free(struct shown *shown)
{
	LIST_REMOVE(shown, entry);
	mcp_elicit_free(shown->request);
	task_unref(shown->task);
	free(shown);
}

/*
 * A question that was put aside can still be answered elsewhere, so models are
 * told of it.
 */
static void
answered(void *arg, enum mcp_action action, struct json_object *content)
{
	struct shown *shown = arg;
	struct task *task = task_ref(shown->task);
	uint64_t number = shown->number;
	struct question_answer answer;
	struct error err;

	mcp_elicit_free(shown->request);
	shown->request = NULL;
	if (!form_decision(question_find(task, number), action, content,
		&answer))
		question_tell(task);
	else if (question_answer(task, number, &answer, &err) != 0)
		log_warnx(TASK_ID ": %s", task_record(task)->number, err.text);
	schema_clear(question_answer_fields, &answer);
	task_unref(task);
}

static struct shown *
find(const struct listener *listener, const struct task *task, uint64_t number)
{
	struct shown *shown;

	LIST_FOREACH(shown, &listener->shown, entry)
		if (shown->task == task && shown->number == number)
			return shown;
	return NULL;
}

/*
 * The key, which is the id of the request, has the UUID: numbers repeat from
 * one state directory to another.
 */
static void
show(struct listener *listener, struct task *task,
    const struct question *question)
{
	const char *uuid = task_record(task)->from.uuid;
	struct shown *shown = xcalloc(1, sizeof(*shown));
	struct forms forms = { 0 };
	struct mcp_ask form;
	char *id;

	shown->listener = listener;
	shown->task = task_ref(task);
	shown->number = question->number;
	LIST_INSERT_HEAD(&listener->shown, shown, entry);
	form_add(&forms, question);
	form = forms.asks[0];
	id = xasprintf("%s-%s", form.key, uuid);
	form.key = id;
	shown->request = mcp_elicit_new(listener->peer, &form,
	    listener->session->ordinal > 1, answered, shown);
	free(id);
	form_clear(&forms);
}

/*
 * Returns the first of the tasks that led to this one, since only its session
 * has a user, or the task itself.
 */
static struct task *
root_of(struct task *task)
{
	char *const *ancestors = task_record(task)->from.ancestors;
	struct task *root = NULL;
	struct error err;

	if (ancestors != NULL && ancestors[0] != NULL)
		root = lookup_number(id_number(ancestors[0]), &err);
	return root == NULL ? task_ref(task) : root;
}

static bool
is_of(const struct task *task, const struct listener *listener)
{
	return strcmp(task_record(task)->from.owner,
		   listener->session->owner) == 0;
}

static void
show_new(struct listener *listener, struct task *task, const struct task *root)
{
	const struct question *question = NULL;

	if (!is_of(task, listener) && !is_of(root, listener))
		return;
	while ((question = question_next_open(task, question)) != NULL)
		if (find(listener, task, question->number) == NULL)
			show(listener, task, question);
}

static void
drop_answered(struct listener *listener, const struct task *task)
{
	struct shown *shown, *next;
	const struct question *question;

	for (shown = LIST_FIRST(&listener->shown); shown != NULL;
	     shown = next) {
		next = LIST_NEXT(shown, entry);
		question = question_find(shown->task, shown->number);
		if (shown->task == task &&
		    (question == NULL || question->answered))
			shown_free(shown);
	}
}

static void
show_open(struct listener *listener, struct task *task)
{
	struct task *root = root_of(task);

	show_new(listener, task, root);
	task_unref(root);
}

/* Shows all that is open, unless it cannot be told yet who would see it. */
static void
show_all(struct listener *listener)
{
	struct task *task = NULL;

	listener->unsure = !lineage_is_outside(listener->session);
	while (!listener->unsure && (task = task_next_live(task)) != NULL)
		if (question_count_open(task) > 0)
			show_open(listener, task);
}

static void
show_of(struct task *task)
{
	struct task *root = root_of(task);
	struct listener *listener;

	LIST_FOREACH(listener, &listeners, entry)
		if (!listener->unsure)
			show_new(listener, task, root);
	task_unref(root);
}

static void
changed(struct watcher *watcher, struct task *task, unsigned news)
{
	struct listener *listener;

	(void)watcher;
	LIST_FOREACH(listener, &listeners, entry) {
		if (listener->unsure)
			show_all(listener);
		if ((news & TASK_QUESTIONS) != 0)
			drop_answered(listener, task);
	}
	if ((news & TASK_QUESTIONS) != 0 && !LIST_EMPTY(&listeners) &&
	    question_count_open(task) > 0)
		show_of(task);
}

/* With what a killed keeper has left goes what a listener is unsure for. */
static struct watcher watcher = {
	.name = "elicit",
	.wants = TASK_QUESTIONS | TASK_ENTERED(TASK_RUNNING) |
	    TASK_ENTERED(TASK_SUMMING_UP),
	.changed = changed,
};

void
elicit_start(void)
{
	task_watch_all(&watcher);
}

void
elicit_stop(void)
{
	task_unwatch(&watcher);
}

static struct listener *
listener_of(const struct session *session)
{
	struct listener *listener;

	LIST_FOREACH(listener, &listeners, entry)
		if (listener->session == session)
			return listener;
	return NULL;
}

void
elicit_join(struct mcp_peer *peer, void *user)
{
	const struct session *session = user;
	struct listener *listener;

	if (!mcp_peer_can(peer, MCP_CAN_FORM) || listener_of(session) != NULL ||
	    (!lineage_is_outside(session) &&
		peer_where(session) != WHERE_UNSURE))
		return;
	listener = xcalloc(1, sizeof(*listener));
	listener->peer = peer;
	listener->session = session;
	LIST_INIT(&listener->shown);
	LIST_INSERT_HEAD(&listeners, listener, entry);
	show_all(listener);
}

void
elicit_leave(const struct session *session)
{
	struct listener *listener = listener_of(session);
	struct shown *shown, *next;

	if (listener == NULL)
		return;
	for (shown = LIST_FIRST(&listener->shown); shown != NULL;
	     shown = next) {
		next = LIST_NEXT(shown, entry);
		shown_free(shown);
	}
	LIST_REMOVE(listener, entry);
	free(listener);
}

bool
elicit_shows(const struct session *session, const struct task *task)
{
	const struct listener *listener = listener_of(session);
	const struct question *question = NULL;
	const struct shown *shown;

	if (listener == NULL)
		return false;
	while ((question = question_next_open(task, question)) != NULL) {
		shown = find(listener, task, question->number);
		if (shown == NULL || shown->request == NULL)
			return false;
	}
	return true;
}
