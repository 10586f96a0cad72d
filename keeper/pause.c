/*
 * Pausing a task.  See pause.h.
 *
 * By its cgroup no process can tell that it was stopped, nor be woken by
 * another one.  Without one each gets SIGSTOP, in rounds, since what forks may
 * be missed; what had stopped by itself runs, too, when that ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "common/keeperctl.h"
#include "common/step.h"
#include "keeper/cgroup.h"
#include "keeper/clock.h"
#include "keeper/pause.h"
#include "keeper/record.h"
#include "keeper/tree.h"

/* Walks that stop what still runs, and forks, and what is between two. */
#define STOP_WALKS 100
#define WALK_NS 1000000

static void
stop_all(struct pause *pause, const struct record *record)
{
	const struct timespec rest = { .tv_nsec = WALK_NS };
	int i;

	pause->stopped = !cgroup_freeze(&record->cgroup, true);
	for (i = 0; pause->stopped && i < STOP_WALKS; i++) {
		if (tree_signal(SIGSTOP).running == 0)
			break;
		nanosleep(&rest, NULL);
	}
}

static void
wake_all(const struct pause *pause, const struct record *record)
{
	if (pause->stopped)
		tree_signal(SIGCONT);
	else
		(void)cgroup_freeze(&record->cgroup, false);
}

void
pause_begin(struct pause *pause, const struct record *record)
{
	int fd;

	if (pause->since != 0)
		return;
	stop_all(pause, record);
	STEP("keep-pause-unnoted");
	fd = openat(record->dirfd, KEEPER_PAUSED,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno != EEXIST) {
		wake_all(pause, record);
		return;
	}
	if (fd >= 0)
		close(fd);
	pause->since = clock_ms(CLOCK_MONOTONIC);
	STEP("keep-paused");
}

int64_t
pause_end(struct pause *pause, const struct record *record)
{
	int64_t ms;

	if (pause->since == 0)
		return 0;
	ms = clock_ms(CLOCK_MONOTONIC) - pause->since;
	pause->since = 0;
	pause->total += ms;
	wake_all(pause, record);
	STEP("keep-unpause-unnoted");
	unlinkat(record->dirfd, KEEPER_PAUSED, 0);
	return ms;
}

void
pause_finish(struct pause *pause, struct record *record)
{
	char text[60];

	(void)pause_end(pause, record);
	if (pause->total == 0)
		return;
	if (pause->total < 1000)
		snprintf(text, sizeof(text), "was paused for %lld ms",
		    (long long)pause->total);
	else
		snprintf(text, sizeof(text), "was paused for %lld s",
		    (long long)(pause->total + 500) / 1000);
	record_note(record, text);
}
