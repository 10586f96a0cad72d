/*
 * Batches: taken in the versions that had them, answered as one array.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/mem.h"
#include "mcp/mcp.h"
#include "tests/unit/mcppeer.h"
#include "tests/unit/unit.h"

#define HEAD "{\"jsonrpc\":\"2.0\","
#define PING(id) HEAD "\"id\":" id ",\"method\":\"ping\"}"
#define PONG(id) HEAD "\"id\":" id ",\"result\":{}}"
#define LATER(id) \
	HEAD "\"id\":" id ",\"method\":\"tools/call\",\"params\":{" \
	     "\"name\":\"later\"}}"
#define DONE(id) \
	HEAD "\"id\":" id ",\"result\":{\"content\":[{\"type\":\"text\"," \
	     "\"text\":\"done\"}]}}"
#define CANCEL(id) \
	HEAD "\"method\":\"notifications/cancelled\",\"params\":{" \
	     "\"requestId\":" id "}}"
#define REFUSED \
	HEAD "\"error\":{\"code\":-32600,\"message\":\"expected one JSON-RPC " \
	     "object, got array\"}}"

static void
setup(void)
{
	mcppeer_open();
	mcppeer_initialize_as("2025-03-26", "{}");
}

START_TEST(answered_as_one)
{
	mcppeer_exchange("[" PING("1") "," PING("\"1\"") "]",
	    "[" PONG("1") "," PONG("\"1\"") "]");
	mcppeer_exchange(" [ " PING("1") " ] ", "[" PONG("1") "]");
	mcppeer_initialize_as("2024-11-05", "{}");
	mcppeer_exchange("[" PING("1") "]", "[" PONG("1") "]");
}
END_TEST

START_TEST(only_where_they_were_agreed_on)
{
	char *many = xcalloc(1, 100 * (CLIENT_MAX_CALLS + 2));
	int i;

	mcppeer_exchange("[]", REFUSED);
	strcpy(many, "[");
	for (i = 0; i <= CLIENT_MAX_CALLS; i++)
		strcat(many, i == 0 ? PING("1") : "," PING("1"));
	strcat(many, "]");
	mcppeer_exchange(many, REFUSED);
	free(many);
	mcppeer_exchange_part("[{]", "-32700");
	mcppeer_initialize_as("2025-06-18", "{}");
	mcppeer_exchange("[" PING("1") "]", REFUSED);
	mcppeer_free();
	mcppeer_open();
	mcppeer_exchange("[" PING("1") "]", REFUSED);
}
END_TEST

START_TEST(some_later)
{
	mcppeer_line("[" LATER("1") "," PING("2") "]");
	mcppeer_expect_nothing();
	mcppeer_exchange(PING("3"), PONG("3"));
	mcppeer_exchange_part(PING("1"), "is still open");
	mcppeer_answer("done");
	mcppeer_expect("[" PONG("2") "," DONE("1") "]");
}
END_TEST

START_TEST(some_never)
{
	mcppeer_line("[" LATER("1") "," PING("2") "]");
	mcppeer_line(CANCEL("1"));
	mcppeer_expect("[" PONG("2") "]");
	mcppeer_line("[" LATER("1") "]");
	mcppeer_line(CANCEL("1"));
	mcppeer_expect_nothing();
	/* also within the batch */
	mcppeer_line("[" LATER("1") "," CANCEL("1") "," PING("2") "]");
	mcppeer_expect("[" PONG("2") "]");
}
END_TEST

START_TEST(what_needs_no_answer)
{
	mcppeer_line("[" CANCEL("7") ",{\"jsonrpc\":\"2.0\",\"id\":1,"
				     "\"result\":{}}]");
	mcppeer_expect_nothing();
}
END_TEST

START_TEST(what_is_wrong_in_it)
{
	mcppeer_line("[1,{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"},"
		     "[" PING("1") "]," PING("2") "]");
	mcppeer_expect("[" HEAD
		       "\"error\":{\"code\":-32600,\"message\":\"expected one "
		       "JSON-RPC object, got integer\"}}," HEAD
		       "\"error\":{\"code\":-32600,\"message\":\"id must be a "
		       "string or a number of at most 1024 bytes\"}}," REFUSED
		       "," PONG("2") "]");
}
END_TEST

START_TEST(no_modern_requests)
{
	mcppeer_exchange("[" HEAD "\"id\":1,\"method\":\"tools/list\","
			 "\"params\":{" MODERN_META "}}]",
	    "[" HEAD "\"id\":1,\"error\":{\"code\":-32600,\"message\":"
	    "\"there are no batches in 2026-07-28; send one request a "
	    "line\"}}]");
}
END_TEST

/*
 * Requests in a batch start different tasks, and do not shift the count of
 * others.
 */
START_TEST(numbers_of_their_own)
{
	uint64_t first, second, alone;

	mcp_peer_number_from(mcppeer(), 7, NULL, 0);
	mcppeer_line("[" LATER("1") "]");
	first = mcp_call_ordinal(mcppeer_open_call());
	mcppeer_line("[" PING("2") "," LATER("3") "]");
	second = mcp_call_ordinal(mcppeer_open_call());
	mcppeer_line(LATER("4"));
	alone = mcp_call_ordinal(mcppeer_open_call());
	ck_assert(first != second);
	ck_assert(first >> 63 == 1 && second >> 63 == 1);
	ck_assert_uint_eq(alone, 7);
}
END_TEST

START_TEST(the_end_comes_first)
{
	mcppeer_line("[" LATER("1") "," LATER("2") "," PING("3") "]");
	mcppeer_free();
	ck_assert_int_eq(mcppeer_cancelled(), 2);
	mcppeer_expect_nothing();
}
END_TEST

UNIT_SUITE
{
	unit_suite("batch", setup, mcppeer_close, answered_as_one,
	    only_where_they_were_agreed_on, some_later, some_never,
	    what_needs_no_answer, what_is_wrong_in_it, no_modern_requests,
	    numbers_of_their_own, the_end_comes_first, NULL);
}
