/*
 * The queue.  See queue.h.  It keeps nothing: the list of live tasks in
 * order of their numbers is the queue.
 */
#include <string.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "daemon/config.h"
#include "daemon/loop.h"
#include "daemon/tasks/queue.h"
#include "daemon/tasks/record.h"
#include "daemon/tasks/task.h"

/* When the system has no process or descriptor left for a keeper. */
#define RETRY_MS 1000

static struct event *kick;

static void
on_kick(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	queue_run();
}

void
queue_init(void)
{
	kick = loop_timer_new(on_kick, NULL);
	task_on_slot_free(queue_kick);
}

void
queue_free(void)
{
	task_on_slot_free(NULL);
	event_free(kick);
	kick = NULL;
}

void
queue_kick(void)
{
	loop_timer_start(kick, 0);
}

static bool
is_agent(const struct task *task)
{
	return task_spec_is_agent(&task_record(task)->stored.spec);
}

size_t
queue_running(bool agents)
{
	struct task *task = NULL;
	size_t n = 0;

	while ((task = task_next_live(task)) != NULL)
		if (record_running(task_record(task)) &&
		    is_agent(task) == agents)
			n++;
	return n;
}

void
queue_count(size_t *running, size_t *queued)
{
	struct task *task = NULL;

	*running = *queued = 0;
	while ((task = task_next_live(task)) != NULL)
		if (record_running(task_record(task)))
			++*running;
		else if (task_record(task)->state == STATE_QUEUED)
			++*queued;
}

size_t
queue_slots(bool agents)
{
	const struct config *config = config_get();

	return (size_t)(agents ? config->agents.max_running :
				 config->commands.max_running);
}

/* A group's own limit; the running tasks are few. */
static bool
group_full(const struct task *task)
{
	const struct record *rec = task_record(task), *other;
	struct task *at = NULL;
	int64_t n = 0;

	if (rec->stored.from.max_parallel == 0)
		return false;
	while ((at = task_next_live(at)) != NULL) {
		other = task_record(at);
		if (record_running(other) && other->stored.from.group != NULL &&
		    strcmp(other->stored.from.group, rec->stored.from.group) ==
			0)
			n++;
	}
	return n >= rec->stored.from.max_parallel;
}

/* False when nothing more can be started now. */
static bool
start(struct task *task)
{
	struct error err;

	if (task_start(task, &err) == 0)
		return true;
	log_warnx("t%llu: not started yet: %s",
	    (unsigned long long)task_record(task)->number, err.text);
	loop_timer_start(kick, RETRY_MS);
	return false;
}

static size_t
free_slots(bool agents)
{
	size_t slots = queue_slots(agents), running = queue_running(agents);

	return running < slots ? slots - running : 0;
}

void
queue_run(void)
{
	size_t left[2] = { free_slots(false), free_slots(true) };
	struct task *task, *next;

	for (task = task_next_live(NULL); task != NULL && left[0] + left[1] > 0;
	     task = next) {
		next = task_next_live(task);
		if (task_record(task)->state != STATE_QUEUED ||
		    task_record(task)->held || left[is_agent(task)] == 0 ||
		    group_full(task) || !task_ready(task))
			continue;
		left[is_agent(task)]--;
		if (!start(task))
			return;
	}
}
