/*
 * Following an agent.  See agent.h.
 *
 * It gives a result and ends, as a rule.  But it also waits for background
 * tasks of its own, and then begins another turn with another result; a turn
 * begins with an event of its own before the model is asked, which may take
 * long.  So a turn ends the wait, and whatever else comes, such as the end of
 * a background task, prolongs it.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper/agent.h"
#include "keeper/clock.h"

/*
 * claude waits for background tasks for 600 s and then goes; whoever is
 * silent for a minute longer does not wait for them.
 */
#define BACKGROUND_S 660
/* A call reads no more: signals want to be taken, too. */
#define LOOK_BYTES (8 << 20)
/* At the end no more than this; the last result stands near the end. */
#define TAIL_BYTES (16 << 20)
#define CHUNK_BYTES 4096

void
agent_init(struct agent *agent, const int *fds, unsigned linger_s)
{
	struct stat st;

	*agent = (struct agent){ .linger_s = linger_s, .due = CLOCK_NEVER };
	events_init(&agent->events);
	/* Nobody else's bytes are taken out of a pipe. */
	if (fds != NULL && fstat(fds[0], &st) == 0 && S_ISREG(st.st_mode))
		agent->fds = fds;
}

static bool
is(const char *text, const char *word)
{
	return strcmp(text, word) == 0;
}

static void
task_ended(struct agent *agent, uint64_t id)
{
	unsigned i;

	for (i = 0; i < agent->ntasks; i++)
		if (agent->tasks[i] == id)
			agent->tasks[i--] = agent->tasks[--agent->ntasks];
}

static void
task_started(struct agent *agent, uint64_t id)
{
	task_ended(agent, id); /* one may go on under its name */
	if (agent->ntasks < AGENT_TASKS_MAX)
		agent->tasks[agent->ntasks++] = id;
}

static void
tasks_listed(struct agent *agent, bool some)
{
	agent->listed = some;
	if (!some)
		agent->ntasks = 0;
}

static void
take_system(struct agent *agent, const struct event *event)
{
	if (is(event->subtype, "init"))
		agent->done = false;
	else if (is(event->subtype, "task_started"))
		task_started(agent, event->task_id);
	else if (is(event->subtype, "task_notification"))
		task_ended(agent, event->task_id);
	else if (is(event->subtype, "background_tasks_changed"))
		tasks_listed(agent, event->has_tasks);
}

/* 429 and 529, which a client may try again later, as may a whole run. */
static bool
is_limited(const struct event *event)
{
	return is(event->is_error, "true") &&
	    (is(event->api_error_status, "429") ||
		is(event->api_error_status, "529") ||
		is(event->api_error_type, "rate_limit_error") ||
		is(event->api_error_type, "overloaded_error"));
}

static void
take_event(struct agent *agent, const struct event *event)
{
	if (is(event->type, "result")) {
		agent->done = true;
		agent->limited = is_limited(event);
	} else if (is(event->type, "system")) {
		take_system(agent, event);
	} else if (is(event->type, "assistant") || is(event->type, "user") ||
	    is(event->type, "stream_event")) {
		agent->done = false;
	}
}

/* Reads at most max bytes; whether there were any. */
static bool
read_stdout(struct agent *agent, off_t max)
{
	char chunk[CHUNK_BYTES];
	const char *p;
	off_t stop = agent->at + max;
	ssize_t n;

	while (agent->at < stop &&
	    (n = pread(agent->fds[0], chunk, sizeof(chunk), agent->at)) > 0) {
		agent->at += n;
		p = chunk;
		while (events_next(&agent->events, &p, chunk + n))
			take_event(agent, &agent->events.event);
	}
	return agent->at + max > stop;
}

static void
go_to(struct agent *agent, off_t at)
{
	agent->at = at;
	events_init(&agent->events);
}

/* The size of a stream; -1 when that is not known. */
static off_t
size_of(const struct agent *agent, int stream)
{
	struct stat st;

	return fstat(agent->fds[stream], &st) == 0 ? st.st_size : -1;
}

static bool
stderr_changed(struct agent *agent)
{
	off_t before = agent->stderr_bytes;

	agent->stderr_bytes = size_of(agent, 1);
	return agent->stderr_bytes != before;
}

static unsigned
grace_s(const struct agent *agent)
{
	bool busy = agent->listed || agent->ntasks > 0;

	return busy && agent->linger_s < BACKGROUND_S ? BACKGROUND_S :
							agent->linger_s;
}

void
agent_look(struct agent *agent)
{
	off_t size;
	bool wrote;

	if (agent->fds == NULL)
		return;
	size = size_of(agent, 0);
	if (size >= 0 && size < agent->at)
		go_to(agent, 0); /* it was cut, and written anew */
	wrote = read_stdout(agent, LOOK_BYTES);
	if (stderr_changed(agent) || wrote)
		agent->end = clock_ms(CLOCK_MONOTONIC) +
		    (int64_t)grace_s(agent) * 1000;
	if (wrote && agent->at < size)
		agent->due = 0; /* there is more */
	else if (agent->done && agent->linger_s > 0)
		agent->due = agent->end;
	else
		agent->due = CLOCK_NEVER;
}

bool
agent_lingers(struct agent *agent)
{
	agent_look(agent);
	if (agent->due == 0 || agent->due > clock_ms(CLOCK_MONOTONIC))
		return false;
	agent->lingered_s = grace_s(agent);
	return true;
}

void
agent_finish(struct agent *agent)
{
	off_t size;

	if (agent->fds == NULL)
		return;
	size = size_of(agent, 0);
	if (size < agent->at)
		go_to(agent, 0);
	if (size - agent->at > TAIL_BYTES) {
		go_to(agent, size - TAIL_BYTES);
		events_skip(&agent->events); /* the rest of a line */
	}
	read_stdout(agent, TAIL_BYTES);
	if (events_finish(&agent->events))
		take_event(agent, &agent->events.event);
}

void
agent_shift(struct agent *agent, int64_t ms)
{
	agent->end += ms;
	if (agent->due > 0 && agent->due < CLOCK_NEVER)
		agent->due += ms;
}
