/*
 * What the wall clock is worth.  See clock.h.  The file `clock` has what the
 * last look saw: time of the wall, boot, time since that boot, since when they
 * agree.  In one boot both clocks go on by the same time; from one boot to
 * the next, as far as we know, a day passes at most.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/io.h"
#include "common/log.h"
#include "common/machine.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/retention/clock.h"
#include "daemon/store/files.h"

#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)
/* Less is adjustment. */
#define DRIFT_MS HOUR_MS

struct seen {
	int64_t wall, up, since;
	char boot[40];
};

/* What an earlier program has left of it: when it last gave a number. */
static void
guess(struct seen *seen)
{
	struct stat st;

	memset(seen, 0, sizeof(*seen));
	if (fstatat(store_rootfd(), "seq", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_size > 0)
		seen->wall = (int64_t)st.st_mtim.tv_sec * 1000;
}

static void
read_seen(struct seen *seen)
{
	char text[160] = "";
	int fd = io_open_regular(store_rootfd(), "clock", NULL);

	if (fd != -1 && read(fd, text, sizeof(text) - 1) == -1)
		text[0] = '\0';
	if (fd != -1)
		close(fd);
	if (sscanf(text, "%" SCNd64 " %39s %" SCNd64 " %" SCNd64, &seen->wall,
		seen->boot, &seen->up, &seen->since) != 4)
		guess(seen);
}

static void
write_seen(const struct seen *seen)
{
	struct error err;
	char *text = xasprintf("%" PRId64 " %s %" PRId64 " %" PRId64 "\n",
	    seen->wall, seen->boot[0] == '\0' ? "-" : seen->boot, seen->up,
	    seen->since);

	if (store_replace_file(store_rootfd(), "clock", text, strlen(text),
		&err) != 0)
		log_warnx("%s: %s", store_root(), err.text);
	free(text);
}

static bool
agree(const struct seen *before, const struct seen *now)
{
	int64_t wall = now->wall - before->wall, up = now->up - before->up;

	if (before->wall == 0) /* nothing is on disk */
		return true;
	if (now->boot[0] != '\0' && strcmp(before->boot, now->boot) == 0)
		return wall - up <= DRIFT_MS && up - wall <= DRIFT_MS;
	return wall >= -DRIFT_MS && wall <= DAY_MS;
}

struct clock_look
clock_look(void)
{
	struct seen before,
	    now = { .wall = time_wall_ms(), .up = time_up_ms() };
	struct machine machine;
	struct clock_look look;

	machine_read(&machine);
	strcpy(now.boot, machine.boot);
	read_seen(&before);
	now.since = agree(&before, &now) ? before.since : now.wall;
	write_seen(&now);
	look.now = now.wall;
	look.since = now.since;
	look.sound = now.since == 0 || now.wall - now.since >= DAY_MS;
	if (!look.sound)
		log_info("retention: the clock is not what was known of it, so "
			 "nothing is deleted by age for a day");
	return look;
}
