/*
 * Reaching the daemon and starting it.  See launch.h.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/ancestor.h"
#include "common/attributes.h"
#include "common/base64.h"
#include "common/error.h"
#include "common/launch.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/monotime.h"
#include "common/paths.h"
#include "common/program.h"
#include "common/sock.h"
#include "common/starter.h"

/* How long to wait for somebody else who starts it and has 10 s for it. */
#define LOCK_WAIT_MS 15000
#define LOCK_RETRY_MS 20
/* The first and the last wait before a start that met another daemon. */
#define START_RETRY_MS 10
#define START_RETRY_MAX_MS 640
/* How long inside of a task to wait for a daemon that its keeper starts, */
#define ASKED_WAIT_MS 10000
/* and when the keeper is asked once more, each time after twice the time. */
#define ASK_AGAIN_MS 100

/* Where a start happens; of no interest while the daemon answers. */
struct place {
	char socket[SOCKET_PATH_SIZE];
	char state[3000];
	char log[3072];
	char program[4096];
};

extern char **environ;

/* A command that replaces the daemon starts its own, which may be older. */
static bool replaces;

/* Connects to path if what listens there is ours: hello tells secrets. */
static int
reach(const char *path, struct error *err)
{
	int fd = sock_connect(path, err);
	uid_t uid;
	pid_t pid;

	if (fd == -1)
		return -1;
	if (sock_peer(fd, &uid, &pid, err) == 0) {
		if (uid == geteuid())
			return fd;
		fail(err, ERR_INVALID,
		    "the socket %s belongs to uid %u and not to us (uid %u)",
		    path, (unsigned)uid, (unsigned)geteuid());
	}
	close(fd);
	return -1;
}

/* Reads the beginning of a small file as a string without its newline. */
static int
read_line(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n <= 0)
		return -1;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

/* The last place to look: the socket of who holds this state directory. */
static int
reach_holder(const struct place *place)
{
	char lock[3072], path[SOCKET_PATH_SIZE];
	struct error ignored;

	snprintf(lock, sizeof(lock), "%s/lock", place->state);
	if (read_line(lock, path, sizeof(path)) != 0 || path[0] != '/' ||
	    strcmp(path, place->socket) == 0)
		return -1;
	return reach(path, &ignored);
}

int
launch_try(struct error *err)
{
	struct place place;
	struct error ignored;
	int fd;

	if (paths_socket(place.socket, sizeof(place.socket), err) != 0)
		return -1;
	fd = reach(place.socket, err);
	if (fd == -1 &&
	    (err->errnum == ENOENT || err->errnum == ECONNREFUSED) &&
	    paths_state(place.state, sizeof(place.state), &ignored) == 0)
		fd = reach_holder(&place);
	return fd;
}

/*
 * Starts the daemon, with the start lock held, and connects.  One that ends
 * without a word has met another daemon, which listens in a moment or is
 * about to exit; one that said that it listens may have been killed after
 * that: so try again, each time after twice the time.
 */
static int
start(const struct place *place, struct error *err)
{
	int fd, rc, wait_ms = START_RETRY_MS;

	for (;;) {
		rc = starter_run(place->program, place->log, err);
		if (rc == -1)
			return -1;
		if ((fd = reach(place->socket, err)) != -1 ||
		    (fd = reach_holder(place)) != -1)
			return fd;
		if (wait_ms > START_RETRY_MAX_MS)
			break;
		poll(NULL, 0, wait_ms);
		wait_ms *= 2;
	}
	fail_prefix(err, "%s %s; its log is %s", place->program,
	    rc == 1 ? "ended" : "says that it listens", place->log);
	return -1;
}

static int
open_lock(const struct place *place, struct error *err)
{
	char path[3072];
	int fd;

	snprintf(path, sizeof(path), "%s/start.lock", place->state);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		fail_errno(err, "cannot open %s", path);
	return fd;
}

/*
 * Takes the start lock (0) or, while another starts the daemon, connects as
 * soon as it is there (*fd).  No lock call has a time limit, so this tries
 * again and again; it ends when the other one does.
 */
static int
take_lock(int lock, const struct place *place, int *fd, struct error *err)
{
	struct flock flock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int64_t deadline = monotime_ms() + LOCK_WAIT_MS;

	for (;;) {
		if (fcntl(lock, F_SETLK, &flock) == 0) {
			*fd = reach(place->socket, err);
			return 0;
		}
		if (errno != EACCES && errno != EAGAIN) {
			fail_errno(err, "cannot lock %s/start.lock",
			    place->state);
			return -1;
		}
		if ((*fd = reach(place->socket, err)) != -1)
			return 0;
		if (monotime_ms() > deadline) {
			fail(err, ERR_BUSY,
			    "waited %d s for another process that holds "
			    "%s/start.lock to start the daemon",
			    LOCK_WAIT_MS / 1000, place->state);
			return -1;
		}
		poll(NULL, 0, LOCK_RETRY_MS);
	}
}

int
launch_hold(struct error *err)
{
	struct flock flock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int64_t deadline = monotime_ms() + LOCK_WAIT_MS;
	struct place place;
	int lock;

	replaces = true;
	if (paths_state(place.state, sizeof(place.state), err) != 0 ||
	    paths_make_private(place.state, err) != 0 ||
	    (lock = open_lock(&place, err)) == -1)
		return -1;
	while (ancestor_keeper(place.state) == 0 &&
	    fcntl(lock, F_SETLK, &flock) == -1) {
		if (monotime_ms() > deadline ||
		    (errno != EACCES && errno != EAGAIN)) {
			fail_errno(err, "cannot lock %s/start.lock",
			    place.state);
			close(lock);
			return -1;
		}
		poll(NULL, 0, LOCK_RETRY_MS);
	}
	return lock;
}

