/*
 * Data from outside.  See input.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/input.h"
#include "cli/say.h"
#include "common/error.h"
#include "common/mem.h"

#define CHUNK (64u << 10)
/* A pipe that is silent for so long is mentioned; a socket is given up. */
#define PIPE_SILENT_MS 3000
#define SOCKET_SILENT_MS 1000

/* Up to the end, or a bit more than is allowed. */
static int
read_all(int fd, const char *name, size_t max, struct buf *out,
    struct error *err)
{
	size_t before = out->len;
	ssize_t n;

	do {
		buf_reserve(out, CHUNK);
		n = read(fd, out->data + out->len, CHUNK);
		if (n > 0)
			out->len += (size_t)n;
	} while ((n > 0 && out->len - before <= max) ||
	    (n == -1 && errno == EINTR));
	out->data[out->len] = '\0'; /* buf_reserve made room */
	if (n == -1) {
		fail_errno(err, "cannot read %s", name);
		return -1;
	}
	if (out->len - before <= max)
		return 0;
	fail(err, ERR_LIMIT,
	    "%s has more than %zu bytes, which is the most; put it into a file "
	    "and let the task read that",
	    name, max);
	return -1;
}

/* Whether stdin has something, or its end; a pipe is waited for. */
static bool
comes(bool is_pipe)
{
	struct pollfd pfd = { .fd = STDIN_FILENO, .events = POLLIN };

	if (poll(&pfd, 1, is_pipe ? PIPE_SILENT_MS : SOCKET_SILENT_MS) != 0)
		return true;
	if (is_pipe)
		say("reading stdin to its end, for the task; </dev/null gives "
		    "it nothing");
	else
		say("stdin is open, but nothing came: the task gets nothing of "
		    "it; --input - waits for its end, </dev/null for nothing");
	return is_pipe;
}

int
input_piped(size_t max, struct buf *out, struct error *err)
{
	struct stat st;
	bool pipe, socket;

	if (fstat(STDIN_FILENO, &st) != 0)
		return 0; /* closed: nothing is there */
	pipe = S_ISFIFO(st.st_mode);
	socket = S_ISSOCK(st.st_mode);
	if ((!pipe && !socket && !S_ISREG(st.st_mode)) ||
	    ((pipe || socket) && !comes(pipe)))
		return 0;
	return read_all(STDIN_FILENO, "stdin", max, out, err);
}

void
input_left(void)
{
	struct pollfd pfd = { .fd = STDIN_FILENO, .events = POLLIN };
	int bytes;

	if (poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLIN) != 0 &&
	    ioctl(STDIN_FILENO, FIONREAD, &bytes) == 0 && bytes > 0 &&
	    !isatty(STDIN_FILENO))
		say("what is piped in is not read here: --input - gives it to "
		    "a command, - alone to an agent, </dev/null to nobody");
}

int
input_stdin(size_t max, struct buf *out, struct error *err)
{
	return read_all(STDIN_FILENO, "stdin", max, out, err);
}

int
input_regular(const char *path, bool links, size_t max, struct buf *out,
    struct error *err)
{
	int fd = open(path,
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK | (links ? 0 : O_NOFOLLOW));
	struct stat st;
	int result = -1;

	if (fd == -1)
		fail_errno(err, "cannot open %s", path);
	else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		fail(err, ERR_INVALID, "%s is no regular file", path);
	else
		result = read_all(fd, path, max, out, err);
	if (fd != -1)
		close(fd);
	return result;
}

int
input_file(const char *name, size_t max, struct buf *out, struct error *err)
{
	int fd, result;

	if (strcmp(name, "-") == 0 && isatty(STDIN_FILENO)) {
		fail(err, ERR_INVALID,
		    "stdin is a terminal, which is not read; pipe the data "
		    "in, or name a file");
		return -1;
	}
	if (strcmp(name, "-") == 0)
		return input_stdin(max, out, err);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd == -1) {
		fail_errno(err, "cannot open %s", name);
		return -1;
	}
	result = read_all(fd, name, max, out, err);
	close(fd);
	return result;
}
