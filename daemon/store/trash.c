/*
 * The trash.  See trash.h.
 */
#include <event2/event.h>

#include "daemon/os/loop.h"
#include "daemon/store/store.h"
#include "daemon/store/trash.h"

static struct event *step;

static void
on_step(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (store_empty_trash())
		trash_kick();
}

void
trash_init(void)
{
	step = loop_timer_new(on_step, NULL);
}

void
trash_free(void)
{
	event_free(step);
}

void
trash_kick(void)
{
	loop_timer_start(step, 0);
}
