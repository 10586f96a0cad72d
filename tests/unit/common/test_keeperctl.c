/*
 * Tests of common/keeperctl.c: signals and commands between daemons and
 * keepers of any version.
 */
#include <string.h>

#include <check.h>

#undef fail /* libcheck's, deprecated: it hides the one of error.h */

#include "common/error.h"
#include "common/exitrec.h"
#include "common/keeperctl.h"
#include "tests/unit/unit.h"

static struct error err;

/* To a keeper of any version 0 is the user's wish. */
START_TEST(reasons_in_a_signal)
{
	int value = keeperctl_value(KEEPER_NOW, STOP_LINGER, 3600);

	ck_assert_int_eq(keeperctl_value(KEEPER_GRACEFUL, STOP_USER, 0), 0);
	ck_assert_int_eq(keeperctl_mode(value), KEEPER_NOW);
	ck_assert_int_eq(keeperctl_reason(value), STOP_LINGER);
	ck_assert_uint_eq(keeperctl_grace_s(value), 3600);
	ck_assert_int_eq(keeperctl_reason(0xf0), STOP_USER);
	value = keeperctl_value(KEEPER_GRACEFUL, STOP_LOGOUT, 8);
	ck_assert_int_eq(keeperctl_reason(value), STOP_LOGOUT);
	ck_assert(keeperctl_is_stop(value));
	ck_assert(!keeperctl_is_stop(value | 2)); /* of a later daemon */
}
END_TEST

/* An order is no stop, to any keeper that knows what a stop is. */
START_TEST(orders_in_a_signal)
{
	int value = keeperctl_order(KEEPER_TELL_TREE, 64, 1023, true);

	ck_assert(!keeperctl_is_stop(value));
	ck_assert(value > 0);
	ck_assert_int_eq(keeperctl_order_of(value), KEEPER_TELL_TREE);
	ck_assert_int_eq(keeperctl_signo(value), 64);
	ck_assert_uint_eq(keeperctl_mark(value), 1023);
	ck_assert(keeperctl_is_again(value));
	value = keeperctl_order(KEEPER_PAUSE, 0, KEEPER_MARKS, false);
	ck_assert_int_eq(value, KEEPER_PAUSE);
	ck_assert(!keeperctl_is_again(value));
	ck_assert_int_eq(keeperctl_reason(value), STOP_USER);
}
END_TEST

/* Only what its claim lists; without a list, what the first ones knew. */
START_TEST(commands_of_a_keeper)
{
	struct exitrec rec = { .version = EXITREC_VERSION };

	ck_assert_int_eq(keeperctl_check(&rec, "stop", &err), 0);
	ck_assert_int_eq(keeperctl_check(&rec, "pause", &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "of version 0.1.0 or earlier,"));
	strcpy(rec.keeper_version, "7.8.9");
	strcpy(rec.commands, "stop pause");
	ck_assert_int_eq(keeperctl_check(&rec, "pause", &err), 0);
	ck_assert_int_eq(keeperctl_check(&rec, "stop", &err), 0);
	ck_assert_int_eq(keeperctl_check(&rec, "paus", &err), -1);
	ck_assert_int_eq(keeperctl_check(&rec, "daemon", &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "of version 7.8.9,"));
}
END_TEST

UNIT_SUITE
{
	unit_suite("keeperctl", NULL, NULL, reasons_in_a_signal,
	    orders_in_a_signal, commands_of_a_keeper, NULL);
}
