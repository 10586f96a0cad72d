/*
 * Shell scripts: their output, their bound in time, being forgotten.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/monotime.h"
#include "daemon/os/helper.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static struct error err;

/* What came of a script; text is NULL until then. */
struct outcome {
	char *text;
};

static void
done(const char *output, void *arg)
{
	struct outcome *outcome = arg;

	ck_assert_ptr_null(outcome->text); /* only once */
	outcome->text = xstrdup(output);
}

static bool
is_done(void *arg)
{
	return ((struct outcome *)arg)->text != NULL;
}

static void
expect(const char *text, int64_t deadline_ms, const char *output)
{
	char one[] = "a b", two[] = "", three[] = "'\"$x";
	char *args[] = { one, two, three, NULL };
	struct outcome outcome = { NULL };

	ck_assert_ptr_nonnull(helper_start(text, args, deadline_ms, done,
	    &outcome, &err));
	taskbox_until(is_done, &outcome);
	ck_assert_str_eq(outcome.text, output);
	free(outcome.text);
}

START_TEST(output)
{
	expect("printf '%s|' \"$#\" \"$@\"; cat; exit 3", 5000,
	    "3|a b||'\"$x|");
	expect("", 5000, "");
	expect("echo 1; kill -9 $$; echo 2", 5000, "1\n");
}
END_TEST

START_TEST(much_output_is_cut)
{
	struct outcome outcome = { NULL };
	char *none[] = { NULL };

	ck_assert_ptr_nonnull(helper_start("head -c 600000 /dev/zero | tr "
					   "'\\0' x",
	    none, 20000, done, &outcome, &err));
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
	int64_t began = monotime_ms();

	expect("echo begun; exec sleep 60", 300, "begun\n");
	ck_assert_int_ge(monotime_ms() - began, 300);
	ck_assert_int_lt(monotime_ms() - began, 9000);
	taskbox_until(is_reaped, NULL);
}
END_TEST

/* What is forgotten is never heard of, while others are. */
START_TEST(forgotten)
{
	struct outcome outcome = { NULL };
	char *none[] = { NULL };
	struct helper *helper = helper_start("exit", none, 100, done, &outcome,
	    &err);

	ck_assert_ptr_nonnull(helper);
	helper_free(helper);
	expect("sleep 0.3; echo x", 5000, "x\n");
	ck_assert_ptr_null(outcome.text);
}
END_TEST

START_TEST(no_descriptor)
{
	struct rlimit before = unit_no_descriptors();
	char *none[] = { NULL };
	struct helper *helper = helper_start("exit", none, 100, done, NULL,
	    &err);

	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_ptr_null(helper);
	ck_assert_int_eq(err.code, ERR_SYSTEM);
}
END_TEST

UNIT_SUITE
{
	unit_suite("helper", taskbox_open, taskbox_close, output,
	    much_output_is_cut, too_late, forgotten, no_descriptor, NULL);
}
