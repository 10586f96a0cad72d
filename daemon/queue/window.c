/*
 * Windows of accounts.  See window.h.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/queue/window.h"
#include "daemon/record/record.h"

/* An agent that was not refused after so long is served. */
#define PROBE_MS 10000
/* So long after it has opened nobody remembers a window. */
#define FORGET_MS (10 * 60 * 1000)

struct window {
	LIST_ENTRY(window) entry;
	char *account;
	char *model; /* the only one it is of; NULL: all */
	char *limit;
	int64_t opens_at; /* wall clock, ms */
	uint64_t probe;   /* 0: none */
	int64_t since;    /* monotonic, ms: the probe was started */
};

static LIST_HEAD(, window) windows = LIST_HEAD_INITIALIZER(windows);

static void
drop(struct window *window)
{
	LIST_REMOVE(window, entry);
	free(window->account);
	free(window->model);
	free(window->limit);
	free(window);
}

static const char *
account(const struct record *rec)
{
	return rec->run.asked.account != NULL ? rec->run.asked.account :
						rec->from.account;
}

/* The model that was asked for; "": the one that claude takes by itself. */
static const char *
model(const struct record *rec)
{
	if (rec->run.asked.model != NULL)
		return rec->run.asked.model;
	return rec->spec.model == NULL ? "" : rec->spec.model;
}

/* seven_day_opus is of one model; five_hour, seven_day are of all. */
static bool
is_of_model(const char *limit)
{
	return strncmp(limit, "seven_day_", 10) == 0;
}

static bool
fits(const struct window *window, const struct record *rec)
{
	return account(rec) != NULL &&
	    strcmp(window->account, account(rec)) == 0 &&
	    (window->model == NULL || strcmp(window->model, model(rec)) == 0);
}

/* That which a run waits for; it is made if nobody has met it. */
static struct window *
window_of(const struct record *rec)
{
	const char *limit = rec->run.asked.limit;
	struct window *window;

	LIST_FOREACH(window, &windows, entry)
		if (fits(window, rec) && strcmp(window->limit, limit) == 0)
			return window;
	window = xcalloc(1, sizeof(*window));
	window->account = xstrdup(account(rec));
	window->model = is_of_model(limit) ? xstrdup(model(rec)) : NULL;
	window->limit = xstrdup(limit);
	LIST_INSERT_HEAD(&windows, window, entry);
	return window;
}

void
window_note_queued(const struct record *rec)
{
	struct window *window;

	LIST_FOREACH(window, &windows, entry)
		if (window->probe == rec->number)
			window->probe = 0;
	if (rec->run.asked.limit == NULL || account(rec) == NULL)
		return;
	window = window_of(rec);
	if (window->opens_at < rec->run.asked.not_before)
		window->opens_at = rec->run.asked.not_before;
}

void
window_note_started(const struct record *rec)
{
	struct window *window;

	LIST_FOREACH(window, &windows, entry) {
		if (window->probe != 0 || !fits(window, rec))
			continue;
		window->probe = rec->number;
		window->since = time_mono_ms();
	}
}

void
window_note_ended(const struct record *rec)
{
	bool refused = rec->reason == REASON_USAGE_LIMIT ||
	    rec->reason == REASON_RATE_LIMITED;
	struct window *window, *next;

	for (window = LIST_FIRST(&windows); window != NULL; window = next) {
		next = LIST_NEXT(window, entry);
		if (window->probe != rec->number)
			continue;
		window->probe = 0;
		if (!refused)
			drop(window);
	}
}

/* True: it is closed, or the agent that tries it is not served yet. */
static bool
keeps(const struct window *window, struct window_wait *wait)
{
	int64_t now = time_wall_ms();

	wait->opens_at = window->opens_at;
	wait->limit = window->limit;
	wait->probe = 0;
	wait->ms = window->opens_at - now;
	if (wait->ms > 0 || window->probe == 0)
		return wait->ms > 0;
	wait->probe = window->probe;
	wait->ms = window->since + PROBE_MS - time_mono_ms();
	return wait->ms > 0;
}

bool
window_is_closed(const struct record *rec, struct window_wait *wait)
{
	int64_t now = time_wall_ms();
	struct window *window, *next;

	for (window = LIST_FIRST(&windows); window != NULL; window = next) {
		next = LIST_NEXT(window, entry);
		if (now - window->opens_at > FORGET_MS)
			drop(window);
		else if (fits(window, rec) && keeps(window, wait))
			return true;
	}
	return false;
}

void
window_forget(void)
{
	struct window *window, *next;

	for (window = LIST_FIRST(&windows); window != NULL; window = next) {
		next = LIST_NEXT(window, entry);
		drop(window);
	}
}
