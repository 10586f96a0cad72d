/*
 * Changing tasks.  See change.h.  What a keeper does is seen in the folder of
 * the run, which is watched until it is there.
 */
#include <stdlib.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/find/observer.h"
#include "daemon/os/filewatch.h"
#include "daemon/os/loop.h"
#include "daemon/record/record.h"
#include "daemon/reply/change.h"
#include "daemon/reply/sliced.h"
#include "daemon/store/files.h"
#include "daemon/task/task.h"

/* A keeper that says nothing for so long is no longer waited for. */
#define WAIT_MS 10000

enum stage { ASKED, TOLD, OVER };

struct changing {
	struct mcp_call *call;
	struct change_wish wish;
	struct task_list list;
	struct change *changes; /* for each of the list */
	enum stage *stages;
	struct filewatch **watches;
	size_t at;
	struct observer *observer;
	struct event *expiry;
};

static void
changing_free(void *arg)
{
	struct changing *c = arg;
	size_t i;

	observer_free(c->observer);
	if (c->expiry != NULL)
		event_free(c->expiry);
	for (i = 0; i < c->list.n; i++) {
		filewatch_free(c->watches[i]);
		free(c->changes[i].refused);
	}
	free(c->watches);
	free(c->stages);
	free(c->changes);
	task_list_clear(&c->list);
	free(c);
}

static void
refuse(struct changing *c, size_t i, const char *why)
{
	c->stages[i] = OVER;
	c->changes[i].refused = xstrdup(why);
}

static void
ask(struct changing *c, size_t i)
{
	struct error err;
	int result;

	error_clear(&err);
	result = c->wish.change(c->call, c->list.tasks[i], &c->wish, &err);
	if (result == -1)
		refuse(c, i, err.text);
	else if (result == 1)
		c->stages[i] = TOLD;
}

static void
look_at(struct changing *c, size_t i)
{
	struct task *task = c->list.tasks[i];

	if (c->stages[i] == ASKED && !task_starting(task))
		ask(c, i);
	if (c->stages[i] != TOLD)
		return;
	if (c->wish.is_so == NULL || c->wish.is_so(task, c->wish.args)) {
		c->stages[i] = OVER;
		if (c->wish.changed != NULL)
			c->wish.changed(task, c->wish.args);
	} else if (record_ended(task_record(task)))
		refuse(c, i, "it has ended meanwhile");
}

/* Whether all is done. */
static bool
look(struct changing *c)
{
	size_t i, over = 0;

	for (i = 0; i < c->list.n; i++) {
		look_at(c, i);
		over += c->stages[i] == OVER;
		if (c->stages[i] == OVER) {
			filewatch_free(c->watches[i]);
			c->watches[i] = NULL;
		}
	}
	return over == c->list.n;
}

static void
finish(struct changing *c)
{
	mcp_call_finish(c->call,
	    c->wish.then(c->call, c->wish.args, c->changes, c->list.n));
	changing_free(c);
}

static void
on_change(void *arg)
{
	if (look(arg))
		finish(arg);
}

static void
on_expiry(int fd, short what, void *arg)
{
	struct changing *c = arg;
	size_t i;

	(void)fd;
	(void)what;
	for (i = 0; i < c->list.n; i++)
		if (c->stages[i] != OVER)
			refuse(c, i,
			    "its keeper has not answered yet; look again, it "
			    "may be stopped or ending");
	finish(c);
}

static void
on_write(void *arg)
{
	struct changing *c = arg;

	observer_look(c->observer);
}

/* Looks once more when it watches: what came before that is not told. */
static void
watch_all(struct changing *c)
{
	struct error err;
	size_t i;

	c->observer = observer_new("change", c->list.tasks, c->list.n,
	    on_change, c);
	c->expiry = loop_timer_new(on_expiry, c);
	loop_timer_start(c->expiry, WAIT_MS);
	for (i = 0; i < c->list.n; i++) {
		if (c->stages[i] == OVER)
			continue;
		c->watches[i] = filewatch_new(
		    store_full_path(task_record(c->list.tasks[i])->dir),
		    on_write, c, &err);
		if (c->watches[i] == NULL)
			log_warnx("%s; waiting for changes only", err.text);
	}
	observer_look(c->observer);
}

static bool
step(void *arg)
{
	struct changing *c = arg;

	if (c->at == c->list.n)
		return false;
	ask(c, c->at++);
	return true;
}

static struct mcp_reply
answer(struct mcp_call *call, void *arg)
{
	struct changing *c = arg;
	struct mcp_reply reply;

	if (!look(c)) {
		watch_all(c);
		return mcp_reply_later(call, changing_free, c);
	}
	reply = c->wish.then(call, c->wish.args, c->changes, c->list.n);
	changing_free(c);
	return reply;
}

struct mcp_reply
change_reply(struct mcp_call *call, const struct task_list *list,
    const struct change_wish *wish)
{
	static const struct sliced sliced = { step, answer, changing_free };
	struct changing *c = xcalloc(1, sizeof(*c));
	size_t i;

	c->call = call;
	c->wish = *wish;
	c->changes = xcalloc(list->n + 1, sizeof(*c->changes));
	c->stages = xcalloc(list->n + 1, sizeof(*c->stages));
	c->watches = xcalloc(list->n + 1, sizeof(struct filewatch *));
	for (i = 0; i < list->n; i++) {
		task_list_append(&c->list, list->tasks[i]);
		c->changes[i].task = list->tasks[i];
	}
	return sliced_reply(call, &sliced, c);
}
