/*
 * Lines on their way out.  See queue.h.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/queue.h"
#include "common/step.h"

/* A buffer that once grew beyond this is freed when it is empty. */
#define KEEP_BYTES (16u << 10)
/*
 * What a buffer beyond KEEP_BYTES gets at once: allocators give memory of
 * this size back to the system, that of the steps on the way there not.
 */
#define BIG_BYTES (256u << 10)
/* Written bytes are dropped in pieces of at least this. */
#define DROP_BYTES (64u << 10)

void
queue_add(struct queue *queue, const void *data, size_t len)
{
	if (queue->buf.size < BIG_BYTES && queue->buf.len + len > KEEP_BYTES)
		buf_reserve(&queue->buf, BIG_BYTES);
	buf_add(&queue->buf, data, len);
	queue->total += len;
}

size_t
queue_left(const struct queue *queue)
{
	return queue->buf.len - queue->written;
}

uint64_t
queue_written(const struct queue *queue)
{
	return queue->total - queue_left(queue);
}

/* Where the line begins that is partly written. */
static size_t
line_start(const struct queue *queue)
{
	const char *newline;

	if (queue->written == 0)
		return 0;
	newline = memrchr(queue->buf.data, '\n', queue->written);
	return newline == NULL ? 0 : (size_t)(newline + 1 - queue->buf.data);
}

void
queue_rewind(struct queue *queue)
{
	queue->written = line_start(queue);
}

void
queue_clear(struct queue *queue)
{
	buf_clear(&queue->buf);
	queue->written = 0;
}

/* Gives up the memory of whole lines that are written. */
static void
compact(struct queue *queue)
{
	size_t start;

	if (queue_left(queue) == 0) {
		if (queue->buf.size > KEEP_BYTES)
			buf_clear(&queue->buf);
		queue->buf.len = queue->written = 0;
		return;
	}
	if (queue->written < DROP_BYTES || queue->written < queue->buf.len / 2)
		return;
	start = line_start(queue);
	buf_drop(&queue->buf, start);
	queue->written -= start;
}

/*
 * A pipe that poll(2) calls writable has room for one page, and a write of
 * at most that never blocks (pipe(7)).
 */
static ssize_t
write_pipe(int fd, const char *data, size_t len)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	if (poll(&pfd, 1, 0) != 1 || (pfd.revents & POLLOUT) == 0) {
		errno = (pfd.revents & (POLLERR | POLLHUP)) != 0 ? EPIPE :
								   EAGAIN;
		return -1;
	}
	return write(fd, data, len < PIPE_BUF ? len : PIPE_BUF);
}

int
queue_flush(struct queue *queue, int fd, bool is_socket)
{
	const char *data;
	size_t len;
	ssize_t n;

	while ((len = queue_left(queue)) > 0) {
		len = STEP_HALF("relay-half-written", len);
		data = queue->buf.data + queue->written;
		n = is_socket ?
		    send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL) :
		    write_pipe(fd, data, len);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			if (errno != EAGAIN)
				return -1;
			break;
		}
		queue->written += (size_t)n;
		STEP("relay-half-written");
	}
	STEP("relay-written");
	compact(queue);
	return 0;
}
