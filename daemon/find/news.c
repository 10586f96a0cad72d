/*
 * News of tasks.  See news.h.  A change only schedules the callback, so it
 * never runs in the middle of what changes the task.
 */
#include <stdlib.h>

#include <event2/event.h>

#include "common/mem.h"
#include "daemon/find/news.h"
#include "daemon/os/loop.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"

struct member {
	struct watcher watcher; /* first: heard() gets this one */
	struct news *news;
	struct task *task;
};

struct news {
	struct member *members;
	size_t n;
	struct event *soon;
	void (*changed)(void *arg);
	void *arg;
};

static void
on_soon(int fd, short what, void *arg)
{
	struct news *news = arg;

	(void)fd;
	(void)what;
	news->changed(news->arg);
}

static void
heard(struct watcher *watcher, struct task *task, unsigned news)
{
	const struct member *member = (const struct member *)watcher;

	(void)task;
	(void)news;
	loop_timer_start(member->news->soon, 0);
}

static void
attend(struct news *news, struct member *member, struct task *task)
{
	member->news = news;
	member->task = task_ref(task);
	member->watcher.name = "news";
	member->watcher.wants = TASK_ANY & ~TASK_ENTERED(TASK_SUMMING_UP);
	member->watcher.changed = heard;
	if (!record_ended(task_record(task)))
		task_watch(task, &member->watcher);
}

struct news *
news_new(struct task *const *tasks, size_t n, void (*changed)(void *arg),
    void *arg)
{
	struct news *news = xcalloc(1, sizeof(*news));
	size_t i;

	news->members = xcalloc(n + 1, sizeof(*news->members));
	news->n = n;
	news->soon = loop_timer_new(on_soon, news);
	news->changed = changed;
	news->arg = arg;
	for (i = 0; i < n; i++)
		attend(news, &news->members[i], tasks[i]);
	return news;
}

void
news_free(struct news *news)
{
	size_t i;

	if (news == NULL)
		return;
	for (i = 0; i < news->n; i++) {
		task_unwatch(&news->members[i].watcher);
		task_unref(news->members[i].task);
	}
	event_free(news->soon);
	free(news->members);
	free(news);
}
