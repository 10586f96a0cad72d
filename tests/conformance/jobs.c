/* Jobs: timers, and the provider of tasks that are made of them. */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>
#include <uuid/uuid.h>

#include "common/mem.h"
#include "tests/conformance/fixtures.h"
#include "tests/conformance/jobs.h"

#define TTL_MS 3600000
#define POLL_MS 500

struct watch {
	LIST_ENTRY(watch) entry;
	const struct job *job;
	void (*changed)(void *arg);
	void *arg;
};

static struct event_base *base;
static LIST_HEAD(, job) tasks = LIST_HEAD_INITIALIZER(tasks);
static LIST_HEAD(, watch) watches = LIST_HEAD_INITIALIZER(watches);

void
jobs_init(struct event_base *the_base)
{
	base = the_base;
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
job_free(struct job *job)
{
	event_free(job->timer);
	free(job->text);
	free(job->action);
	free(job);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct job *job = arg;

	(void)fd;
	(void)what;
	job->step(job);
}

static struct job *
job_new(void (*step)(struct job *), double delay_s, const char *text)
{
	struct job *job = xcalloc(1, sizeof(*job));

	job->step = step;
	job->text = xstrdup(text);
	job->timer = evtimer_new(base, on_timer, job);
	if (job->timer == NULL)
		errx(1, "out of memory: timer");
	job_again(job, delay_s);
	return job;
}

void
job_again(struct job *job, double delay_s)
{
	struct timeval delay = { .tv_sec = (time_t)delay_s };

	delay.tv_usec = (suseconds_t)((delay_s - (double)delay.tv_sec) *
	    1000000);
	evtimer_add(job->timer, &delay);
}

static void
cancelled(void *arg)
{
	job_free(arg);
}

struct mcp_reply
job_as_call(struct mcp_call *call, void (*step)(struct job *), double delay_s,
    const char *text)
{
	struct job *job = job_new(step, delay_s, text);

	job->call = call;
	return mcp_reply_later(call, cancelled, job);
}

static struct mcp_task
task_of(const struct job *job)
{
	struct mcp_task task = {
		.id = job->id,
		.status = job->status,
		.created_ms = job->created_ms,
		.updated_ms = job->updated_ms,
		.ttl_ms = TTL_MS,
		.poll_ms = POLL_MS,
	};

	return task;
}

struct mcp_reply
job_as_task(struct mcp_call *call, void (*step)(struct job *), double delay_s,
    const char *text)
{
	struct job *job = job_new(step, delay_s, text);
	struct mcp_task task;
	uuid_t uuid;

	uuid_generate_random(uuid);
	uuid_unparse_lower(uuid, job->id);
	job->created_ms = job->updated_ms = now_ms();
	LIST_INSERT_HEAD(&tasks, job, entry);
	task = task_of(job);
	return mcp_reply_task(call, &task);
}

static bool
terminal(const struct job *job)
{
	return job->status != MCP_TASK_WORKING &&
	    job->status != MCP_TASK_INPUT_REQUIRED;
}

static void
change(struct job *job, enum mcp_task_status status)
{
	struct watch *watch;

	job->status = status;
	job->updated_ms = now_ms();
	LIST_FOREACH(watch, &watches, entry)
		if (watch->job == job)
			watch->changed(watch->arg);
}

void
job_ends(struct job *job, const char *text, bool is_error)
{
	struct mcp_reply reply;
	char *copy;

	if (job->call != NULL) {
		reply = is_error ? mcp_reply_failure(job->call, text) :
				   mcp_reply_text(job->call, text);
		mcp_call_finish(job->call, reply);
		job_free(job);
		return;
	}
	copy = xstrdup(text);
	free(job->text);
	job->text = copy;
	job->is_error = is_error;
	change(job, MCP_TASK_COMPLETED);
}

void
job_fails(struct job *job, const char *text)
{
	struct mcp_reply reply;
	char *copy;

	if (job->call != NULL) {
		reply = mcp_reply_error(job->call, MCP_INTERNAL_ERROR, "%s",
		    text);
		mcp_call_finish(job->call, reply);
		job_free(job);
		return;
	}
	copy = xstrdup(text); /* the text given may be the one kept so far */
	free(job->text);
	job->text = copy;
	change(job, MCP_TASK_FAILED);
}

void
job_asks(struct job *job, const struct mcp_ask *asks, size_t n)
{
	job->asks = asks;
	job->nasks = n;
	change(job, MCP_TASK_INPUT_REQUIRED);
}

static struct job *
find(const char *id)
{
	struct job *job;

	LIST_FOREACH(job, &tasks, entry)
		if (strcmp(job->id, id) == 0)
			return job;
	return NULL;
}

static void
get(void *user, const char *id, struct mcp_task_out *out)
{
	const struct job *job = find(id);
	struct mcp_content content = { .type = MCP_TEXT };
	struct mcp_result result = { .content = &content, .n = 1 };
	struct mcp_ask asks[4];
	struct mcp_task task;
	size_t i;

	(void)user;
	if (job == NULL)
		return;
	content.text = job->text;
	result.is_error = job->is_error;
	task = task_of(job);
	task.result = &result;
	task.error = job->text;
	task.asks = asks;
	for (i = 0; i < job->nasks; i++)
		if ((job->answered & 1u << i) == 0)
			asks[task.nasks++] = job->asks[i];
	mcp_task_is(out, &task);
}

static void
take_answer(struct job *job, size_t i, enum mcp_action action)
{
	static const char *const names[] = { "", "accept", "decline",
		"cancel" };

	if (action == MCP_UNANSWERED)
		return;
	job->answered |= 1u << i;
	free(job->action);
	job->action = xstrdup(names[action]);
}

static bool
update(void *user, const char *id, struct json_object *answers)
{
	struct job *job = find(id);
	size_t i;

	(void)user;
	if (job == NULL)
		return false;
	if (job->status != MCP_TASK_INPUT_REQUIRED)
		return true;
	for (i = 0; i < job->nasks; i++)
		take_answer(job, i,
		    mcp_answer(answers, job->asks[i].key, NULL));
	if (job->answered == (1u << job->nasks) - 1) {
		job->nasks = 0;
		change(job, MCP_TASK_WORKING);
		job_again(job, 0);
	}
	return true;
}

static bool
cancel(void *user, const char *id)
{
	struct job *job = find(id);

	(void)user;
	if (job == NULL)
		return false;
	if (!terminal(job)) {
		evtimer_del(job->timer);
		change(job, MCP_TASK_CANCELLED);
	}
	return true;
}

static void *
watch(void *user, const char *id, void (*changed)(void *), void *arg)
{
	const struct job *job = find(id);
	struct watch *watch;

	(void)user;
	if (job == NULL)
		return NULL;
	watch = xcalloc(1, sizeof(*watch));
	watch->job = job;
	watch->changed = changed;
	watch->arg = arg;
	LIST_INSERT_HEAD(&watches, watch, entry);
	return watch;
}

static void
unwatch(void *arg)
{
	struct watch *watch = arg;

	LIST_REMOVE(watch, entry);
	free(watch);
}

const struct mcp_tasks fixture_tasks = {
	.get = get,
	.update = update,
	.cancel = cancel,
	.watch = watch,
	.unwatch = unwatch,
};
