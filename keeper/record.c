/*
 * Claiming a task and writing its record.  See record.h and
 * common/exitrec.h.
 *
 * Killed at any point we leave a state that says what is known: an empty
 * file is a task that nobody began; a claim without a lock on it is lost,
 * with the exit of the main process if that is in it; with the outcome too
 * it lacks nothing but the rename.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "common/keeperctl.h"
#include "common/step.h"
#include "keeper/clock.h"
#include "keeper/mark.h"
#include "keeper/procstat.h"
#include "keeper/record.h"
#include "keeper/tree.h"

#define TRIES 60
/* How long strangers in a cgroup may take to die. */
#define CGROUP_MS 1000

static int
open_claim(struct record *record, const char *dir, struct error *err)
{
	record->dirfd = openat(AT_FDCWD, dir,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (record->dirfd < 0) {
		fail_errno(err, "%s", dir);
		return errno == ENOENT ? 0 : -1;
	}
	record->fd = openat(record->dirfd, CLAIM_FILE,
	    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (record->fd < 0) {
		fail_errno(err, "%s/" CLAIM_FILE, dir);
		return errno == ENOENT ? 0 : -1;
	}
	return 1;
}

static int
lock_claim(const struct record *record, struct error *err)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(record->fd, F_SETLK, &lock) == 0)
		return 1;
	fail_errno(err, "cannot lock the task");
	return errno == EAGAIN || errno == EACCES ? 0 : -1;
}

/* With the lock held: whether it is not over, and its record has bytes. */
static int
is_open(const struct record *record, bool begun, struct error *err)
{
	struct stat st;

	if (fstat(record->fd, &st) != 0) {
		fail_errno(err, "the claim");
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		fail(err, ERR_INVALID, "the claim is not a regular file");
		return -1;
	}
	/* no name left: the task was cleaned up after we opened it */
	if ((st.st_size != 0) != begun || st.st_nlink == 0)
		return 0;
	return fstatat(record->dirfd, "exit.json", &st, AT_SYMLINK_NOFOLLOW) !=
	    0;
}

static void
name_cgroup(struct record *record, const char *dir, const char *parent)
{
	char name[MARK_NAME_SIZE];

	mark_name(dir, name, sizeof(name));
	cgroup_name(&record->cgroup, parent, name);
	strcpy(record->rec.cgroup, record->cgroup.path);
}

static int
write_claim(struct record *record, struct error *err)
{
	struct exitrec *rec = &record->rec;
	struct procstat self;

	rec->version = EXITREC_VERSION;
	strcpy(rec->keeper_version, PACKAGE_VERSION);
	strcpy(rec->commands, KEEPER_COMMANDS);
	machine_read(&rec->machine);
	rec->keeper_pid = getpid();
	record->ignored = UINT32_MAX; /* maybe */
	if (procstat_read(0, &self)) {
		rec->keeper_start = self.start;
		record->ignored = self.ignored;
	}
	rec->started_at = clock_ms(CLOCK_REALTIME);
	rec->exit_code = -1;
	return exitrec_write_claim(record->fd, rec, err);
}

int
record_claim(struct record *record, const char *dir, const char *cgroup_parent,
    struct error *err)
{
	int rc;

	*record = (struct record){ .begun = clock_ms(CLOCK_MONOTONIC) };
	rc = open_claim(record, dir, err);
	STEP("keep-opened");
	if (rc == 1)
		rc = lock_claim(record, err);
	STEP("keep-locked");
	if (rc == 1)
		rc = is_open(record, false, err);
	name_cgroup(record, dir, cgroup_parent);
	if (rc == 1 && write_claim(record, err) != 0)
		rc = -1;
	STEP("keep-claimed");
	return rc;
}

/*
 * Cuts off a piece that is not whole, so that others can follow.  Not the
 * first one: an empty record is that of a task to be started.
 */
static int
cut(int fd, struct error *err)
{
	char c = '\n';
	off_t end = lseek(fd, 0, SEEK_END);

	while (end > 0 && pread(fd, &c, 1, end - 1) == 1 && c != '\n')
		end--;
	if (end > 0 && ftruncate(fd, end) == 0 && lseek(fd, 0, SEEK_SET) == 0)
		return 0;
	fail(err, ERR_INVALID, "the claim has no piece that is whole");
	return -1;
}

