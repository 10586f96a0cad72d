/*
 * The event loop, for those who need an event of their own.
 */
#ifndef DAEMON_OS_LOOP_H
#define DAEMON_OS_LOOP_H

#include <stdint.h>

struct error;
struct event;
struct event_base;

void loop_init(void);
void loop_free(void);
struct event_base *loop_base(void);

/*
 * Watches fd; the caller frees the event.  What is EV_READ, perhaps with
 * EV_PERSIST.  NULL with err: the user's epoll watches are used up.
 */
struct event *loop_watch(int fd, short what, void (*fn)(int, short, void *),
    void *arg, struct error *err);

/*
 * One-shot timers; callbacks are libevent's, and those who debug see them by
 * the callback and where it is.
 */
#define loop_timer_new(fn, arg) loop_timer_named(__FILE__ ":" #fn, fn, arg)
struct event *loop_timer_named(const char *name, void (*fn)(int, short, void *),
    void *arg);
void loop_timer_start(struct event *timer, int64_t ms);
/* Calls fn for each timer that runs, with the time that it has left. */
void loop_each_timer(void (*fn)(const char *name, int64_t left_ms, void *arg),
    void *arg);
/* How long ago the loop was made. */
int64_t loop_age_ms(void);

#endif
