/*
 * Sessions: what a hello may say, and what follows from it.
 */
#include <string.h>

#include "common/base64.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "daemon/session.h"
#include "json/json.h"
#include "tests/unit/unit.h"

#define UUID "11111111-2222-4333-8444-55555555555A"
#define LOWER "11111111-2222-4333-8444-55555555555a"

static struct session session;
static struct error err;

static void
teardown(void)
{
	session_clear(&session);
}

/* Adds bytes as base64. */
static void
add_bytes(struct json_object *object, const char *key, const char *bytes,
    size_t len)
{
	struct buf text = { 0 };

	base64_encode(&text, bytes, len);
	json_add_string(object, key, text.data == NULL ? "" : text.data);
	buf_clear(&text);
}

/* A hello that is fine; env is len bytes. */
static struct json_object *
hello(const char *cwd, const char *env, size_t len)
{
	struct json_object *object = json_object_new_object();

	json_add_string(object, "client", "bridge");
	json_add_string(object, "session", UUID);
	json_add_int(object, "ordinal", 12);
	json_add_int(object, "pid", 345);
	json_add_int(object, "umask", 027);
	add_bytes(object, "cwd", cwd, strlen(cwd));
	add_bytes(object, "env", env, len);
	return object;
}

/* Takes object. */
static int
init(struct json_object *object)
{
	int result;

	session_clear(&session);
	result = session_init(&session, object, &err);
	json_object_put(object);
	return result;
}

#define INIT(cwd, env) init(hello(cwd, env, sizeof(env) - 1))

START_TEST(a_hello)
{
	ck_assert_int_eq(INIT("/home/me", "PATH=/bin\0A=b=c\0E=\0"), 0);
	ck_assert_str_eq(session.uuid, LOWER);
	ck_assert_str_eq(session.client, "bridge");
	ck_assert_str_eq(session.owner, LOWER);
	ck_assert_str_eq(session.cwd, "/home/me");
	ck_assert_uint_eq(session.umask, 027);
	ck_assert_int_eq(session.pid, 345);
	ck_assert_uint_eq(session.ordinal, 12);
	ck_assert_str_eq(session_getenv(&session, "PATH"), "/bin");
	ck_assert_str_eq(session_getenv(&session, "A"), "b=c");
	ck_assert_str_eq(session_getenv(&session, "E"), "");
	ck_assert_ptr_null(session_getenv(&session, "PAT"));
	ck_assert_ptr_null(session_getenv(&session, "PATH2"));
}
END_TEST

START_TEST(an_environment_without_its_last_nul)
{
	ck_assert_int_eq(INIT("/", "A=1\0B=2"), 0);
	ck_assert_str_eq(session_getenv(&session, "B"), "2");
	ck_assert_uint_eq(session.env_len, 8);
	ck_assert_int_eq(INIT("/", ""), 0);
	ck_assert_uint_eq(session.env_len, 0);
	ck_assert_ptr_null(session_getenv(&session, "A"));
}
END_TEST

START_TEST(owners)
{
	INIT("/", "CLAUDE_CODE_SESSION_ID=abc-DEF_1\0");
	ck_assert_str_eq(session.owner, "abc-DEF_1");
	INIT("/", "CLAUDE_CODE_SESSION_ID=\0");
	ck_assert_str_eq(session.owner, LOWER);
	INIT("/", "CLAUDE_CODE_SESSION_ID=a b\0");
	ck_assert_str_eq(session.owner, LOWER);
	INIT("/",
	    "CLAUDE_CODE_SESSION_ID="
	    "12345678901234567890123456789012345678901234567890"
	    "123456789012345\0");
	ck_assert_str_eq(session.owner, LOWER);
}
END_TEST

START_TEST(directories)
{
	INIT("/mine", "CLAUDE_PROJECT_DIR=/project\0");
	ck_assert_str_eq(session.cwd, "/project");
	INIT("/mine", "CLAUDE_PROJECT_DIR=relative\0");
	ck_assert_str_eq(session.cwd, "/mine");
	INIT("relative", "");
	ck_assert_ptr_null(session.cwd);
	INIT("", "");
	ck_assert_ptr_null(session.cwd);
	INIT("/caf\xe9", "");
	ck_assert_ptr_null(session.cwd);
}
END_TEST

