/*
 * Exit records of the daemon's own.  See exit_record.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/step.h"
#include "common/timefmt.h"
#include "daemon/record/record.h"
#include "daemon/store/claim.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/exit_record.h"

/* When something of it was last written, ms; 0: not known. */
static int64_t
last_sign(const struct record *rec)
{
	static const char *const names[] = { CLAIM_FILE, "stdout", "stderr" };
	struct error err;
	struct stat st;
	int64_t last = 0, at;
	size_t i;
	int dirfd = store_open_task(rec->dir, &err);

	for (i = 0; dirfd != -1 && i < sizeof(names) / sizeof(names[0]); i++) {
		if (fstatat(dirfd, names[i], &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		at = (int64_t)st.st_mtim.tv_sec * 1000 +
		    st.st_mtim.tv_nsec / 1000000;
		if (at > last)
			last = at;
	}
	if (dirfd != -1)
		close(dirfd);
	return last;
}

/*
 * Nobody saw the end of what ran when the machine went down: it was between
 * its last sign of life and the boot, whenever somebody looks.
 */
static void
bound_end(struct record *rec)
{
	struct exitrec *exit = &rec->exit;
	int64_t last = last_sign(rec), boot = time_wall_ms() - time_up_ms();
	char from[TIMEFMT_SIZE], to[TIMEFMT_SIZE];
	size_t len = strlen(exit->note);

	if (boot > last)
		exit->ended_at = boot;
	if (last > 0)
		snprintf(exit->note + len, sizeof(exit->note) - len,
		    "; it ended between %s and %s", timefmt_iso(last, from),
		    timefmt_iso(exit->ended_at, to));
}

void
exit_record_fill(struct record *rec, enum stop_reason reason, const char *note)
{
	struct exitrec *exit = &rec->exit;

	if (exit->complete)
		return;
	exit->stop_reason = reason;
	snprintf(exit->note, sizeof(exit->note), "%s", note);
	exit->version = EXITREC_VERSION;
	exit->complete = true;
	if (!exit->main_exited)
		exit->exit_code = -1;
	exit->elapsed = -1; /* nobody measured it */
	exit->ended_at = time_wall_ms();
	if (reason == STOP_REBOOT)
		bound_end(rec);
}

int
exit_record_write(const struct record *rec, struct error *err)
{
	int dirfd, claim, result = -1;

	error_clear(err);
	dirfd = store_open_task(rec->dir, err);
	if (dirfd == -1)
		return -1;
	claim = store_claim(dirfd, err);
	if (claim != -1) {
		STEP("finish-claimed");
		result = store_finish(rec, err);
		close(claim);
	}
	close(dirfd);
	return result;
}

int
exit_record_make(struct record *rec, enum stop_reason reason, const char *note,
    struct error *err)
{
	struct exitrec before = rec->exit;
	int result;

	exit_record_fill(rec, reason, note);
	result = exit_record_write(rec, err);
	if (result != 0)
		rec->exit = before;
	return result;
}