/* Makes the folders; the socket's only where its name is ours to choose. */
static int
prepare(struct place *place, struct error *err)
{
	const char *own = getenv("CCPROC_SOCKET");
	char dir[SOCKET_PATH_SIZE];

	if ((replaces ? program_sibling("ccprocd", place->program,
			    sizeof(place->program), err) :
			program_daemon(place->state, place->program,
			    sizeof(place->program), err)) != 0 ||
	    paths_make_private(place->state, err) != 0)
		return -1;
	if (own != NULL && *own != '\0')
		return 0;
	snprintf(dir, sizeof(dir), "%s", place->socket);
	*strrchr(dir, '/') = '\0';
	return paths_make_private(dir, err);
}

static int
lock_and_start(struct place *place, struct error *err)
{
	int lock, fd = -1;

	if (prepare(place, err) != 0 || (lock = open_lock(place, err)) == -1)
		return -1;
	if (take_lock(lock, place, &fd, err) == 0 && fd == -1)
		fd = start(place, err);
	close(lock);
	return fd;
}

/*
 * From inside of a task: has its keeper start the daemon, which would end
 * with the task if we did.  Meanwhile systemd may as well.
 */
static int
ask_and_wait(pid_t keeper, const struct place *place, struct error *err)
{
	int64_t t, end = monotime_ms() + ASKED_WAIT_MS, ask = 0;
	int64_t again = ASK_AGAIN_MS;
	int fd, wait_ms = START_RETRY_MS;

	while ((t = monotime_ms()) < end) {
		if (t >= ask) {
			/* false: it has gone, and we with it soon */
			if (!ancestor_ask(keeper, place->state))
				break;
			ask = t + again;
			again *= 2;
		}
		poll(NULL, 0, wait_ms);
		fd = reach(place->socket, err);
		if (fd == -1)
			fd = reach_holder(place);
		if (fd != -1)
			return fd;
		if (wait_ms < START_RETRY_MAX_MS)
			wait_ms *= 2;
	}
	return -1;
}

static int
connect_inside(pid_t keeper, const struct place *place, struct error *err)
{
	int fd = ask_and_wait(keeper, place, err);

	if (fd == -1)
		fail(err, ERR_NOT_FOUND,
		    "no daemon listens at %s, and from inside a task of "
		    "ccproc none is started, for it would end with that task; "
		    "the next session outside, or `ccproc ls` there, starts "
		    "it; %s may say why the task's keeper did not",
		    place->socket, place->log);
	return fd;
}

int
launch_connect(struct error *err)
{
	struct place place;
	pid_t keeper;
	int fd;

	if (paths_socket(place.socket, sizeof(place.socket), err) != 0)
		return -1;
	fd = reach(place.socket, err);
	if (fd != -1 || (err->errnum != ENOENT && err->errnum != ECONNREFUSED))
		return fd;
	if (paths_state(place.state, sizeof(place.state), err) != 0)
		return -1;
	snprintf(place.log, sizeof(place.log), "%s/ccprocd.log", place.state);
	keeper = ancestor_keeper(place.state);
	fd = keeper == 0 ? lock_and_start(&place, err) :
			   connect_inside(keeper, &place, err);
	return fd != -1 ? fd : reach_holder(&place);
}

static void
add_base64(struct buf *b, const char *key, const void *data, size_t len)
{
	buf_printf(b, ",\"%s\":\"", key);
	base64_encode(b, data, len);
	buf_puts(b, "\"");
}

/* environ as one block, a NUL between the variables. */
static void
add_environment(struct buf *b)
{
	struct buf block = { 0 };
	size_t i;

	for (i = 0; environ != NULL && environ[i] != NULL; i++)
		buf_add(&block, environ[i], strlen(environ[i]) + 1);
	add_base64(b, "env", block.data, block.len > 0 ? block.len - 1 : 0);
	buf_clear(&block);
}

char *
launch_hello(const char *client, const char *session, uint64_t ordinal,
    const char *replays, const char *can, const char *ask)
{
	char text[ATTRIBUTES_SIZE];
	struct attributes own;
	struct buf b = { 0 };
	char *cwd = getcwd(NULL, 0); /* NULL: it was removed */
	mode_t mask = umask(077);

	umask(mask);
	buf_printf(&b,
	    "{\"jsonrpc\":\"2.0\",\"id\":\"hello\","
	    "\"method\":\"ccproc/hello\",\"params\":{\"protocol\":%d,"
	    "\"version\":\"%s\",\"client\":\"%s\",\"session\":\"%s\","
	    "\"ordinal\":%" PRIu64 ",\"replays\":%s,\"pid\":%d,\"umask\":%u,"
	    "\"can\":%s",
	    LAUNCH_PROTOCOL, PACKAGE_VERSION, client, session, ordinal, replays,
	    (int)getpid(), (unsigned)mask, can);
	attributes_read(&own);
	attributes_print(&own, text);
	buf_printf(&b, ",\"attributes\":\"%s\"", text);
	if (ask != NULL)
		buf_printf(&b, ",\"ask\":\"%s\"", ask);
	add_base64(&b, "cwd", cwd, cwd != NULL ? strlen(cwd) : 0);
	add_environment(&b);
	buf_puts(&b, "}}\n");
	free(cwd);
	return buf_steal(&b);
}

void
launch_session(char *session)
{
	unsigned char r[16];
	char *p = session;
	size_t i;

	/* 16 bytes are never cut short; before the pool is ready it waits */
	while (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		continue;
	r[6] = (unsigned char)((r[6] & 0x0f) | 0x40);
	r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
	for (i = 0; i < sizeof(r); i++) {
		p += snprintf(p, 4, "%s%02x",
		    i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", r[i]);
	}
}
