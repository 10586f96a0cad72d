/*
 * Exit records of the daemon's own.  See exit_record.h.
 */
#include <stdio.h>
#include <unistd.h>

#include "common/error.h"
#include "common/step.h"
#include "common/timefmt.h"
#include "daemon/record/record.h"
#include "daemon/store/claim.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/exit_record.h"

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
