/*
 * Looking at the output of a task.  See cap.h.
 *
 * The kernel tells of the next write to a file of the task directory, once
 * (F_NOTIFY in fcntl(2), which unlike inotify has no limit per user).  Then
 * nobody asks it again for as long as even a fast writer needs to reach the
 * cap.  The files are held: a name that the task removes or reuses hides
 * nothing.  Not RLIMIT_FSIZE, which would hit every file of the task.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper/cap.h"
#include "keeper/clock.h"

/* Nobody writes more in a millisecond. */
#define BYTES_PER_MS 8000000
/* Pauses between a write and the look after it. */
#define PAUSE_MIN_MS 1
#define PAUSE_MAX_MS 1000
/* Between looks at files that do not grow, where F_NOTIFY is missing. */
#define BLIND_MS 1000

void
cap_init(struct cap *cap, int64_t bytes, bool wanted, int dirfd, const int *fds)
{
	*cap = (struct cap){ .dirfd = dirfd, .fds = fds };
	cap->bytes = cap->room = bytes == 0 ? INT64_MAX : bytes;
	cap->watched = bytes != 0 || wanted;
	/* what is there already? */
	cap->due = cap->watched ? 0 : CLOCK_NEVER;
}

static void
look_at(struct cap *cap, int fd, struct cap_stream *stream)
{
	/* where the program's last write ended, whatever it cut since */
	off_t end = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	if (fstat(fd, &st) != 0)
		return;
	if (end < stream->size)
		end = stream->size;
	if (st.st_size < end)
		stream->cut = end;
	stream->size = st.st_size;
	if (cap->bytes - stream->size < cap->room)
		cap->room = cap->bytes - stream->size;
}

static void
look(struct cap *cap)
{
	cap->room = cap->bytes;
	look_at(cap, cap->fds[0], &cap->streams[0]);
	look_at(cap, cap->fds[1], &cap->streams[1]);
}

static int64_t
after_pause(const struct cap *cap)
{
	int64_t pause = cap->room / BYTES_PER_MS;

	if (pause < PAUSE_MIN_MS)
		pause = PAUSE_MIN_MS;
	if (pause > PAUSE_MAX_MS)
		pause = PAUSE_MAX_MS;
	return clock_ms(CLOCK_MONOTONIC) + pause;
}

void
cap_written(struct cap *cap)
{
	if (!cap->watched)
		return;
	look(cap);
	cap->due = cap->room < 0 ? 0 : after_pause(cap);
}

bool
cap_exceeded(struct cap *cap)
{
	int64_t room = cap->room;
	/* Before the look, or a write between the two would go unseen. */
	bool told = fcntl(cap->dirfd, F_NOTIFY, DN_MODIFY) == 0;

	look(cap);
	if (told)
		cap->due = CLOCK_NEVER;
	else if (cap->room < room)
		cap->due = after_pause(cap);
	else
		cap->due = clock_ms(CLOCK_MONOTONIC) + BLIND_MS;
	return cap->room < 0;
}

void
cap_finish(struct cap *cap)
{
	if (cap->watched)
		look(cap);
}
