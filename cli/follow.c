/*
 * Following output.  See follow.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/follow.h"
#include "cli/lens.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/monotime.h"
#include "common/utf8.h"

#define STREAMS 2
#define CHUNK (64u << 10)
/* Where the kernel has no more watches for us, we have to look. */
#define LOOK_MS 500
/*
 * A task that has ended by then is not watched: the end of a watch waits for
 * the kernel, for longer than most such tasks have run.
 */
#define UNWATCHED_MS 50

struct stream {
	const char *name; /* NULL: none */
	int in;           /* -1: not there yet */
	int out;
	int64_t at;        /* the next byte */
	int64_t end;       /* not further than this */
	size_t chunk;      /* what out takes without making us wait */
	bool more;         /* there may be something to copy */
	struct lens *lens; /* or NULL: bytes */
	struct buf held;   /* of what passed it, what out has not taken */
};

struct follow {
	int dirfd;
	int watch;          /* inotify; -1: not yet, or none to be had */
	int64_t watch_from; /* monotime_ms(); INT64_MAX: was tried */
	struct stream streams[STREAMS];
};

static void
begin_watch(struct follow *follow)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char dir[32];

	follow->watch_from = INT64_MAX;
	follow_look(follow); /* what came before it */
	snprintf(dir, sizeof(dir), "/proc/self/fd/%d", follow->dirfd);
	if (fd != -1 &&
	    inotify_add_watch(fd, dir,
		IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_ONLYDIR) != -1)
		follow->watch = fd;
	else if (fd != -1)
		close(fd);
}

struct follow *
follow_open(const char *dir, struct error *err)
{
	struct follow *follow = xcalloc(1, sizeof(*follow));
	size_t i;

	for (i = 0; i < STREAMS; i++)
		follow->streams[i].in = -1;
	follow->watch = -1;
	follow->watch_from = monotime_ms() + UNWATCHED_MS;
	follow->dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (follow->dirfd != -1)
		return follow;
	fail_errno(err, "cannot open %s", dir);
	follow_free(follow);
	return NULL;
}

void
follow_free(struct follow *follow)
{
	size_t i;

	if (follow == NULL)
		return;
	for (i = 0; i < STREAMS; i++) {
		if (follow->streams[i].in != -1)
			close(follow->streams[i].in);
		buf_clear(&follow->streams[i].held);
	}
	if (follow->watch != -1)
		close(follow->watch);
	if (follow->dirfd != -1)
		close(follow->dirfd);
	free(follow);
}

/* A pipe that poll(2) calls writable has room for PIPE_BUF (pipe(7)). */
static size_t
chunk_for(int out)
{
	struct stat st;

	return fstat(out, &st) == 0 && S_ISREG(st.st_mode) ? CHUNK : PIPE_BUF;
}

void
follow_add(struct follow *follow, const char *name, int out, int64_t from)
{
	struct stream *stream = follow->streams;

	if (stream->name != NULL)
		stream++;
	stream->name = name;
	stream->out = out;
	stream->at = from;
	stream->end = INT64_MAX;
	stream->chunk = chunk_for(out);
	stream->more = true;
}

void
follow_through(struct follow *follow, const char *name, struct lens *lens)
{
	size_t i;

	for (i = 0; i < STREAMS; i++)
		if (follow->streams[i].name != NULL &&
		    strcmp(follow->streams[i].name, name) == 0)
			follow->streams[i].lens = lens;
}

void
follow_end(struct follow *follow)
{
	struct stream *stream;

	for (stream = follow->streams; stream < follow->streams + STREAMS;
	     stream++)
		if (stream->name != NULL && stream->lens != NULL) {
			lens_end(stream->lens, &stream->held);
			stream->more = stream->more || stream->held.len > 0;
		}
}

int
follow_poll(const struct follow *follow, struct pollfd *fds)
{
	int64_t left = follow->watch_from - monotime_ms();
	size_t i;

	fds[0] = (struct pollfd){ .fd = follow->watch, .events = POLLIN };
	for (i = 0; i < STREAMS; i++)
		fds[i + 1] = (struct pollfd){
			.fd = follow->streams[i].more ? follow->streams[i].out :
							-1,
			.events = POLLOUT,
		};
	if (follow->watch != -1)
		return -1;
	return left > LOOK_MS ? LOOK_MS : left < 0 ? 0 : (int)left;
}

void
follow_look(struct follow *follow)
{
	size_t i;

	for (i = 0; i < STREAMS; i++)
		follow->streams[i].more = follow->streams[i].name != NULL;
}

bool
follow_idle(const struct follow *follow)
{
	size_t i;

	for (i = 0; i < STREAMS; i++)
		if (follow->streams[i].more)
			return false;
	return true;
}

static void
note_event(struct follow *follow, const struct inotify_event *event)
{
	struct stream *stream;

	if ((event->mask & IN_Q_OVERFLOW) != 0)
		follow_look(follow);
	if (event->len == 0)
		return;
	for (stream = follow->streams; stream < follow->streams + STREAMS;
	     stream++)
		if (stream->name != NULL &&
		    strcmp(stream->name, event->name) == 0)
			stream->more = true;
}

static void
read_events(struct follow *follow)
{
	char buf[4096] __attribute__((aligned(8)));
	const struct inotify_event *event;
	ssize_t n;
	char *at;

	while ((n = read(follow->watch, buf, sizeof(buf))) > 0)
		for (at = buf; at < buf + n;
		     at += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)at;
			note_event(follow, event);
		}
}

