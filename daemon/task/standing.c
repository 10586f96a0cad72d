/*
 * What disk and claim tell of a run.  See standing.h.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/exitrec.h"
#include "common/machine.h"
#include "common/step.h"
#include "daemon/os/process.h"
#include "daemon/record/damage.h"
#include "daemon/record/load.h"
#include "daemon/record/record.h"
#include "daemon/store/claim.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/standing.h"

static enum standing
of_error(const struct error *err)
{
	return err->code == ERR_NOT_FOUND ? STANDING_REMOVED :
	    err->code == ERR_BUSY         ? STANDING_ELSEWHERE :
					    STANDING_UNSEEN;
}

/* Pids and locks of another machine or container tell us nothing. */
static enum standing
of_lost(const struct record *rec, struct error *err)
{
	const struct exitrec *exit = &rec->exit;
	const struct machine *there = &exit->machine;
	struct machine here;

	machine_read(&here);
	if (exit->complete)
		return STANDING_COMPLETE;
	if (there->boot[0] == '\0') /* a power cut does that, too */
		return rec->from.boot != NULL &&
			strcmp(rec->from.boot, here.boot) != 0 ?
		    STANDING_REBOOTED :
		    STANDING_DAMAGED;
	if (machine_is_other(there, &here)) {
		fail(err, ERR_BUSY,
		    "belongs to another machine or container, left alone");
		return STANDING_ELSEWHERE;
	}
	return strcmp(there->boot, here.boot) == 0 ? STANDING_ORPHANED :
						     STANDING_REBOOTED;
}

/* A run without a claim. */
static bool
may_start(const struct record *rec, int dirfd, struct error *err)
{
	if (!store_began_before(dirfd))
		return damage_may_start(rec, dirfd, err);
	fail(err, ERR_INVALID,
	    "it had been started, but what its keeper noted of it was not on "
	    "the disk yet");
	return false;
}

/* No exit record, and nobody holds the claim. */
static enum standing
of_claim(struct record *rec, int dirfd, struct error *err)
{
	struct exitrec *exit = &rec->exit;

	if (exitrec_read(dirfd, CLAIM_FILE, exit, err) != 0) {
		if (err->code == ERR_NOT_FOUND)
			return may_start(rec, dirfd, err) ?
			    STANDING_UNCLAIMED :
			    STANDING_UNSTARTABLE;
		if (err->code == ERR_SYSTEM)
			return STANDING_UNSEEN;
	} else if (exit->version > EXITREC_VERSION)
		return STANDING_NEWER;
	return of_lost(rec, err);
}

/* The claim keeps the words of who had it first. */
static bool
is_swept(const struct exitrec *claim, pid_t holder)
{
	struct machine here;

	machine_read(&here);
	return claim->keeper_pid != 0 && claim->keeper_pid != holder &&
	    !machine_is_other(&claim->machine, &here);
}

/* While a keeper holds the claim it is not over, whoever made an exit.json. */
static enum standing
of_directory(struct record *rec, int dirfd, pid_t *holder, struct error *err)
{
	struct error unread;

	*holder = store_claim_holder(dirfd, err);
	if (*holder > 0) {
		if (exitrec_read(dirfd, CLAIM_FILE, &rec->exit, &unread) != 0)
			memset(&rec->exit, 0, sizeof(rec->exit));
		return is_swept(&rec->exit, *holder) ? STANDING_SWEPT :
						       STANDING_KEPT;
	}
	if (record_read_exit(rec, dirfd, &unread) == 0)
		return STANDING_ENDED;
	if (*holder == -1)
		return of_error(err);
	*err = unread;
	if (err->code == ERR_NEWER)
		return STANDING_NEWER;
	if (err->code != ERR_INVALID)
		return of_claim(rec, dirfd, err);
	damage_fill_exit(rec, dirfd, err); /* it has ended, however that was */
	return STANDING_ENDED;
}

enum standing
standing_of(struct record *rec, pid_t *holder, struct error *err)
{
	int dirfd = store_open_task(rec->dir, err);
	enum standing standing;

	*holder = 0;
	if (dirfd == -1)
		return of_error(err);
	standing = of_directory(rec, dirfd, holder, err);
	close(dirfd);
	STEP("examined");
	return standing;
}

struct process *
standing_watch(struct record *rec, pid_t holder, void (*gone)(void *arg),
    void *arg, struct error *err)
{
	struct process *keeper = process_adopt(holder, gone, arg, err);
	struct error unread;
	pid_t now = 0;

	if (keeper != NULL)
		standing_of(rec, &now, &unread);
	if (keeper == NULL || now == holder)
		return keeper;
	process_free(keeper);
	errno = ESRCH;
	fail_errno(err, "its keeper");
	return NULL;
}

void
standing_claimed(struct record *rec, char *claim, size_t len)
{
	struct error err;
	int dirfd;

	if (len > 0) {
		exitrec_parse(claim, len, &rec->exit, &err);
		return;
	}
	dirfd = store_open_task(rec->dir, &err);
	if (dirfd == -1)
		return;
	exitrec_read(dirfd, CLAIM_FILE, &rec->exit, &err);
	close(dirfd);
}
