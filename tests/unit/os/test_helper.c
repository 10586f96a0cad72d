/*
 * Helpers: their input and output, their bound in time, being forgotten.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/os/helper.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static struct error err;

/* The outcome of a helper; text is NULL until then. */
struct outcome {
	char *text;
	bool ended;
};

static void
done(const char *output, bool ended, void *arg)
{
	struct outcome *outcome = arg;

	ck_assert_ptr_null(outcome->text); /* only once */
	outcome->text = xstrdup(output);
	outcome->ended = ended;
}

/* A helper that runs this line of shell. */
static struct helper *
start(const char *line, const char *input, int64_t deadline_ms,
    struct outcome *outcome)
{
	char sh[] = "/bin/sh", c[] = "-c", *text = xstrdup(line);
	char *argv[] = { sh, c, text, sh, NULL };
	struct buf in = { 0 };
	struct helper *helper;

	if (input != NULL)
		buf_puts(&in, input);
	helper = helper_start(argv, input == NULL ? NULL : &in, deadline_ms,
	    done, outcome, &err);
	buf_clear(&in);
	free(text);
	return helper;
}

static bool
is_done(void *arg)
{
	return ((struct outcome *)arg)->text != NULL;
}

static void
expect(const char *line, const char *input, int64_t deadline_ms, bool ended,
    const char *output)
{
	struct outcome outcome = { NULL, false };

	ck_assert_ptr_nonnull(start(line, input, deadline_ms, &outcome));
	taskbox_until(is_done, &outcome);
	ck_assert_str_eq(outcome.text, output);
	ck_assert_int_eq(outcome.ended, ended);
	free(outcome.text);
}

START_TEST(output)
{
	expect("printf '%s|' \"$#\"; cat; exit 3", NULL, 5000, true, "0|");
	expect("cat; echo .", "a\nb", 5000, true, "a\nb.\n");
	expect("cat; echo .", "", 5000, true, ".\n");
	expect("", NULL, 5000, true, "");
	expect("echo 1; kill -9 $$; echo 2", NULL, 5000, true, "1\n");
}
END_TEST

START_TEST(much_output_is_cut)
{
	struct outcome outcome = { NULL, false };

	ck_assert_ptr_nonnull(start("head -c 600000 /dev/zero | tr '\\0' x",
	    NULL, 20000, &outcome));
	taskbox_until(is_done, &outcome);
	ck_assert_uint_eq(strlen(outcome.text), 256 << 10);
	free(outcome.text);
}
END_TEST

/* Its process was killed, and nobody waits for it but the loop. */
static bool
is_reaped(void *arg)
{
	siginfo_t info;

	(void)arg;
	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1 &&
	    errno == ECHILD;
}

START_TEST(too_late)
{
	expect("echo begun; exec sleep 60", NULL, 300, false, "begun\n");
	taskbox_until(is_reaped, NULL);
}
END_TEST

/* A helper that is forgotten calls nobody back, while others do. */
START_TEST(forgotten)
{
	struct outcome outcome = { NULL, false };
	struct helper *helper = start("exit", NULL, 100, &outcome);

	ck_assert_ptr_nonnull(helper);
	helper_free(helper);
	expect("sleep 0.3; echo x", NULL, 5000, true, "x\n");
	ck_assert_ptr_null(outcome.text);
}
END_TEST

START_TEST(no_descriptor)
{
	struct rlimit before = unit_no_descriptors();
	struct helper *helper = start("exit", NULL, 100, NULL);

	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_ptr_null(helper);
	ck_assert_int_eq(err.code, ERR_SYSTEM);
}
END_TEST

START_TEST(no_program)
{
	char none[] = "/no/such/program", *argv[] = { none, NULL };

	ck_assert_ptr_null(helper_start(argv, NULL, 100, done, NULL, &err));
	ck_assert_str_eq(err.text,
	    "cannot start /no/such/program: No such file or directory");
}
END_TEST

UNIT_SUITE
{
	unit_suite("helper", taskbox_open, taskbox_close, output,
	    much_output_is_cut, too_late, forgotten, no_descriptor, no_program,
	    NULL);
}
