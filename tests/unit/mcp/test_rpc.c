/*
 * JSON-RPC lines: taking one apart, making answers.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"
#include "mcp/rpc.h"
#include "tests/unit/unit.h"

static struct rpc_message msg;
static struct error err;
static enum rpc_code code;

static void
setup(void)
{
	memset(&err, 0, sizeof(err));
}

static void
teardown(void)
{
	rpc_clear(&msg);
}

static int
parse(const char *line)
{
	rpc_clear(&msg);
	return rpc_parse(&msg, line, strlen(line), &code, &err);
}

static void
refused(const char *line, enum rpc_code expected, const char *text)
{
	ck_assert_int_eq(parse(line), -1);
	ck_assert_str_eq(err.text, text);
	ck_assert_int_eq(code, expected);
}

#define HEAD "{\"jsonrpc\":\"2.0\","

START_TEST(a_request)
{
	ck_assert_int_eq(parse(HEAD
			     "\"id\":1,\"method\":\"m\",\"params\":{\"a\":2}}"),
	    0);
	ck_assert_str_eq(msg.id, "1");
	ck_assert_str_eq(msg.method, "m");
	ck_assert_str_eq(json_text(msg.params, NULL), "{\"a\":2}");
}
END_TEST

START_TEST(ids_stay_as_they_were_sent)
{
	static const char *const ids[] = { "0", "-7", "\"1\"", "\"\"", "1.0",
		"-1.5e3", "12345678901234567890123", "\"a\\/\\u00e9\"",
		"\"\\u0000\"" };
	char *line;
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		line = xasprintf(HEAD "\"method\":\"m\",\"id\" : %s }", ids[i]);
		ck_assert_int_eq(parse(line), 0);
		ck_assert_str_eq(msg.id, ids[i]);
		free(line);
	}
}
END_TEST

START_TEST(what_is_no_id)
{
	static const char *const ids[] = { "null", "true", "{}", "[1]" };
	char *line;
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		line = xasprintf(HEAD "\"id\":%s,\"method\":\"m\"}", ids[i]);
		refused(line, RPC_INVALID_REQUEST,
		    "id must be a string or a number of at most 1024 bytes");
		ck_assert_ptr_null(msg.id);
		free(line);
	}
}
END_TEST

START_TEST(long_ids)
{
	char id[1100], *line;

	memset(id, '1', sizeof(id));
	line = xasprintf(HEAD "\"id\":%.1024s,\"method\":\"m\"}", id);
	ck_assert_int_eq(parse(line), 0);
	free(line);
	line = xasprintf(HEAD "\"id\":%.1025s,\"method\":\"m\"}", id);
	ck_assert_int_eq(parse(line), -1);
	ck_assert_int_eq(code, RPC_INVALID_REQUEST);
	free(line);
}
END_TEST

START_TEST(notifications_and_responses)
{
	ck_assert_int_eq(parse(HEAD "\"method\":\"n\",\"params\":[]}"), 0);
	ck_assert_ptr_null(msg.id);
	ck_assert_ptr_null(msg.params);
	ck_assert_int_eq(parse(HEAD "\"id\":4,\"result\":{}}"), 0);
	ck_assert_ptr_null(msg.method);
}
END_TEST

START_TEST(what_is_refused)
{
	ck_assert_int_eq(parse("{"), -1);
	ck_assert_int_eq(code, RPC_PARSE_ERROR);
	ck_assert_int_eq(parse(""), -1);
	ck_assert_int_eq(code, RPC_PARSE_ERROR);
	refused("[]", RPC_INVALID_REQUEST,
	    "expected one JSON-RPC object, got array");
	refused("7", RPC_INVALID_REQUEST,
	    "expected one JSON-RPC object, got integer");
	refused("{\"id\":3,\"method\":\"m\"}", RPC_INVALID_REQUEST,
	    "jsonrpc must be \"2.0\"");
	ck_assert_str_eq(msg.id, "3");
	refused("{\"jsonrpc\":2.0,\"id\":3}", RPC_INVALID_REQUEST,
	    "jsonrpc must be \"2.0\"");
	refused(HEAD "\"id\":3,\"method\":7}", RPC_INVALID_REQUEST,
	    "method must be a string, got integer");
	ck_assert_str_eq(msg.id, "3");
}
END_TEST

/* The sender of what cannot be read waits for an answer all the same. */
START_TEST(ids_of_what_cannot_be_read)
{
	static const char *const bad[] = { "[NaN]", "{\"\\u0000\":1}",
		"\"\xff\"", "{'a':1}", "[1,]" };
	char *line;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		line = xasprintf("{\"method\":\"m\",\"params\":%s,"
				 "\"jsonrpc\":\"2.0\",\"id\":\"a\"}",
		    bad[i]);
		ck_assert_int_eq(parse(line), -1);
		ck_assert_int_eq(code, RPC_PARSE_ERROR);
		ck_assert_str_eq(msg.id, "\"a\"");
		ck_assert(!msg.numbered);
		line[strlen(line) - 1] = '\0';
		ck_assert_int_eq(parse(line), -1);
		ck_assert_ptr_null(msg.id);
		free(line);
	}
	ck_assert_int_eq(parse(HEAD "\"id\":4,\"result\":NaN}"), -1);
	ck_assert_ptr_null(msg.id);
}
END_TEST

START_TEST(null_is_refused_in_words)
{
	memset(&err, 'y', sizeof(err) - 1);
	ck_assert_int_eq(parse("null"), -1);
	ck_assert_uint_lt(strlen(err.text), 200);
	ck_assert_ptr_null(strstr(err.text, "yyyy"));
}
END_TEST

static void
expect_line(char *line, size_t len, const char *expected)
{
	ck_assert_str_eq(line, expected);
	ck_assert_uint_eq(len, strlen(expected));
	free(line);
}

START_TEST(lines_out)
{
	struct json_object *object = json_object_new_object();
	size_t len;
	char *line;

	json_add_string(object, "a", "x/\n\xc3\xa9");
	line = rpc_result("\"7\"", object, &len);
	expect_line(line, len,
	    HEAD "\"id\":\"7\",\"result\":{\"a\":\"x/\\n\xc3\xa9\"}}\n");
	line = rpc_error("7", RPC_METHOD_NOT_FOUND, "no \"m\"", NULL, &len);
	expect_line(line, len,
	    HEAD "\"id\":7,\"error\":{\"code\":-32601,"
		 "\"message\":\"no \\\"m\\\"\"}}\n");
	line = rpc_error(NULL, RPC_PARSE_ERROR, "bad \xff",
	    json_object_new_int(1), &len);
	expect_line(line, len,
	    HEAD "\"error\":{\"code\":-32700,"
		 "\"message\":\"bad \xef\xbf\xbd\",\"data\":1}}\n");
	line = rpc_notification("n", NULL, &len);
	expect_line(line, len, HEAD "\"method\":\"n\"}\n");
	line = rpc_notification("n", json_object_new_object(), &len);
	expect_line(line, len, HEAD "\"method\":\"n\",\"params\":{}}\n");
}
END_TEST

UNIT_SUITE
{
	unit_suite("rpc", setup, teardown, a_request,
	    ids_stay_as_they_were_sent, what_is_no_id, long_ids,
	    notifications_and_responses, what_is_refused,
	    ids_of_what_cannot_be_read, null_is_refused_in_words, lines_out,
	    NULL);
}
