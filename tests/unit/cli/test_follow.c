/*
 * Copying files that grow.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/follow.h"
#include "cli/lens.h"
#include "cli/text.h"
#include "common/error.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

static struct follow *follow;
static struct error err;
static int out[2]; /* a pipe */

static void
setup(void)
{
	follow = follow_open(unit_dir(), &err);
	ck_assert_msg(follow != NULL, "%s", err.text);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC | O_NONBLOCK), 0);
}

static void
teardown(void)
{
	follow_free(follow);
	close(out[0]);
	close(out[1]);
	unit_cleanup();
}

static void
append(const char *name, const char *text)
{
	int fd = open(unit_path(name), O_WRONLY | O_CREAT | O_APPEND, 0600);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Takes what has come through the pipe. */
static void
expect(const char *want)
{
	char got[200];
	ssize_t n = read(out[0], got, sizeof(got) - 1);

	ck_assert(n > 0 || errno == EAGAIN);
	got[n > 0 ? n : 0] = '\0';
	ck_assert_str_eq(got, want);
}

/* Waits once, for as long as it asks, but no longer than that. */
static void
step(int timeout)
{
	struct pollfd fds[FOLLOW_FDS];
	int most = follow_poll(follow, fds);

	ck_assert_int_ne(poll(fds, FOLLOW_FDS,
			     most == -1 || timeout < most ? timeout : most),
	    -1);
	ck_assert_msg(follow_step(follow, fds, &err) == 0, "%s", err.text);
}

/* Copies what is there. */
static void
settle(void)
{
	follow_look(follow);
	while (!follow_idle(follow))
		step(0);
}

/* Copies what came, once it hears of it by itself. */
static void
hear(void)
{
	while (follow_idle(follow))
		step(5000);
	while (!follow_idle(follow))
		step(0);
}

START_TEST(grows)
{
	follow_add(follow, "stdout", out[1], 0);
	settle(); /* there is no file yet */
	ck_assert(follow_idle(follow));
	expect("");
	append("stdout", "one");
	hear();
	expect("one");
	append("other", "not this");
	settle();
	expect("");
	append("stdout", "two");
	settle();
	expect("two");
}
END_TEST

/* A task that ends soon is not watched, for the end of a watch takes time. */
START_TEST(watches_late)
{
	struct pollfd fds[FOLLOW_FDS];

	follow_add(follow, "stdout", out[1], 0);
	append("stdout", "early");
	settle();
	ck_assert_int_ne(follow_poll(follow, fds), -1);
	ck_assert_int_eq(fds[0].fd, -1);
	expect("early");
	while (follow_poll(follow, fds) != -1)
		step(5000);
	ck_assert_int_ne(fds[0].fd, -1);
	settle();
	append("stdout", "late");
	hear();
	expect("late");
}
END_TEST

/* A character may come in pieces, and a byte may be none. */
START_TEST(cleans)
{
	struct lens lens = { .clean = text_add_clean };

	follow_add(follow, "stdout", out[1], 0);
	follow_through(follow, "stdout", &lens);
	append("stdout", "a\x1b\xe2\x80");
	settle();
	expect("a\\x1b");
	append("stdout", "\x8b\xff\xe9\n");
	settle();
	expect("\\u200b\xef\xbf\xbd\xef\xbf\xbd\n");
}
END_TEST

START_TEST(begins_anew)
{
	append("stdout", "long line");
	follow_add(follow, "stdout", out[1], 5);
	settle();
	expect("line");
	unit_write("stdout", "new");
	settle();
	expect("new");
}
END_TEST

START_TEST(drains)
{
	append("stdout", "0123456789");
	follow_add(follow, "stdout", out[1], 2);
	ck_assert_int_eq(follow_drain(follow, &err), 0);
	expect("23456789");
	ck_assert(follow_idle(follow));
}
END_TEST

/* The file was shortened since somebody looked at it. */
START_TEST(drains_what_is_left)
{
	append("stdout", "0123456789");
	follow_add(follow, "stdout", out[1], 1000000);
	ck_assert_int_eq(follow_drain(follow, &err), 0);
	expect("0123456789");
}
END_TEST

START_TEST(nobody_reads)
{
	struct pollfd fds[FOLLOW_FDS];

	signal(SIGPIPE, SIG_IGN);
	append("stdout", "x");
	follow_add(follow, "stdout", out[1], 0);
	close(out[0]);
	out[0] = -1;
	follow_poll(follow, fds);
	ck_assert_int_gt(poll(fds, FOLLOW_FDS, 0), 0);
	ck_assert_int_eq(follow_step(follow, fds, &err), -1);
	ck_assert_int_eq(err.errnum, EPIPE);
}
END_TEST

START_TEST(no_directory)
{
	ck_assert_ptr_null(follow_open("/no/such", &err));
	ck_assert_int_eq(err.errnum, ENOENT);
}
END_TEST

UNIT_SUITE
{
	unit_suite("follow", setup, teardown, grows, watches_late, cleans,
	    begins_anew, drains, drains_what_is_left, nobody_reads,
	    no_directory, NULL);
}
