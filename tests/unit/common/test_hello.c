/*
 * Tests of common/launch.c: the hello line and the name of a session.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#undef fail /* libcheck's, deprecated: it hides the one of error.h */

#include "common/base64.h"
#include "common/error.h"
#include "common/jsonscan.h"
#include "common/launch.h"
#include "tests/unit/unit.h"

static struct error err;

/* The member of params as a string. */
static const char *
param(struct jsonspan params, const char *name)
{
	static char text[65536];
	struct jsonspan found;

	jsonscan_members(params, &name, &found, 1);
	ck_assert(jsonscan_string(found, text, sizeof(text)));
	return text;
}

static int64_t
number(struct jsonspan params, const char *name)
{
	struct jsonspan found;
	int64_t n;

	jsonscan_members(params, &name, &found, 1);
	ck_assert(jsonscan_int(found, &n));
	return n;
}

static void
assert_decoded(const char *coded, const char *bytes, size_t len)
{
	char out[4096];
	size_t n;

	ck_assert_int_eq(base64_decode(coded, strlen(coded), out, sizeof(out),
			     &n),
	    0);
	ck_assert_uint_eq(n, len);
	ck_assert_mem_eq(out, bytes, len);
}

START_TEST(hello_tells_all)
{
	static const char env[] = "A=1\0B=\xff\n";
	static const char session[] = "01234567-89ab-4def-8123-456789abcdef";
	const char *method = "method", *params_name = "params";
	struct jsonspan line, params;
	char *hello, cwd[PATH_MAX];

	clearenv();
	setenv("A", "1", 1);
	setenv("B", "\xff\n", 1);
	umask(027);
	hello = launch_hello("bridge", session, UINT64_MAX, "[[3,70]]",
	    "[\"taken\"]", NULL);
	line = (struct jsonspan){ hello, strlen(hello) };
	ck_assert_int_eq(hello[line.len - 1], '\n');
	ck_assert_ptr_eq(strchr(hello, '\n'), hello + line.len - 1);
	ck_assert_int_eq(jsonscan_check(hello, line.len, &err), 0);
	jsonscan_members(line, &method, &params, 1);
	ck_assert(jsonscan_is(params, "ccproc/hello"));
	jsonscan_members(line, &params_name, &params, 1);
	ck_assert_int_eq(number(params, "protocol"), 2);
	ck_assert_int_eq(number(params, "pid"), getpid());
	ck_assert_int_eq(number(params, "umask"), 027);
	ck_assert_str_eq(param(params, "client"), "bridge");
	ck_assert_str_eq(param(params, "session"), session);
	ck_assert_int_ne(param(params, "version")[0], '\0');
	ck_assert_ptr_null(strstr(hello, "\"ask\""));
	ck_assert_ptr_nonnull(strstr(hello,
	    "\"ordinal\":18446744073709551615,\"replays\":[[3,70]],"));
	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	assert_decoded(param(params, "cwd"), cwd, strlen(cwd));
	assert_decoded(param(params, "env"), env, sizeof(env) - 1);
	ck_assert_int_eq(umask(0), 027);
	free(hello);
}
END_TEST

START_TEST(hello_with_nothing_to_tell)
{
	char path[] = "/tmp/test_hello.XXXXXX";
	char *hello;

	ck_assert_ptr_nonnull(mkdtemp(path));
	ck_assert_int_eq(chdir(path), 0);
	ck_assert_int_eq(rmdir(path), 0);
	clearenv();
	hello = launch_hello("ccproc", "s", 1, "[]", "[]", "t7");
	ck_assert_ptr_nonnull(strstr(hello,
	    ",\"ask\":\"t7\",\"cwd\":\"\",\"env\":\"\"}}\n"));
	free(hello);
}
END_TEST

START_TEST(sessions_differ)
{
	char a[37], b[37];
	size_t i;

	launch_session(a);
	launch_session(b);
	ck_assert_str_ne(a, b);
	ck_assert_uint_eq(strlen(a), 36);
	for (i = 0; i < 36; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23)
			ck_assert_int_eq(a[i], '-');
		else
			ck_assert_ptr_nonnull(strchr("0123456789abcdef", a[i]));
	}
	ck_assert_int_eq(a[14], '4');
	ck_assert_ptr_nonnull(strchr("89ab", a[19]));
}
END_TEST

UNIT_SUITE
{
	unit_suite("hello", NULL, NULL, hello_tells_all,
	    hello_with_nothing_to_tell, sessions_differ, NULL);
}
