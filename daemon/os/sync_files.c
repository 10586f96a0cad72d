/*
 * Syncing files.  See sync_files.h.
 *
 * What is synced at the same time, the journal of a file system and the cache
 * of a disk take in one turn, so each file and folder has a thread, up to some.
 * The bytes of files are written before: then that turn has all that is known
 * of them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/step.h"
#include "daemon/os/sync_files.h"

/* Files and folders that are open at the same time. */
#define JOBS_MAX 256
#define STACK_BYTES (64u << 10)
/* A task has runs in it. */
#define DEPTH 1
/* What a program writes is waited for up to this size. */
#define OUTPUT_MAX_BYTES (1 << 20)
/* A file that takes less is not worth a thread. */
#define QUICK_US 50
/* Some are, on any disk: what is clean already needs no write. */
#define QUICK_TIMES 32
/* Waits until the bytes of a file have been written. */
#define WRITTEN \
	(SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | \
	    SYNC_FILE_RANGE_WAIT_AFTER)

struct job {
	const char *entry; /* its kind and path */
	int fd;
	int errnum; /* why it was refused */
};

struct jobs {
	struct job list[JOBS_MAX];
	size_t n;
	atomic_size_t next; /* that nobody has begun */
};

struct work {
	int rootfd;
	struct buf folders, files; /* entries, with a NUL after each */
	struct buf *failures;
	bool wanting; /* something was used up */
};

static void
add_entry(struct buf *entries, enum sync_kind kind, const char *path)
{
	char c = (char)kind;

	buf_add(entries, &c, 1);
	buf_add(entries, path, strlen(path) + 1);
}

static void
note_failure(struct work *work, int errnum, const char *path)
{
	buf_printf(work->failures, "%d %s", errnum, path);
	buf_add(work->failures, "", 1);
}

/*
 * A file system that has no such call keeps nothing back.  EROFS is one that
 * has given up writing after an error: mounted read-only it has nothing to
 * write, and says so by 0.
 */
static bool
is_refusal(void)
{
	return errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS;
}

static bool
is_gone(void)
{
	return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
	    errno == EBADF; /* the state directory itself */
}

static bool
passes(void)
{
	return errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
	    errno == EINTR || errno == EAGAIN;
}

/* -1: there is none, or that is noted. */
static int
open_one(struct work *work, const char *path, int flags)
{
	int fd = openat(work->rootfd, path,
	    O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW | flags);

	if (fd == -1 && passes())
		work->wanting = true;
	else if (fd == -1 && !is_gone())
		note_failure(work, errno, path);
	return fd;
}

static bool
is_output(const char *name)
{
	return strcmp(name, "stdout") == 0 || strcmp(name, "stderr") == 0;
}

/*
 * -1: there is nothing to wait for.  A file without bytes is no more than its
 * name, which its folder has.
 */
static int
begin_file(struct work *work, const char *path)
{
	const char *name = strrchr(path, '/');
	int fd = open_one(work, path, 0);
	struct stat st;

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_size == 0 ||
	    (name != NULL && is_output(name + 1) &&
		st.st_size > OUTPUT_MAX_BYTES)) {
		close(fd);
		return -1;
	}
	(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return fd;
}

static int
begin(struct work *work, const char *entry)
{
	return entry[0] == SYNC_FILE ? begin_file(work, entry + 1) :
				       open_one(work, entry + 1, O_DIRECTORY);
}

static void
note_unless(bool synced, struct job *job)
{
	if (!synced && is_refusal())
		job->errnum = errno;
}

static void *
sync_jobs(void *arg)
{
	struct jobs *jobs = arg;
	struct job *job;
	size_t i;

	while ((i = atomic_fetch_add(&jobs->next, 1)) < jobs->n) {
		job = &jobs->list[i];
		if (job->entry[0] == SYNC_FILE)
			note_unless(fdatasync(job->fd) == 0, job);
		else
			note_unless(fsync(job->fd) == 0, job);
	}
	return NULL;
}

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* By so many threads beside this one, or as many as there can be. */
static void
share(struct jobs *jobs, size_t more)
{
	pthread_t threads[SYNC_THREADS];
	pthread_attr_t attr;
	size_t n = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	while (n < more && n + 1 < jobs->n &&
	    pthread_create(&threads[n], &attr, sync_jobs, jobs) == 0)
		n++;
	pthread_attr_destroy(&attr);
	sync_jobs(jobs);
	while (n > 0)
		pthread_join(threads[--n], NULL);
}

