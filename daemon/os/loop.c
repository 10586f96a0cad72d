/*
 * The event loop.  See loop.h.
 */
#include <string.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "common/monotime.h"
#include "daemon/os/loop.h"

/* Callbacks of timers; each place that makes timers has one. */
#define NAMES_MAX 64
/* After so long others have their turn, whoever is ready. */
#define TURN_US 2000

static struct event_base *base;
static int64_t made_ms;
static struct {
	event_callback_fn fn;
	const char *name;
} names[NAMES_MAX];

void
loop_init(void)
{
	static const struct timeval turn = { .tv_usec = TURN_US };
	struct event_config *config = event_config_new();

	if (config != NULL) {
		event_config_set_max_dispatch_interval(config, &turn, -1, 0);
		base = event_base_new_with_config(config);
		event_config_free(config);
	}
	if (base == NULL)
		fatalx("cannot make an event loop: libevent found no method "
		       "that works here");
	made_ms = monotime_ms();
}

void
loop_free(void)
{
	event_base_free(base);
	base = NULL;
}

struct event_base *
loop_base(void)
{
	return base;
}

int64_t
loop_age_ms(void)
{
	return monotime_ms() - made_ms;
}

struct event *
loop_watch(int fd, short what, void (*fn)(int, short, void *), void *arg,
    struct error *err)
{
	struct event *event = event_new(base, fd, what, fn, arg);

	if (event == NULL)
		fatalx("out of memory: event");
	if (event_add(event, NULL) == 0)
		return event;
	fail_errno(err, "cannot watch a descriptor (epoll)");
	event_free(event);
	return NULL;
}

static void
note_name(event_callback_fn fn, const char *name)
{
	size_t i;

	for (i = 0; i < NAMES_MAX && names[i].fn != fn; i++)
		if (names[i].fn == NULL) {
			names[i].fn = fn;
			names[i].name = name;
			return;
		}
}

/* Names a callback, "task/life.c:on_again"; NULL: not one of our timers. */
static const char *
name_of(event_callback_fn fn)
{
	const char *name;
	size_t i;

	for (i = 0; i < NAMES_MAX && names[i].fn != NULL; i++)
		if (names[i].fn == fn) {
			name = strstr(names[i].name, "daemon/");
			return name == NULL ? names[i].name :
					      name + strlen("daemon/");
		}
	return NULL;
}

struct event *
loop_timer_named(const char *name, void (*fn)(int, short, void *), void *arg)
{
	struct event *timer = evtimer_new(base, fn, arg);

	note_name(fn, name);
	if (timer == NULL)
		fatalx("out of memory: timer");
	return timer;
}

void
loop_timer_start(struct event *timer, int64_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	/* the time counts from now, not from the beginning of this turn */
	event_base_update_cache_time(base);
	evtimer_add(timer, &tv);
}

struct each {
	void (*fn)(const char *name, int64_t left_ms, void *arg);
	void *arg;
};

static int
each_event(const struct event_base *of, const struct event *event, void *arg)
{
	const struct each *each = arg;
	const char *name = name_of(event_get_callback(event));
	struct timeval now, at;

	(void)of;
	if (name == NULL || !event_pending(event, EV_TIMEOUT, &at))
		return 0;
	/* libevent tells it by the clock of the wall, as it tells this */
	event_base_gettimeofday_cached(base, &now);
	each->fn(name,
	    (at.tv_sec - now.tv_sec) * 1000 + (at.tv_usec - now.tv_usec) / 1000,
	    each->arg);
	return 0;
}

void
loop_each_timer(void (*fn)(const char *name, int64_t left_ms, void *arg),
    void *arg)
{
	struct each each = { fn, arg };

	event_base_foreach_event(base, each_event, &each);
}