/* A task may have emptied its own file: then it begins anew. */
static void
at_end(struct stream *stream)
{
	struct stat st;

	stream->more = false;
	if (fstat(stream->in, &st) == 0 && st.st_size < stream->at) {
		stream->at = 0;
		stream->more = st.st_size > 0;
	}
}

static size_t
piece(const struct stream *stream)
{
	int64_t left = stream->end - stream->at;

	if (left <= 0)
		return 0;
	return left < (int64_t)stream->chunk ? (size_t)left : stream->chunk;
}

/* A line that stderr does not take is lost, as for every program. */
static int
give_up(struct stream *stream, struct error *err)
{
	stream->more = false;
	if (stream->out == STDERR_FILENO) {
		stream->name = NULL;
		return 0;
	}
	fail_errno(err, "cannot write the task's %s", stream->name);
	return -1;
}

/* Whether these bytes are the beginning of a character, and no more. */
static bool
is_begun(const char *s, size_t len)
{
	size_t i;

	if ((unsigned char)s[0] < 0xc2 || (unsigned char)s[0] > 0xf4)
		return false;
	for (i = 1; i < len; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return false;
	return utf8_next(s, len) == 0;
}

/* Bytes up to the last character that is whole. */
static size_t
whole(const char *s, size_t len)
{
	size_t at = len < 3 ? 0 : len - 3;

	for (; at < len; at++)
		if (is_begun(s + at, len - at))
			return at;
	return len;
}

static int
write_held(struct stream *stream, struct error *err)
{
	size_t len = stream->held.len < stream->chunk ? stream->held.len :
							stream->chunk;
	ssize_t n = len == 0 ? 0 : write(stream->out, stream->held.data, len);

	if (n > 0)
		buf_drop(&stream->held, (size_t)n);
	else if (n == -1 && errno != EAGAIN && errno != EINTR)
		return give_up(stream, err);
	return 0;
}

/* One piece, or what is left of the last one. */
static int
copy_seen(struct stream *stream, const char *bytes, size_t len,
    struct error *err)
{
	size_t n = whole(bytes, len);

	if (n == 0 && stream->at + (int64_t)len < stream->end) {
		stream->more = false; /* the rest of it will come */
		return 0;
	}
	n = n == 0 ? len : n;
	lens_add(stream->lens, &stream->held, bytes, n);
	stream->at += (int64_t)n;
	return write_held(stream, err);
}

/* One piece. */
static int
copy(struct follow *follow, struct stream *stream, struct error *err)
{
	static char buf[CHUNK];
	ssize_t n;

	if (stream->held.len > 0)
		return write_held(stream, err);
	if (stream->in == -1)
		stream->in = openat(follow->dirfd, stream->name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (stream->in == -1) {
		stream->more = false;
		return 0;
	}
	n = pread(stream->in, buf, piece(stream), stream->at);
	if (n <= 0) {
		at_end(stream);
		return 0;
	}
	if (stream->lens != NULL)
		return copy_seen(stream, buf, (size_t)n, err);
	n = write(stream->out, buf, (size_t)n);
	if (n > 0)
		stream->at += n;
	else if (n == -1 && errno != EAGAIN && errno != EINTR)
		return give_up(stream, err);
	return 0;
}

static int
copy_ready(struct follow *follow, const struct pollfd *fds, struct error *err)
{
	size_t i;

	for (i = 0; i < STREAMS; i++)
		if (fds[i + 1].fd != -1 && fds[i + 1].revents != 0 &&
		    copy(follow, &follow->streams[i], err) != 0)
			return -1;
	return 0;
}

int
follow_step(struct follow *follow, const struct pollfd *fds, struct error *err)
{
	if (monotime_ms() >= follow->watch_from)
		begin_watch(follow);
	if (follow->watch == -1 && follow_idle(follow))
		follow_look(follow);
	else if (fds[0].revents != 0)
		read_events(follow);
	return copy_ready(follow, fds, err);
}

int
follow_flush(struct follow *follow, struct error *err)
{
	struct pollfd pfd = { .events = POLLOUT };
	struct stream *stream;

	for (stream = follow->streams; stream < follow->streams + STREAMS;
	     stream++)
		while (stream->name != NULL && stream->held.len > 0) {
			pfd.fd = stream->out;
			if (poll(&pfd, 1, -1) > 0 &&
			    write_held(stream, err) != 0)
				return -1;
		}
	return 0;
}

/* The files as they are now; a running task adds to them for ever. */
static void
set_ends(struct follow *follow)
{
	struct stream *stream;
	struct stat st;

	for (stream = follow->streams; stream < follow->streams + STREAMS;
	     stream++)
		if (stream->name != NULL &&
		    fstatat(follow->dirfd, stream->name, &st,
			AT_SYMLINK_NOFOLLOW) == 0)
			stream->end = st.st_size;
}

/* What was cut off in a line is shown, too. */
static bool
drained(struct follow *follow)
{
	if (follow_idle(follow))
		follow_end(follow);
	return follow_idle(follow);
}

int
follow_drain(struct follow *follow, struct error *err)
{
	struct pollfd fds[FOLLOW_FDS];
	int result = 0;

	set_ends(follow);
	follow_look(follow);
	while (result == 0 && !drained(follow)) {
		follow_poll(follow, fds);
		fds[0].fd = -1; /* what comes from now on is not for us */
		if (poll(fds, FOLLOW_FDS, -1) > 0)
			result = copy_ready(follow, fds, err);
	}
	return result;
}