/* A hello with one member replaced (NULL: removed); takes value. */
static void
refused(const char *key, struct json_object *value, const char *text)
{
	struct json_object *object = hello("/", "A=1", 3);

	json_object_object_del(object, key);
	if (value != NULL)
		json_add(object, key, value);
	ck_assert_int_eq(init(object), -1);
	ck_assert_str_eq(err.text, text);
	ck_assert_int_eq(err.code, ERR_INVALID);
}

START_TEST(what_is_refused)
{
	static const char uuid[] = "hello: session must be a UUID";
	static const char numbers[] = "hello: ordinal, pid and umask must be "
				      "integers in their ranges";

	refused("session", NULL, uuid);
	refused("session", json_object_new_string("x"), uuid);
	refused("session", json_object_new_int(1), uuid);
	refused("ordinal", NULL, numbers);
	refused("ordinal", json_object_new_int(0), numbers);
	refused("pid", json_object_new_int(0), numbers);
	refused("pid", json_object_new_string("1"), numbers);
	refused("pid", json_object_new_int64(INT64_C(1) << 32), numbers);
	refused("umask", json_object_new_int(01000), numbers);
	refused("umask", json_object_new_int(-1), numbers);
	refused("cwd", NULL, "hello: cwd must be a base64 string");
	refused("cwd", json_object_new_string("*"), "hello: cwd is no base64");
	refused("env", json_object_new_int(1),
	    "hello: env must be a base64 string");
	refused("env", json_object_new_string("QQ"), "hello: env is no base64");
}
END_TEST

/* What no process can have been given. */
START_TEST(environments)
{
	static char env[EXEC_MAX_ENV_BYTES + 1];

	memset(env, 'x', sizeof(env));
	env[EXEC_MAX_ARG_BYTES - 1] = '\0';
	ck_assert_int_eq(init(hello("/", env, EXEC_MAX_ARG_BYTES)), 0);
	session_clear(&session);
	env[EXEC_MAX_ARG_BYTES - 1] = 'x';
	ck_assert_int_eq(init(hello("/", env, EXEC_MAX_ARG_BYTES)), -1);
	ck_assert_str_eq(err.text,
	    "hello: a variable of 131072 bytes, allowed are 131071, as for "
	    "programs");
	ck_assert_int_eq(init(hello("/", env, sizeof(env))), -1);
	ck_assert_str_eq(err.text,
	    "hello: an environment of 2097154 bytes, allowed are 2097152");
}
END_TEST

START_TEST(no_params)
{
	ck_assert_int_eq(init(NULL), -1);
	ck_assert_int_eq(init(json_object_new_array()), -1);
}
END_TEST

START_TEST(a_client_is_called_by_a_word)
{
	struct json_object *object = hello("/", "", 0);

	ck_assert_int_eq(init(object), 0);
	ck_assert_str_eq(session.client, "bridge");
	object = hello("/", "", 0);
	json_add_string(object, "client", "bridge\nccprocd: t1: completed");
	ck_assert_int_eq(init(object), 0);
	ck_assert_str_eq(session.client, "?");
}
END_TEST

/* Words of a later client pass, and what is no word. */
START_TEST(what_a_client_takes)
{
	struct json_object *params = hello("/", "", 0);
	struct json_object *list = json_object_new_array();

	ck_assert_int_eq(init(hello("/", "", 0)), 0);
	ck_assert(!session_can(&session, "fly"));
	json_object_array_add(list, json_object_new_string("fly"));
	json_object_array_add(list, json_object_new_int(7));
	json_add(params, "can", list);
	ck_assert_int_eq(init(params), 0);
	ck_assert(session_can(&session, "fly"));
	ck_assert(!session_can(&session, "swim"));
}
END_TEST

UNIT_SUITE
{
	unit_suite("session", NULL, teardown, a_hello,
	    a_client_is_called_by_a_word, an_environment_without_its_last_nul,
	    owners, directories, what_is_refused, environments, no_params,
	    what_a_client_takes, NULL);
}
