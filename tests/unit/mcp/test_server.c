/*
 * A connection: dispatch by era and method, cancelling, saying goodbye.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/mcp.h"
#include "tests/unit/mcppeer.h"
#include "tests/unit/unit.h"

#define HEAD "{\"jsonrpc\":\"2.0\","

START_TEST(bad_lines)
{
	mcppeer_line("{\"a\"");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    HEAD "\"error\":{\"code\":-32700,\"message\":\""));
	mcppeer_exchange("[]",
	    HEAD "\"error\":{\"code\":-32600,\"message\":"
		 "\"expected one JSON-RPC object, got array\"}}");
	mcppeer_exchange("{\"id\":5,\"method\":\"ping\"}",
	    "{\"jsonrpc\":\"2.0\",\"id\":5,\"error\":{\"code\":-32600,"
	    "\"message\":\"jsonrpc must be \\\"2.0\\\"\"}}");
}
END_TEST

START_TEST(before_initialize)
{
	mcppeer_exchange_part(HEAD "\"id\":1,\"method\":\"tools/list\"}",
	    "\"code\":-32602,\"message\":\"_meta[\\\"io.modelcontextprotocol/"
	    "protocolVersion\\\"] is required, or send initialize first\"");
	mcppeer_exchange(HEAD "\"id\":2,\"method\":\"ping\"}",
	    HEAD "\"id\":2,\"result\":{}}");
}
END_TEST

START_TEST(unknown_methods)
{
	mcppeer_initialize();
	mcppeer_exchange(HEAD "\"id\":1,\"method\":\"tools/lift\"}",
	    HEAD "\"id\":1,\"error\":{\"code\":-32601,"
		 "\"message\":\"unknown method 'tools/lift'\"}}");
	mcppeer_exchange(HEAD
	    "\"id\":1,\"method\":\"ping\",\"params\":{" MODERN_META "}}",
	    HEAD "\"id\":1,\"error\":{\"code\":-32601,"
		 "\"message\":\"unknown method 'ping'\"}}");
	mcppeer_exchange_part(HEAD "\"id\":1,\"method\":\"initialize\","
				   "\"params\":{" MODERN_META "}}",
	    "\"code\":-32601");
}
END_TEST

START_TEST(nobody_answers_these)
{
	mcppeer_line(HEAD "\"method\":\"notifications/initialized\"}");
	mcppeer_line(HEAD "\"method\":\"tools/list\"}");
	mcppeer_line(HEAD "\"id\":9,\"result\":{}}");
	mcppeer_line(HEAD "\"id\":9,\"error\":{\"code\":1,\"message\":\"\"}}");
	mcppeer_line(HEAD "\"method\":\"notifications/cancelled\"}");
	mcppeer_line(HEAD "\"method\":\"notifications/cancelled\","
			  "\"params\":{\"requestId\":77}}");
	mcppeer_expect_nothing();
}
END_TEST

#define CALL_LATER(id) \
	HEAD "\"id\":" id ",\"method\":\"tools/call\",\"params\":" \
	     "{\"name\":\"later\"}}"
#define CANCEL(id) \
	HEAD "\"method\":\"notifications/cancelled\",\"params\":" \
	     "{\"requestId\":" id ",\"reason\":\"x\"}}"

START_TEST(cancelled_calls_have_no_answer)
{
	mcppeer_initialize();
	mcppeer_line(CALL_LATER("1"));
	mcppeer_line(CANCEL("\"1\""));
	ck_assert_int_eq(mcppeer_cancelled(), 0);
	mcppeer_line(CANCEL("1"));
	ck_assert_int_eq(mcppeer_cancelled(), 1);
	mcppeer_line(CANCEL("1"));
	ck_assert_int_eq(mcppeer_cancelled(), 1);
	mcppeer_line(CALL_LATER("\"1\""));
	mcppeer_line(CANCEL("\"1\""));
	ck_assert_int_eq(mcppeer_cancelled(), 2);
	mcppeer_expect_nothing();
}
END_TEST

/* A client may write the same id in several ways. */
START_TEST(cancelled_by_an_escaped_id)
{
	mcppeer_initialize();
	mcppeer_line(CALL_LATER("\"caf\\u00e9/1\""));
	mcppeer_line(CANCEL("\"caf\\u00e9/1\""));
	ck_assert_int_eq(mcppeer_cancelled(), 1);
	mcppeer_line(CALL_LATER("\"a\\/b\""));
	mcppeer_line(CANCEL("\"a\\/b\""));
	ck_assert_int_eq(mcppeer_cancelled(), 2);
}
END_TEST

START_TEST(an_id_is_used_once_at_a_time)
{
	mcppeer_initialize();
	mcppeer_line(CALL_LATER("1"));
	mcppeer_exchange(HEAD "\"id\":1,\"method\":\"ping\"}",
	    HEAD "\"id\":1,\"error\":{\"code\":-32600,\"message\":\"a "
		 "request with id 1 is still open; use another id\"}}");
	mcppeer_exchange(HEAD "\"id\":\"1\",\"method\":\"ping\"}",
	    HEAD "\"id\":\"1\",\"result\":{}}");
	mcppeer_answer("done");
	mcppeer_next();
	mcppeer_exchange(HEAD "\"id\":1,\"method\":\"ping\"}",
	    HEAD "\"id\":1,\"result\":{}}");
}
END_TEST

START_TEST(the_end_of_a_peer_cancels)
{
	mcppeer_initialize();
	mcppeer_line(CALL_LATER("1"));
	mcppeer_line(CALL_LATER("2"));
	mcppeer_line(HEAD "\"id\":3,\"method\":\"subscriptions/listen\","
			  "\"params\":{\"notifications\":{}," MODERN_META "}}");
	mcppeer_next();
	mcppeer_free();
	ck_assert_int_eq(mcppeer_cancelled(), 2);
	mcppeer_expect_nothing();
	mcp_peer_free(NULL);
}
END_TEST

START_TEST(goodbye_ends_the_listens)
{
	mcppeer_line(HEAD "\"id\":\"l\",\"method\":\"subscriptions/listen\","
			  "\"params\":{\"notifications\":{}," MODERN_META "}}");
	mcppeer_next();
	mcp_peer_goodbye(mcppeer());
	mcppeer_expect(HEAD
	    "\"id\":\"l\",\"result\":{\"_meta\":{"
	    "\"io.modelcontextprotocol/subscriptionId\":\"l\","
	    "\"io.modelcontextprotocol/serverInfo\":{\"name\":\"test\","
	    "\"title\":\"A test\",\"version\":\"1.2\"}},"
	    "\"resultType\":\"complete\"}}");
	mcp_peer_goodbye(mcppeer());
	mcppeer_expect_nothing();
}
END_TEST

START_TEST(eras_side_by_side)
{
	mcppeer_initialize();
	mcppeer_exchange_part(HEAD "\"id\":1,\"method\":\"tools/list\","
				   "\"params\":{" MODERN_META "}}",
	    "\"resultType\":\"complete\"");
	mcppeer_line(HEAD "\"id\":1,\"method\":\"tools/list\"}");
	ck_assert_ptr_null(strstr(mcppeer_next(), "resultType"));
}
END_TEST

UNIT_SUITE
{
	unit_suite("server", mcppeer_open, mcppeer_close, bad_lines,
	    before_initialize, unknown_methods, nobody_answers_these,
	    cancelled_calls_have_no_answer, cancelled_by_an_escaped_id,
	    an_id_is_used_once_at_a_time, the_end_of_a_peer_cancels,
	    goodbye_ends_the_listens, eras_side_by_side, NULL);
}