int
record_inherit(struct record *record, const char *dir, struct error *err)
{
	struct exitrec *rec = &record->rec;
	char name[MARK_NAME_SIZE];
	int rc;

	*record = (struct record){ .begun = -1 };
	rc = open_claim(record, dir, err);
	if (rc == 1)
		rc = lock_claim(record, err);
	if (rc == 1)
		rc = is_open(record, true, err);
	if (rc != 1)
		return rc;
	if (exitrec_read_fd(record->fd, rec, err) != 0 ||
	    (!rec->complete &&
		(cut(record->fd, err) != 0 ||
		    exitrec_read_fd(record->fd, rec, err) != 0)))
		record->damaged = true;
	/* given back for another try, before the outcome was written? */
	if (!rec->complete)
		unlinkat(record->dirfd, "env", 0);
	mark_name(dir, name, sizeof(name));
	cgroup_find(&record->cgroup, rec->cgroup, name);
	record->has_main = rec->main_exited;
	record->has_outcome = rec->complete;
	rec->stop_reason = STOP_KEEPER_LOST;
	snprintf(rec->note, sizeof(rec->note), "its keeper was killed");
	return 1;
}

static int
write_main(struct record *record, struct error *err)
{
	if (record->has_main || !record->rec.main_exited)
		return 0;
	if (exitrec_write_main(record->fd, &record->rec, err) != 0)
		return -1;
	record->has_main = true;
	return 0;
}

void
record_main(struct record *record, pid_t pid, int status)
{
	struct exitrec *rec = &record->rec;
	struct error err;

	rec->main_exited = true;
	rec->main_pid = pid;
	rec->main_ended_at = clock_ms(CLOCK_REALTIME);
	if (WIFEXITED(status))
		rec->exit_code = WEXITSTATUS(status);
	else if (WIFSIGNALED(status))
		rec->exit_signal = WTERMSIG(status);
	STEP("keep-main-unwritten");
	/* If it cannot be written now, it is written with the outcome. */
	write_main(record, &err);
	STEP("keep-main-written");
}

void
record_note(struct record *record, const char *text)
{
	struct exitrec *rec = &record->rec;
	size_t len = strlen(rec->note);

	snprintf(rec->note + len, sizeof(rec->note) - len, "%s%s",
	    len == 0 ? "" : "; ", text);
}

void
record_leftovers(struct record *record)
{
	struct exitrec *rec = &record->rec;

	rec->leftovers =
	    tree_list(rec->leftover_names, sizeof(rec->leftover_names)).alive;
}

void
record_unkillable(struct record *record)
{
	struct exitrec *rec = &record->rec;
	char names[sizeof(rec->leftover_names)];

	rec->unkillable = tree_list(names, sizeof(names)).alive;
	if (rec->unkillable > rec->leftovers) {
		rec->leftovers = rec->unkillable;
		memcpy(rec->leftover_names, names, sizeof(names));
	}
}

static int64_t
timeval_ms(struct timeval tv)
{
	return (int64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000;
}

static void
fill_outcome(struct record *record)
{
	struct exitrec *rec = &record->rec;
	struct rusage usage;

	rec->ended_at = clock_ms(CLOCK_REALTIME);
	rec->elapsed = -1;
	if (record->begun >= 0)
		rec->elapsed = clock_ms(CLOCK_MONOTONIC) - record->begun;
	if (getrusage(RUSAGE_CHILDREN, &usage) == 0) {
		rec->utime = timeval_ms(usage.ru_utime);
		rec->stime = timeval_ms(usage.ru_stime);
		rec->maxrss_kb = usage.ru_maxrss;
	}
	/* It also knows of those that we could not reap. */
	cgroup_usage(&record->cgroup, rec);
	cgroup_remove(&record->cgroup, CGROUP_MS);
}

static int
finish(struct record *record, struct error *err)
{
	if (!record->has_outcome) {
		if (write_main(record, err) != 0 ||
		    exitrec_write_outcome(record->fd, &record->rec, err) != 0)
			return -1;
		record->has_outcome = true;
	}
	STEP("keep-outcome-written");
	/* The daemon syncs it before it tells anybody. */
	if (renameat(record->dirfd, CLAIM_FILE, record->dirfd, "exit.json") !=
	    0) {
		fail_errno(err, "cannot rename the claim to exit.json");
		return -1;
	}
	STEP("keep-renamed");
	return 0;
}

int
record_finish(struct record *record, struct error *err)
{
	const struct timespec second = { .tv_sec = 1 };
	int tries = 0;

	if (record->damaged) {
		fail(err, ERR_INVALID, "the claim is damaged");
		return -1;
	}
	fill_outcome(record);
	while (finish(record, err) != 0) {
		/* a directory that was removed does not come back */
		if (++tries == TRIES || err->errnum == ENOENT)
			return -1;
		nanosleep(&second, NULL);
	}
	return 0;
}