/* Begins as many as may be open; returns the entry after them. */
static const char *
open_some(struct work *work, struct jobs *jobs, const char *at, const char *end)
{
	struct job *job;

	for (; at < end && jobs->n < JOBS_MAX; at += strlen(at) + 1) {
		job = &jobs->list[jobs->n];
		*job = (struct job){ .entry = at, .fd = begin(work, at) };
		if (work->wanting)
			break;
		if (job->fd != -1)
			jobs->n++;
	}
	return at;
}

/*
 * Threads cost more than they gain where no disk is waited for, such as on a
 * file system in memory.
 */
static void
sync_each(struct jobs *jobs, size_t threads)
{
	static unsigned quick; /* so many times in a row, as on no disk */
	int64_t began = now_us();

	if (quick >= QUICK_TIMES)
		sync_jobs(jobs);
	else
		share(jobs, threads - 1);
	if (now_us() - began >= (int64_t)jobs->n * QUICK_US)
		quick = 0;
	else if (quick < QUICK_TIMES)
		quick++;
}

static void
sync_some(struct work *work, struct jobs *jobs, size_t threads)
{
	struct job *job;

	STEP("sync-begun");
	for (job = jobs->list; job < jobs->list + jobs->n; job++)
		if (job->entry[0] == SYNC_FILE)
			note_unless(sync_file_range(job->fd, 0, 0, WRITTEN) ==
				0,
			    job);
	sync_each(jobs, threads);
	for (job = jobs->list; job < jobs->list + jobs->n; job++) {
		if (job->errnum != 0)
			note_failure(work, job->errnum, job->entry + 1);
		close(job->fd);
	}
	if (jobs->n > 0)
		work->wanting = false; /* what these have used is there again */
}

static void
sync_all(struct work *work, size_t threads)
{
	const char *at = work->folders.data;
	const char *end = at + work->folders.len;
	struct jobs jobs;

	while (!work->wanting && at < end) {
		jobs.n = 0;
		atomic_init(&jobs.next, 0);
		at = open_some(work, &jobs, at, end);
		sync_some(work, &jobs, threads);
	}
	STEP("sync-files-done");
}

static bool
is_folder(int fd, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode);
}

static void
add_all(struct work *work, const char *path, int depth)
{
	int fd = open_one(work, path, O_DIRECTORY);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char *inner;

	if (dir == NULL && fd != -1)
		close(fd);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		inner = xasprintf("%s/%s", path, entry->d_name);
		if (!is_folder(fd, entry))
			add_entry(&work->files, SYNC_FILE, inner);
		else if (depth > 0)
			add_all(work, inner, depth - 1);
		free(inner);
	}
	if (dir != NULL)
		closedir(dir);
	add_entry(&work->folders, SYNC_FOLDER, path);
}

static void
add(struct work *work, const char *entry)
{
	switch ((enum sync_kind)entry[0]) {
	case SYNC_FILE:
		add_entry(&work->files, SYNC_FILE, entry + 1);
		break;
	case SYNC_FOLDER:
		add_entry(&work->folders, SYNC_FOLDER, entry + 1);
		break;
	case SYNC_ALL:
		add_all(work, entry + 1, DEPTH);
		break;
	}
}

/* Folders first: they change again as soon as programs start. */
int
sync_files(int rootfd, const char *entries, size_t len, size_t threads,
    struct buf *failures)
{
	struct work work = { .rootfd = rootfd, .failures = failures };
	const char *at;

	for (at = entries; at < entries + len; at += strlen(at) + 1)
		add(&work, at);
	if (work.files.len > 0)
		buf_add(&work.folders, work.files.data, work.files.len);
	if (work.folders.len > 0)
		sync_all(&work, threads);
	buf_clear(&work.files);
	buf_clear(&work.folders);
	return work.wanting ? -1 : 0;
}
