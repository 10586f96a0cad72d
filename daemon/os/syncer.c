/*
 * The syncer, from both sides.  See syncer.h.  A batch is in a file in memory
 * that both hold; the socket between them only tells how long it is, and back
 * how long the failures are that stand there then.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/io.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/os/loop.h"
#include "daemon/os/process.h"
#include "daemon/os/sync_files.h"
#include "daemon/os/syncer.h"

/* Where the process finds the file in memory. */
#define BATCH_FD 3
/* Processes that die over one batch before nobody is asked any more. */
#define TRIES 3
/* When it is looked whether it works, while all wait for it. */
#define LOOK_MS 5000
/* Until what is used up, such as descriptors, may be there again. */
#define AGAIN_MS 50

static char *program;
static void (*batch_done)(const struct buf *failures);
static struct process *process;
static struct event *reply, *again, *look;
static int memory = -1;
static const struct buf *busy; /* what it has been given, borrowed */
static int root, tries;
static bool stopped; /* it was found so, and made to go on */

static void begin_again(void);

static void
stop(void)
{
	if (reply != NULL) {
		close(event_get_fd(reply));
		event_free(reply);
	}
	reply = NULL;
	if (memory != -1)
		close(memory);
	memory = -1;
	process_free(process);
	process = NULL;
	stopped = false;
}

static void
finish(const struct buf *failures)
{
	busy = NULL;
	tries = 0;
	stopped = false;
	event_del(look);
	batch_done(failures);
}

/*
 * Where no process can be started, the daemon syncs: it waits for the disk
 * then, and everybody for it.  In one thread: another one that a disk holds up
 * would keep the lock of the state directory, whoever kills the daemon.
 */
static void
do_it_here(void)
{
	struct buf failures = { 0 };

	if (sync_files(root, busy->data, busy->len, 1, &failures) == 0)
		finish(&failures);
	else
		loop_timer_start(again, AGAIN_MS);
	buf_clear(&failures);
}

static void
on_again(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	do_it_here();
}

/* A disk may take its time; who is stopped has been by somebody. */
static void
on_look(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (process == NULL || busy == NULL)
		return;
	if (!process_is_stopped(process)) {
		stopped = false;
	} else if (!stopped) {
		stopped = true;
		process_signal(process, SIGCONT, 0);
	} else {
		log_warnx("what syncs files is stopped again and again: it is "
			  "killed");
		process_signal(process, SIGKILL, 0);
	}
	loop_timer_start(look, LOOK_MS);
}

/* Somebody has killed it: what it had not done is done by the next one. */
static void
gone(void *arg)
{
	(void)arg;
	stop();
	if (busy != NULL)
		begin_again();
}

static void
on_reply(int fd, short what, void *arg)
{
	struct buf failures = { 0 };
	uint64_t len;
	ssize_t n;

	(void)what;
	(void)arg;
	n = recv(fd, &len, sizeof(len), MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return; /* woken for who had this descriptor before */
	if (n != sizeof(len)) {
		event_del(reply); /* it has ended, and its pidfd tells that */
		return;
	}
	buf_reserve(&failures, len);
	if (pread(memory, failures.data, len, 0) == (ssize_t)len)
		failures.len = len;
	finish(&failures);
	buf_clear(&failures);
}

static int
start(struct error *err)
{
	char *argv[] = { program, (char[]){ SYNCER_OPTION }, NULL };
	int ends[2] = { -1, -1 };

	memory = memfd_create("ccproc-sync", MFD_CLOEXEC);
	if (memory == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1) {
		fail_errno(err, "cannot start a process that syncs");
		stop();
		return -1;
	}
	process = process_start(argv,
	    &(struct process_gift){ .in = ends[1],
		.out = ends[1],
		.extra = memory },
	    gone, NULL, err);
	close(ends[1]);
	if (process != NULL)
		reply = loop_watch(ends[0], EV_READ | EV_PERSIST, on_reply,
		    NULL, err);
	if (reply != NULL)
		return 0;
	close(ends[0]);
	if (process != NULL)
		process_abandon(process, SIGKILL);
	process = NULL;
	stop();
	return -1;
}

/* The root goes as a path of ours: it may have been moved since the start. */
static int
hand_over(struct error *err)
{
	char path[64];
	int n = snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(),
		    root) +
	    1;
	uint64_t len = (uint64_t)n + busy->len;

	if (pwrite(memory, path, (size_t)n, 0) == n &&
	    pwrite(memory, busy->data, busy->len, n) == (ssize_t)busy->len &&
	    send(event_get_fd(reply), &len, sizeof(len), MSG_NOSIGNAL) ==
		sizeof(len)) {
		loop_timer_start(look, LOOK_MS);
		return 0;
	}
	fail_errno(err, "cannot hand over what is to be synced");
	return -1;
}

static void
drop(void)
{
	process_abandon(process, SIGKILL);
	process = NULL;
	stop();
}

/* One that has just been killed is found out when it is spoken to. */
static int
begin(struct error *err)
{
	bool fresh;

	do {
		fresh = process == NULL;
		if (fresh && start(err) != 0)
			return -1;
		STEP("sync-unasked");
		if (hand_over(err) == 0)
			return 0;
		drop();
	} while (!fresh);
	return -1;
}

/* A batch that nobody takes is done by the daemon itself. */
static void
begin_again(void)
{
	struct error err;

	if (++tries < TRIES && begin(&err) == 0)
		return;
	log_warnx("what syncs files is killed again and again");
	do_it_here();
}

void
syncer_init(const char *path, void (*done)(const struct buf *failures))
{
	program = xstrdup(path);
	batch_done = done;
	again = loop_timer_new(on_again, NULL);
	look = loop_timer_new(on_look, NULL);
}

void
syncer_free(void)
{
	if (program == NULL)
		return;
	stop();
	busy = NULL;
	event_free(again);
	event_free(look);
	free(program);
	program = NULL;
}

void
syncer_take(int rootfd, const struct buf *entries)
{
	struct error err;

	busy = entries;
	root = rootfd;
	if (begin(&err) == 0)
		return;
	log_warnx("%s; the daemon syncs itself", err.text);
	do_it_here();
}

static bool
serve_batch(uint64_t len)
{
	const struct timespec pause = { .tv_nsec = AGAIN_MS * 1000000L };
	struct buf batch = { 0 }, failures = { 0 };
	int rootfd;
	size_t skip;

	buf_reserve(&batch, len);
	if (pread(BATCH_FD, batch.data, len, 0) != (ssize_t)len)
		return false;
	batch.data[len] = '\0';
	rootfd = open(batch.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rootfd == -1)
		return false; /* the daemon has gone */
	skip = strlen(batch.data) + 1;
	while (sync_files(rootfd, batch.data + skip, len - skip, SYNC_THREADS,
		   &failures) != 0) {
		buf_clear(&failures);
		nanosleep(&pause, NULL);
	}
	close(rootfd);
	len = failures.len;
	if (len > 0 && pwrite(BATCH_FD, failures.data, len, 0) != (ssize_t)len)
		return false;
	buf_clear(&batch);
	buf_clear(&failures);
	STEP("sync-untold");
	return io_write(STDOUT_FILENO, &len, sizeof(len)) == 0;
}

int
syncer_serve(void)
{
	uint64_t len;

	prctl(PR_SET_NAME, "ccproc-sync");
	while (io_read(STDIN_FILENO, &len, sizeof(len)) == sizeof(len))
		if (!serve_batch(len))
			return 1;
	return 0;
}
