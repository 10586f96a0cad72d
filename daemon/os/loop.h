/*
 * The event loop, for those who need an event of their own.
 */
#ifndef DAEMON_OS_LOOP_H
#define DAEMON_OS_LOOP_H

#include <stdint.h>

struct event;
struct event_base;

void loop_init(void);
void loop_free(void);
struct event_base *loop_base(void);

/* One-shot timers; callbacks are libevent's. */
struct event *loop_timer_new(void (*fn)(int, short, void *), void *arg);
void loop_timer_start(struct event *timer, int64_t ms);

#endif
